// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
)

const (
	ipv4Header = 20
	ipv6Header = 40
)

// parseIP parses an IP header with its options and extension headers into f, and moves the cursor behind them. The
// result ok says whether f has addresses, and more whether what follows the headers is there to be parsed.
func (p *Packet) parseIP(c *cursor, f *Flow, etherType uint16) (more, ok bool) {
	if c.left() < 1 {
		p.short(c, PartIP, IPHeaderLength)
		return false, false
	}
	version := p.data[c.at] >> 4
	switch {
	case version == 4 && etherType != etherIPv6:
		return p.parseIPv4(c, f)
	case version == 6 && etherType != etherIPv4:
		return p.parseIPv6(c, f)
	}
	p.fail(IPVersion)
	return false, false
}

func (p *Packet) parseIPv4(c *cursor, f *Flow) (more, ok bool) {
	if c.left() < ipv4Header {
		p.short(c, PartIP, IPHeaderLength)
		return false, false
	}
	h := (*[ipv4Header]byte)(p.data[c.at:])
	*f = Flow{
		Src: netip.AddrFrom4([4]byte(h[12:16])), Dst: netip.AddrFrom4([4]byte(h[16:20])),
		Proto: h[9], TTL: h[8], TOS: h[1], ID: uint32(p.u16(c, 4)), Length: uint32(p.u16(c, 2)),
		DontFragment: h[6]&0x40 != 0, network: int32(c.at),
	}
	header := int(h[0]&15) * 4
	if header < ipv4Header {
		p.fail(IPHeaderLength)
		return p.stop(c, f), true
	}
	if f.Length != 0 {
		if int(f.Length) < header {
			p.fail(IPLength)
			return p.stop(c, f), true
		}
		p.limit(c, int(f.Length))
	}
	if header > c.left() {
		p.short(c, PartIP, IPHeaderLength)
		return p.stop(c, f), true
	}
	if header > ipv4Header && !goodOptions(p.data[c.at+ipv4Header:c.at+header]) {
		p.fail(IPOptions)
	}
	c.at += header
	flags := h[6]
	p.setFragment(c, f, uint32(flags&0x1f)<<8|uint32(h[7]), flags&0x20 != 0)
	if f.Fragment == LaterFragment {
		return p.stop(c, f), true
	}
	return p.parseExtensions(c, f, false), true
}

func (p *Packet) parseIPv6(c *cursor, f *Flow) (more, ok bool) {
	if c.left() < ipv6Header {
		p.short(c, PartIP, IPHeaderLength)
		return false, false
	}
	h := (*[ipv6Header]byte)(p.data[c.at:])
	first := p.u32(c, 0)
	*f = Flow{
		Src: netip.AddrFrom16([16]byte(h[8:24])), Dst: netip.AddrFrom16([16]byte(h[24:40])),
		Proto: h[6], TTL: h[7], TOS: uint8(first >> 20), FlowLabel: first & 0xfffff, network: int32(c.at),
	}
	// A length of 0 is that of BIG TCP, of a jumbogram, or of a packet with nothing behind its header.
	if length := int(p.u16(c, 4)); length != 0 || f.Proto == ProtoNoNext {
		f.Length = uint32(ipv6Header + length)
		p.limit(c, int(f.Length))
	}
	c.at += ipv6Header
	return p.parseExtensions(c, f, true), true
}

// stop ends the parsing of a flow at the cursor. It returns false.
func (p *Packet) stop(c *cursor, f *Flow) bool {
	f.transport, f.payload, f.end = int32(c.end), int32(c.end), int32(c.end)
	return false
}

// limit ends what is left where an IP header at the cursor says that the packet ends.
func (p *Packet) limit(c *cursor, length int) {
	switch {
	case length <= c.left():
		c.end, c.bounded = c.at+length, true
	case !c.bounded:
		p.cut = PartPayload
	case !c.fragment:
		p.fail(IPLength)
	}
}

// setFragment notes the fragment that a header describes, with its offset in units of 8 bytes. The cursor is behind
// the header.
func (p *Packet) setFragment(c *cursor, f *Flow, offset uint32, more bool) {
	switch {
	case offset != 0:
		f.Fragment, f.FragmentOffset = LaterFragment, uint16(offset*8)
	case more:
		f.Fragment = FirstFragment
		c.fragment = true
	default:
		return
	}
	if !c.bounded {
		return
	}
	if more && c.left()%8 != 0 || int(offset)*8+c.left() > 0xffff {
		p.fail(FragmentLength)
	}
}

