// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// structs returns two structs with every kind of field.
func structs() []Struct {
	colour := &event.Enum{Name: "colour", Lookup: func(v uint64) (string, bool) { return "RED", v == 1 }}
	return []Struct{
		{Name: "one", Size: 40, Least: 8, When: []Condition{{"kind", 1}}, Fields: []Field{
			{Name: "kind", Size: 1, Enum: colour},
			{Name: "low", Size: 1, Width: 3, Bit: 8}, {Name: "high", Kind: Int, Size: 1, Width: 5, Bit: 11},
			{Name: "port", Order: Big, Offset: 2, Size: 2},
			{Name: "f", Kind: Float, Offset: 4, Size: 4},
			{Name: "grid", Kind: Int, Offset: 8, Size: 2, Dims: []int{2, 2}},
			{Name: "", Kind: Record, Offset: 16, Size: 16, Fields: []Field{
				{Name: "v4", Kind: Address, Size: 1, Dims: []int{4}}, {Name: "v6", Kind: Address, Size: 16},
			}},
			{Name: "many", Kind: Record, Offset: 32, Size: 2, Dims: []int{2}, Fields: []Field{
				{Name: "b", Kind: Bool, Size: 1}, {Name: "c", Kind: Char, Offset: 1, Size: 1, Dims: []int{1}},
			}},
			{Name: "rest", Offset: 40, Size: 4, Dims: []int{-1}},
		}},
		{Name: "two", Size: 16, Least: 16, Fields: []Field{
			{Name: "p", Kind: Pointer, Size: 8}, {Name: "x", Kind: Opaque, Offset: 8, Size: 8}, {Name: "tail", Kind: Char, Offset: 16, Size: 1, Dims: []int{-1}},
		}},
	}
}

// printed returns what a message prints as in a form.
func printed(tb testing.TB, d *Decoder, raw []byte, form event.Form) string {
	tb.Helper()
	e := &event.Event{Kind: event.Sample, CPU: 1, Raw: raw}
	d.Decode(e)
	if e.Err != nil {
		return "Error: " + e.Err.Error()
	}
	return string(e.Msg.AppendEvent(nil, e, &event.Style{Form: form}))
}

