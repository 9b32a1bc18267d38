// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bitField is a bit-field of struct bits: where C has it, and its methods.
type bitField struct {
	at, width int // bits from the start of the struct
	get       func(*Bits) uint64
	set       func(*Bits, uint64)
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// bitFields are those of struct bits, as gcc places them.
var bitFields = []bitField{
	{0, 4, func(n *Bits) uint64 { return uint64(n.Version()) }, func(n *Bits, v uint64) { n.SetVersion(uint8(v)) }},
	{4, 4, func(n *Bits) uint64 { return uint64(n.Ihl()) }, func(n *Bits, v uint64) { n.SetIhl(uint8(v)) }},
	{16, 3, func(n *Bits) uint64 { return uint64(n.A()) }, func(n *Bits, v uint64) { n.SetA(uint32(v)) }},
	{19, 13, func(n *Bits) uint64 { return uint64(n.B()) }, func(n *Bits, v uint64) { n.SetB(uint32(v)) }},
	{34, 5, func(n *Bits) uint64 { return uint64(n.C()) & 31 }, func(n *Bits, v uint64) { n.SetC(int32(v)) }},
	{39, 1, func(n *Bits) uint64 { return truth(n.On()) }, func(n *Bits, v uint64) { n.SetOn(v&1 != 0) }},
	{64, 8, func(n *Bits) uint64 { return uint64(n.State()) }, func(n *Bits, v uint64) { n.SetState(uint32(v)) }},
	{128, 61, (*Bits).Wide, (*Bits).SetWide},
	{189, 3, (*Bits).Rest, (*Bits).SetRest},
}

// TestBitFields sets random values and looks for each bit where C has it, in both byte orders: from the
// lowest bit of each byte and of the value on, or from the highest.
func TestBitFields(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		var n Bits
		little, big := make([]byte, BitsLen), make([]byte, BitsLen)
		for range 2 { // the second value must replace the first
			clear(little)
			clear(big)
			for _, f := range bitFields {
				v := r.Uint64() // more than fits
				f.set(&n, v)
				v &= 1<<f.width - 1
				for i := range f.width {
					at := f.at + i
					little[at/8] |= byte(v>>i&1) << (at % 8)
					big[at/8] |= byte(v>>(f.width-1-i)&1) << (7 - at%8)
				}
				if got := f.get(&n); got != v {
					t.Fatalf("bits %d to %d: got %#x, want %#x", f.at, f.at+f.width, got, v)
				}
			}
		}
		if diff := cmp.Diff(little, n.AppendOrder(nil, binary.LittleEndian)); diff != "" {
			t.Fatalf("little-endian (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(big, n.AppendOrder(nil, binary.BigEndian)); diff != "" {
			t.Fatalf("big-endian (-want +got):\n%s", diff)
		}
		var back Bits
		if err := back.DecodeOrder(big, binary.BigEndian); err != nil || back != n {
			t.Fatalf("decoded from big-endian: %+v, %v, want %+v", back, err, n)
		}
	}
}

func TestSignedBitField(t *testing.T) {
	var n Bits
	for _, v := range []int32{-16, -1, 0, 15} {
		if n.SetC(v); n.C() != v {
			t.Errorf("got %d, want %d", n.C(), v)
		}
	}
	if n.SetC(16); n.C() != -16 {
		t.Errorf("one more than fits: %d, want -16", n.C())
	}
}

func FuzzBits(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 64, true, uint64(77))
	f.Fuzz(func(t *testing.T, b []byte, at, width int, big bool, v uint64) {
		if at < 0 || width < 0 || width > 64 || at > 8*len(b)-width || len(b) > 1<<20 {
			return
		}
		want := v
		if width < 64 {
			want &= 1<<width - 1
		}
		if storeBits(b, at, width, big, v); loadBits(b, at, width, big) != want {
			t.Fatalf("stored %#x, loaded %#x", want, loadBits(b, at, width, big))
		}
	})
}
