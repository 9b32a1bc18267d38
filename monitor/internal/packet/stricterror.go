// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/internal/names"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// appendError appends why the header of a kind that data starts with cannot be decoded, in gopacket's words.
func appendError(dst []byte, k Kind, data []byte) []byte {
	switch k {
	case Ethernet:
		return append(dst, "Ethernet packet too small"...)
	case IPv4:
		return appendIPv4Error(dst, data)
	case IPv6:
		return appendIPv6Error(dst, data)
	case TCP:
		return appendTCPError(dst, data)
	case UDP:
		if len(data) < udpHeader {
			return appendLength(dst, "Invalid UDP header. Length ", len(data), " less than 8")
		}
		return appendLength(dst, "UDP packet too small: ", int(binary.BigEndian.Uint16(data[4:])), " bytes")
	case ICMPv4:
		return append(dst, "ICMP layer less then 8 bytes for ICMPv4 packet"...)
	case ICMPv6:
		return append(dst, "ICMP layer less then 4 bytes for ICMPv6 packet"...)
	case SCTP:
		return append(dst, "Invalid SCTP common header length"...)
	case IGMP:
		return append(dst, "IGMP Packet too small"...)
	case VRRP:
		return appendVRRPError(dst, data)
	case VXLAN:
		return append(dst, "vxlan packet too small"...)
	}
	if len(data) >= 8 && len(data) >= 8+int(data[0]&0x3f)*4 {
		return append(dst, "geneve option too small"...)
	}
	return append(dst, "geneve packet too short"...)
}

func appendLength(dst []byte, before string, n int, behind string) []byte {
	return append(text.AppendUint(append(dst, before...), uint64(n)), behind...)
}

func appendIPv4Error(dst, data []byte) []byte {
	if len(data) < ipv4Header {
		return appendLength(dst, "Invalid ip4 header. Length ", len(data), " less than 20")
	}
	total, words := int(binary.BigEndian.Uint16(data[2:])), int(data[0]&15)
	if total == 0 {
		total = int(uint16(len(data)))
	}
	switch {
	case total < ipv4Header:
		return appendLength(dst, "Invalid (too small) IP length (", total, " < 20)")
	case words < 5:
		return appendLength(dst, "Invalid (too small) IP header length (", words, " < 5)")
	case words*4 > total:
		dst = appendLength(dst, "Invalid IP header length > IP length (", words, " > ")
		return append(text.AppendUint(dst, uint64(total)), ')')
	case words*4 > len(data):
		return append(dst, "Not all IP header bytes available"...)
	}
	opts := badOption(data[ipv4Header:words*4], 3)
	if len(opts) < 2 {
		return appendLength(dst, "Invalid ip4 option length. Length ", len(opts), " less than 2")
	}
	if len(opts) < int(opts[1]) {
		dst = appendLength(dst, "IP option length exceeds remaining IP header size, option type ", int(opts[0]), " length ")
		return text.AppendUint(dst, uint64(opts[1]))
	}
	dst = appendLength(dst, "Invalid IP option type ", int(opts[0]), " length ")
	return appendLength(dst, "", int(opts[1]), ". Must be greater than 2")
}

// badOption returns the options from the first on that is not well-formed.
func badOption(opts []byte, least byte) []byte {
	for len(opts) > 0 && opts[0] != optEnd {
		n := 1
		if opts[0] != optNop {
			if len(opts) < 2 || opts[1] < least || int(opts[1]) > len(opts) {
				return opts
			}
			n = int(opts[1])
		}
		opts = opts[n:]
	}
	return opts
}

func appendIPv6Error(dst, data []byte) []byte {
	if len(data) < ipv6Header {
		return appendLength(dst, "Invalid ip6 header. Length ", len(data), " less than 40")
	}
	length := binary.BigEndian.Uint16(data[4:])
	if data[6] != protoHopByHop {
		dst = append(append(dst, "IPv6 length 0, but next header is "...), names.IPProtocol(data[6])...)
		return append(dst, ", not HopByHop"...)
	}
	hop := data[ipv6Header:]
	if len(hop) < 2 {
		return appendLength(dst, "Invalid ip6-extension header. Length ", len(hop), " less than 2")
	}
	size := int(hop[1])*8 + 8
	if len(hop) < size {
		dst = appendLength(dst, "Invalid ip6-extension header. Length ", len(hop), " less than specified length ")
		return text.AppendUint(dst, uint64(size))
	}
	if _, s := checkHopByHop(hop); s&broken != 0 {
		return append(dst, "IPv6 header TLV option too small"...)
	}
	jumbo, ok := jumboLength(hop, size)
	switch {
	case !ok && jumbo != 0:
		return append(dst, "Jumbo length cannot be less than 65536"...)
	case !ok:
		return append(dst, "Jumbo length TLV data must have length 4"...)
	case length != 0:
		return append(dst, "IPv6 has jumbo length and IPv6 length is not 0"...)
	}
	return append(dst, "IPv6 length 0, but HopByHop header does not have jumbogram option"...)
}

func appendTCPError(dst, data []byte) []byte {
	if len(data) < tcpHeader {
		return appendLength(dst, "Invalid TCP header. Length ", len(data), " less than 20")
	}
	words := int(data[12] >> 4)
	switch {
	case words < 5:
		return appendLength(dst, "Invalid TCP data offset ", words, " < 5")
	case words*4 > len(data):
		return append(dst, "TCP data offset greater than packet length"...)
	}
	opts := badOption(data[tcpHeader:words*4], 2)
	switch {
	case len(opts) < 2:
		return appendLength(dst, "Invalid TCP option length. Length ", len(opts), " less than 2")
	case opts[1] < 2:
		return appendLength(dst, "Invalid TCP option length ", int(opts[1]), " < 2")
	}
	dst = appendLength(dst, "Invalid TCP option length ", int(opts[1]), " exceeds remaining ")
	return appendLength(dst, "", len(opts), " bytes")
}

func appendVRRPError(dst, data []byte) []byte {
	switch {
	case len(data) < vrrpLeast:
		return append(dst, "Not a valid VRRP packet. Packet length is too small."...)
	case data[0]&15 != 1:
		return append(dst, "Unrecognized VRRPv2 type field."...)
	}
	return append(dst, "VRRPv2 number of IP addresses is not valid."...)
}
