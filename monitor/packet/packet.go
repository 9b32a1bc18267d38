// SPDX-License-Identifier: Apache-2.0

package packet

// Link says what a packet starts with.
type Link uint8

// The links.
const (
	LinkEthernet Link = iota // an Ethernet header
	LinkIP                   // an IPv4 or IPv6 header, as on devices without a link layer
)

// How many headers of a kind are read, from the outside in. A packet that has more is read up to there.
const (
	MaxFlows   = 4 // IP headers
	MaxTunnels = 4 // tunnel headers
	MaxVLANs   = 4 // VLAN tags
)

// Packet is one packet. The zero value is a packet without bytes.
type Packet struct {
	data   []byte
	link   Link
	parsed bool

	cut   Part
	fault Fault

	frames  [2]Ethernet // the outermost and the innermost
	vlans   [MaxVLANs]VLAN
	tunnels [MaxTunnels]Tunnel
	flows   [MaxFlows]Flow
	plain   Plain

	nframes, nvlans, ntunnels, nflows uint8

	arp    int32 // the offset of an ARP packet, or 0
	quoted Flow
	quotes bool // whether quoted is the packet that an ICMP error quotes
}

// Reset makes p the packet in data, whose first header is of the given link. It parses nothing yet.
func (p *Packet) Reset(data []byte, link Link) {
	p.data, p.link, p.parsed = data, link, false
}

// Data returns the bytes that p was given.
func (p *Packet) Data() []byte { return p.data }

// Link returns what the packet starts with.
func (p *Packet) Link() Link { return p.link }

// Flows returns the flows of the packet, the outermost first: more than one only for tunnels. It is empty for a packet
// that is not IP. The slice is valid until the next Reset.
func (p *Packet) Flows() []Flow {
	p.parse()
	return p.flows[:p.nflows]
}

// Flow returns the innermost flow of the packet: of a tunnel the one that it carries. It returns nil for a packet that
// is not IP. The flow is valid until the next Reset.
func (p *Packet) Flow() *Flow {
	p.parse()
	if p.nflows == 0 {
		return nil
	}
	return &p.flows[p.nflows-1]
}

// Quoted returns the start of the packet that an ICMP error is about, which the error quotes. It is the innermost flow
// that is such an error. The result is nil if there is none, and valid until the next Reset.
func (p *Packet) Quoted() *Flow {
	p.parse()
	if !p.quotes {
		return nil
	}
	return &p.quoted
}

// Tunnels returns the tunnel headers of the packet, the outermost first. The slice is valid until the next Reset.
func (p *Packet) Tunnels() []Tunnel {
	p.parse()
	return p.tunnels[:p.ntunnels]
}

// VLANs returns the VLAN tags in the packet's bytes, the outermost first, those of an Ethernet frame in a tunnel
// included. A tag that the kernel or the network card took out of the packet is not among them. The slice is valid until
// the next Reset.
func (p *Packet) VLANs() []VLAN {
	p.parse()
	return p.vlans[:p.nvlans]
}

// Ethernet returns the packet's Ethernet header, or nil if it starts with another or is shorter. The result is valid
// until the next Reset.
func (p *Packet) Ethernet() *Ethernet {
	p.parse()
	if p.link != LinkEthernet || p.nframes == 0 {
		return nil
	}
	return &p.frames[0]
}

// InnerEthernet returns the innermost Ethernet header within a tunnel, or nil if there is none. The result is valid
// until the next Reset.
func (p *Packet) InnerEthernet() *Ethernet {
	p.parse()
	switch {
	case p.link != LinkEthernet && p.nframes > 0:
		return &p.frames[p.nframes-1]
	case p.nframes > 1:
		return &p.frames[1]
	}
	return nil
}

// Truncated returns the header within which the bytes end before the packet does: NoPart if the packet is whole. It is
// what a capture with a maximum length does to longer packets.
func (p *Packet) Truncated() Part {
	p.parse()
	return p.cut
}

// Malformed returns what is wrong in the headers, or NoFault. Of several errors it is the outermost. What is before
// the error, and what can be read behind it, is still valid.
func (p *Packet) Malformed() Fault {
	p.parse()
	return p.fault
}

// Transport returns the bytes from the header behind the IP header and extension headers of a flow on, up to the end of
// the IP packet or of what there is of it. It is empty for fragments but the first. The index is that of Flows.
func (p *Packet) Transport(flow int) []byte {
	p.parse()
	f := &p.flows[:p.nflows][flow]
	return p.data[f.transport:f.end]
}

// Payload returns the bytes behind the TCP, UDP, SCTP, DCCP or ICMP header of a flow. It is empty for other protocols,
// and where the header is not all there. The index is that of Flows.
func (p *Packet) Payload(flow int) []byte {
	p.parse()
	f := &p.flows[:p.nflows][flow]
	return p.data[f.payload:f.end]
}
