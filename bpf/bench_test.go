// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/perf"
	"github.com/cilium/ebpf/ringbuf"

	"github.com/lockstep-bpf/lockstep/monitor"
	ev "github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
)

// BenchmarkProgram measures what the ingress program costs for a packet of an established TCP connection, beside a
// program that does nothing. The rings are emptied between batches, so that no event is refused, which is cheaper.
func BenchmarkProgram(b *testing.B) {
	b.Run("empty", func(b *testing.B) {
		needBPF(b)
		program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
			Type: ebpf.SchedCLS, License: "GPL",
			Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, actUnspec), asm.Return()},
		})
		if err != nil {
			b.Fatal(err)
		}
		defer program.Close()
		benchProgram(b, program, func() {})
	})
	for _, c := range []struct {
		name string
		opts Options
	}{
		{"watch", Options{Aggregation: AggregateActive}},
		{"trace", Options{}},
		{"trace ring buffer", Options{RingBuffer: true}},
		{"trace ring buffer of 2 MiB", Options{RingBuffer: true, RingBytes: 2 << 20}},
		{"trace debug", Options{Debug: true}},
		{"trace debug ring buffer", Options{Debug: true, RingBuffer: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			h := newHarness(b, c.opts)
			h.run(Ingress, maker{tb: b}.tcp("S"))
			h.run(Egress, maker{tb: b}.turn().tcp("SA"))
			h.run(Ingress, maker{tb: b}.tcp("A"))
			benchProgram(b, h.use(true, Ingress), func() {
				for _, ok := h.read(); ok; _, ok = h.read() {
					h.received++
				}
			})
		})
	}
}

// BenchmarkStart measures how long it takes until the first interface can be watched: the maps, and the programs for packets
// that start with Ethernet. Beside it are those for all kinds of interfaces.
func BenchmarkStart(b *testing.B) {
	for name, kinds := range map[string][]bool{"ethernet": {true}, "all": {true, false}} {
		b.Run(name, func(b *testing.B) {
			needBPF(b)
			for b.Loop() {
				d, err := Load(Options{RingBuffer: true})
				if err != nil {
					b.Fatal(err)
				}
				for _, linkLayer := range kinds {
					err = errors.Join(err, d.loadPrograms(linkLayer))
				}
				if err = errors.Join(err, d.Close()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchProgram reports the kernel's own measure of a test run.
func benchProgram(b *testing.B, program *ebpf.Program, empty func()) {
	const batch = 1000
	packet := maker{tb: b}.tcp("A")
	var spent time.Duration
	runs := 0
	for b.Loop() {
		_, each, err := program.Benchmark(packet, batch, nil)
		if err != nil {
			b.Fatal(err)
		}
		spent += each * batch
		runs += batch
		empty()
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(runs), "ns/op") // a packet, the emptying left out
}

// BenchmarkEvents measures how many events a second go from the program to a line on /dev/null, by each kind of ring,
// beside a reader that only counts them. The program waits when the ring is half full, so nothing is lost: the
// measure is of the slower of the two.
func BenchmarkEvents(b *testing.B) {
	for _, ringBuffer := range []bool{false, true} {
		name := "perf"
		if ringBuffer {
			name = "ringbuf"
		}
		b.Run(name+"/count", func(b *testing.B) { benchEvents(b, ringBuffer, countEvents) })
		b.Run(name+"/format", func(b *testing.B) { benchEvents(b, ringBuffer, formatEvents) })
	}
}

// consumer opens what reads the datapath's events. The function that it returns reads n of them, counts them in done,
// and closes it.
type consumer func(b *testing.B, d *Datapath) func(n int64, done *atomic.Int64) error

func benchEvents(b *testing.B, ringBuffer bool, open consumer) {
	needBPF(b)
	if runtime.NumCPU() < 2 {
		b.Skip("the program and the reader need a CPU each")
	}
	d, err := Load(Options{RingBuffer: ringBuffer, RingBytes: 8 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	loadAll(b, d)
	const batch = 500
	n := int64((b.N + batch - 1) / batch * batch)
	consume := open(b, d)
	packet := maker{tb: b}.tcp("A")
	var done atomic.Int64
	ended := make(chan error, 1)
	b.ResetTimer()
	go func() { ended <- consume(n, &done) }()
	for sent := int64(0); sent < n; sent += batch {
		for sent-done.Load() > 20000 {
			runtime.Gosched()
		}
		if _, err := d.objs.LockstepIngress.Run(&ebpf.RunOptions{Data: packet, Repeat: batch}); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	stats, err := d.Stats()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(stats.Total.Lost), "lost")
}

// countEvents reads events with nothing around the reader.
func countEvents(b *testing.B, d *Datapath) func(int64, *atomic.Int64) error {
	b.Helper()
	var read func() error
	var stop func() error
	var setDeadline func(time.Time)
	if d.Events().Type() == ebpf.RingBuf {
		r, err := ringbuf.NewReader(d.Events())
		if err != nil {
			b.Fatal(err)
		}
		var rec ringbuf.Record
		read = func() error { return waiting(r.ReadInto(&rec), r.SetDeadline) }
		stop, setDeadline = r.Close, r.SetDeadline
	} else {
		r, err := perf.NewReaderWithOptions(d.Events(), ring.DefaultPerCPU, perf.ReaderOptions{Watermark: ring.DefaultPerCPU / 8})
		if err != nil {
			b.Fatal(err)
		}
		var rec perf.Record
		read = func() error { return waiting(r.ReadInto(&rec), r.SetDeadline) }
		stop, setDeadline = r.Close, r.SetDeadline
	}
	setDeadline(time.Now().Add(ring.DefaultInterval))
	return func(n int64, done *atomic.Int64) error {
		for i := int64(0); i < n; {
			switch err := read(); {
			case err == nil:
				i++
				done.Store(i)
			case !errors.Is(err, os.ErrDeadlineExceeded):
				return err
			}
		}
		return stop()
	}
}

// waiting sets a new deadline when one has passed.
func waiting(err error, setDeadline func(time.Time)) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		setDeadline(time.Now().Add(ring.DefaultInterval))
	}
	return err
}

// formatEvents reads events as bpfmon does, and writes their lines to /dev/null.
func formatEvents(b *testing.B, d *Datapath) func(int64, *atomic.Int64) error {
	b.Helper()
	src, err := ring.New(context.Background(), d.Events(), ring.Options{Trailer: true, Reader: d.Reader(), Lost: d.Lost})
	if err != nil {
		b.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	lines, decoder := text.New(null, text.Options{}), new(monitor.Decoder)
	return func(n int64, done *atomic.Int64) error {
		var e ev.Event
		for i := int64(0); i < n; {
			if err := src.Next(&e); err != nil {
				return err
			}
			decoder.Decode(&e)
			if err := lines.Event(&e); err != nil {
				return err
			}
			if !src.Ready() {
				if err := lines.Flush(); err != nil {
					return err
				}
			}
			if e.Kind == ev.Sample {
				i++
				done.Store(i)
			}
		}
		return errors.Join(null.Close(), src.Close())
	}
}
