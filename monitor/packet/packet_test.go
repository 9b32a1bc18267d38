// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/gopacket/layers"

	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
)

// Parts of packets, in hex.
const (
	eth = "ffffffffffff" + "020000000001"
	syn = "9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a0000006400000000" + "01030307"
)

func frame(t testing.TB, digits string) []byte {
	t.Helper()
	data, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTCP(t *testing.T) {
	data := frame(t, eth+"0800"+"4500003c1c4640004006b1e60a0000010a000002"+syn)
	var p Packet
	for n := range len(data) + 1 {
		p.Reset(data[:n], LinkEthernet)
		flows := p.Flows()
		if got, want := len(flows), 0; n < 34 && got != want {
			t.Fatalf("%d bytes: %d flows", n, got)
		}
		if n < 34 {
			continue
		}
		f := flows[0]
		if f.Src != netip.MustParseAddr("10.0.0.1") || f.Dst != netip.MustParseAddr("10.0.0.2") || f.Proto != ProtoTCP {
			t.Fatalf("%d bytes: %+v", n, f)
		}
		if f.HasPorts != (n >= 38) || f.HasPorts && (f.SrcPort != 40000 || f.DstPort != 80) {
			t.Errorf("%d bytes: ports %v %d %d", n, f.HasPorts, f.SrcPort, f.DstPort)
		}
		if f.HasFlags != (n >= 48) || f.HasFlags && f.Flags != SYN {
			t.Errorf("%d bytes: flags %v %v", n, f.HasFlags, f.Flags)
		}
		if f.HasSeq != (n >= 50) || f.HasSeq && (f.Seq != 1000 || f.Window != 64240) {
			t.Errorf("%d bytes: seq %v %d", n, f.HasSeq, f.Seq)
		}
		if got, want := p.Truncated() != NoPart, n < len(data); got != want {
			t.Errorf("%d bytes: truncated in %v", n, p.Truncated())
		}
		if p.Malformed() != NoFault {
			t.Errorf("%d bytes: %v", n, p.Malformed())
		}
	}
}

func TestVXLAN(t *testing.T) {
	inner := "02000000000a02000000000b8100206408004500003c1c4640004006b1e60a0100010a010002" + syn
	data := frame(t, eth+"0800"+"450000720001400040110000c0a80001c0a80002"+"d4312118005e0000"+"0800000000002a00"+inner)
	var p Packet
	p.Reset(data, LinkEthernet)
	flows, tunnels := p.Flows(), p.Tunnels()
	if len(flows) != 2 || len(tunnels) != 1 {
		t.Fatalf("%d flows, %d tunnels", len(flows), len(tunnels))
	}
	if want := (Tunnel{Kind: TunnelVXLAN, HasID: true, ID: 42, Inner: 1, Protocol: 0x6558}); tunnels[0] != want {
		t.Errorf("tunnel %+v", tunnels[0])
	}
	if f := p.Flow(); f.DstPort != 80 || f.Dst != netip.MustParseAddr("10.1.0.2") {
		t.Errorf("inner %+v", f)
	}
	if v := p.VLANs(); len(v) != 1 || v[0] != (VLAN{ID: 100, Priority: 1, Type: 0x8100, Tunnels: 1}) {
		t.Errorf("VLANs %+v", v)
	}
	if p.Malformed() != NoFault || p.Truncated() != NoPart {
		t.Errorf("malformed: %v, truncated: %v", p.Malformed(), p.Truncated())
	}
}

// use calls all that reads a packet, and returns buf with all that it prints.
func use(p *Packet, buf []byte) []byte {
	for i := range p.Flows() {
		_, _ = p.Transport(i), p.Payload(i)
	}
	_, _, _, _ = p.Flow(), p.Quoted(), p.Tunnels(), p.VLANs()
	_, _, _, _ = p.Ethernet(), p.InnerEthernet(), p.Truncated(), p.Malformed()
	_, _ = p.ARP()
	return p.AppendSummary(buf[:0])
}

func TestNoAllocations(t *testing.T) {
	var p Packet
	buf := make([]byte, 0, 1024)
	for _, f := range craftedFrames() {
		if n := testing.AllocsPerRun(5, func() { p.Reset(f.data, LinkEthernet); buf = use(&p, buf) }); n != 0 {
			t.Errorf("%s: %v allocations", f.name, n)
		}
	}
}

// TestResets reads each frame after each other one: nothing of the first may stay.
func TestResets(t *testing.T) {
	var used, fresh Packet
	frames := craftedFrames()
	for i, f := range frames {
		fresh = Packet{}
		fresh.Reset(f.data, LinkEthernet)
		want := fmt.Sprint(ownFields(&fresh), string(use(&fresh, nil)), fresh.Truncated(), fresh.Malformed())
		for _, first := range frames[i%7:] {
			used.Reset(first.data, LinkEthernet)
			use(&used, nil)
			used.Reset(f.data, LinkEthernet)
			if got := string(used.AppendSummary(nil)); !strings.Contains(want, got) {
				t.Fatalf("%s after %s: %s, want %s", f.name, first.name, got, want)
			}
		}
		if got := fmt.Sprint(ownFields(&used), string(use(&used, nil)), used.Truncated(), used.Malformed()); got != want {
			t.Fatalf("%s: %s, want %s", f.name, got, want)
		}
	}
}

// TestLinkIP reads each frame that is IP without its Ethernet header.
func TestLinkIP(t *testing.T) {
	var whole, l3 Packet
	for _, f := range craftedFrames() {
		if typ := binary.BigEndian.Uint16(f.data[12:]); typ != 0x0800 && typ != 0x86dd || len(f.data) == 14 {
			continue
		}
		whole.Reset(f.data, LinkEthernet)
		l3.Reset(f.data[14:], LinkIP)
		a, b := whole.AppendSummary(nil), l3.AppendSummary(nil)
		if string(a) != string(b) && whole.Flow() != nil {
			t.Errorf("%s: %s, without Ethernet %s", f.name, a, b)
		}
		if l3.Ethernet() != nil {
			t.Errorf("%s: an Ethernet header in an IP packet", f.name)
		}
	}
}

// TestSummaries prints frames.
func TestSummaries(t *testing.T) {
	want := map[string]string{
		"tcp syn, ipv4":             "10.77.0.1:40000 -> 10.77.0.2:443 tcp SYN",
		"tcp all flags, ipv6":       "[2001:db8::1]:40000 -> [2001:db8::2]:443 tcp SYN, ACK, RST, FIN",
		"udp, ipv6, two vlans":      "vlan 1 vlan 2 [2001:db8::1]:50000 -> [2001:db8::2]:9999 udp",
		"tcp syn, ipv4, qinq":       "vlan 200 vlan 100 priority 3 10.77.0.1:40000 -> 10.77.0.2:443 tcp SYN",
		"sctp, ipv4":                "10.77.0.1:5000 -> 10.77.0.2:3868 sctp",
		"esp, ipv4":                 "10.77.0.1 -> 10.77.0.2 esp spi 0x1f2e3d4c",
		"igmp, ipv4":                "10.77.0.1 -> 10.77.0.2 igmp",
		"protocol 253, ipv4":        "10.77.0.1 -> 10.77.0.2 protocol 253",
		"icmp echo, ipv6":           "2001:db8::1 -> 2001:db8::2 EchoRequest",
		"ipv4 fragment, first, udp": "10.77.0.1:50000 -> 10.77.0.2:9999 udp first fragment",
		"ipv6 fragment, last":       "2001:db8::1 -> 2001:db8::2 udp fragment at 1024",
		"vxlan":                     "192.168.5.1:40000 -> 192.168.5.2:443 tcp SYN [vxlan 42 10.77.0.1:50000 -> 10.77.0.2:4789 udp]",
		"gre, key":                  "192.168.5.1:40000 -> 192.168.5.2:443 tcp SYN [gre 48879 10.77.0.1 -> 10.77.0.2 gre key 0xbeef]",
		"gre, mpls":                 "192.168.5.1:40000 -> 192.168.5.2:443 tcp SYN [mpls 500] [gre 10.77.0.1 -> 10.77.0.2 gre]",
		"mpls":                      "192.168.5.1:40000 -> 192.168.5.2:443 tcp SYN [mpls 16]",
		"vxlan, inner arp":          "10.77.0.1:50000 -> 10.77.0.2:4789 udp [vxlan 42]",
		"arp request":               "arp 10.77.0.1 asks for 10.77.0.2",
		"lldp":                      "02:00:00:00:00:01 -> 02:00:00:00:00:02 LinkLayerDiscovery",
		"802.3":                     "02:00:00:00:00:01 -> 02:00:00:00:00:02 LLC",
		"icmp port unreachable":     "10.77.0.1 -> 10.77.0.2 DestinationUnreachable(Port) for 10.77.0.2:50000 -> 192.168.5.2:9999 udp",
		"broken, tcp option":        "10.77.0.1:40000 -> 10.77.0.2:443 tcp SYN (broken TCP option)",
		"broken, ip version":        "02:00:00:00:00:01 -> 02:00:00:00:00:02 IPv4 (wrong IP version)",
		"ipv4 tcp, 38 bytes":        "10.77.0.1:40000 -> 10.77.0.2:443 tcp",
		"ipv4 tcp, 34 bytes":        "10.77.0.1 -> 10.77.0.2 tcp",
		"ipv4 tcp, 14 bytes":        "02:00:00:00:00:01 -> 02:00:00:00:00:02 IPv4",
	}
	var p Packet
	for _, f := range craftedFrames() {
		p.Reset(f.data, LinkEthernet)
		if w, ok := want[f.name]; ok && string(p.AppendSummary(nil)) != w {
			t.Errorf("%s: got %s, want %s", f.name, p.AppendSummary(nil), w)
		}
		delete(want, f.name)
	}
	for name := range want {
		t.Errorf("no frame %s", name)
	}
}

func TestProtocolNames(t *testing.T) {
	for n := range 256 {
		name := ProtocolName(uint8(n))
		if got, ok := ProtocolNumber(name); name != "" && (int(got) != n || !ok) {
			t.Errorf("%s is %d and %d", name, n, got)
		}
	}
	for _, none := range []string{"", "no such"} {
		if n, ok := ProtocolNumber(none); ok {
			t.Errorf("%q is %d", none, n)
		}
	}
}

// checkGopacket compares a packet without faults with what package reference makes of it.
func checkGopacket(t *testing.T, data []byte) {
	t.Helper()
	var p Packet
	p.Reset(data, LinkEthernet)
	use(&p, nil)
	if p.Malformed() != NoFault {
		return
	}
	flows := p.Flows()
	n := 0
	for _, l := range reference.Decode(data, new(reference.Feedback)) {
		if n > MaxFlows {
			return
		}
		var src, dst, ownSrc, ownDst any
		var own Flow
		if n > 0 && n <= len(flows) {
			own = flows[n-1]
		}
		switch l := l.(type) {
		case *layers.IPv4:
			src, dst = netip.AddrFrom4([4]byte(l.SrcIP)), netip.AddrFrom4([4]byte(l.DstIP))
		case *layers.IPv6:
			src, dst = netip.AddrFrom16([16]byte(l.SrcIP)), netip.AddrFrom16([16]byte(l.DstIP))
		case *layers.TCP:
			src, dst, ownSrc, ownDst = uint16(l.SrcPort), uint16(l.DstPort), own.SrcPort, own.DstPort
		case *layers.UDP:
			src, dst, ownSrc, ownDst = uint16(l.SrcPort), uint16(l.DstPort), own.SrcPort, own.DstPort
		case *layers.ICMPv4:
			src, dst, ownSrc, ownDst = l.TypeCode.Type(), l.TypeCode.Code(), own.ICMPType, own.ICMPCode
		case *layers.ICMPv6:
			src, dst, ownSrc, ownDst = l.TypeCode.Type(), l.TypeCode.Code(), own.ICMPType, own.ICMPCode
		default:
			continue
		}
		if ownSrc == nil {
			if n++; n > MaxFlows {
				return
			}
			if n > len(flows) {
				t.Fatalf("%x: %d flows, gopacket has %v", data, len(flows), l)
			}
			ownSrc, ownDst = flows[n-1].Src, flows[n-1].Dst
		}
		if src != ownSrc || dst != ownDst {
			t.Errorf("%x: %v: got %v %v, gopacket %v %v", data, l.LayerType(), ownSrc, ownDst, src, dst)
		}
	}
}

// TestGopacket changes each byte of each frame, and cuts it at each length.
func TestGopacket(t *testing.T) {
	for _, f := range craftedFrames() {
		for i, old := range f.data[:min(len(f.data), 120)] {
			checkGopacket(t, f.data[:i])
			for _, b := range []byte{0, 1, 4, 6, 17, 0x45, 0x60, 0xff, old + 1, old ^ 0x80} {
				f.data[i] = b
				checkGopacket(t, f.data)
			}
			f.data[i] = old
		}
	}
}

func FuzzPacket(f *testing.F) {
	for _, c := range craftedFrames() {
		f.Add(c.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = data[:len(data):len(data)]
		checkGopacket(t, data)
		var p Packet
		p.Reset(data, LinkIP)
		use(&p, nil)
	})
}

func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"tcp syn, ipv4", "tcp syn, ipv6", "udp, ipv4, vlan", "vxlan"} {
		b.Run(strings.ReplaceAll(name, ", ", "-"), func(b *testing.B) {
			frames := craftedFrames()
			data := frames[slices.IndexFunc(frames, func(f crafted) bool { return f.name == name })].data
			var p Packet
			for b.Loop() {
				p.Reset(data, LinkEthernet)
				if len(p.Flows()) == 0 {
					b.Fatal()
				}
			}
		})
	}
}
