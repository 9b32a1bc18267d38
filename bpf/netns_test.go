// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"net"
	"os"
	"runtime"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// namespace is a network namespace of its own: a thread that is in it and does what it is asked to.
type namespace struct {
	tb    testing.TB
	calls chan func()
	fd    *os.File
}

// newNamespace makes a namespace with its loopback interface up. It goes away at the end of the test.
func newNamespace(tb testing.TB) *namespace {
	tb.Helper()
	n := &namespace{tb: tb, calls: make(chan func())}
	ready := make(chan error)
	go n.run(ready)
	if err := <-ready; err != nil {
		tb.Fatalf("make a network namespace: %v", err)
	}
	tb.Cleanup(func() {
		close(n.calls)
		_ = n.fd.Close()
	})
	n.do(func() error {
		lo, err := netlink.LinkByName("lo")
		if err != nil {
			return err
		}
		return netlink.LinkSetUp(lo)
	})
	return n
}

// run does the calls. Its thread is never given back: it ends with the goroutine, and the namespace with it.
func (n *namespace) run(ready chan<- error) {
	runtime.LockOSThread()
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

// do does something in the namespace, and fails the test if that fails.
func (n *namespace) do(f func() error) {
	n.tb.Helper()
	if err := n.try(f); err != nil {
		n.tb.Fatal(err)
	}
}

// try does something in the namespace.
func (n *namespace) try(f func() error) error {
	done := make(chan error)
	n.calls <- func() { done <- f() }
	return <-done
}

// The addresses of the two ends of a cable.
var (
	cable4 = [2]string{"10.1.1.1", "10.1.1.2"}
	cable6 = [2]string{"fd00:1::1", "fd00:1::2"}
)

// cable is two namespaces with a pair of virtual interfaces between them: "eth0" in both. Addresses exist only there.
type cable [2]*namespace

func newCable(tb testing.TB, mtu int) cable {
	tb.Helper()
	c := cable{newNamespace(tb), newNamespace(tb)}
	c[0].do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name, attrs.MTU = "eth0", mtu
		return netlink.LinkAdd(&netlink.Veth{
			LinkAttrs: attrs, PeerName: "eth0", PeerMTU: uint32(mtu), PeerNamespace: netlink.NsFd(int(c[1].fd.Fd())),
		})
	})
	for i, n := range c {
		n.do(func() error { return configure(cable4[i]+"/24", cable6[i]+"/64") })
	}
	return c
}

// configure gives eth0 its addresses and sets it up. No duplicates are looked for, which would take a second.
func configure(addrs ...string) error {
	eth0, err := netlink.LinkByName("eth0")
	if err != nil {
		return err
	}
	for _, a := range addrs {
		addr, err := netlink.ParseAddr(a)
		if err != nil {
			return err
		}
		addr.Flags = unix.IFA_F_NODAD
		if err := netlink.AddrAdd(eth0, addr); err != nil {
			return err
		}
	}
	return netlink.LinkSetUp(eth0)
}

// listenTCP serves connections in the namespace: each gets back what it sends.
func (n *namespace) listenTCP(address string) {
	n.tb.Helper()
	var l net.Listener
	n.do(func() (err error) {
		l, err = net.Listen("tcp", address)
		return err
	})
	n.tb.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				buf := make([]byte, 64<<10)
				for {
					k, err := conn.Read(buf)
					if err != nil {
						_ = conn.Close()
						return
					}
					if _, err := conn.Write(buf[:k]); err != nil {
						return
					}
				}
			}()
		}
	}()
}
