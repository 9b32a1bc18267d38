// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package clock converts times of the kernel's CLOCK_MONOTONIC, which BPF programs and perf rings stamp events with, to
// wall clock times.
//
// The difference of the two clocks is not constant: NTP slews the wall clock, an administrator sets it, and in suspend
// CLOCK_MONOTONIC stands still while the wall clock goes on (CLOCK_BOOTTIME, which does not stand still, is not what
// bpf_ktime_get_ns returns). So the difference is measured again and again, and an event is converted with the
// difference that held when it happened. Nor is CLOCK_MONOTONIC the same for all processes: in a time namespace it has an
// offset, which is taken off again.
package clock

import (
	"math"

	"golang.org/x/sys/unix"
)

const (
	// tries is how many readings are taken for one difference at least: the shortest one is the best.
	tries = 3
	// triesMost is how many are taken where each was interrupted: none took at most enough nanoseconds. On a machine that
	// is busy, three of three may be.
	triesMost = 64
	enough    = int64(10e3)
	// every is how often the difference is measured, in nanoseconds of CLOCK_MONOTONIC: for so long after a step of the wall
	// clock, or after suspend, may an event have a time as it was before. NTP slews a clock by at most 25 us meanwhile.
	every = int64(50e6)
)

// Clock converts times. It is for one goroutine at a time. The zero value is ready.
type Clock struct {
	// Read reads CLOCK_MONOTONIC and CLOCK_REALTIME, in nanoseconds. It is the kernel's if it is nil.
	Read func() (mono, wall int64)

	offset *int64 // of this process's CLOCK_MONOTONIC; nil until the kernel's is read

	now, before difference
}

// difference is by how much the wall clock was ahead of CLOCK_MONOTONIC, and when that was measured.
type difference struct {
	at    int64 // CLOCK_MONOTONIC
	ahead int64
	known bool
}

// Wall returns the wall clock time, in nanoseconds since 1970 UTC, of a time of CLOCK_MONOTONIC. 0, an unknown time,
// stays 0. A time that is later than the last measurement by more than 50 ms makes it measure again.
//
// Where the clock was set between two measurements, what happened between them gets the time as it is after the step.
func (c *Clock) Wall(mono int64) int64 {
	switch {
	case mono <= 0:
		return 0
	case !c.now.known || mono-c.now.at > every:
		c.measure()
	}
	d := c.now
	if c.before.known && mono <= c.before.at {
		d = c.before
	}
	return mono + d.ahead
}

// Refresh measures the difference if the last measurement is over 50 ms old. A program that has not seen an event for
// a while calls it.
func (c *Clock) Refresh() {
	if mono, _ := c.read(); !c.now.known || mono-c.now.at > every {
		c.measure()
	}
}

// measure takes the difference of the two clocks. The wall clock is read between two readings of the other: half of the
// time between them, some hundred nanoseconds, is the most by which it can be wrong.
func (c *Clock) measure() {
	width, next := int64(math.MaxInt64), difference{known: true}
	for i := 0; i < tries || i < triesMost && width > enough; i++ {
		start, wall := c.read()
		end, _ := c.read()
		if w := end - start; w >= 0 && w < width {
			width = w
			next.at, next.ahead = start, wall-(start+w/2)
		}
	}
	c.before, c.now = c.now, next
}

func (c *Clock) read() (mono, wall int64) {
	if c.Read != nil {
		return c.Read()
	}
	if c.offset == nil {
		c.offset = new(int64)
		*c.offset = offset()
	}
	return nanoseconds(unix.CLOCK_MONOTONIC) - *c.offset, nanoseconds(unix.CLOCK_REALTIME)
}

// nanoseconds reads one of the kernel's clocks.
func nanoseconds(id int32) int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		return 0 // the two clocks are always there
	}
	return t.Nano()
}
