// SPDX-License-Identifier: Apache-2.0

//go:build linux

package netlab

import (
	"errors"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCable checks that the two ends reach each other by every kind of traffic that the package has.
func TestCable(t *testing.T) {
	c, err := NewCable(1500)
	if errors.Is(err, os.ErrPermission) {
		t.Skip(err) // whoever needs a cable fails, where it must work
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
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
	c, err := NewCable(1500)
	if errors.Is(err, os.ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c[0].Ping(Address4(1)); err != nil {
		t.Fatal(err)
	}
	var there *net.UDPConn
	err = c[1].Do(func() (err error) {
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
