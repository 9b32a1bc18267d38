// SPDX-License-Identifier: Apache-2.0

package pcapng_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	sink "github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/source/pcapng"
)

// traced returns a recorded trace of a packet.
func traced(b *testing.B) []byte {
	b.Helper()
	session, err := os.ReadFile(demo)
	if err != nil {
		b.Fatal(err)
	}
	var raw []byte
	events(b, session, func(e *event.Event) {
		if e.Kind == event.Sample && e.Raw[0] == 4 {
			raw = bytes.Clone(e.Raw)
		}
	})
	return raw
}

// endless reads the same bytes again and again, behind a beginning.
type endless struct {
	begin, again []byte
	at           int
}

func (r *endless) Read(p []byte) (int, error) {
	if len(r.begin) > 0 {
		n := copy(p, r.begin)
		r.begin = r.begin[n:]
		return n, nil
	}
	n := copy(p, r.again[r.at:])
	r.at = (r.at + n) % len(r.again)
	return n, nil
}

// BenchmarkPcapng measures an event with a packet: writing and reading it, and the same with a session.
func BenchmarkPcapng(b *testing.B) {
	e := &event.Event{Kind: event.Sample, Raw: traced(b), Time: 1789000000_123456789, Host: &event.Host{}}
	var d monitor.Decoder
	b.Run("write", func(b *testing.B) {
		s := sink.New(io.Discard, sink.Options{})
		b.ReportAllocs()
		for b.Loop() {
			d.Decode(e)
			if err := s.Event(e); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gob-write", func(b *testing.B) {
		w := payload.NewWriter(io.Discard)
		var pl payload.Payload
		b.ReportAllocs()
		for b.Loop() {
			d.Decode(e)
			pl.Of(e)
			if err := w.Write(&pl); err != nil {
				b.Fatal(err)
			}
		}
	})
	d.Decode(e)
	enc := sink.NewEncoder(sink.Options{})
	begin := enc.Append(nil, e)
	again := bytes.Repeat(enc.Append(nil, e), 100)
	b.Run("read", func(b *testing.B) {
		r := pcapng.NewReader(&endless{begin: begin, again: again})
		got := new(event.Event)
		b.ReportAllocs()
		for b.Loop() {
			if err := r.Next(got); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gob-read", func(b *testing.B) {
		var pl payload.Payload
		pl.Of(e)
		r := payload.NewReader(&endless{begin: agenttest.AppendSession(nil, true, &pl), again: bytes.Repeat(agenttest.AppendSession(nil, false, &pl), 100)})
		b.ReportAllocs()
		for b.Loop() {
			if err := r.Next(&pl); err != nil {
				b.Fatal(err)
			}
		}
	})
}
