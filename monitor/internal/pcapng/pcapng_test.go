// SPDX-License-Identifier: Apache-2.0

package pcapng

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestUint compares numbers of all lengths, whole and cut off, with what encoding/binary reads.
func TestUint(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		b := binary.AppendUvarint(nil, r.Uint64()>>r.IntN(64))
		for range r.IntN(12) {
			b = append(b, byte(r.IntN(256)))
		}
		if r.IntN(4) == 0 {
			b[r.IntN(len(b))] ^= 0x80
		}
		b = b[:len(b)-r.IntN(2)*r.IntN(len(b))]
		want, n := binary.Uvarint(b)
		f := FieldsOf(b)
		got := f.Uint()
		if n <= 0 && (f.OK() || got != want) || n > 0 && (!f.OK() || got != want || len(f.b) != len(b)-n) {
			t.Fatalf("%x: %d, %v, %d bytes left, want %d of %d bytes", b, got, f.OK(), len(f.b), want, n)
		}
	}
}
