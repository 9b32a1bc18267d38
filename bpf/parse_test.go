// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// oddPacket is a packet and what is wrong with it.
type oddPacket struct {
	name  string
	frame []byte
	fault uint8 // Drop*; 0 if the packet is fine
}

// oddPackets returns a table of what comes along and of what should not.
func oddPackets(tb testing.TB) []oddPacket {
	table := append(oddLink(tb), odd4(tb)...)
	table = append(table, odd6(tb)...)
	table = append(table, oddTCP(tb)...)
	table = append(table, oddUDP(tb)...)
	return append(table, oddICMP(tb)...)
}

func oddLink(tb testing.TB) []oddPacket {
	m := maker{tb: tb}
	tcp := m.tcp("S")
	ether := func(proto uint16) []byte {
		return patched(tcp, 12, byte(proto>>8), byte(proto))
	}
	return []oddPacket{
		{"ARP", ether(0x0806), 0},
		{"LLDP", ether(0x88cc), api.DropUnknownL3},
		{"802.3 length", ether(38), api.DropUnsupportedL2},
		{"group source", patched(tcp, 6, 3), api.DropInvalidSmac},
		{"broadcast destination", patched(tcp, 0, 255, 255, 255, 255, 255, 255), 0},
		{"one tag", withVLANs(tcp, 0x8100), 0},
		{"stacked tags", withVLANs(tcp, 0x88a8, 0x8100), 0},
		{"old stacked tags", withVLANs(tcp, 0x9100, 0x8100), 0},
		{"four tags", withVLANs(tcp, 0x88a8, 0x88a8, 0x8100, 0x8100), 0},
		// The kernel takes the outermost tag off before it asks the program, so six make one too many.
		{"six tags", withVLANs(tcp, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100), api.DropUnsupportedL2},
		{"tag without a frame", withVLANs(tcp[:14], 0x88a8, 0x8100), api.DropInvalid},
		{"IPv6 said to be IPv4", patched(maker{tb: tb, v6: true}.tcp("S"), 12, 8, 0), api.DropInvalid},
		{"IPv4 said to be IPv6", ether(0x86dd), api.DropInvalid},
	}
}

func odd4(tb testing.TB) []oddPacket {
	m := maker{tb: tb}
	tcp, udp := m.tcp("S"), m.udp(40)
	short := len(tcp) - 14
	return []oddPacket{
		{"4: options", with4Options(tcp, 40), 0},
		{"4: options end too early", with4Options(tcp, 40)[:60], api.DropInvalid},
		{"4: header of 16 bytes", patched(tcp, 14, 0x44), api.DropInvalid},
		{"4: header longer than the packet", patched(m.udp(0), 14, 0x4f), api.DropInvalid},
		{"4: length over the packet", patched(tcp, 16, 0, byte(short+1)), api.DropInvalid},
		{"4: length under the header", patched(tcp, 16, 0, 19), api.DropInvalid},
		{"4: length 0", patched(tcp, 16, 0, 0), api.DropInvalid},
		{"4: only a header", patched(tcp, 16, 0, 20), api.DropCtInvalidHdr},
		{"4: padding behind the packet", append(append([]byte{}, udp...), 1, 2, 3, 4, 5, 6), 0},
		{"4: multicast source", patched(tcp, 26, 224, 0, 0, 1), api.DropInvalidSip},
		{"4: broadcast source", patched(tcp, 26, 255, 255, 255, 255), api.DropInvalidSip},
		{"4: source 0.0.0.0", patched(tcp, 26, 0, 0, 0, 0), 0},
		{"4: GRE", patched(tcp, 23, 47), api.DropUnknownL4},
		{"4: ICMPv6", patched(tcp, 23, 58), api.DropUnknownL4},
		{"4: late fragment of nothing", patched(udp, 20, 0, 5), api.DropFragNosupport},
		{"4: fragment past the end", patched(udp, 20, 0x1f, 0xff), api.DropInvalid},
		{"4: fragment with an odd length", patched(m.udp(3), 20, 0x20, 0), api.DropInvalid},
		{"4: fragment without ports", fragment4(tcp, 8)[0], api.DropCtInvalidHdr},
	}
}

