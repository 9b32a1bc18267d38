// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/json"
	"math"
	"testing"
)

func TestPrintedText(t *testing.T) {
	packed := Packed{Kind: 7, Value: 8, When: 1 << 40, Where: Addr{Net: 9, Ports: [2]uint16{80, 443}}}
	want := "kind=7 value=8 when=1099511627776 where={net=9 low=0 ports=[80 443]}"
	if got := packed.String(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = packed.AppendText(make([]byte, 0, 256)) }); n != 0 {
		t.Errorf("AppendText allocates %v times", n)
	}
}

func TestPrintedJSON(t *testing.T) {
	all := All{F32: float32(math.NaN()), F64: 2.5, On: true, Grid: [2][3]uint16{{1, 2, 3}}, Tail: [3]int8{-1}}
	copy(all.Name[:], "a\"\x1b\\\xff")
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		F32  *float64
		F64  float64
		On   bool
		Name string
		Grid [2][3]int
		Tail [3]int
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.F32 != nil || got.F64 != 2.5 || !got.On || got.Grid != [2][3]int{{1, 2, 3}} || got.Tail != [3]int{-1} {
		t.Errorf("%s: %+v", data, got)
	}
}

// TestPrintedValid compares the JSON of every struct with encoding/json, with all bits set.
func TestPrintedValid(t *testing.T) {
	full := make([]byte, 512)
	for i := range full {
		full[i] = 0xff
	}
	for _, n := range []interface {
		Decode([]byte) error
		AppendJSON([]byte) []byte
		AppendText([]byte) ([]byte, error)
	}{&All{}, &Addr{}, &Packed{}, &Flow{}, &Bits{}, &BitsPacked{}} {
		for _, data := range [][]byte{make([]byte, 512), full} {
			if err := n.Decode(data); err != nil {
				t.Fatal(err)
			}
			if got := n.AppendJSON(nil); !json.Valid(got) {
				t.Errorf("%T: %s", n, got)
			}
			if got, err := n.AppendText(nil); err != nil || len(got) == 0 {
				t.Errorf("%T: %q, %v", n, got, err)
			}
		}
	}
}
