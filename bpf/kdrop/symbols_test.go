// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestSymbols(t *testing.T) {
	s, err := readSymbols(strings.NewReader(`ffffffff81000000 T _text
ffffffff81000000 T startup
ffffffff81002000 t second
ffffffff81001000 W first
ffffffff81001800 D data
nonsense
ffffffffc0000000 t nft_do_chain	[nf_tables]
`))
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[uint64]string{
		0xffffffff81000004: "_text+0x4",
		0xffffffff81001fff: "first+0xfff",
		0xffffffff81002000: "second+0x0",
		0xffffffffc0000123: "nft_do_chain+0x123 [nf_tables]",
		0xffffffff80ffffff: "0xffffffff80ffffff",
		0xffffffffd0000000: "0xffffffffd0000000",
	} {
		if got := string(s.Append([]byte("in "), addr)); got != "in "+want {
			t.Errorf("%x: %s, want %s", addr, got, want)
		}
	}
	if got := string((*Symbols)(nil).Append(nil, 0x10)); got != "0x10" {
		t.Error(got)
	}
	if _, err := readSymbols(strings.NewReader("0000000000000000 T _text\n")); !errors.Is(err, ErrHidden) {
		t.Error(err)
	}
}

// FuzzSymbols checks that no table makes the reader fail or lose its way.
func FuzzSymbols(f *testing.F) {
	f.Add("ffffffff81000000 T a\n10 t b\t[m]\n", uint64(0x12))
	f.Fuzz(func(t *testing.T, table string, addr uint64) {
		s, err := readSymbols(strings.NewReader(table))
		if err == nil && len(s.Append(nil, addr)) == 0 {
			t.Error("nothing")
		}
	})
}

// TestLosses checks that functions that lose packets are found with all their parts, up to the next function.
func TestLosses(t *testing.T) {
	s, err := readSymbols(strings.NewReader("ffffffff81000000 T ip_output\nffffffff81000100 t ip_error\nffffffff81000100 t alias\n" +
		"ffffffff81000400 T ip_error_not\nffffffff81900000 t ip_error.cold\nffffffffc0000000 t vxlan_xmit\t[vxlan]\n" +
		"ffffffffc0200000 t other\t[vxlan]\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, n := s.losses()
	want := []addressRange{
		{0xffffffff81000100, 0xffffffff81000400}, {0xffffffff81900000, 0xffffffff81a00000}, {0xffffffffc0000000, 0xffffffffc0100000},
	}
	if !slices.Equal(got[:n], want) {
		t.Errorf("%x", got[:n])
	}
	if _, n := (*Symbols)(nil).losses(); n != 0 {
		t.Error(n)
	}
}
