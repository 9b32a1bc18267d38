// SPDX-License-Identifier: Apache-2.0

package summary_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/sink/summary"
	"github.com/lockstep-bpf/lockstep/monitor/wire/layout"
)

const start = 1789000000_123456789

// trace returns a decoded trace of a TCP packet, which happened so many seconds after start.
func trace(src byte, dport uint16, after int64) *event.Event {
	packet := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, src, 10, 0, 0, 2,
		0x1f, 0x90, byte(dport >> 8), byte(dport), 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x12, 1, 0, 0, 0, 0, 0}
	n := monitor.TraceNotify{Type: 4, Source: 1042, OrigLen: 54, CapLen: uint32(len(packet)), Ifindex: 12, Reason: 2}
	e := &event.Event{Kind: event.Sample, CPU: 3, Time: start + after*1e9, Raw: append(n.Append(nil), packet...)}
	new(monitor.Decoder).Decode(e)
	return e
}

type names map[uint32]string

func (n names) InterfaceName(index uint32) (string, bool) {
	name, ok := n[index]
	return name, ok
}

func write(t *testing.T, o summary.Options, events ...*event.Event) string {
	t.Helper()
	o.Messages = new(monitor.Decoder).Messages()
	o.Interfaces = names{12: "lxc12"}
	s, err := summary.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := errors.Join(s.Event(e), s.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestSummary(t *testing.T) {
	bad := &event.Event{Kind: event.Sample, Raw: []byte{1}}
	new(monitor.Decoder).Decode(bad)
	events := []*event.Event{
		trace(1, 80, 0), trace(1, 443, 5), trace(3, 80, 1), trace(1, 80, 2), trace(1, 8080, 4), bad,
		{Kind: event.Lost, Lost: 7, CPU: 1}, {Kind: event.Sample, Raw: []byte{200}},
	}
	const head = "7 events, 7 lost, from 2026-09-10T00:26:40.123456Z to 2026-09-10T00:26:45.123456Z\n\n"
	for by, want := range map[string]string{
		"src,dst.port": `src       dst.port  count  first                        last
10.0.0.1        80      2  2026-09-10T00:26:40.123456Z  2026-09-10T00:26:42.123456Z
10.0.0.1       443      1  2026-09-10T00:26:45.123456Z  2026-09-10T00:26:45.123456Z
10.0.0.1      8080      1  2026-09-10T00:26:44.123456Z  2026-09-10T00:26:44.123456Z
10.0.0.3        80      1  2026-09-10T00:26:41.123456Z  2026-09-10T00:26:41.123456Z
`,
		"type": `type         count  first                        last
trace            5  2026-09-10T00:26:40.123456Z  2026-09-10T00:26:45.123456Z
error            1
lost             1
unknown 200      1
`,
		"iface;state;ifindex": `iface  count  first                        last
lxc12      5  2026-09-10T00:26:40.123456Z  2026-09-10T00:26:45.123456Z

state  count  first                        last
reply      5  2026-09-10T00:26:40.123456Z  2026-09-10T00:26:45.123456Z

ifindex  count  first                        last
     12      5  2026-09-10T00:26:40.123456Z  2026-09-10T00:26:45.123456Z
`,
	} {
		if diff := cmp.Diff(head+want, write(t, summary.Options{By: by}, events...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", by, diff)
		}
	}
	const top = head + `dst.port  count  first                        last
      80      3  2026-09-10T00:26:40.123456Z  2026-09-10T00:26:42.123456Z
and 2 events with 2 other values
`
	if diff := cmp.Diff(top, write(t, summary.Options{By: "dst.port", Top: 1}, events...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const object = `{"summary":"total","events":7,"lost":7,"first":"2026-09-10T00:26:40.123456789Z","last":"2026-09-10T00:26:45.123456789Z"}
{"summary":"dst.port","others":2,"otherValues":2}
{"summary":"dst.port","dst.port":80,"count":3,"first":"2026-09-10T00:26:40.123456789Z","last":"2026-09-10T00:26:42.123456789Z"}
`
	got := write(t, summary.Options{By: "dst.port", Top: 1, JSON: true}, events...)
	if diff := cmp.Diff(object, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEarlyTimes counts events from before 1970, which a host without a clock may send.
func TestEarlyTimes(t *testing.T) {
	const want = `2 events, 0 lost, from 1969-12-31T23:59:57.000000Z to 1969-12-31T23:59:58.000000Z

type   count  first                        last
trace      2  1969-12-31T23:59:57.000000Z  1969-12-31T23:59:58.000000Z
`
	a, b := trace(1, 80, 0), trace(1, 80, 0)
	a.Time, b.Time = -2e9, -3e9
	if diff := cmp.Diff(want, write(t, summary.Options{By: "type"}, a, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEveryField counts a recording by each field there is.
// datagram returns a decoded trace of a packet of UDP between the hosts 10.0.0.a and b, in a state.
func datagram(a, b, state byte, after int64) *event.Event {
	packet := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, a, 10, 0, 0, b,
		0, 40, 0, 40, 0, 8, 0, 0}
	n := monitor.TraceNotify{Type: 4, OrigLen: 42, CapLen: uint32(len(packet)), Reason: state}
	e := &event.Event{Kind: event.Sample, CPU: 3, Time: start + after*1e9, Raw: append(n.Append(nil), packet...)}
	new(monitor.Decoder).Decode(e)
	return e
}

// TestUnanswered checks that connections in which only one side has sent are listed, and no others.
func TestUnanswered(t *testing.T) {
	drop := monitor.DropNotify{Type: 1, SubType: 133, CapLen: 42}
	dropped := &event.Event{Kind: event.Sample, Raw: append(drop.Append(nil), datagram(9, 8, 0, 0).Raw[32:]...)}
	new(monitor.Decoder).Decode(dropped)
	events := []*event.Event{
		datagram(1, 2, 0, 0), datagram(2, 1, 1, 1), // answered
		datagram(5, 3, 0, 2), datagram(5, 3, 1, 3), datagram(5, 3, 1, 4),
		datagram(3, 4, 0, 5),
		datagram(6, 7, 2, 6), // an answer to what was sent before
		dropped,
	}
	got := write(t, summary.Options{By: "unanswered"}, events...)
	want := `8 events, 0 lost, from 2026-09-10T00:26:40.123456Z to 2026-09-10T00:26:46.123456Z

no answer to                proto  count  first
10.0.0.5:40 -> 10.0.0.3:40  udp        3  2026-09-10T00:26:42.123456Z
10.0.0.3:40 -> 10.0.0.4:40  udp        1  2026-09-10T00:26:45.123456Z
`
	if got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
	got = write(t, summary.Options{By: "unanswered", JSON: true, Top: 1}, events...)
	for _, want := range []string{
		`{"summary":"unanswered","otherValues":1}`,
		`{"summary":"unanswered","src":"10.0.0.5","srcPort":40,"dst":"10.0.0.3","dstPort":40,"proto":"udp","count":3,"first":"2026-09-10T00:26:42.123456789Z",`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if _, err := summary.New(summary.Options{By: "src,unanswered"}); err == nil || !strings.Contains(err.Error(), "a separate table") {
		t.Errorf("%v", err)
	}
}

func TestEveryField(t *testing.T) {
	var events []*event.Event
	f, err := os.Open("../../../cmd/bpfmon/testdata/demo.gob")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := payload.NewReader(f)
	for pl := new(payload.Payload); r.Next(pl) == nil; {
		e := new(event.Event)
		pl.Lend(e)
		new(monitor.Decoder).Decode(e)
		events = append(events, e)
	}
	var fields []string
	for _, k := range summary.Fields() {
		fields = append(fields, k.Name)
	}
	for _, m := range new(monitor.Decoder).Messages() {
		for _, f := range m.Fields() {
			fields = append(fields, f.Name)
		}
	}
	for _, name := range fields {
		out := write(t, summary.Options{By: name + ",type", JSON: true}, events...)
		for line := range strings.Lines(out) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s: invalid JSON %s", name, line)
			}
		}
	}
	if _, err := summary.New(summary.Options{By: "reasn"}); err == nil || !strings.Contains(err.Error(), "there are type, reason,") {
		t.Errorf("an unknown field: %v", err)
	}
}

// TestMixedColumn counts by fields whose values are not all numbers in JSON: a pointer, a number that is a text in another struct,
// and one that has names in another struct.
func TestMixedColumn(t *testing.T) {
	const size = 24
	when := func(kind uint64) []layout.Condition { return []layout.Condition{{Field: "kind", Value: kind}} }
	kind := layout.Field{Name: "kind", Kind: layout.Uint, Offset: 0, Size: 1}
	names := &event.Enum{Name: "status", Lookup: func(v uint64) (string, bool) { return "up", v == 7 }}
	d, err := layout.New(binary.LittleEndian, []layout.Struct{
		{Name: "one", Size: size, When: when(1), Fields: []layout.Field{
			kind, {Name: "at", Kind: layout.Pointer, Offset: 8, Size: 8},
			{Name: "who", Kind: layout.Uint, Offset: 16, Size: 4}, {Name: "status", Kind: layout.Uint, Offset: 20, Size: 4}}},
		{Name: "two", Size: size, When: when(2), Fields: []layout.Field{
			kind, {Name: "at", Kind: layout.Uint, Offset: 8, Size: 8},
			{Name: "who", Kind: layout.Char, Offset: 16, Size: 1, Dims: []int{4}}, {Name: "status", Kind: layout.Uint, Offset: 20, Size: 4, Enum: names}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := summary.New(summary.Options{By: "at,who,status", JSON: true, Messages: d.Messages()})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []byte{1, 2} {
		e := &event.Event{Kind: event.Sample, Raw: []byte{kind, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, '0', '0', 0, 0, 7, 0, 0, 0}}
		d.Decode(e)
		if err := s.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := `{"summary":"total","events":2,"lost":0}
{"summary":"at,who,status","at":16,"who":"\"00\"","status":"up","count":1}
{"summary":"at,who,status","at":"0x10","who":12336,"status":7,"count":1}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBound(t *testing.T) {
	if testing.Short() {
		t.Skip("counts a million values")
	}
	s, err := summary.New(summary.Options{By: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	e := &event.Event{Kind: event.Sample, Raw: []byte{200}}
	for e.CPU = range 1_000_000 {
		_ = s.Event(e) // never one
	}
	var out bytes.Buffer
	if err := s.Write(&out); err != nil || !strings.Contains(out.String(), "and 999980 events with ") {
		t.Errorf("%s, %v", &out, err)
	}
}

func TestAllocations(t *testing.T) {
	s, err := summary.New(summary.Options{By: "type;reason;iface;endpoint;src,dst.port,state", Interfaces: names{12: "lxc12"}})
	if err != nil {
		t.Fatal(err)
	}
	e := trace(1, 80, 0)
	if n := testing.AllocsPerRun(100, func() { _ = s.Event(e) }); n != 0 {
		t.Errorf("%v allocations for each event", n)
	}
}

func BenchmarkSummary(b *testing.B) {
	for _, c := range []struct{ name, by string }{{"default", summary.Default}, {"one", "src,dst.port"}} {
		b.Run(c.name, func(b *testing.B) {
			s, err := summary.New(summary.Options{By: c.by})
			if err != nil {
				b.Fatal(err)
			}
			var d monitor.Decoder
			e := trace(1, 80, 0)
			b.ReportAllocs()
			for b.Loop() {
				d.Decode(e)
				_ = s.Event(e) // never an error
			}
		})
	}
}

func Example() {
	s, err := summary.New(summary.Options{By: "dst.port"})
	if err != nil {
		panic(err)
	}
	for _, port := range []uint16{80, 443, 80} {
		_ = s.Event(trace(1, port, 0)) // never an error
	}
	var out bytes.Buffer
	_ = s.Write(&out) // to a buffer
	fmt.Print(strings.SplitAfterN(out.String(), "\n", 3)[2])
	// Output:
	// dst.port  count  first                        last
	//       80      2  2026-09-10T00:26:40.123456Z  2026-09-10T00:26:40.123456Z
	//      443      1  2026-09-10T00:26:40.123456Z  2026-09-10T00:26:40.123456Z
}
