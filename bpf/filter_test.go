// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import "testing"

// FuzzOwner reads the names of filters, which are anybody's, and what the kernel says of a process, whose name is its own.
func FuzzOwner(f *testing.F) {
	const stat = "42 (a) b) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 77 0 0\n"
	f.Add("lockstep:1:2:made", stat)
	f.Add("lockstep:-1:2:found", "42 (")
	f.Add("lockstep:99999999999999999999:\x1b:made", "")
	f.Fuzz(func(t *testing.T, name, stat string) {
		if o, ok := parseOwner(name); ok {
			again, same := parseOwner(o.String())
			if !same || again != o || o.pid <= 0 {
				t.Errorf("%q is %+v, and %s is %+v", name, o, o, again)
			}
		}
		if started, err := parseStart([]byte(stat)); err == nil && started == "" {
			t.Errorf("%q: started at %q", stat, started)
		}
	})
}

// TestParseStart checks that a process cannot say when it started by its name.
func TestParseStart(t *testing.T) {
	for stat, want := range map[string]string{
		"42 (sh) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 77 0 0\n":                      "77",
		"42 (a) S 1 2 3 4 5 6 7 8 9 ) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 78 0 0\n": "78",
		"42 (x) S 1 2": "",
		"":             "",
	} {
		if got, _ := parseStart([]byte(stat)); got != want {
			t.Errorf("%q: %q, want %q", stat, got, want)
		}
	}
}
