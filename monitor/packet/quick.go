// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
)

// Quick returns the flow of a packet that has one IP header, and is plain: TCP or UDP, not a tunnel's, behind an IP header
// without options or extension headers, not a fragment, without VLAN tag. It returns nil for others, of which Flows must be
// asked. Of the flow only addresses, ports, Proto, TTL and TCP flags count. It is for filters: it takes a fraction of the
// time that Flows takes, unless the packet was parsed. The flow is valid until the next call or Reset.
func (p *Packet) Quick() *Flow {
	if p.parsed {
		if p.nflows == 1 {
			return &p.flows[0]
		}
		return nil
	}
	data, etherType := p.data, uint16(etherAnyIP)
	if p.link == LinkEthernet {
		if len(data) < 14 {
			return nil
		}
		data, etherType = data[14:], binary.BigEndian.Uint16(data[12:])
	}
	if len(data) < ipv4Header {
		return nil
	}
	switch f := &p.quick; {
	case data[0] == 0x45 && etherType != etherIPv6:
		h := (*[ipv4Header]byte)(data)
		if etherType != etherIPv4 && etherType != etherAnyIP || binary.BigEndian.Uint16(h[6:])&0x3fff != 0 {
			return nil
		}
		f.Src, f.Dst = netip.AddrFrom4([4]byte(h[12:16])), netip.AddrFrom4([4]byte(h[16:20]))
		f.Proto, f.TTL = h[9], h[8]
		return f.quickTransport(data[ipv4Header:], int(binary.BigEndian.Uint16(h[2:]))-ipv4Header)
	case data[0]>>4 == 6 && len(data) >= ipv6Header:
		h := (*[ipv6Header]byte)(data)
		if etherType != etherIPv6 && etherType != etherAnyIP {
			return nil
		}
		f.Src, f.Dst = netip.AddrFrom16([16]byte(h[8:24])), netip.AddrFrom16([16]byte(h[24:40]))
		f.Proto, f.TTL = h[6], h[7]
		return f.quickTransport(data[ipv6Header:], int(binary.BigEndian.Uint16(h[4:])))
	}
	return nil
}

// quickTransport reads a plain TCP or UDP header, of a packet that has so many bytes behind the IP header.
func (f *Flow) quickTransport(data []byte, length int) *Flow {
	length = min(length, len(data))
	switch {
	case f.Proto == ProtoTCP && length >= tcpHeader:
		f.Flags, f.HasFlags = TCPFlags(binary.BigEndian.Uint16(data[12:])&0x1ff), true
	case f.Proto == ProtoUDP && length >= udpHeader:
		switch binary.BigEndian.Uint16(data[2:]) {
		case portVXLAN, portVXLANLinux, portGeneve:
			return nil
		}
		f.Flags, f.HasFlags = 0, false
	default:
		return nil
	}
	f.SrcPort, f.DstPort = binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:])
	f.HasPorts = true
	return f
}
