// SPDX-License-Identifier: Apache-2.0

package packet

import "encoding/binary"

func (w *walker) ipv6(data []byte) bool {
	if len(data) < ipv6Header {
		return w.short()
	}
	w.split(ipv6Header)
	next, length := data[6], int(binary.BigEndian.Uint16(data[4:]))
	if next == protoHopByHop {
		return w.ipv6HopByHop(data[ipv6Header:], length)
	}
	if length == 0 {
		return false
	}
	w.cut(length)
	w.next = kindOf(next)
	return true
}

// ipv6HopByHop decodes the hop-by-hop header that data, all behind the IPv6 header, opens with. The payload loses it,
// but not that of a jumbogram; and the length is taken as that of what follows the header. Both are gopacket's slips,
// kept so that the output agrees.
func (w *walker) ipv6HopByHop(data []byte, length int) bool {
	w.extended = w.end
	size, ok := w.hopByHop(data)
	if !ok {
		return false
	}
	jumbo, ok := jumboLength(data, size)
	if !ok || (jumbo != 0) != (length == 0) {
		return false
	}
	if jumbo == 0 {
		w.payload += size
		w.cut(length)
	} else if uint64(jumbo) > uint64(len(data)) {
		w.truncated = true
	} else {
		w.cut(int(jumbo))
	}
	w.next = kindOf(data[0])
	return true
}

// hopByHop checks a hop-by-hop header and returns its length in bytes.
func (w *walker) hopByHop(data []byte) (int, bool) {
	if len(data) < 2 {
		return 0, w.short()
	}
	size := int(data[1])*8 + 8
	if len(data) < size {
		return 0, false
	}
	for off := 2; off < size; {
		n := hopOptionLength(data[off:])
		if n == 0 {
			return 0, w.short()
		}
		off += n
	}
	return size, true
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
