// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/hex"
	"net/netip"
	"testing"
)

// Parts of packets, in hex.
const (
	eth = "ffffffffffff" + "020000000001"
	v6a = "fd000000000000000000000000000001"
	v6b = "fd000000000000000000000000000002"
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

// use calls all that reads a packet.
func use(p *Packet) {
	for i := range p.Flows() {
		_, _ = p.Transport(i), p.Payload(i)
	}
	_, _, _, _ = p.Flow(), p.Quoted(), p.Tunnels(), p.VLANs()
	_, _, _, _ = p.Ethernet(), p.InnerEthernet(), p.Truncated(), p.Malformed()
	_, _ = p.ARP()
}

func TestNoAllocations(t *testing.T) {
	data := frame(t, eth+"0800"+"4500003c1c4640004006b1e60a0000010a000002"+syn)
	var p Packet
	if n := testing.AllocsPerRun(100, func() { p.Reset(data, LinkEthernet); use(&p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzPacket(f *testing.F) {
	f.Add(frame(f, eth+"0800"+"4500003c1c4640004006b1e60a0000010a000002"+syn), false)
	f.Add(frame(f, eth+"86dd"+"6000000000140040"+v6a+v6b+"3a00050200000100"+"8700f7ff00000000"), false)
	f.Add(frame(f, eth+"8847"+"00064140"+"4500003c1c4640004006b1e60a0000010a000002"+syn), false)
	f.Fuzz(func(_ *testing.T, data []byte, ip bool) {
		var p Packet
		link := LinkEthernet
		if ip {
			link = LinkIP
		}
		p.Reset(data, link)
		use(&p)
	})
}
func BenchmarkParse(b *testing.B) {
	data := frame(b, eth+"0800"+"4500003c1c4640004006b1e60a0000010a000002"+syn)
	var p Packet
	for b.Loop() {
		p.Reset(data, LinkEthernet)
		if len(p.Flows()) == 0 {
			b.Fatal()
		}
	}
}
