// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
)

// inspect looks at each interface for what others have done there: whether the datapath is still on it, and what runs
// before it.
func (f *follower) inspect() {
	f.d.mu.Lock()
	var changes []Change
	for name, a := range f.d.attached {
		if c, changed := f.d.inspect(name, a); changed {
			c.Left = len(f.d.attached)
			changes = append(changes, c)
		}
	}
	f.d.mu.Unlock()
	for _, c := range changes { // not under the lock: it is not known what is done about them
		f.changed(c)
	}
}

// inspect looks at one interface.
func (d *Datapath) inspect(name string, a *attachment) (Change, bool) {
	var before []string
	for _, h := range hooks() {
		others, isOn, err := d.before(a, h)
		if err != nil {
			return Change{}, false // it is being removed, or the kernel does not tell
		}
		if !isOn {
			err := d.again(name, a)
			if isOver(err) { // it is the interface that is gone: the kernel lists no filters there, and no error
				return Change{Kind: Gone, Name: name}, true
			}
			return Change{Kind: Removed, Name: name, Err: err}, true
		}
		if len(others) > 0 {
			before = append(before, h.direction.String()+": "+strings.Join(others, ", "))
		}
	}
	now := strings.Join(before, "; ")
	if now == a.before {
		return Change{}, false
	}
	a.before = now
	return Change{Kind: Displaced, Name: name, Detail: now}, true
}

// again attaches once more what somebody has taken off.
func (d *Datapath) again(name string, a *attachment) error {
	_ = a.detach() // part of it is gone
	delete(d.attached, name)
	nl, err := openNetlink()
	if err != nil {
		return err
	}
	next, err := d.attach(nl, name)
	if err != nil {
		nl.Close()
		return err
	}
	d.attached[name] = next
	return nil
}

// before returns what runs before the datapath in one direction, and whether the datapath is there.
func (d *Datapath) before(a *attachment, h hook) (others []string, isOn bool, err error) {
	if !a.filters {
		return d.beforeTCX(a, h)
	}
	filters, err := a.nl.FilterList(a.dev.link, h.parent)
	if err != nil && !isGone(err) {
		return nil, false, err
	}
	others, _, _ = d.beforeTCX(a, hook{tcx: h.tcx}) // those all run first; a kernel without TCX has none
	for _, f := range filters {
		if o, ours := filterOwner(f); ours && o == a.owner {
			return others, true, nil
		}
		others = append(others, filterName(f))
	}
	return nil, false, nil
}

// beforeTCX does it for TCX.
func (d *Datapath) beforeTCX(a *attachment, h hook) (others []string, isOn bool, err error) {
	on, err := link.QueryPrograms(link.QueryOptions{Target: a.index, Attach: h.tcx})
	if err != nil {
		return nil, false, err
	}
	own, known := a.own[h.tcx]
	i := slices.IndexFunc(on.Programs, func(p link.AttachedProgram) bool { return known && p.ID == own })
	if i < 0 {
		i = len(on.Programs)
	}
	for _, p := range on.Programs[:i] {
		others = append(others, programName(p.ID))
	}
	return others, i < len(on.Programs), nil
}

func programID(p *ebpf.Program) ebpf.ProgramID {
	info, err := p.Info()
	if err != nil {
		return 0
	}
	id, _ := info.ID()
	return id
}

// programName names somebody's program.
func programName(id ebpf.ProgramID) string {
	p, err := ebpf.NewProgramFromID(id)
	if err != nil {
		return fmt.Sprintf("program %d", id)
	}
	defer p.Close() //nolint:errcheck // nothing was written to it
	info, err := p.Info()
	if err != nil || info.Name == "" {
		return fmt.Sprintf("program %d", id)
	}
	return fmt.Sprintf("program %s (%d)", info.Name, id)
}

// filterName names somebody's filter.
func filterName(f netlink.Filter) string {
	if b, ok := f.(*netlink.BpfFilter); ok {
		return "filter " + b.Name
	}
	return fmt.Sprintf("a filter of kind %s, priority %d", f.Type(), f.Attrs().Priority)
}