func odd6(tb testing.TB) []oddPacket {
	m := maker{tb: tb, v6: true}
	tcp, udp := m.tcp("S"), m.udp(40)
	const hop, routing, fragment, auth, dest, mobility, none = 0, 43, 44, 51, 60, 135, 59
	many := make([]exthdr, 8)
	for i := range many {
		many[i] = exthdr{dest, 0}
	}
	return []oddPacket{
		{"6: every extension header", withExthdrs(tcp, exthdr{hop, 0}, exthdr{dest, 1}, exthdr{routing, 2},
			exthdr{fragment, 0}, exthdr{auth, 4}, exthdr{dest, 0}, exthdr{mobility, 1}), 0},
		{"6: long extension headers", withExthdrs(tcp, exthdr{dest, 200}, exthdr{dest, 30}), 0},
		{"6: eight extension headers", withExthdrs(tcp, many...), 0},
		{"6: nine extension headers", withExthdrs(tcp, append(many, exthdr{dest, 0})...), api.DropInvalidExthdr},
		{"6: hop-by-hop twice", withExthdrs(tcp, exthdr{hop, 0}, exthdr{hop, 0}), api.DropInvalidExthdr},
		{"6: extension header over the end", patched(withExthdrs(tcp, exthdr{dest, 0}), 55, 9), api.DropInvalidExthdr},
		{"6: no next header", withExthdrs(patched(tcp, 20, none), exthdr{dest, 0}), api.DropUnknownL4},
		{"6: length over the packet", patched(tcp, 18, 0, byte(len(tcp)-54+1)), api.DropInvalid},
		{"6: length 0", patched(tcp, 18, 0, 0), api.DropCtInvalidHdr},
		{"6: jumbogram that is none", patched(withExthdrs(tcp, exthdr{hop, 0}), 18, 0, 0), api.DropInvalid},
		{"6: padding behind the packet", append(append([]byte{}, udp...), 1, 2, 3), 0},
		{"6: multicast source", patched(tcp, 22, 0xff, 2), api.DropInvalidSip},
		{"6: ICMPv4", patched(tcp, 20, 1), api.DropUnknownL4},
		{"6: late fragment of nothing", fragment6(udp, 24)[1], api.DropFragNosupport},
		{"6: fragment past the end", patched(fragment6(udp, 48)[0], 56, 0xff, 0xf8), api.DropInvalid},
		{"6: fragment without ports", fragment6(tcp, 8)[0], api.DropCtInvalidHdr},
		{"6: fragment with an odd length", patched(withExthdrs(m.udp(3), exthdr{fragment, 0}), 56, 0, 1),
			api.DropInvalid},
	}
}

func oddTCP(tb testing.TB) []oddPacket {
	var table []oddPacket
	for _, m := range []maker{{tb: tb}, {tb: tb, v6: true}} {
		l4, f := 34, 4
		if m.v6 {
			l4, f = 54, 6
		}
		name := func(s string) string { return fmt.Sprintf("%d: TCP %s", f, s) }
		table = append(table,
			oddPacket{name("SYN"), m.tcp("S"), 0},
			oddPacket{name("header of 16 bytes"), patched(m.tcp("S"), l4+12, 0x40), api.DropCtInvalidHdr},
			oddPacket{name("header over the end"), patched(m.tcp("S"), l4+12, 0xf0), api.DropCtInvalidHdr},
			oddPacket{name("SYN FIN"), m.tcp("SF"), api.DropCtInvalidHdr},
			oddPacket{name("SYN RST"), m.tcp("SR"), api.DropCtInvalidHdr},
			oddPacket{name("without flags"), m.tcp(""), api.DropCtMissingAck},
			oddPacket{name("FIN only"), m.tcp("F"), api.DropCtMissingAck},
			oddPacket{name("RST only"), m.tcp("R"), 0},
		)
	}
	return table
}

