// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	ev "github.com/lockstep-bpf/lockstep/monitor/event"
)

// printedStep is a packet, and the lines that are printed of it.
type printedStep struct {
	name  string
	dir   Direction
	frame []byte
	want  []string
}

// printedSteps runs packets and compares their lines.
func (h *harness) printedSteps(t *testing.T, lines func(e event) string, steps []printedStep) {
	t.Helper()
	for _, s := range steps {
		_, events := h.run(s.dir, s.frame)
		var got []string
		for _, e := range events {
			if line := lines(e); line != "" {
				got = append(got, line)
			}
		}
		if diff := cmp.Diff(s.want, got); diff != "" {
			t.Errorf("%s (-want +printed)\n%s", s.name, diff)
		}
	}
}

// flowNumber is the number of a flow in a line.
var flowNumber = regexp.MustCompile(`flow 0x[0-9a-f]+`)

// infoLine returns the line about a packet, with N for the number of its flow.
func infoLine(t *testing.T) func(e event) string {
	return func(e event) string {
		return flowNumber.ReplaceAllString(e.print(t, ev.Style{Full: true, Numeric: true}), "flow N")
	}
}

// TestConnectionLines checks the lines of a connection from its first packet to an error about it.
func TestConnectionLines(t *testing.T) {
	ask := func(state, from, to string) string {
		return "-> stack flow N identity 1001->1002 state " + state + " ifindex 1: " + from + " -> " + to
	}
	answer := func(state, from, to string) string {
		return "<- stack flow N identity 1002->1001 state " + state + " ifindex 1: " + from + " -> " + to
	}
	for _, v6 := range []bool{false, true} {
		a, b, lone, other, port := "192.0.2.1:40000", "198.51.100.2:443", "192.0.2.1", "198.51.100.2", "Port"
		if v6 {
			a, b, lone, other, port = "[2001:db8::1]:40000", "[2001:db8:1::2]:443", "2001:db8::1", "2001:db8:1::2", "PortUnreachable"
		}
		quoted := " DestinationUnreachable(" + port + ") for " + a + " -> " + b
		m := maker{tb: t, v6: v6}
		back := m.turn()
		h := newHarness(t, Options{})
		h.identify()
		h.printedSteps(t, infoLine(t), []printedStep{
			{"SYN", Ingress, m.tcp("S"), []string{ask("new", a, b) + " tcp SYN"}},
			{"SYN again", Ingress, m.tcp("S"), []string{ask("new", a, b) + " tcp SYN"}},
			{"SYN ACK", Egress, back.tcp("SA"), []string{answer("reply", b, a) + " tcp SYN, ACK"}},
			{"ACK", Ingress, m.tcp("A"), []string{ask("established", a, b) + " tcp ACK"}},
			{"error", Egress, back.unreachable(m.tcp("A")), []string{answer("related", other, lone) + quoted + " tcp ACK"}},
			{"FIN", Ingress, m.tcp("FA"), []string{ask("established", a, b) + " tcp ACK, FIN"}},
			{"UDP", Ingress, m.udp(9), []string{ask("new", a, b) + " udp"}},
			{"UDP answer", Egress, back.udp(9), []string{answer("reply", b, a) + " udp"}},
			{"UDP again", Ingress, m.udp(9), []string{ask("established", a, b) + " udp"}},
			{"UDP error", Egress, back.unreachable(m.udp(9)), []string{answer("related", other, lone) + quoted + " udp"}},
			{"malformed", Ingress, m.tcp("SF"),
				[]string{ask("malformed (CT: Truncated or invalid header)", a, b) + " tcp SYN, FIN"}},
		})
	}
}

// debugText returns the text of a debug message, and nothing for others. A lifetime is N, if there is one: it may have
// been counted down.
func debugText(t *testing.T) func(e event) string {
	lifetime := regexp.MustCompile(`lifetime=[1-9][0-9]*`)
	return func(e event) string {
		if e.Debug == nil {
			return ""
		}
		_, words, _ := strings.Cut(e.print(t, ev.Style{Form: ev.Debug}), " DEBUG: ")
		return lifetime.ReplaceAllString(words, "lifetime=N")
	}
}

