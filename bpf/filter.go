// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A clsact filter stays on its interface until someone removes it, so its name tells whose it is: "lockstep", the
// process, when that started (a number is used again, but not at the same time), and whether the process made the
// qdisc that holds the filter. The next process removes what belongs to none that lives.
type owner struct {
	pid       int
	started   string // clock ticks after boot
	madeQdisc bool
}

const filterPrefix = "lockstep"

// String returns the name of the owner's filters.
func (o owner) String() string {
	qdisc := "found"
	if o.madeQdisc {
		qdisc = "made"
	}
	return fmt.Sprintf("%s:%d:%s:%s", filterPrefix, o.pid, o.started, qdisc)
}

// parseOwner reads a filter's name. It returns false for a name that is not ours.
func parseOwner(name string) (owner, bool) {
	parts := strings.Split(name, ":")
	if len(parts) != 4 || parts[0] != filterPrefix || (parts[3] != "made" && parts[3] != "found") {
		return owner{}, false
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil || pid <= 0 {
		return owner{}, false
	}
	return owner{pid: pid, started: parts[2], madeQdisc: parts[3] == "made"}, true
}

// alive reports whether the owner still runs. What cannot be found out counts as alive.
func (o owner) alive() bool {
	started, err := startTime(o.pid)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return false
	}
	return err != nil || started == o.started
}

// startTime returns when a process started, in clock ticks after boot.
func startTime(pid int) (string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	started, err := parseStart(stat)
	if err != nil {
		return "", fmt.Errorf("/proc/%d/stat: %w", pid, err)
	}
	return started, nil
}

// parseStart reads when a process started from what the kernel says of it.
func parseStart(stat []byte) (string, error) {
	// The second field is the command in parentheses and may hold anything; the start is the 22nd.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return "", fmt.Errorf("only %d fields after the command", len(fields))
	}
	return fields[19], nil
}

// attachFilters adds the programs as clsact filters. Their removal is part of the attachment, as is that of the
// qdisc if it had to be made.
func (d *Datapath) attachFilters(nl *netlink.Handle, dev device, a *attachment) error {
	started, err := startTime(os.Getpid())
	if err != nil {
		return fmt.Errorf("find out when this process started: %w", err)
	}
	a.filters = true
	o := owner{pid: os.Getpid(), started: started}
	if o.madeQdisc, err = addClsact(nl, dev.link); err != nil {
		return err
	}
	if o.madeQdisc {
		a.parts = append(a.parts, closeFunc(func() error { return removeClsact(nl, dev.link) }))
	}
	a.owner = o
	for _, h := range hooks() {
		if err := addFilter(nl, a.index, h, d.program(dev.linkLayer, h.direction), o); err != nil {
			return fmt.Errorf("%s: add a filter: %w", h.direction, err)
		}
		a.parts = append(a.parts, closeFunc(func() error {
			return removeFilters(nl, dev.link, h.parent, func(other owner) bool { return other == o })
		}))
	}
	return nil
}

// addFilter adds a program as the first filter. With the highest priority it goes before the BPF filters that have it
// too; if another kind of filter has that, the kernel chooses the priority, and takes one before all others if it can.
func addFilter(nl *netlink.Handle, index int, h hook, program *ebpf.Program, o owner) error {
	f := &netlink.BpfFilter{
		FilterAttrs: netlink.FilterAttrs{LinkIndex: index, Parent: h.parent, Priority: 1, Protocol: unix.ETH_P_ALL},
		Fd:          program.FD(), Name: o.String(), DirectAction: true,
	}
	err := nl.FilterAdd(f)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EEXIST) {
		f.Priority = 0
		err = nl.FilterAdd(f)
	}
	return err
}

// addClsact gives the interface a clsact qdisc, unless it has one. It reports whether it made it.
func addClsact(nl *netlink.Handle, l netlink.Link) (bool, error) {
	err := nl.QdiscAdd(clsact(l))
	if errors.Is(err, unix.EEXIST) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("add a clsact qdisc: %w", err)
	}
	return true, nil
}

func clsact(l netlink.Link) *netlink.Clsact {
	return &netlink.Clsact{QdiscAttrs: netlink.QdiscAttrs{
		LinkIndex: l.Attrs().Index, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT,
	}}
}

// removeClsact removes the qdisc, unless it holds somebody's filters.
func removeClsact(nl *netlink.Handle, l netlink.Link) error {
	for _, h := range hooks() {
		filters, err := nl.FilterList(l, h.parent)
		if isGone(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list filters: %w", err)
		}
		if len(filters) > 0 {
			return nil
		}
	}
	if err := nl.QdiscDel(clsact(l)); err != nil && !isGone(err) {
		return fmt.Errorf("remove the clsact qdisc: %w", err)
	}
	return nil
}

// isGone tells that what was to be removed is not there any more, or never was.
func isGone(err error) bool {
	return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EINVAL)
}

// removeFilters removes our filters of the owners that are asked for.
func removeFilters(nl *netlink.Handle, l netlink.Link, parent uint32, selected func(owner) bool) error {
	filters, err := nl.FilterList(l, parent)
	if err != nil && !isGone(err) {
		return fmt.Errorf("list filters: %w", err)
	}
	for _, f := range filters {
		o, ours := filterOwner(f)
		if !ours || !selected(o) {
			continue
		}
		if err := nl.FilterDel(f); err != nil && !isGone(err) {
			return fmt.Errorf("remove a filter: %w", err)
		}
	}
	return nil
}

// filterOwner returns whose a filter is, and false if it is not ours.
func filterOwner(f netlink.Filter) (owner, bool) {
	b, ok := f.(*netlink.BpfFilter)
	if !ok {
		return owner{}, false
	}
	return parseOwner(b.Name)
}

// removeStale removes what processes that were killed have left behind, on every interface.
func removeStale(nl *netlink.Handle) error {
	links, err := nl.LinkList()
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) { // an interface came or went: the rest is here
		return fmt.Errorf("list interfaces: %w", err)
	}
	for _, l := range links {
		if err := removeStaleOn(nl, l); err != nil {
			return fmt.Errorf("remove what a killed process left on %s: %w", l.Attrs().Name, err)
		}
	}
	return nil
}

func removeStaleOn(nl *netlink.Handle, l netlink.Link) error {
	madeQdisc := false
	for _, h := range hooks() {
		err := removeFilters(nl, l, h.parent, func(o owner) bool {
			stale := !o.alive()
			madeQdisc = madeQdisc || stale && o.madeQdisc
			return stale
		})
		if err != nil {
			return err
		}
	}
	if madeQdisc {
		return removeClsact(nl, l)
	}
	return nil
}