func oddUDP(tb testing.TB) []oddPacket {
	var table []oddPacket
	for _, m := range []maker{{tb: tb}, {tb: tb, v6: true}} {
		l4, f := 34, 4
		if m.v6 {
			l4, f = 54, 6
		}
		name := func(s string) string { return fmt.Sprintf("%d: UDP %s", f, s) }
		table = append(table,
			oddPacket{name("empty"), m.udp(0), 0},
			oddPacket{name("jumbo"), m.udp(3500), 0},
			oddPacket{name("length 7"), patched(m.udp(9), l4+4, 0, 7), api.DropCtInvalidHdr},
			oddPacket{name("length 0"), patched(m.udp(9), l4+4, 0, 0), api.DropCtInvalidHdr},
			oddPacket{name("length over the end"), patched(m.udp(9), l4+4, 0, 18), api.DropCtInvalidHdr},
			oddPacket{name("length under the end"), patched(m.udp(9), l4+4, 0, 16), 0},
		)
	}
	return table
}

func oddICMP(tb testing.TB) []oddPacket {
	m4, m6 := maker{tb: tb}, maker{tb: tb, v6: true}
	return []oddPacket{
		{"4: ICMP echo", m4.echo(false), 0},
		{"4: ICMP echo, code 1", m4.icmp(8, 1, nil), api.DropUnknownIcmpCode},
		{"4: ICMP unreachable, code 16", m4.icmp(3, 16, m4.udp(8)[14:]), api.DropUnknownIcmpCode},
		{"4: ICMP type 200", m4.icmp(200, 0, nil), api.DropUnknownIcmpType},
		{"4: ICMP router solicitation", m4.icmp(10, 0, nil), 0},
		{"4: ICMP error that quotes nothing", m4.icmp(3, 0, nil), api.DropCtInvalidHdr},
		{"4: ICMP error that quotes half a header", m4.icmp(3, 0, m4.udp(8)[14:30]), api.DropCtInvalidHdr},
		{"4: ICMP error that quotes 7 bytes of UDP", m4.icmp(11, 0, m4.udp(8)[14:41]), api.DropCtInvalidHdr},
		{"4: ICMP error that quotes 8 bytes of UDP", m4.icmp(11, 0, m4.udp(8)[14:42]), 0},
		{"4: ICMP error that quotes GRE", m4.icmp(3, 2, patched(m4.udp(8), 23, 47)[14:]), 0},
		{"4: ICMP error that quotes a late fragment", m4.icmp(3, 1, patched(m4.udp(8), 20, 0, 9)[14:34]), 0},
		{"4: ICMP error that quotes IPv6", m4.icmp(3, 1, m6.udp(8)[14:]), api.DropCtInvalidHdr},
		{"6: ICMP echo", m6.echo(false), 0},
		{"6: ICMP echo, code 1", m6.icmp(128, 1, nil), api.DropUnknownIcmp6Code},
		{"6: ICMP type 200", m6.icmp(200, 0, nil), api.DropUnknownIcmp6Type},
		{"6: ICMP router solicitation", m6.icmp(133, 0, nil), 0},
		{"6: ICMP neighbour solicitation", m6.icmp(135, 0, ip6B), 0},
		{"6: ICMP neighbour solicitation for half an address", m6.icmp(135, 0, ip6B[:8]), api.DropCtInvalidHdr},
		{"6: ICMP error that quotes nothing", m6.icmp(1, 0, nil), api.DropCtInvalidHdr},
		{"6: ICMP error that quotes UDP", m6.icmp(2, 0, m6.udp(8)[14:]), 0},
		{"6: ICMP error that quotes extension headers",
			m6.icmp(4, 1, withExthdrs(m6.udp(8), exthdr{60, 1}, exthdr{43, 0})[14:]), 0},
		{"6: ICMP error that quotes half an extension header",
			m6.icmp(4, 1, withExthdrs(m6.udp(8), exthdr{60, 1})[14:60]), api.DropCtInvalidHdr},
		{"6: ICMP error that quotes IPv4", m6.icmp(1, 1, m4.udp(8)[14:]), api.DropCtInvalidHdr},
	}
}

