// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
	"github.com/lockstep-bpf/lockstep/monitor/sink/metrics"
	"github.com/lockstep-bpf/lockstep/monitor/sink/observer"
	"github.com/lockstep-bpf/lockstep/monitor/sink/otlp"
	"github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/sink/report"
	"github.com/lockstep-bpf/lockstep/monitor/sink/summary"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/sink/top"
)

// BenchmarkSinks measures what an event costs in each output, its decoding included: a drop with a TCP SYN and a time. The
// yardsticks are decoding alone and the line of text.
func BenchmarkSinks(b *testing.B) {
	must := func(s sink.Sink, err error) sink.Sink {
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer collector.Close()
	sender, err := otlp.New(otlp.Options{URL: collector.URL})
	if err != nil {
		b.Fatal(err)
	}
	defer sender.Close() // what it lost is in the rows of the benchmark
	server := observer.New(observer.Options{Node: "n1"})
	defer server.Close() // nobody is served
	for _, c := range []struct {
		name string
		sink sink.Sink
	}{
		{"decode", sink.Func(func(*event.Event) error { return nil })},
		{"text", text.New(io.Discard, text.Options{Time: text.UTC})},
		{"json", text.New(io.Discard, text.Options{Style: event.Style{Form: event.JSON, Facts: true}})},
		{"json-hubble", hubble.NewSink(io.Discard, "n1", nil)},
		{"pcapng", pcapng.New(io.Discard, pcapng.Options{})},
		{"metrics", must(metrics.New(metrics.Options{Node: "n1"}))},
		{"hubble", server},
		{"otlp", sender},
		{"report", report.New(report.Options{})},
		{"top", top.New(top.Options{})},
		{"summary", must(summary.New(summary.Options{}))},
	} {
		b.Run(c.name, func(b *testing.B) {
			e, d := &event.Event{Kind: event.Sample, Raw: dropOf(b, frames[0])}, new(monitor.Decoder)
			b.ReportAllocs()
			for i := int64(0); b.Loop(); i++ {
				e.Time = 1_789_000_000_000_000_000 + i*1000
				d.Decode(e)
				if err := c.sink.Event(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// dropOf returns a drop of a packet as the agent sends it.
func dropOf(t testing.TB, frame string) []byte {
	t.Helper()
	packet, err := hex.DecodeString(frame)
	if err != nil {
		t.Fatal(err)
	}
	size := uint32(len(packet))
	raw, err := binary.Append(nil, binary.NativeEndian, monitor.DropNotify{
		Type: api.MessageTypeDrop, SubType: 133, OrigLen: size, CapLen: size, SrcLabel: 263, DstLabel: 104,
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(raw, packet...)
}
