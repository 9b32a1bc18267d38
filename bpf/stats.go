// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import "fmt"

// Count is how many notifications the programs have sent into the ring, and how many were lost because the ring
// was full or not read. Every notification is in one of the two.
type Count struct {
	Sent, Lost uint64
}

func (c *Count) add(other datapathNotifyCount) {
	c.Sent += other.Sent
	c.Lost += other.Refused
}

// Stats is what the programs have counted since they were loaded.
type Stats struct {
	Total  Count
	ByType []Count // index: message type
	ByCPU  []Count // index: CPU
}

// Stats reads the counters. Programs go on counting meanwhile: what Stats returns is exact once they have stopped.
func (d *Datapath) Stats() (Stats, error) {
	if err := d.open(); err != nil {
		return Stats{}, err
	}
	defer d.mu.Unlock()
	types := int(d.objs.NotifyCounts.MaxEntries())
	s := Stats{ByType: make([]Count, types)}
	var perCPU []datapathNotifyCount
	for t := range types {
		if err := d.objs.NotifyCounts.Lookup(datapathNotifyType(t), &perCPU); err != nil {
			return Stats{}, fmt.Errorf("read the counters of message type %d: %w", t, err)
		}
		if s.ByCPU == nil {
			s.ByCPU = make([]Count, len(perCPU))
		}
		for cpu, count := range perCPU {
			s.Total.add(count)
			s.ByType[t].add(count)
			s.ByCPU[cpu].add(count)
		}
	}
	return s, nil
}

// Lost appends to counts how many notifications of each CPU were lost so far because the ring was full, and returns the result.
func (d *Datapath) Lost(counts []uint64) ([]uint64, error) {
	s, err := d.Stats()
	if err != nil {
		return counts, err
	}
	for _, cpu := range s.ByCPU {
		counts = append(counts, cpu.Lost)
	}
	return counts, nil
}