// TestOddPackets holds, for each odd packet, that it passes if it is fine; that a datapath that watches lets it pass
// and names the fault; and that one that enforces drops it and says why. Each both ways and by both kinds of ring.
func TestOddPackets(t *testing.T) {
	table := oddPackets(t)
	for _, opts := range []Options{{Strict: true}, {Strict: true, RingBuffer: true}, {Strict: true, Enforce: true},
		{Strict: true, Enforce: true, RingBuffer: true}} {
		t.Run(fmt.Sprintf("enforce=%t ring=%t", opts.Enforce, opts.RingBuffer), func(t *testing.T) {
			h := newHarness(t, opts)
			for _, dir := range []Direction{Ingress, Egress} {
				for _, odd := range table {
					ret, events := h.run(dir, odd.frame)
					wantRet, want := oddWant(odd, dir, opts.Enforce)
					if ret != wantRet {
						t.Errorf("%s, %s: returned %d, want %d", odd.name, dir, ret, wantRet)
					}
					if diff := cmp.Diff(want, states(texts(events))); diff != "" {
						t.Errorf("%s, %s: events (-want +got)\n%s", odd.name, dir, diff)
					}
				}
			}
		})
	}
}

// states cuts off the state of traces: another test is about them.
func states(texts []string) []string {
	for i, text := range texts {
		if point, state, _ := strings.Cut(text, " "); strings.HasSuffix(point, "-stack") && !strings.HasPrefix(state, "malformed") {
			texts[i] = point
		}
	}
	return texts
}

func oddWant(odd oddPacket, dir Direction, enforce bool) (int, []string) {
	point := "to-stack"
	if dir == Egress {
		point = "from-stack"
	}
	switch {
	case odd.fault == 0:
		return actUnspec, []string{point}
	case enforce:
		return actShot, []string{"drop " + api.DropReason(odd.fault)}
	}
	return actUnspec, []string{point + " malformed: " + api.DropReason(odd.fault)}
}

// TestTruncations cuts one packet of each protocol at every length, and checks that every cut is called one, with the
// fault of the layer that it cuts.
func TestTruncations(t *testing.T) {
	h := newHarness(t, Options{Enforce: true, Strict: true})
	m4, m6 := maker{tb: t}, maker{tb: t, v6: true}
	for name, frame := range map[string][]byte{
		"4: TCP": m4.tcp("S"), "4: UDP": m4.udp(30), "4: ICMP": m4.echo(false), "4: options": with4Options(m4.tcp("S"), 12),
		"4: error": m4.unreachable(m4.udp(8)), "4: VLAN": withVLANs(m4.tcp("S"), 0x88a8, 0x8100),
		"6: TCP": m6.tcp("S"), "6: UDP": m6.udp(30), "6: ICMP": m6.echo(false),
		"6: extension headers": withExthdrs(m6.tcp("S"), exthdr{0, 0}, exthdr{60, 2}),
		"6: error":             m6.unreachable(m6.udp(8)), "6: fragment": fragment6(m6.udp(40), 24)[0],
		"6: VLAN": withVLANs(m6.tcp("S"), 0x88a8, 0x8100),
	} {
		for n := shortest(frame); n < len(frame); n++ {
			for how, cut := range map[string][]byte{"cut": frame[:n], "cut and said": shortened(frame, n)} {
				if cut == nil {
					continue
				}
				ret, events := h.run(Ingress, cut)
				if ret != actShot && !mayPass(name, how, n) {
					t.Errorf("%s, %s at %d: returned %d: %v", name, how, n, ret, texts(events))
				}
				if len(events) != 1 {
					t.Errorf("%s, %s at %d: %v", name, how, n, texts(events))
				}
			}
		}
	}
}

// shortest is the length of the shortest frame with this EtherType that a test run takes: the kernel refuses one that
// ends within an IP header. Behind a VLAN tag it does not look.
func shortest(frame []byte) int {
	switch binary.BigEndian.Uint16(etherProto(frame)) {
	case 0x0800:
		return 34
	case 0x86dd:
		return 54
	}
	return 15
}

