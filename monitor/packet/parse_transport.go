// SPDX-License-Identifier: Apache-2.0

package packet

const (
	tcpHeader  = 20
	udpHeader  = 8
	sctpHeader = 12
	dccpHeader = 12
	icmpHeader = 8
)

// parseTransport reads the header at the cursor, of the flow's protocol, into f. The cursor stays.
func (p *Packet) parseTransport(c *cursor, f *Flow) {
	switch f.Proto {
	case ProtoTCP:
		p.parseTCP(c, f)
	case ProtoUDP, ProtoUDPLite:
		p.parseUDP(c, f)
	case ProtoSCTP:
		p.parsePorts(c, f, sctpHeader)
	case ProtoDCCP:
		p.parsePorts(c, f, dccpHeader)
	case ProtoICMP, ProtoICMPv6:
		p.parseICMP(c, f)
	case ProtoESP:
		if c.left() < 8 {
			p.short(c, PartTransport, TransportShort)
		}
		if !f.HasSPI && c.left() >= 4 {
			f.SPI, f.HasSPI = p.u32(c, 0), true
		}
	}
}

// parsePorts reads ports, and notes where the payload begins behind a header of a fixed length.
func (p *Packet) parsePorts(c *cursor, f *Flow, header int) {
	if c.left() >= 4 {
		f.SrcPort, f.DstPort, f.HasPorts = p.u16(c, 0), p.u16(c, 2), true
	}
	if c.left() < header {
		p.short(c, PartTransport, TransportShort)
		return
	}
	f.payload = int32(c.at + header)
}

func (p *Packet) parseTCP(c *cursor, f *Flow) {
	p.parsePorts(c, f, tcpHeader)
	if c.left() >= 14 {
		f.Flags, f.HasFlags = TCPFlags(p.u16(c, 12)&0x1ff), true
	}
	if c.left() >= 16 {
		f.Seq, f.Ack, f.Window, f.HasSeq = p.u32(c, 4), p.u32(c, 8), p.u16(c, 14), true
	}
	if c.left() < tcpHeader {
		return
	}
	header := int(p.data[c.at+12]>>4) * 4
	f.payload = f.end
	switch {
	case header < tcpHeader:
		p.fail(TCPHeaderLength)
	case header > c.left():
		p.short(c, PartTransport, TCPHeaderLength)
	default:
		f.payload = int32(c.at + header)
		if header > tcpHeader && !goodOptions(p.data[c.at+tcpHeader:c.at+header]) {
			p.fail(TCPOptions)
		}
	}
}

func (p *Packet) parseUDP(c *cursor, f *Flow) {
	p.parsePorts(c, f, udpHeader)
	if c.left() < udpHeader || f.Proto == ProtoUDPLite {
		return
	}
	length := int(p.u16(c, 4))
	switch {
	case length == 0: // a jumbogram
	case length < udpHeader, length > c.left() && c.bounded && !c.fragment:
		p.fail(UDPLength)
	}
}

func (p *Packet) parseICMP(c *cursor, f *Flow) {
	if c.left() >= 2 {
		f.ICMPType, f.ICMPCode, f.HasICMP = p.data[c.at], p.data[c.at+1], true
	}
	if c.left() < icmpHeader {
		p.short(c, PartTransport, TransportShort)
		return
	}
	f.payload = int32(c.at + icmpHeader)
	if f.Proto == ProtoICMP && (f.ICMPType == 0 || f.ICMPType == 8) || f.Proto == ProtoICMPv6 && f.ICMPType>>1 == 64 {
		f.EchoID, f.EchoSeq, f.HasEcho = p.u16(c, 4), p.u16(c, 6), true
	}
}
