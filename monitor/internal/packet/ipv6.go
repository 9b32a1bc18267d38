// SPDX-License-Identifier: Apache-2.0

package packet

import "encoding/binary"

func decodeIPv6(data []byte) (payload, end int, next Kind, s state) {
	if len(data) < ipv6Header {
		return 0, 0, None, broken | short
	}
	length := int(binary.BigEndian.Uint16(data[4:]))
	if data[6] == protoHopByHop {
		return decodeIPv6HopByHop(data, length)
	}
	if length == 0 {
		return 0, 0, None, broken
	}
	end, s = cut(data, ipv6Header+length)
	return ipv6Header, end, kindOf(data[6]), s
}

// decodeIPv6HopByHop decodes an IPv6 header with a length and a hop-by-hop header behind it. The payload loses the
// latter, but not that of a jumbogram; and the length is taken as that of what follows the header. Both are gopacket's
// slips, kept so that the output agrees.
func decodeIPv6HopByHop(data []byte, length int) (payload, end int, next Kind, s state) {
	hop := data[ipv6Header:]
	size, s := checkHopByHop(hop)
	if s&broken != 0 {
		return 0, 0, None, s
	}
	jumbo, ok := jumboLength(hop, size)
	if !ok || (jumbo != 0) != (length == 0) {
		return 0, 0, None, broken
	}
	payload, end, s = ipv6Header, len(data), short
	if jumbo == 0 {
		payload += size
		end, s = cut(data, payload+length)
	} else if uint64(jumbo) <= uint64(len(hop)) {
		end, s = payload+int(jumbo), 0
	}
	return payload, end, kindOf(hop[0]), s | extended
}

// checkHopByHop checks a hop-by-hop header and returns its length in bytes.
func checkHopByHop(data []byte) (size int, s state) {
	if len(data) < 2 {
		return 0, broken | short
	}
	size = int(data[1])*8 + 8
	if len(data) < size {
		return 0, broken
	}
	for off := 2; off < size; {
		n := hopOptionLength(data[off:])
		if n == 0 {
			return 0, broken | short
		}
		off += n
	}
	return size, 0
}

// hopOptionLength returns the length in bytes of the option that opens data, or 0 if it is cut off. An option can
// reach beyond its header, into the payload.
func hopOptionLength(data []byte) int {
	if len(data) < 2 {
		return 0
	}
	if data[0] == hopPad1 {
		return 1
	}
	n := int(data[1]) + 2
	if len(data) < n {
		return 0
	}
	return n
}

// Hop-by-hop options.
const (
	hopPad1  = 0
	hopJumbo = 0xc2 // the length of a packet of 64 KiB or more, 4 bytes
)

// jumboLength returns the length that the first jumbogram option of a checked hop-by-hop header states, 0 if it has
// none, and whether the option is well-formed.
func jumboLength(data []byte, size int) (uint32, bool) {
	for off := 2; off < size; {
		n := hopOptionLength(data[off:])
		if data[off] == hopJumbo {
			if n != 6 {
				return 0, false
			}
			length := binary.BigEndian.Uint32(data[off+2:])
			return length, length > 0xffff
		}
		off += n
	}
	return 0, true
}
