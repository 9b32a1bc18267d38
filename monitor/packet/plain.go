// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
)

// Plain is what a filter asks of a packet with one IP header, as numbers.
type Plain struct {
	Src, Dst           Halves
	SrcPort, DstPort   uint16   // they count only if HasPorts is set
	Flags              TCPFlags // they count only if HasFlags is set
	Proto, TTL         uint8
	ICMPType, ICMPCode uint8 // they count only if HasICMP is set
	IPv6               bool
	HasPorts, HasFlags bool
	HasICMP, Fragment  bool
}

// Halves is an IP address: the higher and the lower 64 bits. An IPv4 address is in the lower 32 of them.
type Halves struct{ High, Low uint64 }

// HalvesOf returns the halves of an address.
func HalvesOf(a netip.Addr) Halves {
	if a.Is4() {
		b := a.As4()
		return Halves{0, uint64(binary.BigEndian.Uint32(b[:]))}
	}
	b := a.As16()
	return Halves{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}
}

// Plain returns what a filter asks of a packet that has one IP header, or nil if it is none. Of packets that were not parsed
// before it knows only the usual ones: TCP, UDP or ICMP behind an IP header without options or extension headers, not a
// fragment, without VLAN tag. That takes a fraction of the time that Flows takes, which must be asked about the others. The
// result is valid until the next call or Reset.
func (p *Packet) Plain() *Plain {
	into := &p.plain
	if p.parsed {
		if p.nflows != 1 {
			return nil
		}
		into.fill(&p.flows[0])
		return into
	}
	data, v4, v6 := p.data, true, true
	if p.link == LinkEthernet {
		if len(data) < 14 {
			return nil
		}
		etherType := binary.BigEndian.Uint16(data[12:])
		data, v4, v6 = data[14:], etherType == etherIPv4, etherType == etherIPv6
	}
	switch {
	case len(data) < ipv4Header:
	case data[0] == 0x45 && v4:
		h := (*[ipv4Header]byte)(data)
		if binary.BigEndian.Uint16(h[6:])&0x3fff != 0 {
			return nil
		}
		into.Src = Halves{0, uint64(binary.BigEndian.Uint32(h[12:]))}
		into.Dst = Halves{0, uint64(binary.BigEndian.Uint32(h[16:]))}
		into.Proto, into.TTL, into.IPv6 = h[9], h[8], false
		length := int(binary.BigEndian.Uint16(h[2:]))
		if h[9] == ProtoTCP && length >= ipv4Header+tcpHeader && len(data) >= ipv4Header+tcpHeader { // most packets
			h := (*[tcpHeader]byte)(data[ipv4Header:])
			into.SrcPort, into.DstPort = binary.BigEndian.Uint16(h[:]), binary.BigEndian.Uint16(h[2:])
			into.Flags = TCPFlags(binary.BigEndian.Uint16(h[12:]) & 0x1ff)
			into.HasPorts, into.HasFlags, into.HasICMP, into.Fragment = true, true, false, false
			return into
		}
		return into.transport(data[ipv4Header:], length-ipv4Header, ProtoICMP)
	case data[0]>>4 == 6 && v6 && len(data) >= ipv6Header:
		h := (*[ipv6Header]byte)(data)
		into.Src = Halves{binary.BigEndian.Uint64(h[8:]), binary.BigEndian.Uint64(h[16:])}
		into.Dst = Halves{binary.BigEndian.Uint64(h[24:]), binary.BigEndian.Uint64(h[32:])}
		into.Proto, into.TTL, into.IPv6 = h[6], h[7], true
		return into.transport(data[ipv6Header:], int(binary.BigEndian.Uint16(h[4:])), ProtoICMPv6)
	}
	return nil
}

// transport reads a TCP, UDP or ICMP header, of a packet that has so many bytes behind the IP header.
func (f *Plain) transport(data []byte, length int, icmp uint8) *Plain {
	length = min(length, len(data))
	f.HasPorts, f.HasFlags, f.HasICMP, f.Fragment = false, false, false, false
	switch {
	case f.Proto == ProtoTCP && length >= tcpHeader:
		f.Flags, f.HasFlags = TCPFlags(binary.BigEndian.Uint16(data[12:])&0x1ff), true
	case f.Proto == ProtoUDP && length >= udpHeader:
		switch binary.BigEndian.Uint16(data[2:]) {
		case portVXLAN, portVXLANLinux, portGeneve:
			return nil
		}
	case f.Proto == icmp && length >= icmpHeader:
		f.ICMPType, f.ICMPCode, f.HasICMP = data[0], data[1], true
		return f
	default:
		return nil
	}
	f.SrcPort, f.DstPort = binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:])
	f.HasPorts = true
	return f
}

// fill sets f to what a flow has.
func (f *Plain) fill(w *Flow) {
	*f = Plain{
		Src: HalvesOf(w.Src), Dst: HalvesOf(w.Dst), SrcPort: w.SrcPort, DstPort: w.DstPort, Flags: w.Flags, Proto: w.Proto,
		TTL: w.TTL, ICMPType: w.ICMPType, ICMPCode: w.ICMPCode, IPv6: w.Src.Is6(), HasPorts: w.HasPorts, HasFlags: w.HasFlags,
		HasICMP: w.HasICMP, Fragment: w.Fragment != NotFragmented,
	}
}
