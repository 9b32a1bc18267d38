// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// hook is one direction of an interface, in the words of each way to attach.
type hook struct {
	direction Direction
	tcx       ebpf.AttachType
	parent    uint32 // of a clsact filter
}

// hooks lists both.
func hooks() [2]hook {
	return [2]hook{
		{Ingress, ebpf.AttachTCXIngress, netlink.HANDLE_MIN_INGRESS},
		{Egress, ebpf.AttachTCXEgress, netlink.HANDLE_MIN_EGRESS},
	}
}

// attachment is the datapath on one interface.
type attachment struct {
	index   int
	dev     device
	nl      *netlink.Handle // of the interface's namespace
	filters bool            // by clsact filters, otherwise TCX
	owner   owner           // of the filters
	before  string          // what was last said of other programs that run first
	parts   []io.Closer     // in the order in which they were made

	own map[ebpf.AttachType]ebpf.ProgramID // the programs, if they are TCX
}

// detach undoes the parts, last first.
func (a *attachment) detach() error {
	var errs []error
	for i := len(a.parts) - 1; i >= 0; i-- {
		errs = append(errs, a.parts[i].Close())
	}
	a.parts = nil
	return errors.Join(errs...)
}

// Attach puts the datapath onto an interface of the calling thread's network namespace, both directions. It is the
// first program there: the others run after it, and it sees what they drop. Who attaches later may come before it.
//
// The error is a *SetupError if there is no such interface, if it carries what the datapath does not know, or if the
// datapath is on it already.
func (d *Datapath) Attach(name string) error {
	if err := d.open(); err != nil {
		return fmt.Errorf("attach to %s: %w", name, err)
	}
	defer d.mu.Unlock()
	if d.attached[name] != nil {
		return &SetupError{Subject: "attach to " + name, Problem: AlreadyAttached}
	}
	nl, err := openNetlink()
	if err != nil {
		return fmt.Errorf("attach to %s: %w", name, err)
	}
	a, err := d.attach(nl, name)
	if err != nil {
		nl.Close()
		return err
	}
	d.attached[name] = a
	return nil
}

// openNetlink opens a socket for interfaces and filters in the calling thread's network namespace. Other families can be
// missing.
func openNetlink() (*netlink.Handle, error) {
	nl, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket: %w", err)
	}
	return nl, nil
}

// attach does it. The netlink handle becomes the attachment's, unless there is an error.
func (d *Datapath) attach(nl *netlink.Handle, name string) (*attachment, error) {
	dev, err := findDevice(nl, name)
	if err != nil {
		return nil, err
	}
	if !d.cleaned {
		if err := removeStale(nl); err != nil {
			return nil, fmt.Errorf("attach to %s: %w", name, err)
		}
		d.cleaned = true
	}
	if err := d.loadPrograms(dev.linkLayer); err != nil {
		return nil, err
	}
	a := &attachment{index: dev.link.Attrs().Index, dev: dev, nl: nl}
	a.parts = []io.Closer{closeFunc(func() error { nl.Close(); return nil })}
	if err := d.attachHooks(nl, dev, a); err != nil {
		a.parts = a.parts[1:] // the handle is the caller's again
		return nil, errors.Join(attachError(name, err), a.detach())
	}
	return a, nil
}

// attachError says why the programs could not be put onto an interface that is there.
func attachError(name string, err error) error {
	if errors.Is(err, os.ErrPermission) {
		return &SetupError{Subject: "attach to " + name, Problem: NoPermission, Err: err}
	}
	return fmt.Errorf("attach to %s: %w", name, err)
}

// attachHooks adds the programs to the attachment by the first way that works.
func (d *Datapath) attachHooks(nl *netlink.Handle, dev device, a *attachment) error {
	if d.mode != AttachFilter {
		err := d.attachTCX(dev, a)
		if err == nil || d.mode == AttachTCX || !errors.Is(err, ebpf.ErrNotSupported) {
			return err
		}
		a.own = nil
	}
	return d.attachFilters(nl, dev, a)
}

func (d *Datapath) attachTCX(dev device, a *attachment) error {
	a.own = map[ebpf.AttachType]ebpf.ProgramID{}
	for _, h := range hooks() {
		program := d.program(dev.linkLayer, h.direction)
		a.own[h.tcx] = programID(program)
		l, err := link.AttachTCX(link.TCXOptions{Interface: a.index, Program: program, Attach: h.tcx, Anchor: link.Head()})
		if err != nil {
			return fmt.Errorf("%s: %w", h.direction, err)
		}
		a.parts = append(a.parts, l)
	}
	return nil
}

// Detach takes the datapath off an interface. It is not an error if the interface no longer exists.
func (d *Datapath) Detach(name string) error {
	if err := d.open(); err != nil {
		return fmt.Errorf("detach from %s: %w", name, err)
	}
	defer d.mu.Unlock()
	a := d.attached[name]
	if a == nil {
		return fmt.Errorf("detach from %s: not attached", name)
	}
	delete(d.attached, name)
	if err := a.detach(); err != nil {
		return fmt.Errorf("detach from %s: %w", name, err)
	}
	return nil
}

// DetachAll takes the datapath off all its interfaces.
func (d *Datapath) DetachAll() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.detachAll()
}

func (d *Datapath) detachAll() error {
	var errs []error
	for name, a := range d.attached {
		if err := a.detach(); err != nil {
			errs = append(errs, fmt.Errorf("detach from %s: %w", name, err))
		}
		delete(d.attached, name)
	}
	return errors.Join(errs...)
}

// closeFunc is a function that closes something.
type closeFunc func() error

func (f closeFunc) Close() error { return f() }
