// SPDX-License-Identifier: Apache-2.0

package gobplan

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"math"
	"math/cmplx"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
)

// equal compares decoded values: NaN equals itself, and an empty slice is not nil.
var equal = cmp.Options{
	cmpopts.EquateNaNs(),
	cmp.Comparer(func(a, b complex128) bool { return fmt.Sprint(a) == fmt.Sprint(b) }),
	cmp.Comparer(func(a, b complex64) bool { return fmt.Sprint(a) == fmt.Sprint(b) }),
	cmp.Exporter(func(reflect.Type) bool { return true }),
}

// stricter reports whether an error is one of those that the package documents as exceptions from gob.
func stricter(err error) bool {
	var e *Error
	return errors.As(err, &e) && reference.StricterThanGob(e.Reason)
}

// check compares what a Decoder makes of a stream with what gob does. The decoder is used twice, so that both the
// making of a plan and its use are compared.
func check[T any](t *testing.T, d *Decoder[T], stream []byte) {
	t.Helper()
	first, second, want := new(T), new(T), new(T)
	err := d.Decode(stream, first)
	if again := d.Decode(stream, second); (err == nil) != (again == nil) {
		t.Fatalf("%x: first %v, then %v", stream, err, again)
	}
	same(t, stream, "first", first, second)
	if stricter(err) {
		return // gob could spend any amount of memory on it
	}
	wantErr := gob.NewDecoder(bytes.NewReader(stream)).Decode(want)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%x: got error %v, gob has %v", stream, err, wantErr)
	}
	if err != nil {
		want = new(T)
	}
	same(t, stream, "gob", want, first)
}

// same compares two values. DeepEqual knows nothing of NaN, but is fast.
func same[T any](t *testing.T, stream []byte, what string, want, got *T) {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return
	}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Fatalf("%x (-%s +got):\n%s", stream, what, diff)
	}
}

func TestRecorded(t *testing.T) {
	var d Decoder[logRecordNotify]
	for _, r := range readRecorded(t, "access-log") {
		t.Run(r.name, func(t *testing.T) { check(t, &d, r.stream()) })
	}
	var a Decoder[agentNotify]
	for _, r := range readRecorded(t, "agent") {
		t.Run(r.name, func(t *testing.T) { check(t, &a, r.stream()) })
	}
	if n, m := len(d.load()), len(a.load()); n != 1 || m != 1 {
		t.Errorf("%d and %d plans for one set of definitions each", n, m)
	}
}

// TestEveryCut cuts records at each length.
func TestEveryCut(t *testing.T) {
	var d Decoder[logRecordNotify]
	for _, r := range readRecorded(t, "access-log")[:6] {
		s := r.stream()
		for n := range s {
			check(t, &d, s[:n:n])
		}
	}
}

// TestEveryByte changes each byte of the definitions and of a value of each kind.
func TestEveryByte(t *testing.T) {
	var d Decoder[logRecordNotify]
	for i, r := range readRecorded(t, "access-log") {
		s := r.stream()
		start := len(r.definitions)
		switch {
		case i == 0:
			start = 0
		case i%4 > 0 || testing.Short():
			continue
		}
		for i := start; i < len(s); i++ {
			old := s[i]
			for _, b := range []byte{0, 0x7f, 0xff, old + 1} {
				s[i] = b
				check(t, &d, s)
			}
			s[i] = old
		}
	}
}

// TestAllocs bounds the allocations for a record whose definitions are known. What remains is the record's own:
// pointers, slices, maps, one copy of the text, and what package url makes of a URL.
func TestAllocs(t *testing.T) {
	var d Decoder[logRecordNotify]
	var l logRecordNotify
	for _, r := range readRecorded(t, "access-log") {
		s := r.stream()
		if n := testing.AllocsPerRun(20, func() { _ = d.Decode(s, &l) }); n > 24 {
			t.Errorf("%s: %v allocations", r.name, n)
		}
	}
	var a Decoder[agentNotify]
	var v agentNotify
	s := readRecorded(t, "agent")[0].stream()
	if n := testing.AllocsPerRun(20, func() { _ = a.Decode(s, &v) }); n != 1 {
		t.Errorf("agent: %v allocations, want that of the text alone", n)
	}
}

