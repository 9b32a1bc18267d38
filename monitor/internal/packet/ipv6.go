// SPDX-License-Identifier: Apache-2.0

package packet

import "encoding/binary"

func (w *Walker) ipv6(l *Layer) (Kind, bool) {
	if len(w.data) < ipv6Header {
		return None, w.short()
	}
	w.split(l, ipv6Header)
	next, length := l.Contents[6], int(binary.BigEndian.Uint16(l.Contents[4:]))
	if next == protoHopByHop {
		return w.ipv6HopByHop(l, length)
	}
	if length == 0 {
		return None, false
	}
	w.cutIPv6(l, uint64(length))
	return kindOf(next), true
}

// cutIPv6 cuts the payload to a length.
func (w *Walker) cutIPv6(l *Layer, length uint64) {
	if length > uint64(len(l.Payload)) {
		w.truncated = true
		return
	}
	l.Payload = l.Payload[:length]
}

// ipv6HopByHop decodes the hop-by-hop header that opens the payload. The payload loses it, but not that of a
// jumbogram; and the length is taken as that of what follows the header. Both are gopacket's slips, kept so that the
// output agrees.
func (w *Walker) ipv6HopByHop(l *Layer, length int) (Kind, bool) {
	l.extended = l.Payload
	size, ok := w.hopByHop(l.extended)
	if !ok {
		return None, false
	}
	jumbo, ok := jumboLength(l.extended, size)
	if !ok || (jumbo != 0) != (length == 0) {
		return None, false
	}
	if jumbo != 0 {
		w.cutIPv6(l, uint64(jumbo))
	} else {
		l.Payload = l.Payload[size:]
		w.cutIPv6(l, uint64(length))
	}
	return kindOf(l.extended[0]), true
}

// hopByHop checks a hop-by-hop header and returns its length in bytes.
func (w *Walker) hopByHop(data []byte) (int, bool) {
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
