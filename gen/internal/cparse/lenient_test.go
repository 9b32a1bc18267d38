// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLenient reads headers with declarations that cannot be read. What is left out has a reason, and nothing that needs
// it is read.
func TestLenient(t *testing.T) {
	for _, c := range []struct {
		name, text string
		have, left []string // records with their sizes and constants with their values; names
		fault      string   // part of what is refused all the same
	}{
		{name: "function of an unknown type", text: "struct a { int x; };\nfoo_t f(void) { return 1; }\nstruct b { char y; };\n",
			have: []string{"struct a 4", "struct b 1"}, left: []string{"foo_t"}},
		{name: "function with an unknown macro", text: "INLINE int f(struct q *p)\n{ return 1; }\nstruct b { char y; };\n",
			have: []string{"struct b 1"}, left: []string{"INLINE"}},
		{name: "macro with a semicolon", text: "MAP(a, int, 5);\nstruct b { char y; };\n", have: []string{"struct b 1"}, left: []string{"MAP"}},
		{name: "macro without a semicolon takes the next", text: "MAP(a, int, 5)\nstruct b { char y; };\nstruct c { char y; };\n",
			have: []string{"struct c 1"}, left: []string{"struct b"}},
		{name: "field of an unknown type", text: "struct a { foo_t x; };\nstruct b { struct a x; };\ntypedef struct { struct b *p; struct a q[2]; } c;\nstruct d { struct a *p; };\n",
			have: []string{"struct d 8"}, left: []string{"struct a", "struct b", "c"}},
		{name: "size that is not known", text: "struct a { char x[N]; };\nstruct b { char x[2]; };\n", have: []string{"struct b 2"}, left: []string{"struct a"}},
		{name: "enum with an unknown value", text: "enum e { A, B = BIT(1), C };\n#define D C\nenum f { E = C };\nenum g { G = 3 };\nstruct s { enum e x; };\n",
			have: []string{"G 3"}, left: []string{"A", "B", "C", "enum e", "E", "enum f", "struct s", "D"}},
		{name: "pack within what is left out", text: "foo_t f(int a,\n#pragma pack(push, 1)\nint b);\nstruct a { char x; int y; };\n#pragma pack(pop)\nstruct b { char x; int y; };\n",
			have: []string{"struct a 5", "struct b 8"}, left: []string{"foo_t"}},
		{name: "attribute that is not defined", text: "struct a { char x; int y; } __packed;\nstruct b { char x; } __attribute__((packed));\n",
			have: []string{"struct b 1"}, left: []string{"struct a"}},
		{name: "assertion", text: "_Static_assert(0, \"no\");\n", fault: "assertion"},
		{name: "twice", text: "struct a { int x; };\nstruct a { int y; };\n", fault: "defined again"},
		{name: "not closed", text: "struct a { foo_t x;\nstruct b { int x; };\n", fault: "foo_t"},
		{name: "typedef twice", text: "typedef int a;\ntypedef long a;\n", fault: "declared again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.h"), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			u, err := Parse(Options{Dir: dir, Headers: []string{"a.h"}, Target: "bpfel", Lenient: true})
			if err != nil || c.fault != "" {
				if err == nil || c.fault == "" || !strings.Contains(err.Error(), c.fault) {
					t.Errorf("%v, want %q", err, c.fault)
				}
				return
			}
			var have, left []string
			for _, r := range u.Records {
				have = append(have, fmt.Sprintf("%s %d", r.Name, r.Size))
			}
			for _, k := range u.Constants {
				have = append(have, k.Name+" "+k.Value.String())
			}
			for _, s := range u.Skipped {
				left = append(left, s.Name)
			}
			slices.Sort(left)
			slices.Sort(c.left)
			if !slices.Equal(have, c.have) || !slices.Equal(left, c.left) {
				t.Errorf("have %q, left %q; want %q, %q", have, left, c.have, c.left)
			}
		})
	}
}
