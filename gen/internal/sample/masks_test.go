// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// masks are those of struct bits, with the places that the generated comments name.
var masks = []struct {
	mask           uint64
	shift, at, len int
}{
	{BitsVersionMask, BitsVersionShift, 0, 1},
	{BitsIhlMask, BitsIhlShift, 0, 1},
	{BitsAMask, BitsAShift, 0, 4},
	{BitsBMask, BitsBShift, 0, 4},
	{BitsCMask, BitsCShift, 4, 4},
	{BitsOnMask, BitsOnShift, 4, 1},
	{BitsStateMask, BitsStateShift, 8, 4},
	{BitsWideMask, BitsWideShift, 16, 8},
	{BitsRestMask, BitsRestShift, 16, 8},
}

// TestMasks takes bit-fields out of random data with the masks, and compares what the methods of bit-fields return.
func TestMasks(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 1000 {
		data := randomBytes(r, BitsLen)
		var n Bits
		if err := n.DecodeOrder(data, binary.LittleEndian); err != nil { // that of the target
			t.Fatal(err)
		}
		for i, m := range masks {
			unit := append(append([]byte(nil), data[m.at:m.at+m.len]...), make([]byte, 8)...)
			got := binary.LittleEndian.Uint64(unit) & m.mask >> m.shift
			if want := bitFields[i].get(&n); got != want {
				t.Fatalf("mask %d: %#x, want %#x of % x", i, got, want, data)
			}
		}
	}
}
