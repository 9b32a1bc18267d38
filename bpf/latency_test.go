// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"context"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	ev "github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
)

// source returns a datapath with all programs and what reads its events, as bpfmon attach does.
func source(b *testing.B, opts Options, sleeps bool) (*Datapath, *ring.Source) {
	b.Helper()
	needBPF(b)
	d, err := Load(opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	loadAll(b, d)
	options := ring.Options{Trailer: true, Lost: d.Lost}
	if sleeps {
		options.Reader = d.Reader()
	}
	src, err := ring.New(context.Background(), d.Events(), options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = src.Close() })
	return d, src
}

// BenchmarkLone measures how long a lone event takes from the program's start until its reader has it, while nothing else
// comes. Beside it is the least that it can take here: a thread that sleeps in the kernel is woken through a pipe.
func BenchmarkLone(b *testing.B) {
	for _, c := range []struct {
		name string
		opts Options
	}{{"ring buffer", Options{RingBuffer: true}}, {"perf array", Options{}}} {
		b.Run(c.name, func(b *testing.B) {
			d, src := source(b, c.opts, true)
			packet := maker{tb: b}.tcp("S")
			seen := make(chan time.Time)
			go func() {
				for e := new(ev.Event); src.Next(e) == nil; {
					seen <- time.Now()
				}
			}()
			lone(b, seen, func() error {
				_, err := d.objs.LockstepIngress.Run(&ebpf.RunOptions{Data: packet})
				return err
			})
		})
	}
	b.Run("pipe", func(b *testing.B) {
		r, w, err := os.Pipe()
		if err != nil {
			b.Fatal(err)
		}
		defer w.Close()
		defer r.Close()
		seen := make(chan time.Time)
		go func() {
			for one := make([]byte, 1); ; {
				if _, err := io.ReadFull(r, one); err != nil {
					return
				}
				seen <- time.Now()
			}
		}()
		lone(b, seen, func() error { _, err := w.Write([]byte{1}); return err })
	})
}

// lone sends single events with pauses, in which a reader falls asleep, and reports how long they took.
func lone(b *testing.B, seen <-chan time.Time, send func() error) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		time.Sleep(2 * time.Millisecond)
		start := time.Now()
		if err := send(); err != nil {
			b.Fatal(err)
		}
		took = append(took, (<-seen).Sub(start))
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op") // the pauses
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}

// BenchmarkIdle measures how often the process is woken while no event comes. Beside it are a reader that looks each 20 ms,
// as it must where the programs are somebody else's, and no reader at all.
func BenchmarkIdle(b *testing.B) {
	for _, c := range []struct {
		name         string
		read, sleeps bool
	}{{"ring buffer", true, true}, {"polled each 20 ms", true, false}, {"no reader", false, false}} {
		b.Run(c.name, func(b *testing.B) {
			if c.read {
				_, src := source(b, Options{RingBuffer: true}, c.sleeps)
				go func() { _ = src.Next(new(ev.Event)) }()
			}
			time.Sleep(100 * time.Millisecond) // it looks a few times before it sleeps
			const span = time.Second / 2
			before, spans := switches(b), 0
			for b.Loop() {
				time.Sleep(span)
				spans++
			}
			b.ReportMetric(0, "ns/op")
			// The sleep above wakes the process once.
			b.ReportMetric(float64(switches(b)-before-int64(spans))/(float64(spans)*span.Seconds()), "wakeups/s")
		})
	}
}

// switches returns how often threads of the process have gone to sleep.
func switches(b *testing.B) int64 {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Nvcsw
}
