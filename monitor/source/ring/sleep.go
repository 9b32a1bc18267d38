// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// nap is how long the reader of a ring buffer lets events gather after it was woken. So it is woken at most once in that
// time, however many events there are, and an event waits no longer.
const nap = time.Millisecond

// bed lets the reader of a ring buffer sleep until there is something to read, and the programs know it. Each wake-up
// costs the program that sends the event some microseconds. So a reader that has just been woken looks by itself for a
// while, and asks to be woken only when that is over. An idle ring costs nothing.
type bed struct {
	asleep *uint32   // in the element of the map ring_reader
	made   bool      // the programs have been asked to wake the reader
	awake  time.Time // when the reader was last woken
}

// newBed maps the word that the programs look at.
func newBed(state *ebpf.Map) (*bed, error) {
	mem, err := unix.Mmap(state.FD(), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the reader's state: %w", err)
	}
	b := &bed{asleep: (*uint32)(unsafe.Pointer(&mem[readerStateAsleepOffset]))}
	runtime.AddCleanup(b, func(mem []byte) { _ = unix.Munmap(mem) }, mem) // not in Close: Next may be using it
	return b, nil
}

// until returns until when the reader waits for events; zero is forever. quiet says that there were none since it was
// asked last. A program that has looked at the word before it was set, and sends afterwards, does not wake the reader,
// so the first time is limited.
func (b *bed) until(now time.Time, quiet bool, interval time.Duration) time.Time {
	switch {
	case b.made && quiet:
		return time.Time{}
	case now.Sub(b.awake) < nap:
		return b.awake.Add(nap)
	}
	b.made = true
	atomic.StoreUint32(b.asleep, 1)
	return now.Add(interval)
}

// rise is called for an event. It takes back that the reader sleeps, and reports whether it did.
func (b *bed) rise() bool {
	if !b.made {
		return false
	}
	b.made, b.awake = false, time.Now()
	atomic.StoreUint32(b.asleep, 0)
	return true
}

// The longest intervals at which a reader looks for events that nobody says are there. The kernel wakes the reader of a perf
// ring only when much is in it. Most programs wake that of a ring buffer for each event.
const (
	longestPerf = 100 * time.Millisecond
	longestRing = time.Second
)

// dozeAfter is how long there must be no events before the intervals grow.
const dozeAfter = time.Second

// doze grows the interval at which a reader looks by itself, while it finds nothing.
type doze struct {
	most  time.Duration
	quiet time.Duration // since the last event, as the sum of intervals
	grown time.Duration // the interval, if it has grown
}

// interval returns how long to wait now, having found nothing since it was asked last.
func (d *doze) interval(shortest time.Duration) time.Duration {
	switch {
	case d.quiet < dozeAfter:
		d.quiet += shortest
		return shortest
	case d.grown == 0:
		d.grown = shortest
	}
	d.grown = max(min(2*d.grown, d.most), shortest)
	return d.grown
}

// rise is called for an event. It reports whether the interval had grown.
func (d *doze) rise() bool {
	grown := d.grown > 0
	d.quiet, d.grown = 0, 0
	return grown
}
