// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

// ConnTable is what a table of connections has taken since the programs were loaded.
type ConnTable struct {
	Family    string // "IPv4" or "IPv6"
	Size      uint64 // how many connections it has room for
	Entered   uint64 // how many connections were entered
	PushedOut uint64 // how many of them, those unused for the longest, had to make room; they may have ended before
}

// Connections reads the counters of the tables of connections, that for IPv4 first. Programs go on counting meanwhile: what
// it returns is exact once they have stopped.
//
// The kernel says nothing of what it pushes out of a table, so this counts what a table holds, if it may ever have been full.
func (d *Datapath) Connections() ([]ConnTable, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, fmt.Errorf("count the CPUs: %w", err)
	}
	tables := []ConnTable{{Family: "IPv4"}, {Family: "IPv6"}} // by the numbers of ct.h
	count := []func(*ebpf.Map) (uint64, error){entries[datapathCt4Key], entries[datapathCt6Key]}
	for i, m := range []*ebpf.Map{d.objs.Conntrack4, d.objs.Conntrack6} {
		t := &tables[i]
		t.Size = uint64(m.MaxEntries())
		var created []uint64
		if err := d.objs.CtCreated.Lookup(uint32(i), &created); err != nil {
			return nil, fmt.Errorf("read how many %s connections were entered: %w", t.Family, err)
		}
		for _, n := range created {
			t.Entered += n
		}
		if t.Entered+uint64(cpus)*freeByCPU < t.Size {
			continue
		}
		held, err := count[i](m)
		if err != nil {
			return nil, fmt.Errorf("count the %s connections: %w", t.Family, err)
		}
		t.PushedOut = t.Entered - min(held, t.Entered) // a program enters a connection before it counts it
	}
	return tables, nil
}

// freeByCPU is how many free entries of an LRU map a CPU may have taken for itself, twice: another CPU may push entries out
// although there are these.
const freeByCPU = 2 * 128

// entries counts the entries of a table of connections, by the type of its keys.
func entries[K any](m *ebpf.Map) (total uint64, err error) {
	const batch = 4096
	keys, values := make([]K, batch), make([]datapathCtEntry, batch)
	var cursor ebpf.MapBatchCursor
	for {
		n, err := m.BatchLookup(&cursor, keys, values, nil)
		total += uint64(n)
		if errors.Is(err, ebpf.ErrKeyNotExist) {
			return total, nil
		}
		if err != nil {
			return 0, err
		}
	}
}
