// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/internal/netlab"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// needReasons skips the test where the kernel has no reasons for drops.
func needReasons(t *testing.T) {
	t.Helper()
	needBPF(t)
	reasons, err := kdrop.LoadReasons()
	if err != nil {
		t.Fatal(err)
	}
	if !reasons.HasReasons() {
		t.Skip("this kernel has no reasons for drops: Linux 5.17 and later have")
	}
}

// TestWatch checks that a packet is seen to come in, and then to be dropped, on one time line, and nothing else if a filter
// asks for it.
func TestWatch(t *testing.T) {
	needReasons(t)
	cable := newCable(t)
	blackhole(t, cable[1], "10.9.9.0/24")
	route(t, cable[0], "10.9.9.0/24", netlab.Address4(1))
	if err := cable[0].Ping(netlab.Address4(1)); err != nil {
		t.Fatal(err)
	}
	c := start(t, cable[1], "watching drops", "watch", "eth0", "--dst", "10.9.9.0/24", "--proto", "udp")
	for range 3 {
		if err := cable[0].Ping(netlab.Address4(1)); err != nil {
			t.Fatal(err)
		}
		if err := cable[0].Send("10.9.9.9:5353", []byte("is anybody there?")); err != nil {
			t.Fatal(err)
		}
	}
	c.await(&c.out, "10.9.9.9:5353")
	c.interrupt(0)
	const clock, flow = `\d\d:\d\d:\d\d\.\d{6} `, `10\.1\.1\.1:\d+ -> 10\.9\.9\.9:5353 udp`
	want := "^(" + clock + `-> [^\n]* ifindex eth0: ` + flow + "\n" +
		clock + `xx [A-Z_]+ eth0[^:]*: ` + flow + `, length 59 in \w+\+0x[0-9a-f]+[^\n]*: [^\n]+` + "\n){3}$"
	// A source that is read later than it is waited for comes out of order, as on a loaded machine: the tests of merge check the
	// order, this one that the times of both make it.
	printed := strings.Join(slices.Sorted(strings.Lines(c.out.String())), "")
	if !regexp.MustCompile(want).MatchString(printed) {
		t.Errorf("printed\n%swant %s", c.out.String(), want)
	}
	for _, text := range []string{
		"attached to eth0, watching only\n", " trace), 0 lost\n", " rejected by the filter\n", "3 events\n", "10.1.1.1 -> 10.9.9.9:5353 udp",
	} {
		if !strings.Contains(c.err.String(), text) {
			t.Errorf("did not say %q:\n%s", text, c.err.String())
		}
	}
}

// TestWatchFiltered checks that watch says how many events --filter has rejected.
func TestWatchFiltered(t *testing.T) {
	needBPF(t)
	cable := newCable(t)
	c := start(t, cable[1], "watching drops", "watch", "eth0", "--filter", "udp port 5353")
	if err := cable[0].Ping(netlab.Address4(1)); err != nil {
		t.Fatal(err)
	}
	c.interrupt(0)
	if !regexp.MustCompile(`\nbpfmon: [1-9]\d* events filtered out\n`).MatchString(c.err.String()) || strings.Contains(c.err.String(), " 0 filtered out") {
		t.Errorf("said %s", c.err.String())
	}
}

// blackhole makes a namespace drop what it is to route to a network.
func blackhole(t *testing.T, n *netlab.Namespace, to string) {
	t.Helper()
	prefix, err := netlink.ParseIPNet(to)
	if err != nil {
		t.Fatal(err)
	}
	err = n.Do(func() error { return netlink.RouteAdd(&netlink.Route{Dst: prefix, Type: unix.RTN_BLACKHOLE}) })
	if err != nil {
		t.Fatal(err)
	}
}

// route makes a namespace send what is for a network to a gateway.
func route(t *testing.T, n *netlab.Namespace, to, by string) {
	t.Helper()
	prefix, err := netlink.ParseIPNet(to)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Do(func() error { return netlink.RouteAdd(&netlink.Route{Dst: prefix, Gw: net.ParseIP(by)}) }); err != nil {
		t.Fatal(err)
	}
}

// TestWatchEnds checks that watch ends when its interfaces are gone.
func TestWatchEnds(t *testing.T) {
	needBPF(t)
	cable := newCable(t)
	c := start(t, cable[1], "attached to eth0", "watch", "eth0")
	err := cable[0].Do(func() error {
		l, err := netlink.LinkByName("eth0")
		if err != nil {
			return err
		}
		return netlink.LinkDel(l)
	})
	if err != nil {
		t.Fatal(err)
	}
	if code := <-c.code; code != exitFailure || !strings.Contains(c.err.String(), "every interface is gone\n") {
		t.Errorf("exit code %d: %s", code, c.err.String())
	}
}

// TestMatchesPacket checks that the filter of interfaces asks for what the filter in the kernel asks for.
func TestMatchesPacket(t *testing.T) {
	udp := []byte{
		0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 1, 2, 10, 0, 2, 2, 0x9d, 0x32, 0, 53, 0, 8, 0, 0,
	}
	later := append([]byte{}, udp...)
	later[7] = 9
	prefixes := func(s ...string) (out []netip.Prefix) {
		for _, p := range s {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	for name, c := range map[string]struct {
		filter      kdrop.Filter
		whole, part bool
	}{
		"nothing":     {kdrop.Filter{}, true, true},
		"address":     {kdrop.Filter{Addrs: prefixes("192.0.2.1/32", "10.0.2.0/24")}, true, true},
		"source":      {kdrop.Filter{Srcs: prefixes("10.0.2.0/24")}, false, false},
		"destination": {kdrop.Filter{Dsts: prefixes("10.0.2.0/24")}, true, true},
		"all IPv6":    {kdrop.Filter{Addrs: prefixes("2001:db8::/32")}, false, false},
		"port":        {kdrop.Filter{Ports: []uint16{1, 53}}, true, true},
		"other port":  {kdrop.Filter{Ports: []uint16{54}}, false, true},
		"source port": {kdrop.Filter{SrcPorts: []uint16{53}}, false, true},
		"to a port":   {kdrop.Filter{DstPorts: []uint16{53}}, true, true},
		"protocol":    {kdrop.Filter{Protocols: []uint8{6}}, false, false},
		"both":        {kdrop.Filter{Protocols: []uint8{17}, DstPorts: []uint16{53}}, true, true},
	} {
		for i, data := range [][]byte{udp, later} {
			var p packet.Packet
			p.Reset(data, packet.LinkIP)
			want := []bool{c.whole, c.part}[i]
			if got := matchesPacket(&c.filter, &p); got != want {
				t.Errorf("%s, packet %d: %t", name, i, got)
			}
		}
	}
	var arp packet.Packet
	arp.Reset([]byte{1, 2, 3}, packet.LinkEthernet)
	if matchesPacket(&kdrop.Filter{}, &arp) || matchesPacket(&kdrop.Filter{}, nil) {
		t.Error("what is no IP matches")
	}
}
