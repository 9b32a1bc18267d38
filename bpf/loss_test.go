// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/cilium/ebpf"

	ev "github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
)

// flood runs the packets through the ingress program on every CPU, rounds times each.
func (d *Datapath) flood(packet []byte, rounds int) error {
	var wait sync.WaitGroup
	errs := make([]error, runtime.NumCPU())
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = d.objs.LockstepIngress.Run(&ebpf.RunOptions{Data: packet, Repeat: uint32(rounds)})
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// TestLossIsExact overloads small rings, and checks that every event is received or known to be lost: none is missing,
// and none is counted twice. A reader that is slower than the programs is one that pauses.
func TestLossIsExact(t *testing.T) {
	needBPF(t)
	for _, ringBuffer := range []bool{false, true} {
		t.Run(fmt.Sprintf("ring buffer %t", ringBuffer), func(t *testing.T) {
			d, err := Load(Options{RingBuffer: ringBuffer, RingBytes: 1 << 16, Connections: MinConnections})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			loadAll(t, d)
			src, err := ring.New(context.Background(), d.Events(), ring.Options{
				PerCPU: 1 << 16, Trailer: true, Reader: d.Reader(), Lost: d.Lost,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			done := make(chan error, 1)
			go func() {
				err := d.flood(maker{tb: t}.tcp("S"), 20000)
				done <- errors.Join(err, src.Finish())
			}()
			received, lost := drainSlowly(t, src)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			stats, err := d.Stats()
			if err != nil {
				t.Fatal(err)
			}
			ran := uint64(20000 * runtime.NumCPU())
			if received+lost != ran || stats.Total != (Count{received, lost}) || lost == 0 || received == 0 {
				t.Errorf("ran %d times: received %d, lost %d, counted %+v", ran, received, lost, stats.Total)
			}
		})
	}
}

func drainSlowly(t *testing.T, src *ring.Source) (received, lost uint64) {
	t.Helper()
	var pl ev.Event
	for {
		err := src.Next(&pl)
		if errors.Is(err, io.EOF) {
			return received, lost
		}
		if err != nil {
			t.Error(err)
			return received, lost
		}
		if pl.Kind == ev.Lost {
			lost += pl.Lost
			continue
		}
		if pl.CPU < 0 || pl.CPU >= runtime.NumCPU() {
			t.Errorf("CPU %d", pl.CPU)
		}
		received++
		if received%1000 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
