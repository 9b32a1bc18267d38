// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
)

// start is the time of the first event.
const start = 1789000000_123456789

// drop returns a decoded drop that happened so many nanoseconds after start; of unknown time if that is negative.
func drop(after int64) *event.Event {
	e := &event.Event{Kind: event.Sample, CPU: 3, Raw: append([]byte{1, 133}, make([]byte, monitor.DropNotifyLen-2)...)}
	if after >= 0 {
		e.Time = start + after
	}
	new(monitor.Decoder).Decode(e)
	return e
}

const dropLine = "xx drop (Policy denied (L3)) flow 0x0 to endpoint 0, identity 0->0: [unknown]\n"

// print returns what a sink prints of events.
func print(t *testing.T, o text.Options, events ...*event.Event) string {
	t.Helper()
	var out bytes.Buffer
	s := text.New(&out, o)
	for _, e := range events {
		if err := s.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTimes(t *testing.T) {
	local := time.Local
	time.Local = time.FixedZone("", 3600)
	defer func() { time.Local = local }()
	events := []*event.Event{drop(0), drop(-1), drop(1_500_000_999), drop(500_000_000), drop(90_000_000_000)}
	for format, want := range map[text.TimeFormat][]string{
		text.NoTime:   {"", "", "", "", ""},
		text.Clock:    {"01:26:40.123456 ", "", "01:26:41.623457 ", "01:26:40.623456 ", "01:28:10.123456 "},
		text.UTC:      {"2026-09-10T00:26:40.123456789Z ", "", "2026-09-10T00:26:41.623457788Z ", "2026-09-10T00:26:40.623456789Z ", "2026-09-10T00:28:10.123456789Z "},
		text.Epoch:    {"1789000000.123456789 ", "", "1789000001.623457788 ", "1789000000.623456789 ", "1789000090.123456789 "},
		text.Delta:    {"+0.000000 ", "", "+1.500000 ", "-1.000000 ", "+89.500000 "},
		text.Relative: {"0.000000 ", "", "1.500000 ", "0.500000 ", "90.000000 "},
	} {
		lines := strings.SplitAfter(print(t, text.Options{Time: format}, events...), "\n")
		for i, want := range want {
			if diff := cmp.Diff(want+dropLine, lines[i]); diff != "" {
				t.Errorf("%s, event %d (-want +got):\n%s", &format, i, diff)
			}
		}
	}
}

// TestEarlyTimes prints times before 1970, which a host without a clock may send.
func TestEarlyTimes(t *testing.T) {
	e := drop(0)
	e.Time = -1_500_000_001
	for format, want := range map[text.TimeFormat]string{text.UTC: "1969-12-31T23:59:58.499999999Z ", text.Epoch: "-1.500000001 "} {
		if diff := cmp.Diff(want+dropLine, print(t, text.Options{Time: format}, e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", &format, diff)
		}
	}
}

// TestTimePlaces holds where the time stands: before the line, behind the separator, and first in an object.
func TestTimePlaces(t *testing.T) {
	verbose := print(t, text.Options{Style: event.Style{Form: event.Verbose}, Time: text.Epoch}, drop(0))
	if !strings.HasPrefix(verbose, strings.Repeat("-", 78)+"\n1789000000.123456789 CPU 03: MARK") {
		t.Errorf("verbose:\n%s", verbose)
	}
	o := text.Options{Style: event.Style{Form: event.JSON}, Time: text.Clock}
	object := print(t, o, drop(0))
	var fields map[string]any
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		t.Fatalf("%v: %s", err, object)
	}
	if !strings.HasPrefix(object, `{"time":"2026-09-10T00:26:40.123456789Z","cpu":"CPU 03:","type":"drop"`) {
		t.Errorf("JSON: %s", object)
	}
	if unknown := print(t, o, drop(-1)); !strings.HasPrefix(unknown, `{"cpu":`) {
		t.Errorf("JSON without a time: %s", unknown)
	}
}

// TestNoTimeAlone: an event that has no line has no time on a line of its own.
func TestNoTimeAlone(t *testing.T) {
	debug := &event.Event{Kind: event.Sample, Time: start, Raw: append([]byte{2, 1}, make([]byte, monitor.DebugMsgLen-2)...)}
	new(monitor.Decoder).Decode(debug)
	other := &event.Event{Kind: 77, Time: start}
	for _, form := range []event.Form{event.Info, event.JSON} {
		if got := print(t, text.Options{Style: event.Style{Form: form}, Time: text.Clock}, other); got != "" {
			t.Errorf("an event of another kind: %q", got)
		}
	}
	if got := print(t, text.Options{Time: text.Clock}, debug); got != "" {
		t.Errorf("a debug message as a line: %q", got)
	}
}

func TestLossesErrorsUnknown(t *testing.T) {
	lost := &event.Event{Kind: event.Lost, CPU: 1, Lost: 37}
	short := &event.Event{Kind: event.Sample, CPU: 12, Raw: []byte{1, 2}}
	empty := &event.Event{Kind: event.Sample}
	unknown := &event.Event{Kind: event.Sample, Raw: []byte{200, 1}}
	d := new(monitor.Decoder)
	for _, e := range []*event.Event{lost, short, empty, unknown} {
		d.Decode(e)
	}
	for form, want := range map[event.Form]string{
		event.Info: "CPU 01: Lost 37 events\nCPU 12: Error: drop_notify: need 32 bytes, have 2\n" +
			"CPU 00: Error: empty message\nCPU 00: Unknown event: [200 1]\n",
		event.JSON: `{"cpu":"CPU 01:","type":"lost","lost":37}` + "\n" +
			`{"cpu":"CPU 12:","type":"error","message":"drop_notify: need 32 bytes, have 2"}` + "\n" +
			`{"cpu":"CPU 00:","type":"error","message":"empty message"}` + "\n" +
			`{"cpu":"CPU 00:","type":"unknown","code":200,"data":"c801"}` + "\n",
	} {
		if diff := cmp.Diff(want, print(t, text.Options{Style: event.Style{Form: form}}, lost, short, empty, unknown)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestWrites: output is gathered, and an error of the writer comes back.
func TestWrites(t *testing.T) {
	var writes int
	s := text.New(writerFunc(func(p []byte) (int, error) {
		writes++
		if !bytes.HasSuffix(p, []byte("\n")) {
			t.Errorf("a write ends within a line: %q", p[len(p)-20:])
		}
		return len(p), nil
	}), text.Options{})
	for range 1000 {
		if err := s.Event(drop(0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(); err != nil || writes != 1000*len(dropLine)/(64<<10)+1 {
		t.Errorf("%d writes, %v", writes, err)
	}
	s = text.New(writerFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe }), text.Options{})
	_ = s.Event(drop(0))
	if err := s.Flush(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Flush: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestAllocations(t *testing.T) {
	e := drop(0)
	for _, o := range []text.Options{
		{}, {Time: text.Clock}, {Time: text.UTC}, {Time: text.Delta},
		{Style: event.Style{Form: event.Verbose}, Time: text.Epoch}, {Style: event.Style{Form: event.JSON}, Time: text.Clock},
	} {
		s := text.New(io.Discard, o)
		buf := make([]byte, 0, 1<<12)
		if n := testing.AllocsPerRun(100, func() { buf = s.Append(buf[:0], e) }); n != 0 {
			t.Errorf("%+v: %v allocations", o, n)
		}
	}
}

func TestTimeFormatNames(t *testing.T) {
	for _, name := range text.TimeFormats() {
		var f text.TimeFormat
		if err := f.Set(name); err != nil || f.String() != name {
			t.Errorf("%s: %s, %v", name, &f, err)
		}
	}
	var f text.TimeFormat
	if err := f.Set("noon"); err == nil || !strings.Contains(err.Error(), "clock") {
		t.Errorf("noon: %v", err)
	}
}

// BenchmarkSink measures an event that is decoded and printed as pipelines do.
func BenchmarkSink(b *testing.B) {
	for name, o := range map[string]text.Options{"none": {}, "clock": {Time: text.Clock}, "utc": {Time: text.UTC}, "epoch": {Time: text.Epoch}} {
		b.Run("time/"+name, func(b *testing.B) {
			e, d, s := drop(0), new(monitor.Decoder), text.New(io.Discard, o)
			b.ReportAllocs()
			for b.Loop() {
				e.Time += 1000
				d.Decode(e)
				if err := s.Event(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMessage measures decoding: to the concrete type, and through the Message interface as pipelines do.
func BenchmarkMessage(b *testing.B) {
	e := drop(0)
	b.Run("struct", func(b *testing.B) {
		var n monitor.DropNotify
		b.ReportAllocs()
		for b.Loop() {
			if err := n.Decode(e.Raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("interface", func(b *testing.B) {
		d := new(monitor.Decoder)
		b.ReportAllocs()
		for b.Loop() {
			if d.Decode(e); e.Msg == nil {
				b.Fatal(e.Err)
			}
		}
	})
}