// goodOptions reports whether the options of an IPv4 or TCP header fit in it.
func goodOptions(opts []byte) bool {
	const end, nop = 0, 1
	for len(opts) > 0 && opts[0] != end {
		if opts[0] == nop {
			opts = opts[1:]
			continue
		}
		if len(opts) < 2 || opts[1] < 2 || int(opts[1]) > len(opts) {
			return false
		}
		opts = opts[opts[1]:]
	}
	return true
}

// maxExtensions is how many extension headers are read.
const maxExtensions = 16

// parseExtensions moves the cursor behind the extension headers, and sets Proto to what follows them. It reports whether
// that is there to be parsed.
func (p *Packet) parseExtensions(c *cursor, f *Flow, ipv6 bool) bool {
	for n := 0; isExtension(f.Proto, ipv6); n++ {
		if n == maxExtensions {
			p.fail(ExtensionCount)
			return p.stop(c, f)
		}
		if !p.parseExtension(c, f) {
			return p.stop(c, f)
		}
	}
	f.transport, f.payload, f.end = int32(c.at), int32(c.end), int32(c.end)
	return true
}

// isExtension reports whether a protocol number is that of an extension header: AH is one behind IPv4 too.
func isExtension(proto uint8, ipv6 bool) bool {
	switch proto {
	case ProtoAH:
		return true
	case ProtoHopByHop, ProtoRouting, ProtoFragment, ProtoDestinationOptions:
		return ipv6
	}
	return false
}

// parseExtension moves the cursor behind an extension header. It reports whether what follows is there to be parsed.
func (p *Packet) parseExtension(c *cursor, f *Flow) bool {
	f.Extended = true
	if c.left() < 2 {
		p.short(c, PartExtension, ExtensionLength)
		return false
	}
	proto, size := f.Proto, (int(p.data[c.at+1])+1)*8
	switch proto {
	case ProtoAH:
		size = (int(p.data[c.at+1]) + 2) * 4
	case ProtoFragment:
		size = 8
	}
	f.Proto = p.data[c.at]
	if size > c.left() {
		p.short(c, PartExtension, ExtensionLength)
		return false
	}
	switch proto {
	case ProtoAH:
		if size >= 8 && !f.HasSPI {
			f.SPI, f.HasSPI = p.u32(c, 4), true
		}
	case ProtoFragment:
		offset := uint32(p.u16(c, 2))
		f.ID = p.u32(c, 4)
		c.at += size
		p.setFragment(c, f, offset>>3, offset&1 != 0)
		return f.Fragment != LaterFragment
	case ProtoHopByHop, ProtoDestinationOptions:
		p.parseHopOptions(c, f, size, proto == ProtoHopByHop)
	}
	c.at += size
	return true
}

// parseHopOptions checks the options of a hop-by-hop or destination options header, and reads the jumbo length.
func (p *Packet) parseHopOptions(c *cursor, f *Flow, size int, jumbo bool) {
	const pad1, jumboOption = 0, 0xc2
	for opts := p.data[c.at+2 : c.at+size]; len(opts) > 0; {
		if opts[0] == pad1 {
			opts = opts[1:]
			continue
		}
		if len(opts) < 2 || int(opts[1])+2 > len(opts) {
			p.fail(ExtensionOptions)
			return
		}
		if opts[0] == jumboOption && jumbo {
			p.setJumbo(c, f, opts[2:2+opts[1]])
		}
		opts = opts[2+opts[1]:]
	}
}

// setJumbo takes the length of a packet from its jumbo option.
func (p *Packet) setJumbo(c *cursor, f *Flow, option []byte) {
	if len(option) != 4 || f.Length != 0 || option[0] == 0 && option[1] == 0 || option[0] >= 0x80 {
		p.fail(JumboLength)
		return
	}
	f.Length = ipv6Header + binary.BigEndian.Uint32(option)
	// The length counts from behind the IP header.
	start := *c
	start.at = int(f.network)
	p.limit(&start, int(f.Length))
	c.end, c.bounded = start.end, start.bounded
}
