// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"

	facts "github.com/lockstep-bpf/lockstep/monitor/packet"
)

// What Cilium 1.6 and later print of a packet. It is what a gopacket.DecodingLayerParser decodes that also has SCTP, IGMP
// and VRRP, for a packet that can start at its IP header, and that another one decodes of what a tunnel carries. Unlike
// the rest of this package it stops where that parser does, at the first header that is broken, and says so.

// More headers, which only a Dissection has.
const (
	SCTP Kind = iota + kinds
	IGMP
	VRRP
	VXLAN
	Geneve
)

// maxLayers is how many headers of a packet are read.
const maxLayers = 16

// Dissection is the headers of a packet, from the outside in.
type Dissection struct {
	// Broken says that there is a header that cannot be decoded, behind those that can.
	Broken bool
	// Lenient makes the text tell what can be decoded of a packet with a broken header, as Cilium up to 1.15 does. Read
	// leaves it as it is.
	Lenient bool
	// Truncated says that a header promises more bytes than there are. Of a tunnel, it is about the packet in it.
	Truncated bool

	layers [maxLayers]Layer
	n      int
	tunnel int // how many of them belong to a tunnel: the header of VXLAN or Geneve is the last; 0 without one

	// cut is how many headers there are up to a tunnel's where one of them promises more bytes than there are; else 0.
	cut int

	// missing says that the packet is said to be in a tunnel, and that no tunnel can be decoded.
	missing bool
	failed  Kind   // the header that is broken
	rest    []byte // and what it starts with
}

// Read decodes a packet that starts with a header of kind first: Ethernet, IPv4 or IPv6. If tunnel is VXLAN or Geneve, the
// first UDP header carries that, and a packet in it. The Dissection refers to the packet.
func (d *Dissection) Read(packet []byte, first, tunnel Kind) {
	d.Broken, d.Truncated, d.n, d.cut, d.tunnel, d.missing = false, false, 0, 0, 0, tunnel != None
	if len(packet) == 0 {
		return
	}
	for data, kind := packet, first; kind != None && d.n < maxLayers; {
		payload, end, next, s := decodeStrict(kind, data)
		if s&short != 0 {
			d.Truncated = true
		}
		if s&broken != 0 {
			d.Broken, d.failed, d.rest = true, kind, data
			return
		}
		l := &d.layers[d.n]
		*l = newLayer(kind, data, payload, end, s)
		d.n++
		data = l.Payload
		if kind == UDP && tunnel != None {
			next, tunnel = tunnel, None
			if d.Truncated {
				d.cut, d.Truncated = d.n, false
			}
		}
		if kind == VXLAN || kind == Geneve {
			d.tunnel, d.missing = d.n, false
		}
		if kind = next; len(data) == 0 && kind < VXLAN {
			return // the header of a tunnel is missed
		}
	}
}

// inner returns the headers that are not those of a tunnel.
func (d *Dissection) inner() []Layer { return d.layers[d.tunnel:d.n] }

// outer returns the headers of a tunnel.
func (d *Dissection) outer() []Layer { return d.layers[:d.tunnel] }

// decodeStrict is decode for a Dissection.
func decodeStrict(k Kind, data []byte) (payload, end int, next Kind, s state) {
	switch k {
	case Ethernet:
		return strictEthernet(data)
	case IPv4:
		return strictIPv4(data)
	case IPv6:
		return strictIPv6(data)
	case TCP:
		return strictTCP(data)
	case UDP:
		return strictUDP(data)
	case ICMPv4:
		return fixed(data, icmp4Header, short)
	case ICMPv6:
		return fixed(data, icmp6Header, short)
	case SCTP:
		return fixed(data, 12, 0)
	case IGMP:
		return fixed(data, 8, 0)
	case VRRP:
		return strictVRRP(data)
	case VXLAN:
		_, end, _, s = fixed(data, 8, 0)
		return 8, end, Ethernet, s
	case Geneve:
		return strictGeneve(data)
	}
	return 0, 0, None, broken
}

// fixed decodes a header of one length. A packet that ends in it is broken, and more if it says so.
func fixed(data []byte, header int, cut state) (payload, end int, next Kind, s state) {
	if len(data) < header {
		return 0, 0, None, broken | cut
	}
	return header, len(data), None, 0
}

func strictEthernet(data []byte) (payload, end int, next Kind, s state) {
	if len(data) < ethernetHeader {
		return 0, 0, None, broken
	}
	t := int(binary.BigEndian.Uint16(data[12:]))
	if t < firstEthernetType {
		end, s = cut(data, ethernetHeader+t)
		return ethernetHeader, end, None, s
	}
	return ethernetHeader, len(data), etherKind(t), 0
}

func etherKind(t int) Kind {
	switch t {
	case etherIPv4:
		return IPv4
	case etherIPv6:
		return IPv6
	case etherBridged:
		return Ethernet
	}
	return None
}

