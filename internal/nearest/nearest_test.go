// SPDX-License-Identifier: Apache-2.0

package nearest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/nearest"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"port", "port", 0}, {"prot", "port", 1}, {"porrt", "port", 1}, {"pert", "port", 1},
		{"stak", "stack", 1}, {"abc", "xyz", 3}, {"ab", "ba", 1}, {strings.Repeat("a", 41), strings.Repeat("a", 41), 40},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if got := nearest.Distance(pair[0], pair[1]); got != c.want {
				t.Errorf("%q and %q: %d, want %d", pair[0], pair[1], got, c.want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	known := []string{"stack", "state", "port", "proto", "src-port", "record", "record-size"}
	for name, want := range map[string][]string{
		"stak": {"stack"}, "prot": {"port", "proto"}, "STATE": {"state"}, "recor": {"record"}, "xyz": nil, "": nil,
	} {
		if got := nearest.Names(name, known); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
