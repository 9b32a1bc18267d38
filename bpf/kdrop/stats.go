// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// Count is how often something happened at one place of the kernel for one reason, and what became of the messages.
type Count struct {
	Kind     kernel.Kind
	Reason   uint32
	Name     string // of the reason; empty if the kernel has none
	Location uint64 // 0 for TCP's events

	Sent    uint64 // the reader got them
	Limited uint64 // held back by the rate bound
	Lost    uint64 // lost because the ring was full
	LeftOut uint64 // no loss, so not sent
}

// Total returns how often it happened.
func (c *Count) Total() uint64 { return c.Sent + c.Limited + c.Lost + c.LeftOut }

// Stats is what the programs have counted since they were loaded.
type Stats struct {
	Counts   []Count // the most frequent first
	Filtered uint64  // packets that the filter rejected: they are in no count
	// Uncounted is how many packets had no room among the counts.
	Uncounted uint64
	// Missed is how many packets the kernel freed while it was in the program on the same CPU, in an interrupt. It is
	// not known in kernels before 5.16.
	Missed uint64
}

// Stats reads the counters. Programs go on counting meanwhile: what Stats returns is exact once they are detached.
func (w *Watch) Stats() (Stats, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if err := w.open(); err != nil {
		return Stats{}, err
	}
	var s Stats
	var key kdropKdropKey
	var perCPU []kdropKdropCount
	it := w.coll.Maps[kdropMapKdropCounts].Iterate()
	for it.Next(&key, &perCPU) {
		c := Count{Kind: kernel.Kind(key.Kind), Reason: key.Reason, Location: key.Location}
		c.Name = w.reasons.Name(c.Kind, c.Reason)
		for _, n := range perCPU {
			c.Sent += n.Sent
			c.Limited += n.Limited
			c.Lost += n.Refused
			c.LeftOut += n.LeftOut
		}
		s.Counts = append(s.Counts, c)
	}
	if err := it.Err(); err != nil {
		return Stats{}, fmt.Errorf("read the counters: %w", err)
	}
	slices.SortFunc(s.Counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Total(), a.Total()), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Location, b.Location))
	})
	totals, err := w.totals()
	if err != nil {
		return Stats{}, err
	}
	for _, t := range totals {
		s.Filtered += t.Filtered
		s.Uncounted += t.Uncounted
	}
	for _, p := range w.coll.Programs {
		if stats, err := p.Stats(); err == nil {
			s.Missed += stats.RecursionMisses
		}
	}
	return s, nil
}

func (w *Watch) totals() ([]kdropKdropTotals, error) {
	var perCPU []kdropKdropTotals
	if err := w.coll.Maps[kdropMapKdropTotals].Lookup(uint32(0), &perCPU); err != nil {
		return nil, fmt.Errorf("read the counters: %w", err)
	}
	return perCPU, nil
}

// Lost appends to counts how many messages of each CPU were lost so far because the ring was full, and returns the result.
func (w *Watch) Lost(counts []uint64) ([]uint64, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if err := w.open(); err != nil {
		return counts, err
	}
	totals, err := w.totals()
	if err != nil {
		return counts, err
	}
	for _, t := range totals {
		counts = append(counts, t.Refused)
	}
	return counts, nil
}