// strictKind is kindOf with the headers that only a Dissection has.
func strictKind(proto byte) Kind {
	switch proto {
	case facts.ProtoIGMP:
		return IGMP
	case facts.ProtoVRRP:
		return VRRP
	case facts.ProtoSCTP:
		return SCTP
	}
	return kindOf(proto)
}

func strictIPv4(data []byte) (payload, end int, next Kind, s state) {
	if len(data) < ipv4Header {
		return 0, 0, None, broken | short
	}
	total, header := int(binary.BigEndian.Uint16(data[2:])), int(data[0]&15)*4
	if total == 0 { // what a network card is to cut (TSO)
		total = int(uint16(len(data)))
	}
	if total < ipv4Header || header < ipv4Header || header > total {
		return 0, 0, None, broken
	}
	end, s = cut(data, total)
	if header > end {
		return 0, 0, None, broken | short
	}
	s |= strictOptions(data[ipv4Header:header], 3)
	const moreFragments, offset = 1 << 13, 1<<13 - 1
	if binary.BigEndian.Uint16(data[6:])&(moreFragments|offset) == 0 {
		next = strictKind(data[9])
	}
	return header, end, next, s
}

// strictOptions reports whether the options of IPv4 or TCP are well-formed: none may be shorter than least.
func strictOptions(opts []byte, least byte) state {
	for len(opts) > 0 {
		switch opts[0] {
		case optEnd:
			return 0
		case optNop:
			opts = opts[1:]
			continue
		}
		switch {
		case len(opts) < 2:
			return broken | short
		case opts[1] < least && (least == 2 || len(opts) >= int(opts[1])):
			return broken
		case len(opts) < int(opts[1]):
			return broken | short
		}
		opts = opts[opts[1]:]
	}
	return 0
}

func strictIPv6(data []byte) (payload, end int, next Kind, s state) {
	if len(data) < ipv6Header {
		return 0, 0, None, broken | short
	}
	length := int(binary.BigEndian.Uint16(data[4:]))
	if data[6] == protoHopByHop {
		return strictHopByHop(data, length)
	}
	if length == 0 {
		return 0, 0, None, broken
	}
	end, s = cut(data, ipv6Header+length)
	return ipv6Header, end, strictKind(data[6]), s
}

func strictHopByHop(data []byte, length int) (payload, end int, next Kind, s state) {
	hop := data[ipv6Header:]
	size, s := checkHopByHop(hop)
	if s&broken != 0 {
		return 0, 0, None, s
	}
	jumbo, ok := jumboLength(hop, size)
	if !ok || (jumbo != 0) != (length == 0) {
		return 0, 0, None, broken
	}
	payload = ipv6Header + size
	switch {
	case jumbo == 0: // the length is taken as that of what follows, as gopacket does
		end, s = cut(data, payload+length)
	case uint64(jumbo) <= uint64(len(hop)):
		end, s = ipv6Header+int(jumbo), 0
	default:
		end, s = len(data), short
	}
	end = max(end, payload)
	return payload, end, strictKind(hop[0]), s | extended
}

func strictTCP(data []byte) (payload, end int, next Kind, s state) {
	if len(data) < tcpHeader {
		return 0, 0, None, broken | short
	}
	header := int(data[12]>>4) * 4
	switch {
	case header < tcpHeader:
		return 0, 0, None, broken
	case header > len(data):
		return 0, 0, None, broken | short
	}
	return header, len(data), None, strictOptions(data[tcpHeader:header], 2)
}

func strictUDP(data []byte) (payload, end int, next Kind, s state) {
	if len(data) < udpHeader {
		return 0, 0, None, broken | short
	}
	switch n := int(binary.BigEndian.Uint16(data[4:])); {
	case n == 0: // a jumbogram: all that is there
		end = len(data)
	case n < udpHeader:
		s = broken
	default:
		end, s = cut(data, n)
	}
	return udpHeader, end, None, s
}

// vrrpLeast is the length from which on gopacket takes a VRRP header: it does not look at the checksum.
const vrrpLeast = 6

func strictVRRP(data []byte) (payload, end int, next Kind, s state) {
	if len(data) < vrrpLeast || data[0]&15 != 1 || data[3] < 1 {
		return 0, 0, None, broken
	}
	return len(data), len(data), None, 0
}

func strictGeneve(data []byte) (payload, end int, next Kind, s state) {
	if len(data) < 8 {
		return 0, 0, None, broken | short
	}
	payload = 8 + int(data[0]&0x3f)*4
	if len(data) < payload {
		return 0, 0, None, broken | short
	}
	at := 8
	for at < payload { // the last option may go on behind what the header has for options, as gopacket reads it
		size := geneveOption(data[at:])
		if size == 0 {
			return 0, 0, None, broken | short
		}
		at += size
	}
	return at, len(data), etherKind(int(binary.BigEndian.Uint16(data[2:]))), 0
}

// geneveOption returns the length of an option in bytes, or 0 if it does not fit in data.
func geneveOption(data []byte) int {
	if len(data) < 4 {
		return 0
	}
	if size := int(data[3]&0x1f)*4 + 4; size <= len(data) {
		return size
	}
	return 0
}
