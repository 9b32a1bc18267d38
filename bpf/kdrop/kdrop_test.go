// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
)

// TestClosedPort checks that a datagram to a port where nothing listens is reported with all that is known of it.
func TestClosedPort(t *testing.T) {
	cable := newCable(t)
	for _, raw := range []bool{false, true} {
		l := watchCable(t, cable, Options{Raw: raw, Stack: true})
		for _, address := range []string{netlab.Address4(1), netlab.Address6(1)} {
			if err := l.cable[0].Send(net.JoinHostPort(address, "5242"), []byte("nobody takes this")); err != nil {
				t.Fatal(err)
			}
		}
		reason := "NO_SOCKET"
		if !l.watch.reasons.HasReasons() {
			reason = ""
		}
		got := only(t, l.messages(1), reason)
		if len(got) != 2 {
			t.Fatalf("%d messages, want 2", len(got))
		}
		for i, m := range got {
			address := []string{netlab.Address4(1), netlab.Address6(1)}[i]
			if _, dst := m.flow(); dst.String() != net.JoinHostPort(address, "5242") {
				t.Errorf("packet to %s: %v", dst, m.packet)
			}
			if m.DeviceString() != netlab.Interface || m.InIfIndex != m.IfIndex || m.IfIndex == 0 {
				t.Errorf("device %q, %d, came in by %d", m.DeviceString(), m.IfIndex, m.InIfIndex)
			}
			if !strings.Contains(m.FunctionString(), "udp") || !strings.Contains(m.FunctionString(), "+0x") {
				t.Errorf("function %q", m.FunctionString())
			}
			if !strings.HasPrefix(m.stack, m.FunctionString()+"\n") || strings.Count(m.stack, "\n") < 4 {
				t.Errorf("stack\n%s", m.stack)
			}
			if m.OrigLen != uint32([]int{14 + 20 + 8 + 17, 14 + 40 + 8 + 17}[i]) || m.CapLen != m.OrigLen {
				t.Errorf("%d bytes, %d captured", m.OrigLen, m.CapLen)
			}
		}
	}
}

