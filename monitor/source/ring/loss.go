// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import "github.com/lockstep-bpf/lockstep/monitor/event"

// loss is the events that did not fit into a ring: how many of each CPU are known, and how many have been reported.
type loss struct {
	read     func([]uint64) ([]uint64, error) // nil if the programs do not count
	counts   []uint64                         // by CPU, as counted last
	reported []uint64                         // by CPU
	behind   uint64                           // events that counts has and reported has not
}

// count asks the programs.
func (l *loss) count() error {
	if l.read == nil {
		return nil
	}
	var err error
	if l.counts, err = l.read(l.counts[:0]); err != nil {
		return err
	}
	l.grow(len(l.counts))
	l.behind = 0
	for cpu, n := range l.counts {
		l.behind += n - l.reported[cpu]
	}
	return nil
}

// add takes in what a ring says of its own loss. Where the programs count it is in their count already.
func (l *loss) add(cpu int, n uint64) {
	if l.read != nil {
		return
	}
	l.grow(cpu + 1)
	l.counts[cpu] += n
	l.behind += n
}

func (l *loss) grow(cpus int) {
	for len(l.reported) < cpus {
		l.reported = append(l.reported, 0)
	}
	for len(l.counts) < cpus {
		l.counts = append(l.counts, 0)
	}
}

// pending reports whether there is something to report.
func (l *loss) pending() bool { return l.behind > 0 }

// take sets e to the loss of the first CPU that has one to report. It returns false if there is none.
func (l *loss) take(e *event.Event) bool {
	if l.behind == 0 {
		return false
	}
	for cpu, n := range l.counts {
		if lost := n - l.reported[cpu]; lost > 0 {
			l.reported[cpu] = n
			l.behind -= lost
			e.Reset()
			e.Kind, e.CPU, e.Lost = event.Lost, cpu, lost
			return true
		}
	}
	return false
}
