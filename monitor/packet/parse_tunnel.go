// SPDX-License-Identifier: Apache-2.0

package packet

// UDP ports of tunnels. A tunnel's packets have them as destination, whichever way they go.
const (
	portVXLAN      = 4789
	portVXLANLinux = 8472
	portGeneve     = 6081
)

// parseTunnel parses the tunnel header that a flow carries at the cursor, if it does, and moves the cursor to what the
// tunnel carries. It returns the Ethernet type of that.
func (p *Packet) parseTunnel(c *cursor, f *Flow) uint16 {
	if p.ntunnels == MaxTunnels {
		return etherNone
	}
	switch f.Proto {
	case ProtoUDP:
		if !f.HasPorts || f.DstPort != portVXLAN && f.DstPort != portVXLANLinux && f.DstPort != portGeneve ||
			f.payload == f.end {
			return etherNone
		}
		c.at += udpHeader
		if f.DstPort == portGeneve {
			return p.parseGeneve(c)
		}
		return p.parseVXLAN(c)
	case ProtoGRE:
		return p.parseGRE(c, f)
	case ProtoIPv4, ProtoIPIPOld:
		return p.addTunnel(Tunnel{Kind: TunnelIPIP, Protocol: etherIPv4})
	case ProtoIPv6:
		return p.addTunnel(Tunnel{Kind: TunnelIPIP, Protocol: etherIPv6})
	case ProtoMPLS:
		return etherMPLS
	case ProtoEtherIP:
		if c.left() < 2 {
			p.short(c, PartTunnel, TunnelShort)
			return etherNone
		}
		c.at += 2
		return p.addTunnel(Tunnel{Kind: TunnelEtherIP, Protocol: etherBridged})
	}
	return etherNone
}

// addTunnel adds a tunnel without flows to the packet's. It returns the Ethernet type of what the tunnel carries.
func (p *Packet) addTunnel(t Tunnel) uint16 {
	t.Outer, t.Inner = int8(p.nflows)-1, -1
	p.tunnels[p.ntunnels] = t
	p.ntunnels++
	return t.Protocol
}

func (p *Packet) parseVXLAN(c *cursor) uint16 {
	const header, hasVNI = 8, 0x08
	if p.data[c.at]&hasVNI == 0 {
		return etherNone // something else on this port
	}
	if c.left() < header {
		p.short(c, PartTunnel, TunnelShort)
		p.addTunnel(Tunnel{Kind: TunnelVXLAN, Protocol: etherBridged})
		return etherNone
	}
	vni := p.u32(c, 4) >> 8
	c.at += header
	return p.addTunnel(Tunnel{Kind: TunnelVXLAN, Protocol: etherBridged, ID: vni, HasID: true})
}

func (p *Packet) parseGeneve(c *cursor) uint16 {
	const header = 8
	if p.data[c.at]>>6 != 0 {
		return etherNone // a version to come, or something else on this port
	}
	if c.left() < header {
		p.short(c, PartTunnel, TunnelShort)
		p.addTunnel(Tunnel{Kind: TunnelGeneve})
		return etherNone
	}
	options := int(p.data[c.at]&0x3f) * 4
	next := p.addTunnel(Tunnel{Kind: TunnelGeneve, Protocol: p.u16(c, 2), ID: p.u32(c, 4) >> 8, HasID: true})
	c.at += header
	if options > c.left() {
		p.short(c, PartTunnel, TunnelShort)
		return etherNone
	}
	for opts := p.data[c.at : c.at+options]; len(opts) > 0; {
		n := 4 + int(opts[3]&0x1f)*4
		if n > len(opts) {
			p.fail(TunnelOptions)
			break
		}
		opts = opts[n:]
	}
	c.at += options
	return next
}

func (p *Packet) parseGRE(c *cursor, f *Flow) uint16 {
	const checksum, routing, key, sequence, version = 0x8000, 0x4000, 0x2000, 0x1000, 7
	if c.left() < 4 {
		p.short(c, PartTunnel, TunnelShort)
		return etherNone
	}
	flags, next := p.u16(c, 0), p.u16(c, 2)
	t := Tunnel{Kind: TunnelGRE, Protocol: next}
	if flags&(version|routing) != 0 { // PPTP's version, or a header that nobody uses any more
		p.addTunnel(t)
		return etherNone
	}
	size := 4
	if flags&checksum != 0 {
		size += 4
	}
	if flags&key != 0 {
		if size+4 <= c.left() {
			f.Key, f.HasKey = p.u32(c, size), true
			t.ID, t.HasID = f.Key, true
		}
		size += 4
	}
	if flags&sequence != 0 {
		size += 4
	}
	p.addTunnel(t)
	if next == etherERSPAN {
		next = etherBridged
		if flags&sequence != 0 { // type II has a header of its own
			size += 8
		}
	}
	if size > c.left() {
		p.short(c, PartTunnel, TunnelShort)
		return etherNone
	}
	c.at += size
	return next
}

// parseMPLS parses a stack of labels. What they carry does not say what it is: IP is told by its version.
func (p *Packet) parseMPLS(c *cursor) uint16 {
	if p.ntunnels == MaxTunnels {
		return etherNone
	}
	t := Tunnel{Kind: TunnelMPLS}
	for bottom := false; !bottom; c.at += 4 {
		if c.left() < 4 {
			p.short(c, PartTunnel, TunnelShort)
			p.addTunnel(t)
			return etherNone
		}
		entry := p.u32(c, 0)
		t.ID, t.HasID, bottom = entry>>12, true, entry&0x100 != 0
	}
	if c.left() == 0 {
		p.short(c, PartTunnel, TunnelShort)
	} else if version := p.data[c.at] >> 4; version == 4 {
		t.Protocol = etherIPv4
	} else if version == 6 {
		t.Protocol = etherIPv6
	}
	return p.addTunnel(t)
}
