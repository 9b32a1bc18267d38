// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// monotonic reads the clock that the programs read.
func monotonic(t *testing.T) uint64 {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		t.Fatal(err)
	}
	return uint64(ts.Nano())
}

// TestTrailer checks that a record of the ring buffer ends with the CPU that sent it and the time when that was, and that
// everything that is sent for one packet has one time.
func TestTrailer(t *testing.T) {
	h := newHarness(t, Options{RingBuffer: true, Debug: true})
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.SchedSetaffinity(0, &all) }()
	for cpu := range 1024 {
		if !all.IsSet(cpu) {
			continue
		}
		var one unix.CPUSet
		one.Set(cpu)
		if err := unix.SchedSetaffinity(0, &one); err != nil {
			t.Fatal(err)
		}
		before := monotonic(t)
		if _, err := h.use(true, Ingress).Run(&ebpf.RunOptions{Data: maker{tb: t}.tcp("S")}); err != nil {
			t.Fatal(err)
		}
		after := monotonic(t)
		var times []uint64
		for sample, ok := h.read(); ok; sample, ok = h.read() {
			h.received++
			end := sample[len(sample)-16:]
			times = append(times, binary.NativeEndian.Uint64(end))
			if got := binary.NativeEndian.Uint32(end[8:]); got != uint32(cpu) {
				t.Errorf("sent on CPU %d, the record says %d", cpu, got)
			}
		}
		if len(times) < 5 || times[0] < before || times[0] > after {
			t.Fatalf("CPU %d: sent from %d to %d, the records say %d", cpu, before, after, times)
		}
		for _, at := range times[1:] {
			if at != times[0] {
				t.Errorf("CPU %d: records of one packet say %d", cpu, times)
				break
			}
		}
	}
}
