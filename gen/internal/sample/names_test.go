// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// named is what every group's type has.
type named interface {
	fmt.Stringer
	encoding.TextAppender
	Name() (string, bool)
}

// texts are values with what they print and whether that is a name.
var texts = []struct {
	value named
	want  string
	named bool
}{
	{Dense(DenseA), "first", true},
	{Dense(DenseAlias), "second", true},
	{Dense(DensePlain), "2", false},
	{Dense(DenseD), "fourth", true},
	{Dense(4), "4", false},
	{Dense(255), "255", false},
	{SparseLow, "LOW", true},
	{SparseZero, "ZERO", true},
	{SparseHigh, "HIGH", true},
	{Sparse(-4), "-4", false},
	{Sparse(math.MinInt32), "-2147483648", false},
	{Wide(WideB), "wide b", true},
	{Wide(1), "1", false},
	{Wide(math.MaxUint64), "18446744073709551615", false},
	{Err(ErrFirst), "ERR_FIRST", true},
	{Err(ErrLast), `the "last"`, true},
	{Err(0), "0", false},
	{Flags(0), "", false},
	{Flags(FlagIn), "IN", true},
	{Flags(FlagBoth), "BOTH", true},
	{Flags(FlagIn | FlagTop), "IN|TOP", false},
	{Flags(FlagBoth | FlagTop | 0x40), "IN|OUT|0x40|TOP", false},
	{Flags(0x10), "0x10", false},
	{Level(LevelTop), "FLAG_TOP", true},
	{Level(-1), "-1", false},
}

func TestTexts(t *testing.T) {
	for _, tt := range texts {
		if got := tt.value.String(); got != tt.want {
			t.Errorf("%T(%d).String() = %q, want %q", tt.value, tt.value, got, tt.want)
		}
		name, ok := tt.value.Name()
		if ok != tt.named || ok && name != tt.want || !ok && name != "" {
			t.Errorf("%T(%d).Name() = %q, %v, want %q, %v", tt.value, tt.value, name, ok, tt.want, tt.named)
		}
		got, err := tt.value.AppendText([]byte("x="))
		if string(got) != "x="+tt.want || err != nil {
			t.Errorf("%T(%d).AppendText = %q, %v, want x=%q", tt.value, tt.value, got, err, tt.want)
		}
	}
}

func TestTextsDoNotAllocate(t *testing.T) {
	b := make([]byte, 0, 64)
	for _, tt := range texts {
		if n := testing.AllocsPerRun(10, func() { b, _ = tt.value.AppendText(b[:0]) }); n != 0 {
			t.Errorf("%T(%d).AppendText: %v allocations", tt.value, tt.value, n)
		}
		if n := testing.AllocsPerRun(10, func() { _ = tt.value.String() }); n != 0 && tt.named {
			t.Errorf("%T(%d).String: %v allocations", tt.value, tt.value, n)
		}
	}
}

// TestEveryValue runs through a whole type: no value may be out of range, and each text must lead back.
func TestEveryValue(t *testing.T) {
	for i := range 256 {
		v := Dense(i)
		back, err := ParseDense(v.String())
		if back != v || err != nil {
			t.Errorf("ParseDense(%q) = %d, %v, want %d", v.String(), back, err, v)
		}
		if _, ok := v.Name(); ok && !v.IsValid() {
			t.Errorf("Dense(%d) has a name and is not valid", i)
		}
		_ = Err(i).String()
	}
}

func TestParse(t *testing.T) {
	for _, tt := range texts {
		flags, ok := tt.value.(Flags)
		if !ok {
			continue
		}
		if back, err := ParseFlags(tt.want); back != flags || err != nil {
			t.Errorf("ParseFlags(%q) = %#x, %v, want %#x", tt.want, uint32(back), err, uint32(flags))
		}
	}
	if v, err := ParseDense("another name"); v != DenseAlias || err != nil {
		t.Errorf("the text of an alias: %v, %v", v, err)
	}
	for _, bad := range []string{"", "FIRST", "256", "-1", "1.5", "first "} {
		if v, err := ParseDense(bad); err == nil || v != 0 {
			t.Errorf("ParseDense(%q) = %v, %v", bad, v, err)
		}
	}
	for text, want := range map[string]uint32{"010": 10, "0x10": 16, "0xAf|0x100": 0x1af, "12": 12} {
		if v, err := ParseFlags(text); uint32(v) != want || err != nil {
			t.Errorf("ParseFlags(%q) = %v, %v, want %d", text, v, err, want)
		}
	}
	for _, bad := range []string{"in", "IN|", "|", "IN|4294967296", "IN OUT", "1_0", "0x1_0", "0b1", "0x", "-1"} {
		if v, err := ParseFlags(bad); err == nil || v != 0 {
			t.Errorf("ParseFlags(%q) = %v, %v", bad, v, err)
		}
	}
}

func TestValid(t *testing.T) {
	for _, tt := range []struct {
		value interface{ IsValid() bool }
		want  bool
	}{
		{Dense(DensePlain), true}, {Dense(DenseD), true}, {Dense(4), false},
		{SparseLow, true}, {Sparse(1), false},
		{Wide(WideA), true}, {Wide(WideA - 1), false}, {Wide(WideB + 1), false},
		{Err(ErrLast), true}, {Err(2), false},
		{Flags(0), true}, {Flags(FlagBoth | FlagTop), true}, {Flags(4), false},
	} {
		if got := tt.value.IsValid(); got != tt.want {
			t.Errorf("%T(%d).IsValid() = %v", tt.value, tt.value, got)
		}
	}
}

func TestMarshal(t *testing.T) {
	type record struct {
		Dense  Dense
		Sparse Sparse
		Wide   Wide
		Flags  Flags
	}
	in := record{DenseD, -7, Wide(WideB), FlagIn | FlagTop}
	data, err := json.Marshal(in)
	if want := `{"Dense":"fourth","Sparse":"-7","Wide":"wide b","Flags":"IN|TOP"}`; string(data) != want || err != nil {
		t.Fatalf("got %s, %v, want %s", data, err, want)
	}
	var out record
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"Dense":"none"}`), &out); err == nil || out.Dense != DenseD {
		t.Errorf("an unknown text: %v, value %v", err, out.Dense)
	}
}

func TestConstants(t *testing.T) {
	if ErrText(ErrLast) != `the "last"` || ErrText(7) != "7" {
		t.Errorf("ErrText: %q, %q", ErrText(ErrLast), ErrText(7))
	}
	var small uint8 = DenseD // untyped constants fit every integer type
	var wide uint64 = HugeMask
	if small != 3 || wide != math.MaxUint64 || Lowest != math.MinInt32 || Greeting != "sample\n" || Ratio != 1.5 {
		t.Error("a constant has not the value that it has in C")
	}
}
