// SPDX-License-Identifier: Apache-2.0

//go:build linux

package clock

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// machine is two clocks that a test moves.
type machine struct{ mono, ahead int64 }

func (m *machine) read() (mono, wall int64) { return m.mono, m.mono + m.ahead }

const (
	second = int64(time.Second)
	year   = 365 * 86400 * second
)

// TestWall checks that each time is converted with the difference that held when it was.
func TestWall(t *testing.T) {
	m := machine{mono: 100 * second, ahead: 50 * year}
	c := Clock{Read: m.read}
	want := func(what string, mono, wall int64) {
		t.Helper()
		if got := c.Wall(mono); got != wall {
			t.Errorf("%s: %d, want %d", what, got, wall)
		}
	}
	want("unknown", 0, 0)
	want("negative", -1, 0)
	want("first", 99*second, 50*year+99*second)
	want("the same second", 100*second+5, 50*year+100*second+5)

	// The clock is set back an hour, and nobody measures until an event comes.
	m.mono, m.ahead = 150*second, 50*year-3600*second
	want("after a step", 150*second, 50*year-3450*second)
	want("before the step", 100*second, 50*year+100*second)

	// The machine sleeps for a year: CLOCK_MONOTONIC does not notice.
	m.mono, m.ahead = 152*second, 51*year
	c.Refresh()
	want("after suspend", 152*second+1, 51*year+152*second+1)
	want("before suspend", 149*second, 50*year-3451*second)

	// NTP slews the clock: a refresh within 50 ms changes nothing.
	m.mono, m.ahead = 152*second+every, 51*year+1000
	c.Refresh()
	want("too early to measure", 152*second+every, 51*year+152*second+every)
	m.mono = 154 * second
	c.Refresh()
	want("slewed", 154*second, 51*year+154*second+1000)
}

// TestDisturbed checks that the reading that took the shortest time is used: one that is interrupted is worth nothing. Where
// each of the first was, more are taken.
func TestDisturbed(t *testing.T) {
	for _, readings := range [][]int64{
		{1000, 9000, 10000, 10010, 11000, 50000},
		{1000, 90000, 91000, 150000, 151000, 190000, 200000, 250000, 10000, 10010},
	} {
		c := Clock{Read: func() (mono, wall int64) {
			mono = readings[0]
			readings = readings[1:]
			if mono == 10000 {
				return mono, mono + 5 + 700
			}
			return mono, mono + 999999
		}}
		if got := c.Wall(2000); got != 2700 {
			t.Errorf("%d, want 2700", got)
		}
		if len(readings) != 0 {
			t.Errorf("%d readings more would have been taken", len(readings))
		}
	}
	// A clock that is always interrupted does not keep the program.
	read, at := 0, int64(0)
	c := Clock{Read: func() (mono, wall int64) {
		read, at = read+1, at+1e6
		return at, at + 700
	}}
	if c.Wall(1); read != 2*triesMost {
		t.Errorf("%d readings, want %d", read, 2*triesMost)
	}
}

// TestKernel checks that the kernel's clocks are converted into each other. The wall clock may be set meanwhile, but not
// to another year.
func TestKernel(t *testing.T) {
	var c Clock
	got := time.Unix(0, c.Wall(nanoseconds(unix.CLOCK_MONOTONIC)))
	if apart := time.Since(got).Abs(); apart > 24*time.Hour {
		t.Errorf("%v apart", apart)
	}
}
