// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

const (
	lowerHex = "0123456789abcdef"

	// pairs holds the decimal digits of 0 to 99.
	pairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748" +
		"4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798" + "99"
)

// appendUint appends a number. Most of those in headers are small, for which this beats strconv.
func appendUint(dst []byte, v uint32) []byte {
	switch {
	case v < 10:
		return append(dst, '0'+byte(v))
	case v < 100:
		return append(dst, pairs[2*v], pairs[2*v+1])
	case v < 1000:
		lo := 2 * (v % 100)
		return append(dst, '0'+byte(v/100), pairs[lo], pairs[lo+1])
	case v < 10000:
		hi, lo := 2*(v/100), 2*(v%100)
		return append(dst, pairs[hi], pairs[hi+1], pairs[lo], pairs[lo+1])
	case v < 100000:
		mid, lo := 2*(v/100%100), 2*(v%100)
		return append(dst, '0'+byte(v/10000), pairs[mid], pairs[mid+1], pairs[lo], pairs[lo+1])
	}
	return strconv.AppendUint(dst, uint64(v), 10)
}

// appendField appends a name and a number.
func appendField(dst []byte, name string, value uint32) []byte {
	return appendUint(append(dst, name...), value)
}

func appendMAC(dst, mac []byte) []byte {
	m := [6]byte(mac)
	return append(dst,
		lowerHex[m[0]>>4], lowerHex[m[0]&15], ':', lowerHex[m[1]>>4], lowerHex[m[1]&15], ':',
		lowerHex[m[2]>>4], lowerHex[m[2]&15], ':', lowerHex[m[3]>>4], lowerHex[m[3]&15], ':',
		lowerHex[m[4]>>4], lowerHex[m[4]&15], ':', lowerHex[m[5]>>4], lowerHex[m[5]&15])
}

func appendIPv4(dst, ip []byte) []byte {
	a := [4]byte(ip)
	dst = append(appendUint(dst, uint32(a[0])), '.')
	dst = append(appendUint(dst, uint32(a[1])), '.')
	dst = append(appendUint(dst, uint32(a[2])), '.')
	return appendUint(dst, uint32(a[3]))
}

// mapped tells whether an IPv6 address is an IPv4 address in IPv6's clothes. Such a one appears in its own form.
func mapped(ip []byte) bool {
	return binary.BigEndian.Uint64(ip) == 0 && binary.BigEndian.Uint32(ip[8:]) == 0xffff
}

// appendIPv6 appends an IPv6 address in its shortest form (RFC 5952).
func appendIPv6(dst, ip []byte) []byte {
	if mapped(ip) {
		return appendIPv4(dst, ip[12:16])
	}
	from, to := longestZeros(ip)
	for i := 0; i < 8; i++ {
		if i == from {
			dst = append(dst, ':', ':')
			if i = to; i == 8 {
				break
			}
		} else if i > 0 {
			dst = append(dst, ':')
		}
		dst = appendHex(dst, binary.BigEndian.Uint16(ip[2*i:]))
	}
	return dst
}

// longestZeros returns the first of the longest runs of two or more groups of an IPv6 address that are zero, as the
// number of its first group and of the one behind its last; or 8 and 8.
func longestZeros(ip []byte) (from, to int) {
	var zero uint // bit i tells whether group i is zero
	for i := range 8 {
		if ip[2*i]|ip[2*i+1] == 0 {
			zero |= 1 << i
		}
	}
	// Each round takes a group off the end of every run. What is left last shows where the longest start.
	n := 0
	left := zero
	for next := zero; next != 0; next &= next >> 1 {
		left = next
		n++
	}
	if n < 2 {
		return 8, 8
	}
	from = bits.TrailingZeros(left)
	return from, from + n
}

// appendHex appends a group of an IPv6 address.
func appendHex(dst []byte, v uint16) []byte {
	switch {
	case v >= 0x1000:
		return append(dst, lowerHex[v>>12], lowerHex[v>>8&15], lowerHex[v>>4&15], lowerHex[v&15])
	case v >= 0x100:
		return append(dst, lowerHex[v>>8], lowerHex[v>>4&15], lowerHex[v&15])
	case v >= 0x10:
		return append(dst, lowerHex[v>>4], lowerHex[v&15])
	}
	return append(dst, lowerHex[v])
}
