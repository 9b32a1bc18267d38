// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// constantsOf parses a header and returns its constants as NAME=VALUE, in one line.
func constantsOf(t *testing.T, header string) string {
	t.Helper()
	unit, err := Parse(Options{Dir: writeFiles(t, map[string]string{"h.h": header}), Headers: []string{"h.h"}, Target: "linux/amd64"})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, c := range unit.Constants {
		list = append(list, c.Name+"="+c.Value.ExactString())
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// TestDirectives checks what directives let through.
func TestDirectives(t *testing.T) {
	for _, tt := range []struct{ name, header, want string }{
		{"comment before the name", "# /* c */ define A 1\n#/* c */if 1\n#define B 2\n# /* c */ endif\n", "A=1 B=2"},
		{"elifdef", "#define Y\n#ifdef N\n#elifdef M\n#define A 1\n# elifdef Y // why\n#define A 2\n#elifdef Y\n#define A 3\n" +
			"#else\n#define A 4\n#endif\n", "A=2"},
		{"elifndef", "#define Y\n#if 0\n#elifndef Y\n#define A 1\n#elifndef N\n#define A 2\n#endif\n", "A=2"},
		{"elifdef, none", "#if 0\n#elifdef N\n#define A 1\n#else\n#define A 2\n#endif\n", "A=2"},
		{"elifdef, passed", "#if 1\n#define A 1\n#elifdef 3\n#define A 2\n#elifndef N\n#define A 3\n#endif\n", "A=1"},
		{"elifdef, not read", "#if 0\n#if 1\n#elifdef N\n#elifndef\n#endif\n#elifndef N\nenum { A = 7 };\n#endif\n", "A=7"},
		{"unknown, not read", "#if 0\n#foo\n#import \"none.h\"\n#else\n#define A 1\n#endif\n", "A=1"},
		{"without effect", "#\n#ident \"x\"\n#warning w\n# 33 \"f.h\"\n#assert m(x)\n#pragma omp x\nenum { A = __LINE__ };\n", "A=35"},
		{"_Pragma in a value", "#define A _Pragma(\"x\") 5\n#define B _Pragma(\"pack(1)\")\n#define C _Pragma(1) 6\n", "A=5"},
		{"binary numbers", "#if 0b101 == 5 && 0B11uL == 3 && 0b0==0\n#define A 0b101\n#elif 0b1\n#endif\n" +
			"#if 0\n#elif 0b10000000000000000000000000000001 == 0x80000001\n#define B 1\n#endif\n", "A=5 B=1"},
		{"largest numbers", "#define A 0xffffffffffffffff\n#define B 18446744073709551615u\n#define C 0x10000000000000000\n" +
			"#define D ((unsigned __int128)1 << 64)\n", "A=18446744073709551615 B=18446744073709551615 D=18446744073709551616"},
		{"put away", "#define Z 0\n#undef Z\n#define A 1\n#pragma push_macro(\"A\")\n#undef A\n#pragma pop_macro(\"A\")\n" +
			"#define B 1\n#pragma push_macro ( \"B\" )\n#undef B\n#define B 2\n#pragma pop_macro(\"B\")\n" +
			"#pragma push_macro(\"C\")\n#define C 3\n#pragma pop_macro(\"C\")\n#pragma pop_macro(\"C\")\n", "A=1 B=1"},
		{"comment behind the name", "#define /* c */ A 1\n#define B 2\n#undef /* c */ B\n", "A=1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, constantsOf(t, tt.header)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestUndefined checks that a macro that is no longer defined is not said to be skipped.
func TestUndefined(t *testing.T) {
	dir := writeFiles(t, map[string]string{"h.h": "#define A 1\n#undef A\n"})
	unit, err := Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: "bpfel"})
	if err != nil || len(unit.Constants)+len(unit.Skipped) > 0 {
		t.Fatal(err, unit)
	}
}
