// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"context"
	"io"
	"net/netip"
	"runtime"
	"testing"

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
	b.Run("empty", func(b *testing.B) { measure(b, cable, emptyProgram(b)) })
	for _, c := range costs(reasons) {
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
				lost += n.Lost
			}
			b.ReportMetric(float64(lost), "lost")
		})
	}
}

// cost is what is measured.
type cost struct {
	name string
	opts Options
}

// costs are the options that make a difference to what a drop costs.
func costs(reasons *Reasons) []cost {
	csum, _ := reasons.Number("TCP_CSUM")
	return []cost{
		{"rejected/reason", Options{Filter: Filter{Reasons: []uint32{csum}}}},
		{"rejected/device", Options{Filter: Filter{Devices: []string{"eth9"}}}},
		{"rejected/namespace", Options{Filter: Filter{Namespaces: []uint32{1}}}},
		{"rejected/protocol", Options{Filter: Filter{Protocols: []uint8{6}}}},
		{"rejected/address", Options{Filter: Filter{Addrs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}},
		{"rejected/port", Options{Filter: Filter{Ports: []uint16{53}}}},
		{"counted", Options{Rate: 1}},
		{"sent", Options{Rate: -1}},
		{"sent/without packet", Options{Rate: -1, CaptureLen: -1}},
		{"sent/stack", Options{Rate: -1, Stack: true}},
		{"sent/raw", Options{Rate: -1, Raw: true}},
	}
}

// emptyProgram is on the tracepoint, and does nothing.
func emptyProgram(b *testing.B) *ebpf.Program {
	b.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: tpDrop, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = program.Close() })
	l, err := link.AttachTracing(link.TracingOptions{Program: program})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	return program
}

// BenchmarkStorm measures the same with the fastest traffic that there is, as many senders as there are CPUs: then the caches
// are warm.
func BenchmarkStorm(b *testing.B) {
	reasons := needBPF(b)
	s := newStorm(b)
	drop := func(n int) error {
		threads := runtime.NumCPU()
		_, err := s.runOn(threads, (n+threads-1)/threads)
		return err
	}
	b.Run("none", func(b *testing.B) { measureBy(b, drop, nil) })
	b.Run("empty", func(b *testing.B) { measureBy(b, drop, emptyProgram(b)) })
	for _, c := range costs(reasons) {
		b.Run(c.name, func(b *testing.B) {
			w := loadWatch(b, c.opts)
			if err := w.Attach(); err != nil {
				b.Fatal(err)
			}
			for _, program := range w.coll.Programs {
				measureBy(b, drop, program)
			}
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
	to := netip.AddrPortFrom(netip.MustParseAddr(netlab.Address4(1)), 5245)
	measureBy(b, func(n int) error { return flood(cable[0], to, n) }, program)
}

// measureBy drops b.N packets, and reports the time in the program for each, if there is one.
func measureBy(b *testing.B, drop func(n int) error, program *ebpf.Program) {
	b.Helper()
	if program == nil {
		b.ResetTimer()
		if err := drop(b.N); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "drops/s")
		return
	}
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
	b.ResetTimer()
	if err := drop(b.N); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	after, err := program.Stats()
	if err != nil {
		b.Fatal(err)
	}
	if runs := after.RunCount - before.RunCount; runs > 0 {
		b.ReportMetric(float64((after.Runtime-before.Runtime).Nanoseconds())/float64(runs), "program-ns/drop")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "drops/s")
}
