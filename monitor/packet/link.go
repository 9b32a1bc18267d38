// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
)

// MAC is an Ethernet address.
type MAC [6]byte

// Ethernet is an Ethernet header.
type Ethernet struct {
	Src, Dst MAC
	// Type is the Ethernet type behind the VLAN tags. It is 0 for an 802.3 frame, which has a length there, and if
	// the bytes end before it.
	Type uint16
	// Length is the length that an 802.3 frame states, else 0.
	Length uint16
}

// VLAN is a VLAN tag.
type VLAN struct {
	ID       uint16 // 0 for a tag that only has a priority
	Type     uint16 // the Ethernet type that announced the tag: 0x8100 or 0x88a8
	Priority uint8  // 0 to 7
	DEI      bool   // drop eligible
	// Tunnels is how many tunnel headers are in front of the tag: 0 in the outermost frame.
	Tunnels uint8
}

// Tunnel is a header that carries another packet.
type Tunnel struct {
	Kind TunnelKind
	// HasID says whether ID is there.
	HasID bool
	// Outer and Inner are the indexes in Flows of the flow that the tunnel runs in and of the one that it carries.
	// They are negative if there is none: MPLS behind Ethernet has no outer flow, a tunnel that carries something
	// other than IP, or whose packet is cut off, no inner one.
	Outer, Inner int8
	// ID is the VNI of VXLAN and Geneve, the key of GRE, the label at the bottom of an MPLS stack.
	ID uint32
	// Protocol is the Ethernet type of what the tunnel carries, where it says so: VXLAN always carries Ethernet,
	// which is 0x6558. It is 0 if the bytes end before it.
	Protocol uint16
}

// TunnelKind is a kind of tunnel.
type TunnelKind uint8

// The kinds of tunnels.
const (
	NoTunnel      TunnelKind = iota
	TunnelVXLAN              // UDP port 4789, or 8472 as Linux and Cilium use it
	TunnelGeneve             // UDP port 6081
	TunnelGRE                // IP protocol 47
	TunnelIPIP               // IPv4 or IPv6 in IPv4 or IPv6
	TunnelMPLS               // MPLS labels
	TunnelEtherIP            // IP protocol 97
)

var tunnelNames = [...]string{"none", "vxlan", "geneve", "gre", "ipip", "mpls", "etherip"}

// String returns the name of the kind in lower case, as "vxlan".
func (k TunnelKind) String() string {
	if int(k) < len(tunnelNames) {
		return tunnelNames[k]
	}
	return "unknown"
}

// ARP is an ARP packet for IPv4 over Ethernet.
type ARP struct {
	Operation            uint16 // 1 for a request, 2 for a reply
	SenderMAC, TargetMAC MAC
	Sender, Target       netip.Addr
}

// ARP returns the ARP packet that the packet is, and whether it is one and all there.
func (p *Packet) ARP() (a ARP, ok bool) {
	p.parse()
	data := p.data[p.arp:]
	if p.arp == 0 || len(data) < 28 || binary.BigEndian.Uint64(data)>>16 != 0x000108000604 {
		return ARP{}, false
	}
	return ARP{
		Operation: binary.BigEndian.Uint16(data[6:]),
		SenderMAC: MAC(data[8:14]), Sender: netip.AddrFrom4([4]byte(data[14:18])),
		TargetMAC: MAC(data[18:24]), Target: netip.AddrFrom4([4]byte(data[24:28])),
	}, true
}