// encode returns the stream that gob makes of a value.
func encode(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// text decodes itself from bytes, and refuses some.
type text struct{ s string }

func (x text) MarshalBinary() ([]byte, error) { return []byte(x.s), nil }

func (x *text) UnmarshalBinary(b []byte) error {
	if len(b) > 0 && b[0] == '!' {
		return errors.New("not with me")
	}
	x.s = string(b)
	return nil
}

type gobText map[string]int

func (x gobText) GobEncode() ([]byte, error) { return make([]byte, len(x)), nil }

func (x *gobText) GobDecode(b []byte) error {
	*x = gobText{"n": len(b)}
	return nil
}

type pairOf struct{ A, B int }

type Embedded struct{ Promoted, Both string }

type list struct {
	Value int
	Next  *list
	Kids  []list
}

// everything has a field of every kind that gob sends.
type everything struct {
	Embedded
	Bool       bool
	Int        int
	Int8       int8
	Int64      int64
	Uint8      uint8
	Uint64     uint64
	Float32    float32
	Float64    float64
	Complex64  complex64
	Complex128 complex128
	String     string
	Bytes      []byte
	Array      [3]int16
	ByteArray  [4]byte
	Strings    []string
	Named      []flowVerdict
	Floats     []float32
	Pairs      []pairOf
	Pointers   []*pairOf
	Deep       ***int
	Map        map[string]pairOf
	IntMap     map[int]*[]string
	StringMap  map[string]string
	Lists      map[string][]string
	KeyMap     map[pairOf]bool
	Text       text
	TextPtr    *text
	Texts      []text
	Gob        gobText
	List       list
	hidden     int
}

func ptr[T any](v T) *T { return &v }

// full has something in every field, and extremes.
var full = everything{
	Embedded: Embedded{"p", "b"}, Bool: true, Int: -1, Int8: -128, Int64: -1 << 63, Uint8: 255, Uint64: 1<<64 - 1,
	Float32: 1.5, Float64: -2.25, Complex64: 1 + 2i, Complex128: -3i, String: "text", Bytes: []byte{0, 1, 2},
	Array: [3]int16{1, -2, 3}, ByteArray: [4]byte{1, 200, 0, 4}, Strings: []string{"", "a"},
	Named: []flowVerdict{"v"}, Floats: []float32{1, 2}, Pairs: []pairOf{{1, 2}, {}},
	Pointers: []*pairOf{{3, 4}}, Deep: ptr(ptr(ptr(7))), Map: map[string]pairOf{"x": {5, 6}, "y": {}},
	IntMap: map[int]*[]string{3: {"q"}}, StringMap: map[string]string{"k": "v", "": ""},
	Lists: map[string][]string{"k": {"v", "w"}, "none": {}}, KeyMap: map[pairOf]bool{{1, 1}: true},
	Text: text{"t"}, TextPtr: &text{"u"}, Texts: []text{{"v"}, {}}, Gob: gobText{"a": 1, "b": 2},
	hidden: 1, List: list{Value: 1, Next: &list{Value: 2}, Kids: []list{{Value: 3}, {}}},
}

// streams are what gob makes of values that go to everything, or do not fit it.
func streams(t testing.TB) map[string][]byte {
	type empty struct{ X int }
	return map[string][]byte{
		"full":            encode(t, &full),
		"zero":            encode(t, &everything{}),
		"empty map":       encode(t, &everything{StringMap: map[string]string{}, Strings: []string{}}),
		"no common field": encode(t, &empty{1}),
		"not a number": encode(t, &everything{
			Float64: math.NaN(), Float32: float32(math.Inf(-1)), Complex64: complex64(cmplx.NaN()),
		}),
		"wrong type":         encode(t, &struct{ Int string }{"x"}),
		"wrong array":        encode(t, &struct{ Array [4]int16 }{[4]int16{1}}),
		"wrong element":      encode(t, &struct{ Strings []int }{[]int{1}}),
		"wrong map":          encode(t, &struct{ Map map[string]int }{map[string]int{"x": 1}}),
		"self-encoded":       encode(t, &struct{ Int text }{text{"x"}}),
		"not self-encoded":   encode(t, &struct{ Text string }{"x"}),
		"other width":        encode(t, &struct{ Int8, Int int64 }{127, 1 << 40}),
		"out of range":       encode(t, &struct{ Int8 int }{128}),
		"float out of range": encode(t, &struct{ Float32 float64 }{1e300}),
		"refuses":            encode(t, &struct{ Text text }{text{"!"}}),
		"promoted":           encode(t, &struct{ Promoted string }{"x"}),
		"twice the same": encode(t, &struct {
			Promoted string
			Embedded Embedded
		}{"x", Embedded{Both: "y"}}),
		"no struct": encode(t, 7),
		"unknown fields": encode(t, &struct {
			A   everything
			B   map[string][2]complex128
			C   *list
			Int int
		}{full, map[string][2]complex128{"x": {1, 2i}}, &full.List, 9}),
		"two values": append(encode(t, &pairOf{1, 2}), encode(t, &full)...),
		// A value of a type that gob defines for itself: a struct with a name and an id.
		"builtin": {0x07, 0x24, 0x01, 0x02, 'h', 'i', 0x02, 0x00},
	}
}

func TestEverything(t *testing.T) {
	for name, s := range streams(t) {
		t.Run(name, func(t *testing.T) {
			check(t, new(Decoder[everything]), s)
			check(t, new(Decoder[pairOf]), s)
			check(t, new(Decoder[list]), s)
			check(t, new(Decoder[struct{ Name string }]), s)
		})
	}
	var got everything
	if err := new(Decoder[everything]).Decode(encode(t, &full), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full.Texts, got.Texts, equal); diff != "" {
		t.Error(diff)
	}
}

// TestStricter tries what gob does and this package does not.
func TestStricter(t *testing.T) {
	deep := &list{}
	for range 2 * maxDepth {
		deep = &list{Next: deep}
	}
	var wide []reflect.StructField
	for i := range maxDefinitions / 8 {
		wide = append(wide, reflect.StructField{Name: fmt.Sprint("F", i), Type: reflect.TypeFor[int]()})
	}
	bomb := encode(t, &struct{ StringMap map[string]string }{map[string]string{"k": "v"}})
	bomb = bytes.Replace(bomb, []byte{1, 1, 'k', 1, 'v'}, []byte{0xfc, 0x7f, 0xff, 0xff, 0xff}, 1)
	for _, tc := range []struct {
		name   string
		stream []byte
		want   string
	}{
		{"deep value", encode(t, deep), "nested more than 1000 deep"},
		{"deep value without a place", encode(t, &struct {
			X    *list
			Next int
		}{deep, 1}), "no field of"},
		{"definitions", encode(t, reflect.New(reflect.StructOf(wide)).Interface()), "more than 65536 bytes of definitions"},
		{"map", bomb, "2147483647 elements, with 1 bytes left"},
		{"interface", encode(t, &struct {
			A   any
			Int int
		}{nil, 1}), "interface values are not supported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := new(Decoder[everything]).Decode(tc.stream, new(everything))
			if tc.name == "deep value" {
				err = new(Decoder[list]).Decode(tc.stream, new(list))
			}
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Reason, tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestPlansAreBounded sends more definitions than a decoder keeps.
func TestPlansAreBounded(t *testing.T) {
	var d Decoder[pairOf]
	a := encode(t, &pairOf{A: 1})
	for n := range 3 * maxPlans {
		name := strings.Repeat("x", n+1)
		s := bytes.Replace(a, []byte("\x06pairOf"), append([]byte{byte(n + 1)}, name...), 1)
		s[0] += byte(n - 5)
		check(t, &d, s)
		check(t, &d, a)
	}
	if n := len(d.load()); n != maxPlans {
		t.Errorf("%d plans, want %d", n, maxPlans)
	}
	for _, p := range d.load() {
		if len(p.prefix) > maxPrefix {
			t.Errorf("a plan for %d bytes", len(p.prefix))
		}
	}
}

// TestNothingRemains decodes into a value that is not zero, and looks for what the stream's owner does afterwards.
func TestNothingRemains(t *testing.T) {
	var d Decoder[everything]
	var got everything
	check(t, &d, encode(t, &full))
	s := encode(t, &full)
	if err := d.Decode(s, &got); err != nil {
		t.Fatal(err)
	}
	clear(s)
	want := new(everything)
	if err := gob.NewDecoder(bytes.NewReader(encode(t, &full))).Decode(want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got, equal); diff != "" {
		t.Errorf("after the stream is overwritten (-want +got):\n%s", diff)
	}
	if err := d.Decode(encode(t, &everything{Int: 3}), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everything{Int: 3}, got, equal); diff != "" {
		t.Errorf("into a used value (-want +got):\n%s", diff)
	}
	got = full
	if err := d.Decode(nil, &got); err == nil {
		t.Error("no error for no stream")
	}
	if diff := cmp.Diff(everything{}, got, equal); diff != "" {
		t.Errorf("after an error (-want +got):\n%s", diff)
	}
}

func TestConcurrent(t *testing.T) {
	var d Decoder[logRecordNotify]
	all := readRecorded(t, "access-log")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range all {
				check(t, &d, all[(i*7+j)%len(all)].stream())
			}
		})
	}
	wg.Wait()
}

func FuzzStream(f *testing.F) {
	for _, s := range streams(f) {
		f.Add(s)
	}
	for _, kind := range []string{"agent", "access-log"} {
		for _, r := range readRecorded(f, kind) {
			f.Add(r.stream())
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		if len(stream) > 1<<16 {
			return // gob recurses as deep as the stream is long
		}
		check(t, new(Decoder[everything]), stream)
		check(t, new(Decoder[logRecordNotify]), stream)
		check(t, new(Decoder[agentNotify]), stream)
		check(t, new(Decoder[list]), stream)
	})
}

// FuzzValue fuzzes values behind definitions that stay as they are.
func FuzzValue(f *testing.F) {
	records := readRecorded(f, "access-log")
	for _, r := range records {
		f.Add(false, body(f, r.value))
	}
	all := encode(f, &full)
	end, err := make(definitions).read(all)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(true, body(f, all[end:]))
	var d Decoder[logRecordNotify]
	var e Decoder[everything]
	f.Fuzz(func(t *testing.T, other bool, value []byte) {
		if len(value) > 1<<16 {
			return
		}
		if other {
			check(t, &e, withBody(all[:end], value))
		} else {
			check(t, &d, withBody(records[0].definitions, value))
		}
	})
}

// body returns what a message holds; withBody appends a message to definitions.
func body(t testing.TB, m []byte) []byte {
	t.Helper()
	c := cursor{data: m}
	c.uint()
	if c.err != nil {
		t.Fatal(c.err)
	}
	return m[c.off:]
}

func withBody(definitions, body []byte) []byte {
	n := len(body)
	s := append(append([]byte(nil), definitions...), 0xfd, byte(n>>16), byte(n>>8), byte(n))
	return append(s, body...)
}
