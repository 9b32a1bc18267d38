// SPDX-License-Identifier: Apache-2.0

//go:build linux

package netlab

import (
	"errors"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// newCable makes a cable for a test.
func newCable(t *testing.T) Cable {
	t.Helper()
	c, err := NewCable(1500)
	if errors.Is(err, os.ErrPermission) {
		t.Skip(err) // whoever needs a cable fails, where it must work
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestCable checks that the two ends reach each other by every kind of traffic that the package has.
func TestCable(t *testing.T) {
	c := newCable(t)
	for _, address := range []string{Address4(1), Address6(1)} {
		server, err := c[1].Echo(net.JoinHostPort(address, "80"))
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(
			c[0].Talk(net.JoinHostPort(address, "80"), make([]byte, 1<<20)),
			c[0].Send(net.JoinHostPort(address, "81"), []byte("a datagram")),
			c[0].Ping(address),
			c[1].Ping(address),
			server.Close(),
		)
		if err != nil {
			t.Error(err)
		}
		if _, err := c[0].Dial(net.JoinHostPort(address, "81"), timeout); err == nil {
			t.Errorf("%s: a server that is not there took a connection", address)
		}
	}
	if err := c[0].SendFrame(make([]byte, 60)); err != nil {
		t.Error(err)
	}
}

// TestApart checks that nothing made in a namespace is seen from outside.
func TestApart(t *testing.T) {
	n, err := New()
	if errors.Is(err, os.ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	server, err := n.Echo("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	address := server.(net.Listener).Addr().String()
	if err := n.Talk(address, []byte("hello")); err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		t.Error("connected from outside")
		_ = conn.Close()
	}
}

// TestSettle checks that a datagram that nobody waited for is there afterwards, whichever CPU it was sent from.
func TestSettle(t *testing.T) {
	c := newCable(t)
	if err := c[0].Ping(Address4(1)); err != nil {
		t.Fatal(err)
	}
	var there *net.UDPConn
	err := c[1].Do(func() (err error) {
		there, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(Address4(1))})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = there.Close() }()
	raw, err := there.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		err := errors.Join(c[0].Send(there.LocalAddr().String(), []byte("a datagram")), c[0].Settle())
		if err != nil {
			t.Fatal(err)
		}
		n, got := 0, make([]byte, 100)
		read := func(fd uintptr) { n, _, err = unix.Recvfrom(int(fd), got, unix.MSG_DONTWAIT) }
		if failed := raw.Control(read); failed != nil || err != nil || string(got[:max(n, 0)]) != "a datagram" {
			t.Fatalf("datagram %d: got %q, errors %v and %v", i, got[:max(n, 0)], err, failed)
		}
	}
}

// TestPingAgain checks that a request is sent again that the kernel has given up, as it does while an address is not there yet.
func TestPingAgain(t *testing.T) {
	c := newCable(t)
	var handles [2]*netlink.Handle // they stay in their namespaces, whatever the threads do
	for i, n := range c {
		err := n.Do(func() (err error) {
			handles[i], err = netlink.NewHandle()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		defer handles[i].Close()
	}
	l, err := handles[1].LinkByName(Interface)
	if err != nil {
		t.Fatal(err)
	}
	address, err := netlink.ParseAddr(Address6(1) + "/64")
	if err != nil {
		t.Fatal(err)
	}
	address.Flags = unix.IFA_F_NODAD
	if err := handles[1].AddrDel(l, address); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- c[0].Ping(Address6(1)) }()
	for givenUp := false; !givenUp; {
		select {
		case err := <-done:
			t.Fatalf("an address that is not there has answered: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		known, err := handles[0].NeighList(0, netlink.FAMILY_V6)
		if err != nil {
			t.Fatal(err)
		}
		givenUp = slices.ContainsFunc(known, func(n netlink.Neigh) bool {
			return n.IP.Equal(address.IP) && n.State == netlink.NUD_FAILED
		})
	}
	if err := handles[1].AddrAdd(l, address); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
