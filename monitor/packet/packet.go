// SPDX-License-Identifier: Apache-2.0

package packet

import "net/netip"

// Link says what a packet starts with.
type Link uint8

// The links.
const (
	LinkEthernet Link = iota // an Ethernet header
	LinkIP                   // an IPv4 or IPv6 header, as on devices without a link layer
)

// MaxFlows is how many IP headers of a packet are read, from the outside in.
const MaxFlows = 4

// MaxVLANs is how many VLAN tags of a packet are read, from the outside in.
const MaxVLANs = 2

// Packet is one packet. The zero value is a packet without bytes.
type Packet struct {
	data   []byte
	link   Link
	parsed bool

	flows  [MaxFlows]Flow
	nflows uint8
}

// Reset makes p the packet in data, whose first header is of the given link. It parses nothing yet.
func (p *Packet) Reset(data []byte, link Link) {
	p.data, p.link, p.parsed, p.nflows = data, link, false, 0
}

// Data returns the bytes that p was given.
func (p *Packet) Data() []byte { return p.data }

// Link returns what the packet starts with.
func (p *Packet) Link() Link { return p.link }

// Flow is one IP header, and the header behind it as far as it is there.
type Flow struct {
	Src, Dst netip.Addr

	// SrcPort and DstPort are those of TCP, UDP or SCTP; they count only if HasPorts is set.
	SrcPort, DstPort uint16
	// Proto is the number of the protocol behind the IP header and its extension headers.
	Proto    uint8
	HasPorts bool
}

// Flows returns the flows of the packet, the outermost first: more than one only for tunnels. It is empty for a packet
// that is not IP. The slice is valid until the next Reset.
func (p *Packet) Flows() []Flow { return p.flows[:p.nflows] }