// TestDebugLines checks what the debug messages of a connection say, which has all their arguments in their places.
func TestDebugLines(t *testing.T) {
	h := newHarness(t, Options{Debug: true, Endpoint: 4711})
	h.identify()
	m, back := maker{tb: t}, maker{tb: t}.turn()
	toA, toB := "Successfully mapped daddr=192.0.2.1 to identity=1001", "Successfully mapped daddr=198.51.100.2 to identity=1002"
	const (
		asked     = "Conntrack lookup 1/2: src=192.0.2.1:40000 dst=198.51.100.2:443"
		answered  = "Conntrack lookup 1/2: src=198.51.100.2:443 dst=192.0.2.1:40000"
		in, out   = "Conntrack lookup 2/2: nexthdr=6 flags=1", "Conntrack lookup 2/2: nexthdr=6 flags=0"
		relatedIn = "Conntrack lookup 2/2: nexthdr=6 flags=3"
		found     = "CT entry found lifetime=N, revnat=0"
		delivery  = "Attempting local delivery for container id 4711 from seclabel 1001"
	)
	h.printedSteps(t, debugText(t), []printedStep{
		{"SYN", Ingress, m.tcp("S"), []string{toB, asked, in, "CT verdict: New, revnat=0",
			"Conntrack create: proxy-port=0 revnat=0 src-identity=1001 lb=0.0.0.0", delivery}},
		{"SYN ACK", Egress, back.tcp("SA"), []string{toA, answered, out, found, "CT verdict: Reply, revnat=0"}},
		{"ACK", Ingress, m.tcp("A"), []string{toB, asked, in, found, "CT verdict: Established, revnat=0", delivery}},
		{"error", Egress, back.unreachable(m.tcp("A")), []string{toA, asked, relatedIn, found, "CT verdict: Related, revnat=0"}},
		{"malformed", Ingress, m.tcp("SF"), []string{toB, "CT verdict: CT: Truncated or invalid header, revnat=0", delivery}},
	})
	if err := h.SetRule(Rule{Direction: Ingress, Proto: protoUDP, Deny: true}); err != nil {
		t.Fatal(err)
	}
	h.printedSteps(t, debugText(t), []printedStep{
		{"denied", Ingress, m.udp(9), []string{toB, asked, "Conntrack lookup 2/2: nexthdr=17 flags=1", "CT verdict: New, revnat=0",
			"Policy evaluation would deny packet from 1001 to 1002",
			"Conntrack create: proxy-port=0 revnat=0 src-identity=1001 lb=0.0.0.0", delivery}},
	})
}

// TestDebugLinesOfStack checks the messages that those of an endpoint's connection do not have.
func TestDebugLinesOfStack(t *testing.T) {
	h := newHarness(t, Options{Debug: true})
	if err := h.SetIdentity(netip.MustParsePrefix("203.0.113.0/24"), 3); err != nil {
		t.Fatal(err)
	}
	m, back := maker{tb: t}, maker{tb: t}.turn()
	m6 := maker{tb: t, v6: true}
	lookup := func(ends, proto string) []string {
		return []string{"Conntrack lookup 1/2: " + ends, "Conntrack lookup 2/2: nexthdr=" + proto}
	}
	join := func(parts ...any) (out []string) {
		for _, p := range parts {
			switch p := p.(type) {
			case string:
				out = append(out, p)
			case []string:
				out = append(out, p...)
			}
		}
		return out
	}
	asked, answered := "src=192.0.2.1:40000 dst=198.51.100.2:443", "src=198.51.100.2:443 dst=192.0.2.1:40000"
	toB := "Failed to map daddr=198.51.100.2 to identity"
	h.printedSteps(t, debugText(t), []printedStep{
		{"UDP goes out", Egress, back.udp(9), join("Failed to map daddr=192.0.2.1 to identity", lookup(answered, "17 flags=0"),
			"CT verdict: New, revnat=0", "Conntrack create: proxy-port=0 revnat=0 src-identity=0 lb=0.0.0.0")},
		{"answer comes in", Ingress, m.udp(9), join(toB, lookup(asked, "17 flags=1"), "CT entry found lifetime=N, revnat=0",
			"CT verdict: Reply, revnat=0", "Going to the stack, policy-skip=1")},
		{"error comes in", Ingress, m.unreachable(back.udp(9)), join(toB, lookup(answered, "17 flags=2"),
			"CT entry found lifetime=N, revnat=0", "CT verdict: Related, revnat=0", "Going to the stack, policy-skip=1")},
		{"UDP comes in, IPv6", Ingress, m6.udp(9), join("Failed to map daddr.p4=[::0:2] to identity",
			lookup("src=[::0:1]:40000 dst=[::0:2]:443", "17 flags=1"), "CT verdict: New, revnat=0",
			"Conntrack create: proxy-port=0 revnat=0 src-identity=0", "Going to the stack, policy-skip=0")},
		{"neighbour solicitation", Ingress, m6.icmp(135, 0, ip6B), join("Failed to map daddr.p4=[::0:2] to identity",
			"Handling ICMPv6 type=135", fmt.Sprintf("ICMPv6 neighbour soliciation for address %x:%x",
				binary.NativeEndian.Uint32(ip6B), binary.NativeEndian.Uint32(ip6B[4:])), "Going to the stack, policy-skip=0")},
	})
}
