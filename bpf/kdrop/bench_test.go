// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"context"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// BenchmarkDrop measures what a program on the tracepoint costs for each packet that the kernel drops, by the kernel's own
// count of the time in programs (which costs about 30 ns itself, in each): beside an empty program, one whose filter rejects
// each packet by each kind of value, one that counts all and sends few, and one that sends all to a reader.
func BenchmarkDrop(b *testing.B) {
	reasons := needBPF(b)
	cable := newCable(b)
	b.Run("empty", func(b *testing.B) {
		program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
			Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: tpDrop, License: "GPL",
			Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
		})
		if err != nil {
			b.Fatal(err)
		}
		defer program.Close()
		l, err := link.AttachTracing(link.TracingOptions{Program: program})
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		measure(b, cable, program)
	})
	noRoute, _ := reasons.Number("TCP_CSUM")
	for _, c := range []struct {
		name string
		opts Options
	}{
		{"rejected/reason", Options{Filter: Filter{Reasons: []uint32{noRoute}}}},
		{"rejected/device", Options{Filter: Filter{Devices: []string{"eth9"}}}},
		{"rejected/protocol", Options{Filter: Filter{Protocols: []uint8{6}}}},
		{"rejected/address", Options{Filter: Filter{Addrs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}},
		{"rejected/port", Options{Filter: Filter{Ports: []uint16{53}}}},
		{"counted", Options{Rate: 1}},
		{"sent", Options{Rate: -1}},
		{"sent/without packet", Options{Rate: -1, CaptureLen: -1}},
		{"sent/stack", Options{Rate: -1, Stack: true}},
		{"sent/raw", Options{Rate: -1, Raw: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			l := watchCable(b, cable, c.opts)
			_ = l.ring.Close() // it is read by the source
			src, err := NewSource(context.Background(), l.watch, SourceOptions{Symbols: c.opts.Symbols})
			if err != nil {
				b.Fatal(err)
			}
			defer src.Close()
			read := make(chan int)
			go func() { read <- drain(src) }()
			for _, program := range l.watch.coll.Programs {
				measure(b, cable, program)
			}
			if err := l.watch.Detach(); err != nil {
				b.Fatal(err)
			}
			if err := src.Finish(); err != nil {
				b.Fatal(err)
			}
			<-read
			stats, err := l.watch.Stats()
			if err != nil {
				b.Fatal(err)
			}
			var lost uint64
			for _, n := range stats.Counts {
				lost += n.Refused
			}
			b.ReportMetric(float64(lost), "lost")
		})
	}
}

// drain reads a source to its end, and returns how many events there were.
func drain(src *Source) (n int) {
	for e := new(event.Event); ; {
		if err := src.Next(e); err != nil {
			return n
		}
		if e.Kind == event.Sample {
			n++
		}
	}
}

var _ io.Closer = (*Source)(nil)

// measure drops b.N packets at a closed port, and reports the time in the program for each.
func measure(b *testing.B, cable netlab.Cable, program *ebpf.Program) {
	b.Helper()
	counting, err := ebpf.EnableStats(1) // BPF_STATS_RUN_TIME is 0
	if err != nil {
		counting, err = ebpf.EnableStats(0)
	}
	if err != nil {
		b.Skip(err)
	}
	defer counting.Close()
	before, err := program.Stats()
	if err != nil {
		b.Fatal(err)
	}
	to := netip.AddrPortFrom(netip.MustParseAddr(netlab.Address4(1)), 4245)
	b.ResetTimer()
	start := time.Now()
	if err := flood(cable[0], to, b.N); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start)
	b.StopTimer()
	after, err := program.Stats()
	if err != nil {
		b.Fatal(err)
	}
	if runs := after.RunCount - before.RunCount; runs > 0 {
		b.ReportMetric(float64((after.Runtime-before.Runtime).Nanoseconds())/float64(runs), "program-ns/drop")
	}
	b.ReportMetric(float64(b.N)/took.Seconds(), "drops/s")
}
