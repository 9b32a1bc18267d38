// SPDX-License-Identifier: Apache-2.0

package packet

import "encoding/binary"

// Ethernet types that the parser follows. Below firstEtherType the field is the length of an 802.3 frame.
const (
	firstEtherType   = 0x0600
	etherIPv4        = 0x0800
	etherARP         = 0x0806
	etherBridged     = 0x6558 // an Ethernet frame
	etherVLAN        = 0x8100
	etherIPv6        = 0x86dd
	etherMPLS        = 0x8847
	etherMPLSUp      = 0x8848 // with an upstream-assigned label
	etherServiceVLAN = 0x88a8
	etherERSPAN      = 0x88be
	etherQinQ        = 0x9100 // what some call a service VLAN

	// Not Ethernet types, but used in their place.
	etherNone  = 0 // nothing that is followed
	etherAnyIP = 1 // IPv4 or IPv6, as the version says
)

// cursor is what is left of a packet.
type cursor struct {
	at, end int
	// bounded says that a header gave the end: what does not fit is malformed. Else the end is that of the bytes:
	// what does not fit was cut off.
	bounded bool
	// fragment says that this is the first fragment of something longer: lengths reach beyond it.
	fragment bool
}

// left returns how many bytes are left.
func (c *cursor) left() int { return c.end - c.at }

// u16 returns the 16 bits at an offset from the cursor.
func (p *Packet) u16(c *cursor, off int) uint16 { return binary.BigEndian.Uint16(p.data[c.at+off:]) }

// u32 returns the 32 bits at an offset from the cursor.
func (p *Packet) u32(c *cursor, off int) uint32 { return binary.BigEndian.Uint32(p.data[c.at+off:]) }

// fail notes a fault. The first one, which is the outermost, stays.
func (p *Packet) fail(f Fault) {
	if p.fault == NoFault {
		p.fault = f
	}
}

// short notes that a header does not fit in what is left.
func (p *Packet) short(c *cursor, part Part, fault Fault) {
	if c.bounded {
		p.fail(fault)
	} else {
		p.cut = part
	}
}

// parse parses the packet unless that was done.
func (p *Packet) parse() {
	if !p.parsed {
		p.parseAll()
	}
}

func (p *Packet) parseAll() {
	p.parsed = true
	p.cut, p.fault = NoPart, NoFault
	p.nframes, p.nvlans, p.ntunnels, p.nflows = 0, 0, 0, 0
	p.arp, p.quotes = 0, false
	c := cursor{end: len(p.data)}
	next := uint16(etherBridged)
	if p.link == LinkIP {
		next = etherAnyIP
	}
	for next != etherNone {
		next = p.step(&c, next)
	}
}

// step parses what an Ethernet type announces and returns the type of what follows. Each step takes bytes away, so
// that there is an end.
func (p *Packet) step(c *cursor, etherType uint16) uint16 {
	switch etherType {
	case etherBridged:
		return p.parseEthernet(c)
	case etherIPv4, etherIPv6, etherAnyIP:
		if p.nflows == MaxFlows {
			return etherNone
		}
		return p.parseFlow(c, etherType)
	case etherMPLS, etherMPLSUp:
		return p.parseMPLS(c)
	case etherARP:
		p.arp = int32(c.at)
	}
	return etherNone
}

func (p *Packet) parseEthernet(c *cursor) uint16 {
	if c.left() < 12 {
		p.short(c, PartEthernet, TunnelShort)
		return etherNone
	}
	p.nframes = min(p.nframes+1, uint8(len(p.frames)))
	e := &p.frames[p.nframes-1]
	*e = Ethernet{Dst: MAC(p.data[c.at : c.at+6]), Src: MAC(p.data[c.at+6 : c.at+12])}
	c.at += 12
	etherType, ok := p.parseVLANs(c)
	if !ok {
		p.short(c, PartEthernet, TunnelShort)
		return etherNone
	}
	if etherType < firstEtherType {
		e.Length = etherType
		return etherNone
	}
	e.Type = etherType
	return etherType
}

// parseVLANs reads the Ethernet type and the VLAN tags in front of it.
func (p *Packet) parseVLANs(c *cursor) (etherType uint16, ok bool) {
	for c.left() >= 2 {
		etherType = p.u16(c, 0)
		c.at += 2
		if etherType != etherVLAN && etherType != etherServiceVLAN && etherType != etherQinQ {
			return etherType, true
		}
		if c.left() < 2 {
			return 0, false
		}
		tci := p.u16(c, 0)
		c.at += 2
		if p.nvlans < MaxVLANs {
			p.vlans[p.nvlans] = VLAN{ID: tci & 0xfff, Type: etherType, Priority: uint8(tci >> 13),
				DEI: tci&0x1000 != 0, Tunnels: p.ntunnels}
			p.nvlans++
		}
	}
	return 0, false
}

// parseFlow parses an IP header and what follows it.
func (p *Packet) parseFlow(c *cursor, etherType uint16) uint16 {
	f := &p.flows[p.nflows]
	more, ok := p.parseIP(c, f, etherType)
	if !ok {
		return etherNone
	}
	for i := range p.tunnels[:p.ntunnels] {
		if p.tunnels[i].Inner < 0 {
			p.tunnels[i].Inner = int8(p.nflows)
		}
	}
	p.nflows++
	if !more {
		return etherNone
	}
	p.parseTransport(c, f)
	if f.HasICMP && isError(f) {
		p.parseQuoted(*c)
	}
	return p.parseTunnel(c, f)
}

// isError reports whether an ICMP message quotes the packet that it is about.
func isError(f *Flow) bool {
	if f.Proto == ProtoICMPv6 {
		return f.ICMPType >= 1 && f.ICMPType <= 4
	}
	switch f.ICMPType {
	case 3, 4, 5, 11, 12: // unreachable, source quench, redirect, time exceeded, parameter problem
		return true
	}
	return false
}

// parseQuoted parses the packet that an ICMP error quotes. It is cut off where the error ends, and any fault in it is
// not one of the packet.
func (p *Packet) parseQuoted(c cursor) {
	const icmpHeader = 8
	if c.left() <= icmpHeader {
		return
	}
	cut, fault := p.cut, p.fault
	c.at += icmpHeader
	more, ok := p.parseIP(&c, &p.quoted, etherAnyIP)
	if p.quotes = ok; ok && more {
		p.parseTransport(&c, &p.quoted)
	}
	p.cut, p.fault = cut, fault
}