func TestPrint(t *testing.T) {
	d, err := New(binary.LittleEndian, structs())
	if err != nil {
		t.Fatal(err)
	}
	whole := []byte{1, 0xfd, 0x1f, 0x90, 0, 0, 0xc0, 0x3f, 1, 0, 2, 0, 3, 0, 0xff, 0xff, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
		1, 'x', 0, '<', 0, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0, 9}
	for name, test := range map[string]struct {
		raw  []byte
		want string
	}{
		"whole": {whole, "one kind=RED low=5 high=-1 port=8080 f=1.5 grid=[[1,2],[3,-1]] v4=10.0.0.1 v6=a00:1::2 many=[{b=true c=\"x\"},{b=false c=\"<\"}] rest=[7,8]\n"},
		"older": {whole[:8], "one kind=RED low=5 high=-1 port=8080 f=1.5\n"},
		"short": {whole[:7], "Error: a message of 7 bytes is too short for struct one, which has 8"},
		"two":   {append([]byte{2, 0, 0, 0, 0, 0, 0, 0x80, 1, 2, 3, 4, 5, 6, 7, 8}, "a\x1bb\x00c"...), "two p=0x8000000000000002 x=0102030405060708 tail=\"a\\x1bb\"\n"},
		"empty": {nil, "Error: empty message"},
	} {
		if got := printed(t, d, test.raw, event.Info); got != test.want {
			t.Errorf("%s: printed\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

// TestConditions checks that nothing which is of no struct is taken for one.
func TestConditions(t *testing.T) {
	d, err := New(binary.BigEndian, structs()[:1])
	if err != nil {
		t.Fatal(err)
	}
	e := &event.Event{Kind: event.Sample, Raw: make([]byte, 40)}
	d.Decode(e)
	var unknown *UnknownError
	if !errors.As(e.Err, &unknown) || e.Err.Error() !=
		"a message of 40 bytes is of no struct, kind = 0: 0000000000000000000000000000000000000000000000000000000000000000..." {
		t.Errorf("%v", e.Err)
	}
	for want, when := range map[string][]Condition{
		`struct one has no field "what"; it has kind, low, high, port, f, grid.0.0, grid.0.1, grid.1.0, grid.1.1, v4, v6, many.0.b, many.0.c, many.1.b, many.1.c`: {{"what", 1}},
		"struct one: field f is not a number, so it cannot identify a struct":                                                                                     {{"f", 1}},
		"struct one: field low has 3 bits, in which 8 does not fit":                                                                                               {{"low", 8}},
	} {
		all := structs()[:1]
		all[0].When = when
		if _, err := New(binary.BigEndian, all); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestAllocations checks that a message costs no allocation.
func TestAllocations(t *testing.T) {
	d, err := New(binary.LittleEndian, structs())
	if err != nil {
		t.Fatal(err)
	}
	e := &event.Event{Kind: event.Sample, Raw: append([]byte{1}, make([]byte, 47)...)}
	buf := make([]byte, 0, 4096)
	for _, form := range []event.Form{event.Info, event.JSON, event.Verbose} {
		style := &event.Style{Form: form}
		if n := testing.AllocsPerRun(100, func() {
			d.Decode(e)
			buf = e.Msg.AppendEvent(buf[:0], e, style)
		}); n != 0 {
			t.Errorf("form %d: %v allocations", form, n)
		}
	}
}

// FuzzMessage checks that whatever a message is, text is one line that a terminal can be shown, and JSON is JSON.
func FuzzMessage(f *testing.F) {
	f.Add([]byte{1}, true)
	f.Add(append([]byte{1, 0xfd, 0x1f, 0x90}, make([]byte, 60)...), false)
	f.Add(append([]byte{2}, "................\x1b]0;title\x07\n<tag>"...), false)
	f.Fuzz(func(t *testing.T, raw []byte, big bool) {
		var order binary.ByteOrder = binary.LittleEndian
		if big {
			order = binary.BigEndian
		}
		d, err := New(order, structs())
		if err != nil {
			t.Fatal(err)
		}
		line := printed(t, d, raw, event.Info)
		for i, r := range line {
			if r < ' ' && (r != '\n' || i != len(line)-1) || r == 0x7f {
				t.Errorf("%q", line)
			}
		}
		printed(t, d, raw, event.Verbose)
		if object := printed(t, d, raw, event.JSON); object[0] == '{' && !json.Valid([]byte(object)) {
			t.Errorf("%q is no JSON", object)
		}
		e := &event.Event{Kind: event.Sample, Raw: raw}
		d.Decode(e)
		for i := range len(fieldsOf(e)) {
			_, _ = e.Msg.Uint(i), e.Msg.Bytes(i)
		}
	})
}

func fieldsOf(e *event.Event) []event.Field {
	if e.Msg == nil {
		return nil
	}
	return e.Msg.Fields()
}

// BenchmarkMessage is what a message of eight fields costs from its bytes to text and to JSON.
func BenchmarkMessage(b *testing.B) {
	d, err := New(binary.LittleEndian, structs())
	if err != nil {
		b.Fatal(err)
	}
	e := &event.Event{Kind: event.Sample, Raw: append([]byte{1}, make([]byte, 39)...)}
	for name, form := range map[string]event.Form{"text": event.Info, "json": event.JSON} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			style := &event.Style{Form: form}
			var buf []byte
			for b.Loop() {
				d.Decode(e)
				buf = e.Msg.AppendEvent(buf[:0], e, style)
			}
		})
	}
}

// TestFlags checks that a set of bits is printed by their names.
func TestFlags(t *testing.T) {
	names := map[uint64]string{0: "NONE", 1: "IN", 4: `S"AMPLED`, 7: "ALL"}
	flags := &event.Enum{Name: "flags", Flags: true, Lookup: func(v uint64) (string, bool) {
		name, ok := names[v]
		return name, ok
	}}
	d, err := New(binary.LittleEndian, []Struct{{Name: "s", Size: 1, Least: 1, Fields: []Field{{Name: "f", Size: 1, Enum: flags}}}})
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[byte]string{
		0: "NONE", 1: "IN", 5: `IN|S"AMPLED`, 7: "ALL", 0x31: "IN|0x30", 0x10: "0x10",
	} {
		if got := printed(t, d, []byte{value}, event.Info); got != "s f="+want+"\n" {
			t.Errorf("%#x is printed %q", value, got)
		}
		if got := printed(t, d, []byte{value}, event.JSON); !strings.Contains(got, `"f":`+strconv.Quote(want)) {
			t.Errorf("%#x is JSON %q", value, got)
		}
	}
	e, buf := &event.Event{Kind: event.Sample, Raw: []byte{0x31}}, make([]byte, 0, 256)
	for _, form := range []event.Form{event.Info, event.JSON} {
		style := &event.Style{Form: form}
		if n := testing.AllocsPerRun(100, func() {
			d.Decode(e)
			buf = e.Msg.AppendEvent(buf[:0], e, style)
		}); n != 0 {
			t.Errorf("form %d: %v allocations", form, n)
		}
	}
}

// TestFieldFaults checks that sizes which no struct can have are errors, so that no message can lead to a panic.
func TestFieldFaults(t *testing.T) {
	for _, f := range []Field{
		{Name: "a", Size: -4}, {Name: "a", Offset: -1, Size: 4}, {Name: "a", Size: 4, Width: -1}, {Name: "a", Size: 4, Width: 3, Bit: -9},
		{Name: "a", Offset: math.MaxInt, Size: 4}, {Name: "a", Kind: Record, Fields: []Field{{Name: "b", Size: -1}}},
	} {
		if _, err := New(nil, []Struct{{Name: "s", Size: 4, Fields: []Field{f}}}); err == nil {
			t.Errorf("%+v is taken", f)
		}
	}
}

// TestOrder checks that no byte order stands for that of this host.
func TestOrder(t *testing.T) {
	d, err := New(nil, []Struct{{Name: "s", Size: 4, Fields: []Field{{Name: "a", Size: 4}}}})
	if err != nil {
		t.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: binary.NativeEndian.AppendUint32(nil, 4711)}
	if d.Decode(&e); e.Err != nil || e.Msg.Uint(0) != 4711 {
		t.Errorf("%v, %v", e.Msg, e.Err)
	}
}
