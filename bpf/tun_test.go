// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bytes"
	"net"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
	"github.com/lockstep-bpf/lockstep/monitor"
)

// newTun makes a namespace with a device that has no link layer: "eth0", whose other end is the file that is returned.
func newTun(t *testing.T) (*namespace, *os.File) {
	t.Helper()
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		t.Skip(err)
	}
	n := newNamespace(t)
	var tun *netlink.Tuntap
	n.do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = "eth0"
		tun = &netlink.Tuntap{
			LinkAttrs: attrs, Mode: netlink.TUNTAP_MODE_TUN, Flags: netlink.TUNTAP_NO_PI, Queues: 1, NonPersist: true,
		}
		return netlink.LinkAdd(tun)
	})
	n.do(func() error { return netlab.Configure(cable4[1]+"/24", cable6[1]+"/64") })
	t.Cleanup(func() { _ = tun.Fds[0].Close() })
	return n, tun.Fds[0]
}

// TestBareDevice checks that real packets of a device without a link layer are understood, traced with the length that
// they have there, and shown behind a header that tells what they are.
func TestBareDevice(t *testing.T) {
	needBPF(t)
	n, tun := newTun(t)
	w := newWatch(t, n, Options{Enforce: true, Strict: true, RingBuffer: true})
	m4, m6 := maker{tb: t}, maker{tb: t, v6: true}
	pings := [][]byte{pingTo(m4, cable4), pingTo(m6, cable6)}
	for _, ping := range pings {
		if _, err := tun.Write(ping); err != nil {
			t.Fatal(err)
		}
	}
	for answers := 0; answers < 2; { // the kernel answers; it may have something else to say too
		buf := make([]byte, 2000)
		k, err := tun.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(buf[:k], []byte("the payload of a ping")) {
			answers++
		}
	}
	w.stop()
	w.wantNoFaults()
	var got []string
	for _, e := range w.events {
		summary := monitor.GetConnectionSummary(e.Packet)
		if !bytes.Contains(e.Packet, []byte("the payload of a ping")) {
			continue
		}
		got = append(got, e.String()+": "+summary)
		if want := uint32(len(e.Packet) - 14); e.Trace.OrigLen != want {
			t.Errorf("%s: %d bytes, want %d", summary, e.Trace.OrigLen, want)
		}
	}
	slices.Sort(got)
	want := []string{
		"from-stack reply: 10.1.1.2 -> 10.1.1.1 EchoReply",
		"from-stack reply: fd00:1::2 -> fd00:1::1 EchoReply",
		"to-stack new: 10.1.1.1 -> 10.1.1.2 EchoRequest",
		"to-stack new: fd00:1::1 -> fd00:1::2 EchoRequest",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// pingTo makes a bare ping from the first to the second address.
func pingTo(m maker, addrs [2]string) []byte {
	old4, old6 := [2]net.IP{ip4A, ip4B}, [2]net.IP{ip6A, ip6B}
	defer func() { ip4A, ip4B, ip6A, ip6B = old4[0], old4[1], old6[0], old6[1] }()
	ip4A, ip4B = net.ParseIP(addrs[0]), net.ParseIP(addrs[1])
	ip6A, ip6B = ip4A, ip4B
	return m.echo(false)[14:]
}
