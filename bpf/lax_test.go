// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// TestLax checks that a datapath that is not strict lets pass what it does not know, as if nothing were wrong, and what is
// malformed, saying so; and that enforcing it drops only what is denied, malformed or not.
func TestLax(t *testing.T) {
	h := newHarness(t, Options{Enforce: true})
	unknown := []uint8{api.DropUnknownL3, api.DropUnknownL4, api.DropUnsupportedL2, api.DropUnknownIcmpType,
		api.DropUnknownIcmpCode, api.DropUnknownIcmp6Type, api.DropUnknownIcmp6Code}
	for _, odd := range oddPackets(t) {
		ret, events := h.run(Ingress, odd.frame)
		want := []string{"to-stack"}
		if odd.fault != 0 && !bytes.Contains(unknown, []byte{odd.fault}) || odd.name == "six tags" {
			want = []string{"to-stack malformed: " + api.DropReason(odd.fault)}
		}
		// What strict datapaths call unknown may also be malformed when looked at: SCTP with half a header is.
		if diff := cmp.Diff(want, states(texts(events))); diff != "" || ret != actUnspec {
			t.Errorf("%s: returned %d (-want +got)\n%s", odd.name, ret, diff)
		}
	}
	if err := h.SetRule(Rule{Direction: Ingress, Deny: true, Prefix: netip.MustParsePrefix("192.0.2.1/32")}); err != nil {
		t.Fatal(err)
	}
	for _, frame := range [][]byte{maker{tb: t}.tcp("SF"), maker{tb: t}.tcp(""), patched(maker{tb: t}.tcp("S"), 23, 50)} {
		ret, events := h.run(Ingress, frame)
		if ret != actShot || events[0].String() != "drop Policy denied (CIDR)" {
			t.Errorf("returned %d: %v", ret, texts(events))
		}
	}
}

// ruleCase is a rule, a packet that it matches and one that it does not.
type ruleCase struct {
	name    string
	rule    Rule
	matches []byte
	passes  []byte
}

// TestRuleParts checks every part that a rule can ask for.
func TestRuleParts(t *testing.T) {
	m4, m6 := maker{tb: t}, maker{tb: t, v6: true}
	a, b := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::/32")
	onPort := func(port uint16) []byte {
		frame := m4.tcp("S")
		binary.BigEndian.PutUint16(frame[36:], port)
		return frame
	}
	h := newHarness(t, Options{Enforce: true})
	for _, c := range []ruleCase{
		{"prefix and port", Rule{Prefix: a, Proto: protoTCP, Port: portB}, m4.tcp("S"), onPort(444)},
		{"prefix and protocol", Rule{Prefix: b, Proto: protoUDP}, m6.udp(3), m6.tcp("S")},
		{"range", Rule{Proto: protoTCP, Port: 400, PortEnd: 443}, m4.tcp("S"), onPort(444)},
		{"start of a range", Rule{Proto: protoTCP, Port: 443, PortEnd: 500}, m4.tcp("S"), onPort(442)},
		{"type", Rule{Proto: protoICMP, ICMPType: 1 + 8}, m4.echo(false), m4.echo(true)},
		{"type 0", Rule{Proto: protoICMP, ICMPType: 1}, m4.echo(true), m4.echo(false)},
		{"neighbour discovery", Rule{Proto: protoICMPv6, ICMPType: 1 + 135}, m6.icmp(135, 0, ip6B), m6.icmp(136, 0, ip6B)},
		{"a protocol by number", Rule{Proto: 47}, patched(m4.udp(8), 23, 47), m4.udp(8)},
		{"an SCTP port", Rule{Proto: protoSCTP, Port: portB}, patched(m4.udp(8), 23, 132), patched(m4.udp(8), 23, 33)},
		{"VLAN", Rule{VLAN: 1}, withVLANs(m4.tcp("S"), 0x8100), m4.tcp("S")},
		{"outer VLAN", Rule{VLAN: 1}, withVLANs(m4.tcp("S"), 0x88a8, 0x8100), m6.tcp("S")},
		{"VLAN and port", Rule{VLAN: 1, Proto: protoTCP, Port: portB}, withVLANs(m4.tcp("S"), 0x8100), withVLANs(onPort(80), 0x8100)},
		{"not the inner VLAN", Rule{VLAN: 2, Prefix: a}, patched(withVLANs(m4.tcp("S"), 0x8100), 14, 0, 2),
			withVLANs(m4.tcp("S"), 0x88a8, 0x8100)},
		{"all but what keeps the link running", Rule{}, m6.tcp("S"), m6.icmp(135, 0, ip6B)},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.forget(t)
			c.rule.Deny, c.rule.Direction = true, Ingress
			if err := h.SetRule(c.rule); err != nil {
				t.Fatal(err)
			}
			if ret, events := h.run(Ingress, c.matches); ret != actShot {
				t.Errorf("it is not denied: %v", texts(events))
			}
			if ret, events := h.run(Ingress, c.passes); ret != actUnspec {
				t.Errorf("the other one is denied: %v", texts(events))
			}
			if err := h.DeleteRule(c.rule); err != nil {
				t.Fatal(err)
			}
			h.forget(t)
			if ret, events := h.run(Ingress, c.matches); ret != actUnspec {
				t.Errorf("it is denied without the rule: %v", texts(events))
			}
		})
	}
}

