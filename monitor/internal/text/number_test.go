// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"math"
	"strconv"
	"testing"
)

// numbers returns the numbers around each power of 2 and of 10.
func numbers() []uint64 {
	all := []uint64{0, math.MaxUint64}
	for v := uint64(1); v != 0; v *= 2 {
		all = append(all, v-1, v, v+1)
	}
	for v := uint64(10); v <= 1e19 && v%10 == 0; v *= 10 {
		all = append(all, v-1, v, v+1, v*9/2)
		if v == 1e19 {
			break
		}
	}
	return all
}

func TestNumbers(t *testing.T) {
	all := numbers()
	for v := range uint64(200000) {
		all = append(all, v)
	}
	for _, v := range all {
		if got, want := string(AppendUint([]byte("#"), v)), "#"+strconv.FormatUint(v, 10); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := string(AppendMark(nil, uint32(v))), fmt.Sprintf("%#x", uint32(v)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func BenchmarkAppendUint(b *testing.B) {
	for _, v := range []uint64{7, 263, 40000, 4294967295} {
		var buf [32]byte
		b.Run(fmt.Sprint(v)+"/append", func(b *testing.B) {
			for b.Loop() {
				AppendUint(buf[:0], v)
			}
		})
		b.Run(fmt.Sprint(v)+"/strconv", func(b *testing.B) {
			for b.Loop() {
				strconv.AppendUint(buf[:0], v, 10)
			}
		})
	}
}
