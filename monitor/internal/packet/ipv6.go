// SPDX-License-Identifier: Apache-2.0

package packet

import "encoding/binary"

func decodeIPv6(data []byte) (payload, at, end int, next Kind, s state) {
	if len(data) < ipv6Header {
		return 0, 0, 0, None, broken | short
	}
	length := int(binary.BigEndian.Uint16(data[4:]))
	if data[6] == protoHopByHop {
		return decodeIPv6HopByHop(data, length)
	}
	if length == 0 { // BIG TCP: all that is there
		end, s = len(data), open
	} else {
		end, s = cut(data, ipv6Header+length)
	}
	at, next = ipv6Header, kindOf(data[6])
	if next == None {
		var f state
		next, at, f = skipExtensions(data[:end], at, data[6], true)
		s |= f
	}
	return ipv6Header, at, end, next, s
}

// decodeIPv6HopByHop decodes an IPv6 header with a length and a hop-by-hop header behind it, which is not part of the
// payload.
func decodeIPv6HopByHop(data []byte, length int) (payload, at, end int, next Kind, s state) {
	hop := data[ipv6Header:]
	size, s := checkHopByHop(hop)
	if s&broken != 0 {
		return 0, 0, 0, None, s
	}
	jumbo, ok := jumboLength(hop, size)
	if !ok || jumbo != 0 && length != 0 {
		return 0, 0, 0, None, broken
	}
	payload = ipv6Header + size
	switch {
	case length != 0:
		end, s = cut(data, ipv6Header+length)
	case jumbo == 0:
		end, s = len(data), open
	case uint64(jumbo) <= uint64(len(hop)):
		end = ipv6Header + int(jumbo)
	default:
		end, s = len(data), short
	}
	end = max(end, payload)
	next, at, f := skipExtensions(data[:end], payload, hop[0], true)
	return payload, at, end, next, s | f | extended
}

// skipExtensions returns the header behind extension headers, the first of which has the protocol number proto and
// stands at an offset of data, and where that starts. There is none behind fragments but the first, and where the
// extension headers do not fit in data.
func skipExtensions(data []byte, at int, proto byte, ipv6 bool) (next Kind, behind int, s state) {
	start := at
	for n := 0; n < maxExtensions; n++ {
		if proto != protoAH && (!ipv6 || proto != protoRouting && proto != protoFragment && proto != protoDestOpts) {
			return kindOf(proto), at, s
		}
		size := extensionLength(data[at:], proto)
		if size == 0 {
			break
		}
		if proto == protoFragment {
			const moreFragments, offset = 1, 0xfff8
			switch field := binary.BigEndian.Uint16(data[at+2:]); {
			case field&offset != 0:
				return None, start, s
			case field&moreFragments != 0:
				s |= fragment
			}
		}
		proto = data[at]
		at += size
	}
	return None, start, s
}

// maxExtensions is how many extension headers are skipped.
const maxExtensions = 16

// extensionLength returns the length of the extension header that data starts with, or 0 if that does not fit.
func extensionLength(data []byte, proto byte) int {
	if len(data) < 8 {
		return 0
	}
	size := 8
	switch proto {
	case protoAH:
		size = int(data[1])*4 + 8
	case protoRouting, protoDestOpts:
		size = int(data[1])*8 + 8
	}
	if size > len(data) {
		return 0
	}
	return size
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
