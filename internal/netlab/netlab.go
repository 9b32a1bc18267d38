// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package netlab makes network namespaces with a cable between them, for tests and demonstrations that need real
// traffic and may not touch the machine's own network. It needs root.
//
// All cables have the same addresses, and a program that watches the kernel sees the cables of every process. A test that counts
// what such a program sees has it look at its own namespaces only.
package netlab

import (
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/internal/thread"
)

// Interface is the name of the interface in each namespace of a cable.
const Interface = "eth0"

// Namespace is a network namespace: a thread that is in it and does what it is asked to.
type Namespace struct {
	calls chan func()
	fd    *os.File
}

// New makes a namespace with its loopback interface up. It is gone once it is closed and nothing made in it is open.
func New() (*Namespace, error) {
	n := &Namespace{calls: make(chan func())}
	ready := make(chan error)
	thread.Go(func() { n.run(ready) })
	if err := <-ready; err != nil {
		return nil, fmt.Errorf("make a network namespace: %w", err)
	}
	err := n.Do(func() error {
		lo, err := netlink.LinkByName("lo")
		if err != nil {
			return err
		}
		return netlink.LinkSetUp(lo)
	})
	if err != nil {
		n.Close()
		return nil, fmt.Errorf("set up the loopback interface: %w", err)
	}
	return n, nil
}

// run does the calls, on a thread of its own, which ends with it, and with the thread the namespace.
func (n *Namespace) run(ready chan<- error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		ready <- err
		return
	}
	var err error
	n.fd, err = os.Open("/proc/thread-self/ns/net")
	ready <- err
	if err != nil {
		return
	}
	for call := range n.calls {
		call()
	}
}

// Do runs f in the namespace and returns its error. What f makes there, a socket or a process, stays there; goroutines
// that f starts are not there.
func (n *Namespace) Do(f func() error) error {
	done := make(chan error)
	n.calls <- func() { done <- f() }
	return <-done
}

// Enter puts the calling thread into the namespace. Its goroutine must have locked it, and never unlock it.
func (n *Namespace) Enter() error {
	if err := unix.Setns(int(n.fd.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter a network namespace: %w", err)
	}
	return nil
}

// Close gives the namespace up. Do must not be called any more.
func (n *Namespace) Close() {
	close(n.calls)
	_ = n.fd.Close()
}

// Cable is two namespaces with a pair of virtual interfaces between them.
type Cable [2]*Namespace

// Address4 and Address6 are the addresses of a cable's ends. They exist only there.
func Address4(end int) string { return [2]string{"10.1.1.1", "10.1.1.2"}[end] }

// Address6 is the IPv6 address of an end.
func Address6(end int) string { return [2]string{"fd00:1::1", "fd00:1::2"}[end] }

// NewCable makes two namespaces and connects them.
func NewCable(mtu int) (c Cable, err error) {
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	for i := range c {
		if c[i], err = New(); err != nil {
			return c, err
		}
	}
	err = c[0].Do(func() error { return addPair(mtu, c[1]) })
	if err != nil {
		return c, fmt.Errorf("make a pair of interfaces: %w", err)
	}
	for i, n := range c {
		if err := n.Do(func() error { return Configure(Address4(i)+"/24", Address6(i)+"/64") }); err != nil {
			return c, err
		}
	}
	return c, nil
}

// addPair makes a pair of interfaces, one here and one there.
func addPair(mtu int, there *Namespace) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU = Interface, mtu
	return netlink.LinkAdd(&netlink.Veth{
		LinkAttrs: attrs, PeerName: Interface, PeerMTU: uint32(mtu), PeerNamespace: netlink.NsFd(int(there.fd.Fd())),
	})
}

// Configure gives the interface of the calling thread's namespace its addresses and sets it up. It does not look for
// duplicates of them, which would take a second.
func Configure(addrs ...string) error {
	l, err := netlink.LinkByName(Interface)
	if err != nil {
		return fmt.Errorf("configure %s: %w", Interface, err)
	}
	for _, a := range addrs {
		addr, err := netlink.ParseAddr(a)
		if err != nil {
			return fmt.Errorf("configure %s: %w", Interface, err)
		}
		addr.Flags = unix.IFA_F_NODAD
		if err := netlink.AddrAdd(l, addr); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("configure %s: add %s: %w", Interface, a, err)
		}
	}
	return netlink.LinkSetUp(l)
}

// Close gives both namespaces up.
func (c Cable) Close() {
	for _, n := range c {
		if n != nil {
			n.Close()
		}
	}
}
