// SPDX-License-Identifier: Apache-2.0

package emit

import "github.com/dave/jennifer/jen"

// wideHelpers is what integers of 16 bytes need of a package, beside isBig.
const wideHelpers = `
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
`

// wideSigned is what those with a sign need beside that.
const wideSigned = `
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
`

func wideShared(f *jen.File, signed bool) {
	f.Line()
	f.Id(wideHelpers)
	if signed {
		f.Line()
		f.Id(wideSigned)
	}
}
