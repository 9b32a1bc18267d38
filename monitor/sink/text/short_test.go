// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
)

// traceOf returns a decoded trace of a packet.
func traceOf(n monitor.TraceNotify, packet []byte) *event.Event {
	n.Type, n.OrigLen, n.CapLen = 4, uint32(len(packet)), uint32(len(packet))
	e := &event.Event{Kind: event.Sample, Raw: append(n.Append(nil), packet...), Host: &event.Host{}}
	new(monitor.Decoder).Decode(e)
	return e
}

func TestShort(t *testing.T) {
	packet := frame(0, 0x0800, tcp4)
	const flow = "10.0.0.1:8080 -> 10.0.0.2:5432 tcp SYN, ACK\n"
	for want, e := range map[string]*event.Event{
		"xx (Policy denied (L3)) 2107->0: " + flow: dropOf(packet),
		"-> 2310 2107->4411 14: " + flow:           traceOf(monitor.TraceNotify{DstID: 2310, SrcLabel: 2107, DstLabel: 4411, Reason: 1, Ifindex: 14, Hash: 7}, packet),
		"-> new: " + flow:                          traceOf(monitor.TraceNotify{}, packet),
		"CPU 01: Lost 3 events\n":                  {Kind: event.Lost, CPU: 1, Lost: 3},
	} {
		if got := print(t, text.Options{Short: true}, e); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		coloured := print(t, text.Options{Short: true, Color: true}, e)
		begin := map[byte]string{'x': "\x1b[31m", 'C': "\x1b[33m"}[want[0]]
		if begin != "" {
			want = begin + strings.TrimSuffix(want, "\n") + "\x1b[m\n"
		}
		if coloured != want {
			t.Errorf("%q, want %q", coloured, want)
		}
	}
	for width, want := range map[int]string{
		0: "xx (Policy denied (L3)) 2107->0: " + flow, 80: "xx (Policy denied (L3)) 2107->0: 10.0.0.1:8080 -> 10.0.0.2:5432 tcp SYN, ACK\n",
		76: "xx (Policy denied (L3)) 2107->0: 10.0.0.1:8080 -> 10.0.0.2:5432 tcp SYN, ACK\n",
		75: "xx (Policy denied (L3)) 2107->0: 10.0.0.1:8080 -> 10.0.0.2:5432 tcp SYN,...\n", 5: "xx...\n", 1: "...\n",
	} {
		if got := print(t, text.Options{Short: true, Width: width}, dropOf(packet)); got != want {
			t.Errorf("width %d: %q, want %q", width, got, want)
		}
	}
	timed := dropOf(packet)
	timed.Time = 1_789_000_000_123_456_789
	got := print(t, text.Options{Short: true, Width: 40, Time: text.Clock, Seconds: true}, timed)
	if !regexp.MustCompile(`^\d\d:\d\d:\d\d xx \(Policy denied \(L3\)\) 2107\.\.\.\n$`).MatchString(got) {
		t.Errorf("%q", got)
	}
	s := text.New(nil, text.Options{Short: true, Color: true, Width: 40})
	e := dropOf(packet)
	var dst []byte
	if n := testing.AllocsPerRun(100, func() { dst = s.Append(dst[:0], e) }); n != 0 {
		t.Errorf("%v allocations for each event", n)
	}
}