// TestFilter checks that the kernel reports what each filter asks for, and counts what it rejects.
func TestFilter(t *testing.T) {
	reasons := needBPF(t)
	number := func(name string) uint32 {
		n, ok := reasons.Number(name)
		if !ok {
			t.Skipf("this kernel does not know %s", name)
		}
		return n
	}
	prefixes := func(s ...string) (out []netip.Prefix) {
		for _, p := range s {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	cable := newCable(t)
	netns := numbers(t, cable)
	me, you := netlab.Address4(0)+"/32", netlab.Address4(1)+"/32"
	for name, tt := range map[string]struct {
		filter Filter
		v4, v6 bool
	}{
		"nothing":          {Filter{}, true, true},
		"address":          {Filter{Addrs: prefixes(you)}, true, false},
		"address 6":        {Filter{Addrs: prefixes("fd00:1::/32")}, false, true},
		"either family":    {Filter{Addrs: prefixes("192.0.2.1/32", "fd00:1::2/128", "10.0.0.0/8")}, true, true},
		"all IPv4":         {Filter{Addrs: prefixes("0.0.0.0/0")}, true, false},
		"all IPv6":         {Filter{Addrs: prefixes("::/0")}, true, true}, // IPv4 is mapped into it
		"source":           {Filter{Srcs: prefixes(me)}, true, false},
		"other source":     {Filter{Srcs: prefixes(you)}, false, false},
		"destination":      {Filter{Dsts: prefixes(you)}, true, false},
		"other":            {Filter{Dsts: prefixes(me, "10.1.1.0/31")}, false, false},
		"port":             {Filter{Ports: []uint16{1, 5242}}, true, true},
		"source port":      {Filter{SrcPorts: []uint16{5242}}, false, false},
		"to a port":        {Filter{DstPorts: []uint16{5242}}, true, true},
		"other port":       {Filter{Ports: []uint16{5241}}, false, false},
		"protocol":         {Filter{Protocols: []uint8{6, 17}}, true, true},
		"other protocol":   {Filter{Protocols: []uint8{6}}, false, false},
		"device":           {Filter{Devices: []string{"lo", netlab.Interface}}, true, true},
		"other device":     {Filter{Devices: []string{"eth"}}, false, false},
		"namespace":        {Filter{Namespaces: netns[1:]}, true, true},
		"either namespace": {Filter{Namespaces: netns[:]}, true, true},
		"other namespace":  {Filter{Namespaces: netns[:1]}, false, false},
		"reason":           {Filter{Reasons: []uint32{number("NO_SOCKET")}}, true, true},
		"other reason":     {Filter{Reasons: []uint32{number("TCP_CSUM")}}, false, false},
		"address and port": {Filter{Addrs: prefixes(you), Ports: []uint16{5242}, Protocols: []uint8{17}}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			// The filter is the same in both variants; the verifier takes three times as long for the other one.
			l := watchCable(t, cable, Options{Filter: tt.filter, Raw: name != "address and port"})
			for _, address := range []string{netlab.Address4(1), netlab.Address6(1)} {
				if err := l.cable[0].Send(net.JoinHostPort(address, "5242"), []byte("hello")); err != nil {
					t.Fatal(err)
				}
			}
			var v4, v6 bool
			for _, m := range l.messages(1) {
				_, dst := m.flow()
				v4 = v4 || dst.String() == net.JoinHostPort(netlab.Address4(1), "5242")
				v6 = v6 || dst.String() == net.JoinHostPort(netlab.Address6(1), "5242")
			}
			if v4 != tt.v4 || v6 != tt.v6 {
				t.Errorf("reported IPv4 %t and IPv6 %t, want %t and %t", v4, v6, tt.v4, tt.v6)
			}
			stats, err := l.watch.Stats()
			if err != nil {
				t.Fatal(err)
			}
			if all := tt.v4 && tt.v6; !all && stats.Filtered == 0 {
				t.Errorf("nothing was rejected: %+v", stats)
			}
		})
	}
}

// TestCountsAreExact floods a closed port from both ends, and checks that each packet is counted, whatever became of its
// message.
func TestCountsAreExact(t *testing.T) {
	const rounds = 20_000
	cable := newCable(t)
	netns := numbers(t, cable)
	for name, opts := range map[string]Options{
		"rate": {Rate: 100}, "small ring": {Rate: -1, RingBytes: 4096}, "all": {Rate: -1},
	} {
		t.Run(name, func(t *testing.T) {
			opts.Filter = Filter{Namespaces: netns[:], DstPorts: []uint16{5243}}
			l := watchCable(t, cable, opts)
			var wait sync.WaitGroup
			errs := make([]error, 2)
			for end := range 2 {
				to := netip.AddrPortFrom(netip.MustParseAddr(netlab.Address4(1-end)), 5243)
				wait.Go(func() { errs[end] = flood(l.cable[end], to, rounds) })
			}
			wait.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			received := uint64(len(l.messages(either)))
			stats, err := l.watch.Stats()
			if err != nil {
				t.Fatal(err)
			}
			var c Count
			for _, n := range stats.Counts {
				c.Sent, c.Limited, c.Lost = c.Sent+n.Sent, c.Limited+n.Limited, c.Lost+n.Lost
			}
			t.Logf("%+v, missed %d", c, stats.Missed)
			if c.Total()+stats.Missed != 2*rounds {
				t.Errorf("%d counted, %d missed, %d sent", c.Total(), stats.Missed, 2*rounds)
			}
			switch {
			case name == "rate" && c.Limited == 0, name == "small ring" && c.Lost == 0, name == "all" && c.Total() != c.Sent:
				t.Errorf("%+v", c)
			}
			if received != c.Sent {
				t.Errorf("%d received, %d sent", received, c.Sent)
			}
		})
	}
}

// flood sends datagrams that get no answer to where nothing listens. A socket that is not connected is not told so.
func flood(from *netlab.Namespace, to netip.AddrPort, times int) error {
	var conn *net.UDPConn
	err := from.Do(func() (err error) {
		conn, err = net.ListenUDP("udp", nil)
		return err
	})
	for ; times > 0 && err == nil; times-- {
		_, err = conn.WriteToUDPAddrPort([]byte("nobody takes this"), to)
	}
	if conn != nil {
		err = errors.Join(err, conn.Close())
	}
	return err
}

// TestLeftOut checks that what is no loss is counted apart, unless all is asked for, and that what a route loses is reported
// though the kernel gives no reason for it.
func TestLeftOut(t *testing.T) {
	reasons := needBPF(t)
	if !reasons.HasReasons() {
		t.Skip("this kernel has no reasons")
	}
	symbols, err := symbols()
	if err != nil {
		t.Skip(err)
	}
	if _, n := symbols.losses(); n < 5 {
		t.Errorf("%d functions that lose packets", n)
	}
	cable := newCable(t)
	prohibit(t, cable, "10.7.7.0/24")
	for name, opts := range map[string]Options{"losses": {}, "all": {All: true}, "raw": {Raw: true}} {
		l := watchCable(t, cable, opts)
		err := errors.Join(leaveUnread(), cable[0].Send("10.7.7.7:5244", []byte("nobody takes this")))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, m := range l.messages(1) {
			_, dst := m.flow()
			found = found || dst.String() == "10.7.7.7:5244" && strings.HasPrefix(m.FunctionString(), "ip_error+")
		}
		if !found {
			t.Errorf("%s: what the route loses is not reported", name)
		}
		stats, err := l.watch.Stats()
		if err != nil {
			t.Fatal(err)
		}
		left := uint64(0)
		for _, n := range stats.Counts {
			left += n.LeftOut
		}
		if (left > 0) == opts.All {
			t.Errorf("%s: %d left out", name, left)
		}
	}
}

// leaveUnread closes a local socket that has a message.
func leaveUnread() error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_, err = unix.Write(pair[0], []byte("nobody reads this"))
	return errors.Join(err, unix.Close(pair[1]), unix.Close(pair[0]))
}

// prohibit makes the second end of a cable a router that must not route to a network, and the first send to it.
func prohibit(t *testing.T, cable netlab.Cable, network string) {
	t.Helper()
	_, to, err := net.ParseCIDR(network)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		cable[0].Do(func() error {
			return netlink.RouteAdd(&netlink.Route{Dst: to, Gw: net.ParseIP(netlab.Address4(1))})
		}),
		cable[1].Do(func() error {
			err := netlink.RouteAdd(&netlink.Route{Dst: to, Type: unix.RTN_PROHIBIT})
			return errors.Join(err, os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)) // of the thread's namespace
		}))
	if err != nil {
		t.Fatal(err)
	}
}
