// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/json"
	"slices"
	"testing"
)

// TestBeside takes every value apart, and reads back what it prints.
func TestBeside(t *testing.T) {
	for i := range 256 {
		v := Why(i)
		if got := v.Value(); int(got) != i&^0xa0 || got.Has(WhySealed) || got.Has(WhyCopy) {
			t.Errorf("%#x: value %#x", i, uint8(got))
		}
		if v.Has(WhySealed) != (i&0x80 != 0) || v.Has(WhyCopy) != (i&0x20 != 0) || v.Has(WhyCopy|WhySealed) != (i&0xa0 == 0xa0) || v.Has(1) {
			t.Errorf("%#x: Has", i)
		}
		if v.IsValid() != slices.Contains([]int{0, 1, 5}, i&^0xa0) {
			t.Errorf("%#x: IsValid %t", i, v.IsValid())
		}
		back, err := ParseWhy(v.String())
		if err != nil || back != v {
			t.Errorf("%#x: %q is read as %#x, %v", i, v, uint8(back), err)
		}
	}
	if got := WhyValues(); !slices.Equal(got, []Why{0, 1, 5}) {
		t.Errorf("values %v", got)
	}
	for text, want := range WhyByText {
		if got, ok := want.Name(); ok && got != text || !ok && want != WhySealed && want != WhyCopy {
			t.Errorf("%q: %v", text, want)
		}
	}
}

func TestBesideText(t *testing.T) {
	for v, want := range map[Why]string{
		WhyNew: "new", WhyReply | WhySealed: "reply|sealed", WhySealed: "new|sealed", 0xa7: "7|copy|sealed", WhyAgain | WhyCopy: "again|copy",
	} {
		if v.String() != want {
			t.Errorf("%#x: %q, want %q", uint8(v), v, want)
		}
		data, err := json.Marshal(v)
		if err != nil || string(data) != `"`+want+`"` {
			t.Errorf("%#x: %s, %v", uint8(v), data, err)
		}
		var back Why
		if err := json.Unmarshal(data, &back); err != nil || back != v {
			t.Errorf("%s: %#x, %v", data, uint8(back), err)
		}
	}
	for _, text := range []string{"", "sealed", "new|", "|sealed", "new|sealed|x", "new,sealed", "256", "-1", "new|0x80"} {
		if v, err := ParseWhy(text); err == nil {
			t.Errorf("%q: %v", text, v)
		}
	}
	b := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { b, _ = Why(WhyAgain | WhySealed).AppendText(b[:0]) }); n != 0 {
		t.Errorf("AppendText allocates %v times", n)
	}
}
