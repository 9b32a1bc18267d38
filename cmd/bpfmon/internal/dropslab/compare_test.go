// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestWithin(t *testing.T) {
	of := func(s string) (all []event) {
		for _, r := range s {
			all = append(all, event{string(r), "f"})
		}
		return all
	}
	for _, c := range []struct {
		some, all string
		want      bool
	}{
		{"", "", true}, {"a", "", false}, {"a", "a", true}, {"ab", "xbay", true}, {"ab", "xbya", false}, {"aa", "aba", false},
		{"aab", "xaaby", true}, {"abc", "ab", false},
	} {
		if got := within(of(c.some), of(c.all)); got != c.want {
			t.Errorf("%q in %q: %t", c.some, c.all, got)
		}
	}
}

func TestRead(t *testing.T) {
	traced, err := readTrace(strings.NewReader("# tracer: nop\n" +
		"  a b-1963    [001] ..s1. 16231.226611: kfree_skb: skbaddr=0 rx_sk=0 protocol=2048 location=ip_error+0x94/0x220 reason: NO_SOCKET\n" +
		"  <idle>-0    [000] ..s1. 16231.226612: kfree_skb: skbaddr=0 protocol=2048 location=nft_do_chain+0x46f/0x690 [nf_tables] reason: NETFILTER_DROP\n"))
	if err != nil {
		t.Fatal(err)
	}
	printed, err := readJSON(strings.NewReader(`{"cpu":"CPU 01:","kind":"drop","reason":"NO_SOCKET","function":"ip_error+0x94"}
{"cpu":"CPU 00:","kind":"drop","reason":"NETFILTER_DROP","function":"nft_do_chain+0x46f [nf_tables]"}`))
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(traced, printed, slices.Equal[[]event]) || len(traced) != 2 {
		t.Errorf("%v and %v", traced, printed)
	}
}
