// SPDX-License-Identifier: Apache-2.0

package fixed

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// ShortError says that there are too few bytes for a struct.
type ShortError struct {
	Struct string // the name in C
	Need   int    // bytes that the struct takes
	Have   int    // bytes that there are
}

// Error names the struct and both sizes.
func (e *ShortError) Error() string {
	return fmt.Sprintf("%s: need %d bytes, have %d", e.Struct, e.Need, e.Have)
}

// VersionError says that a struct has a version that is not known.
type VersionError struct {
	Struct  string // the name in C
	Version uint64
}

// Error names the struct and the version.
func (e *VersionError) Error() string {
	return fmt.Sprintf("%s: unknown version %d", e.Struct, e.Version)
}

// orderMark is a different number in each byte order.
var orderMark = [2]byte{1, 0}

// isNative reports whether order is the byte order of this machine.
func isNative(order binary.ByteOrder) bool {
	return order.Uint16(orderMark[:]) == binary.NativeEndian.Uint16(orderMark[:])
}

// cString returns the text before the first zero byte of b, or all of it if there is none.
func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// isBig reports whether this machine is big-endian.
func isBig() bool {
	return binary.NativeEndian.Uint16([]byte{0, 1}) == 1
}

// loadBits returns the width bits of b that begin at bit at: bits are counted from the lowest of each byte,
// or, if big, from the highest.
func loadBits(b []byte, at, width int, big bool) uint64 {
	var v uint64
	for done := 0; done < width; {
		bit := (at + done) % 8
		n := min(8-bit, width-done)
		piece := uint64(b[(at+done)/8])
		if big {
			v = v<<n | piece>>(8-bit-n)&(1<<n-1)
		} else {
			v |= piece >> bit & (1<<n - 1) << done
		}
		done += n
	}
	return v
}

// storeBits sets the bits that loadBits returns.
func storeBits(b []byte, at, width int, big bool, v uint64) {
	for done := 0; done < width; {
		bit := (at + done) % 8
		n := min(8-bit, width-done)
		piece, shift := v>>done, bit
		if big {
			piece, shift = v>>(width-done-n), 8-bit-n
		}
		mask := byte(1<<n - 1)
		i := (at + done) / 8
		b[i] = b[i]&^(mask<<shift) | byte(piece)&mask<<shift
		done += n
	}
}

// Uint128 is an unsigned integer of 16 bytes: Hi<<64 + Lo.
type Uint128 struct {
	Lo, Hi uint64
}

// loadUint128 returns the integer in the first 16 bytes of b.
func loadUint128(b []byte, big bool) Uint128 {
	if big {
		return Uint128{Hi: binary.BigEndian.Uint64(b[0:8]), Lo: binary.BigEndian.Uint64(b[8:16])}
	}
	return Uint128{Lo: binary.LittleEndian.Uint64(b[0:8]), Hi: binary.LittleEndian.Uint64(b[8:16])}
}

// storeUint128 puts an integer into the first 16 bytes of b.
func storeUint128(b []byte, big bool, v Uint128) {
	if big {
		binary.BigEndian.PutUint64(b[0:8], v.Hi)
		binary.BigEndian.PutUint64(b[8:16], v.Lo)
		return
	}
	binary.LittleEndian.PutUint64(b[0:8], v.Lo)
	binary.LittleEndian.PutUint64(b[8:16], v.Hi)
}

// Int128 is a signed integer of 16 bytes: Hi<<64 + Lo.
type Int128 struct {
	Lo uint64
	Hi int64
}

// loadInt128 returns the integer in the first 16 bytes of b.
func loadInt128(b []byte, big bool) Int128 {
	v := loadUint128(b, big)
	return Int128{Lo: v.Lo, Hi: int64(v.Hi)}
}

// storeInt128 puts an integer into the first 16 bytes of b.
func storeInt128(b []byte, big bool, v Int128) {
	storeUint128(b, big, Uint128{Lo: v.Lo, Hi: uint64(v.Hi)})
}

// appendHex appends the bytes of data to b as two digits each.
func appendHex(b, data []byte) []byte {
	for _, c := range data {
		b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	return b
}

// appendCString appends the text before the first zero byte of text to b, quoted as in Go.
func appendCString(b, text []byte) []byte {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	return strconv.AppendQuote(b, string(text))
}

// appendJSONText appends the text before the first zero byte of text to b as a JSON string. What is not UTF-8 becomes
// U+FFFD, as encoding/json has it.
func appendJSONText[T string | []byte](b []byte, text T) []byte {
	b = append(b, '"')
	for _, r := range string(text) {
		switch {
		case r == 0:
			return append(b, '"')
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029:
			b = append(b, '\\', 'u', "0123456789abcdef"[r>>12], '0', "0123456789abcdef"[r>>4&15], "0123456789abcdef"[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// appendJSONFloat appends a number to b, or null if JSON has no such number.
func appendJSONFloat(b []byte, v float64, width int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, width)
}