// TestPrefixesInherit checks that the longest prefix that has a rule for a packet decides, and that a rule of a wider one
// holds where the longer has none.
func TestPrefixesInherit(t *testing.T) {
	h := newHarness(t, Options{Enforce: true})
	wide, narrow := netip.MustParsePrefix("192.0.0.0/16"), netip.MustParsePrefix("192.0.2.0/24")
	rules := []Rule{
		{Prefix: wide, Deny: true},
		{Prefix: wide, Deny: true, Proto: protoTCP, Port: portB},
		{Prefix: narrow, Proto: protoTCP},
	}
	if err := h.SetRules(rules...); err != nil { // the zero value of a direction is egress
		t.Fatal(err)
	}
	back := maker{tb: t}.turn() // it goes out to A
	if ret, events := h.run(Egress, synTo(back)); ret != actUnspec {
		t.Errorf("TCP is allowed by the longer prefix: %v", texts(events))
	}
	if ret, events := h.run(Egress, back.udp(3)); ret != actShot {
		t.Errorf("UDP is denied by the wider prefix: %v", texts(events))
	}
}

// TestFlow checks that the number of a flow is the same for all packets of a connection, in both directions and for
// retransmissions, fragments and errors; that it differs for others; and that what has no flow has none.
func TestFlow(t *testing.T) {
	h := newHarness(t, Options{})
	flow := func(dir Direction, frame []byte) uint32 {
		t.Helper()
		_, events := h.run(dir, frame)
		if len(events) != 1 || events[0].Trace == nil {
			t.Fatalf("%v", texts(events))
		}
		return events[0].Trace.Hash
	}
	seen := map[uint32]string{0: "nothing"}
	for name, m := range map[string]maker{"4": {tb: t}, "6": {tb: t, v6: true}} {
		back := m.turn()
		for what, frames := range map[string][][]byte{
			"TCP":  {m.tcp("S"), m.tcp("S"), back.tcp("SA"), m.tcp("A"), back.unreachable(m.tcp("A"))},
			"UDP":  {m.udp(30), back.udp(9), back.unreachable(m.udp(30))},
			"ping": {m.echo(false), back.echo(true)},
			"VLAN": {withVLANs(m.tcp("S"), 0x8100), withVLANs(back.tcp("SA"), 0x8100)},
			"QinQ": {withVLANs(m.tcp("S"), 0x88a8, 0x8100), withVLANs(back.tcp("SA"), 0x88a8, 0x8100)},
		} {
			first := flow(Ingress, frames[0])
			if other, taken := seen[first]; taken {
				t.Errorf("%s %s has the number of %s", what, name, other)
			}
			seen[first] = what + " " + name
			for i, frame := range frames[1:] {
				if got := flow(Direction(i%2), frame); got != first {
					t.Errorf("%s %s: packet %d has the number %#x, and the first %#x", what, name, i+1, got, first)
				}
			}
		}
	}
	if got := flow(Ingress, patched(maker{tb: t}.tcp("S"), 12, 8, 6)); got != 0 {
		t.Errorf("ARP has the number %#x", got)
	}
}
