// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAbsoluteInclude checks that an absolute name is found, and that nothing else is found at the root.
func TestAbsoluteInclude(t *testing.T) {
	dir := writeFiles(t, map[string]string{"other/x.h": "struct x { int a; };\n"})
	abs := filepath.ToSlash(filepath.Join(dir, "other", "x.h"))
	main := writeFiles(t, map[string]string{
		"h.h": "#include \"" + abs + "\"\nstruct h { struct x x; };\n",
		"g.h": "#include \"" + abs[1:] + "\"\n",
	})
	unit, err := Parse(Options{Dir: main, Headers: []string{"h.h"}, Target: "bpfel"})
	if err != nil {
		t.Fatal(err)
	}
	if len(unit.Records) != 2 || len(unit.Inputs) != 2 {
		t.Errorf("%d records, inputs %v", len(unit.Records), unit.Inputs)
	}
	_, err = Parse(Options{Dir: main, Headers: []string{"g.h"}, Target: "bpfel"})
	if diff := cmp.Diff([]string{`g.h:1:10: file not found: "` + abs[1:] + `"`}, faultsOf(t, err)); diff != "" {
		t.Error(diff)
	}
}

// TestLineEnds checks that a header with CR LF, a byte order mark or no end of line reads as any other.
func TestLineEnds(t *testing.T) {
	for name, text := range map[string]string{
		"crlf":   "#define A \\\r\n 1 /* text */\r\nstruct s {\r\n\tint a;\r\n};\r\n",
		"bom":    "\xef\xbb\xbf#define A \\\n 1 /* text */\nstruct s {\n\tint a;\n};\n",
		"no end": "#define A \\\n 1 /* text */\nstruct s {\n\tint a;\n};",
		"splice": "#define A \\\n 1 /* text */\nstruct s {\n\tint a;\n};\\",
	} {
		t.Run(name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"h.h": text})
			got := printed(Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: "bpfel"}))
			want := "h.h:1:9: macro A = 1, int text \"text\"\n" +
				"h.h:3:1: struct s: size 4, align 4, end 4\n  h.h:4:6: int \"a\" at 0\n" +
				"| struct s {\n| \tint a;\n| }\ninputs: h.h\n"
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLargeInclude checks that a header without a macro may be of any size: what bounds macros counts all tokens.
func TestLargeInclude(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"h.h":     "#include \"large.h\"\nstruct s { int a; };\n",
		"large.h": strings.Repeat("; ;\n", 1<<18+1),
	})
	unit, err := Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: "bpfel"})
	if err != nil || len(unit.Records) != 1 {
		t.Fatal(err)
	}
}