// shortened cuts a frame without tags and makes its IP header say so; nil if the cut leaves no header.
func shortened(frame []byte, n int) []byte {
	cut := append([]byte{}, frame[:n]...)
	switch binary.BigEndian.Uint16(etherProto(frame)) {
	case 0x0800:
		if n < 34 {
			return nil
		}
		binary.BigEndian.PutUint16(cut[16:], uint16(n-14))
	case 0x86dd:
		if n < 54 {
			return nil
		}
		binary.BigEndian.PutUint16(cut[18:], uint16(n-54))
	default:
		return nil
	}
	return cut
}

// mayPass tells that a packet is whole though it is cut, because only payload is missing and the length says so.
func mayPass(name, how string, n int) bool {
	whole := map[string]int{
		"4: TCP": 54, "4: ICMP": 42, "4: options": 66, "4: error": 70,
		"6: TCP": 74, "6: ICMP": 62, "6: extension headers": 106, "6: error": 110, "6: fragment": 70,
	}
	need, ok := whole[name]
	return ok && how == "cut and said" && n >= need
}

// TestRandomBytes checks that whatever arrives is reported once if it is dropped, and is never changed. Half of the
// packets are random, half are odd ones with a few bytes changed.
func TestRandomBytes(t *testing.T) {
	h := newHarness(t, Options{Enforce: true, Strict: true, Debug: true})
	table := oddPackets(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	n := 20000
	if testing.Short() {
		n = 2000
	}
	for i := range n {
		frame := randomFrame(rnd, table, i%2 == 0)
		ret, events := h.run(Direction(i/2%2), frame)
		last := events[len(events)-1]
		switch {
		case ret == actShot && last.Drop != nil, ret == actUnspec && last.Trace != nil:
		default:
			t.Fatalf("%x: returned %d, and the last event is %s", frame, ret, last)
		}
		if !bytes.HasPrefix(frame, last.Packet) || len(last.Packet) != min(len(frame), 128) {
			t.Fatalf("%x: captured %x", frame, last.Packet)
		}
	}
}

func randomFrame(rnd *rand.Rand, table []oddPacket, mutate bool) []byte {
	if !mutate {
		frame := make([]byte, 54+rnd.IntN(200))
		for i := range frame {
			frame[i] = byte(rnd.Uint32())
		}
		copy(frame[12:], [][]byte{{8, 0}, {0x86, 0xdd}, {0x81, 0}, {1, 2}}[rnd.IntN(4)])
		return frame
	}
	frame := append([]byte{}, table[rnd.IntN(len(table))].frame...)
	for range 1 + rnd.IntN(4) {
		frame[rnd.IntN(len(frame))] = byte(rnd.Uint32())
	}
	least := min(shortest(frame), len(frame))
	return frame[:least+rnd.IntN(len(frame)-least+1)]
}

// TestEveryReason checks that the tests give each drop reason that the programs' source names.
func TestEveryReason(t *testing.T) {
	given := map[uint8]bool{api.DropCtCreateFailed: true} // TestConntrackFull
	for _, odd := range oddPackets(t) {
		given[odd.fault] = true
	}
	for _, c := range policyCases(Ingress, netip.MustParsePrefix("192.0.2.0/24")) {
		given[c.want] = true
	}
	contract, err := os.ReadFile("lib/common.h")
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]int{}
	for _, m := range regexp.MustCompile(`#define (DROP_\w+) +\(-(\d+)\)`).FindAllStringSubmatch(string(contract), -1) {
		numbers[m[1]], _ = strconv.Atoi(m[2])
	}
	headers, err := filepath.Glob("lib/*.h")
	if err != nil || len(headers) < 10 {
		t.Fatal(headers, err)
	}
	for _, file := range append(headers, "datapath.c") {
		if file == "lib/common.h" {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\bDROP_[A-Z0-9_]+\b`).FindAllString(string(source), -1) {
			if n, defined := numbers[name]; defined && !given[uint8(n)] {
				t.Errorf("%s: no test gives %s", file, name)
			}
		}
	}
}
