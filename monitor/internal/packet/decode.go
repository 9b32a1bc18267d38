// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"

	facts "github.com/lockstep-bpf/lockstep/monitor/packet"
)

// state is what decoding a header found.
type state uint8

const (
	broken   state = 1 << iota // the header is not to be used
	short                      // the header promises more bytes than there are
	extended                   // hop-by-hop options follow an IPv6 header
	open                       // an IP header does not say where the packet ends
	fragment                   // the packet is the first fragment of a longer one
)

// decode decodes the header of a kind that data starts with. What the header carries is data[payload:end], and next is
// what data[at:end] starts with: at is payload but for extension headers between the two. If the header is broken, all
// but state is meaningless. With cut, the end of data may be that of a capture.
//
// The results are many, and no struct, so that they stay in registers.
func decode(k Kind, data []byte, cut bool) (payload, at, end int, next Kind, s state) {
	switch k {
	case Ethernet:
		payload, end, next, s = decodeEthernet(data)
	case IPv4:
		return decodeIPv4(data)
	case IPv6:
		return decodeIPv6(data)
	case TCP:
		payload, end, next, s = decodeTCP(data, cut)
	case UDP:
		payload, end, next, s = decodeUDP(data)
	case ICMPv4:
		payload, end, next, s = decodeICMP(data, icmp4Header)
	case ICMPv6:
		payload, end, next, s = decodeICMP(data, icmp6Header)
	default:
		s = broken
	}
	return payload, payload, end, next, s
}

// Fixed header lengths in bytes.
const (
	ethernetHeader = 14
	ipv4Header     = 20
	ipv6Header     = 40
	tcpHeader      = 20
	udpHeader      = 8
	icmp4Header    = 8
	icmp6Header    = 4
)

// Ethernet types. Below firstEthernetType the field is the length of an 802.3 frame.
const (
	firstEthernetType = 0x0600
	etherIPv4         = 0x0800
	etherBridged      = 0x6558 // an Ethernet frame in an Ethernet frame
	etherIPv6         = 0x86dd
)

func decodeEthernet(data []byte) (payload, end int, next Kind, s state) {
	if len(data) < ethernetHeader {
		return 0, 0, None, broken // a packet this short does not count as truncated
	}
	end = len(data)
	switch t := int(binary.BigEndian.Uint16(data[12:])); {
	case t == etherIPv4:
		next = IPv4
	case t == etherIPv6:
		next = IPv6
	case t == etherBridged:
		next = Ethernet
	case t < firstEthernetType:
		end, s = cut(data, ethernetHeader+t)
	}
	return ethernetHeader, end, next, s
}

// cut returns the end of data that is to end at an offset, and whether it ends before that.
func cut(data []byte, end int) (int, state) {
	if end > len(data) {
		return len(data), short
	}
	return end, 0
}

// IP protocol numbers.
const (
	protoHopByHop = facts.ProtoHopByHop
	protoICMPv4   = facts.ProtoICMP
	protoIPv4     = facts.ProtoIPv4
	protoTCP      = facts.ProtoTCP
	protoUDP      = facts.ProtoUDP
	protoIPv6     = facts.ProtoIPv6
	protoRouting  = facts.ProtoRouting
	protoFragment = facts.ProtoFragment
	protoAH       = facts.ProtoAH
	protoICMPv6   = facts.ProtoICMPv6
	protoDestOpts = facts.ProtoDestinationOptions
	protoIPIP     = facts.ProtoIPIPOld
)

// kindOf returns the header that an IP protocol number announces.
func kindOf(proto byte) Kind {
	switch proto {
	case protoTCP:
		return TCP
	case protoUDP:
		return UDP
	case protoICMPv4:
		return ICMPv4
	case protoICMPv6:
		return ICMPv6
	case protoIPv4, protoIPIP:
		return IPv4
	case protoIPv6:
		return IPv6
	}
	return None
}

func decodeIPv4(data []byte) (payload, at, end int, next Kind, s state) {
	if len(data) < ipv4Header {
		return 0, 0, 0, None, broken | short
	}
	end = int(binary.BigEndian.Uint16(data[2:]))
	if end == 0 { // what a network card is to cut (TSO): the bytes at hand are the length, as far as 16 bits hold it
		end, s = int(uint16(len(data))), open
	}
	header := int(data[0]&15) * 4
	if end < ipv4Header || header < ipv4Header || header > end {
		return 0, 0, 0, None, broken
	}
	if end > len(data) {
		end = len(data)
		s |= short
	}
	if header > ipv4Header {
		if header > end {
			return 0, 0, 0, None, broken | short
		}
		s |= checkIPv4Options(data[ipv4Header:header])
	}
	at = header
	const moreFragments, offset = 1 << 13, 1<<13 - 1
	flags := binary.BigEndian.Uint16(data[6:])
	if flags&offset != 0 {
		return header, at, end, None, s
	}
	if flags&moreFragments != 0 {
		s |= fragment
	}
	if next = kindOf(data[9]); next == None && data[9] == protoAH {
		next, at, _ = skipExtensions(data[:end], at, protoAH, false)
	}
	return header, at, end, next, s
}

// checkIPv4Options reports whether options are well-formed.
func checkIPv4Options(opts []byte) state {
	for len(opts) > 0 {
		switch opts[0] {
		case optEnd:
			return 0
		case optNop:
			opts = opts[1:]
			continue
		}
		if len(opts) < 2 || len(opts) < int(opts[1]) {
			return broken | short
		}
		if opts[1] <= 2 {
			return broken
		}
		opts = opts[opts[1]:]
	}
	return 0
}

func decodeTCP(data []byte, cut bool) (payload, end int, next Kind, s state) {
	if len(data) < tcpHeader {
		return 0, 0, None, broken | short
	}
	header := int(data[12]>>4) * 4
	if header < tcpHeader {
		return 0, 0, None, broken
	}
	if header > len(data) {
		if !cut || checkTCPOptions(data[tcpHeader:]) == broken {
			return 0, 0, None, broken | short
		}
		return len(data), len(data), None, short
	}
	return header, len(data), None, checkTCPOptions(data[tcpHeader:header])
}

// checkTCPOptions reports whether options are well-formed.
func checkTCPOptions(opts []byte) state {
	for at := 0; at < len(opts); {
		if opts[at] <= optNop {
			if opts[at] == optEnd {
				return 0
			}
			at++
			continue
		}
		if at+1 >= len(opts) {
			return broken | short
		}
		n := int(opts[at+1])
		if n < 2 {
			return broken
		}
		if at += n; at > len(opts) {
			return broken | short
		}
	}
	return 0
}

func decodeUDP(data []byte) (payload, end int, next Kind, s state) {
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

func decodeICMP(data []byte, header int) (payload, end int, next Kind, s state) {
	if len(data) < header {
		return 0, 0, None, broken | short
	}
	return header, len(data), None, 0
}
