// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sizeTests are headers with the sizes of the records in them, in order. gcc says the same.
var sizeTests = []struct{ name, header, want string }{
	{"_Pragma around a definition", "#define PACK(decl) _Pragma(\"pack(push,1)\") decl _Pragma(\"pack(pop)\")\n" +
		"PACK(struct a { char c; int x; };)\nstruct b { char c; int x; };\n", "a=5 b=8"},
	{"_Pragma before, on the line", "_Pragma(\"pack(1)\") struct a { char c; int x; };\nstruct b { char c; int x; };\n", "a=5 b=5"},
	{"two _Pragma on a line", "_Pragma(\"pack(1)\") _Pragma(\"pack(2)\")\nstruct a { char c; int x; };\n", "a=6"},
	{"_Pragma behind, on the line", "struct a { char c; int x; }; _Pragma(\"pack(2)\") struct b { char c; int x; };\n", "a=8 b=6"},
	{"_Pragma inside", "struct a { _Pragma(\"pack(1)\") char c; int x; _Pragma(\"pack()\") };\n", "a=8"},
	{"_Pragma from an argument", "#define STR(x) #x\n#define DO(x) _Pragma(STR(x))\nDO(pack(2))\nstruct a { char c; int x; };\n" +
		"DO(pack())\nstruct b { char c; int x; };\n", "a=6 b=8"},
	{"_Pragma of macros on a line", "#define ON _Pragma(\"pack(push, 1)\")\n#define OFF _Pragma(\"pack(pop)\")\n" +
		"ON struct a { char c; int x; }; OFF struct b { char c; int x; };\n", "a=5 b=8"},
	{"_Pragma over lines", "_Pragma\n(\n\"pack(1)\" /* why */ ) struct a { char c; int x; };\n", "a=5"},
	{"_Pragma with a prefix", "_Pragma(L\"pack(1)\") struct a { char c; int x; };\n", "a=5"},
	{"_Pragma of another kind", "_Pragma(\"GCC diagnostic ignored \\\"-Wattributes\\\"\") struct a { char c; _Pragma(\"\") int x; };\n", "a=8"},
	{"_Pragma in a function", "static inline void f(void) { _Pragma(\"pack(1)\") }\nstruct a { char c; int x; };\n", "a=5"},
	{"_Pragma once", "#ifndef N\n#define N\n#include \"h.h\"\nstruct a { char c; int x; };\n#else\n" +
		"_Pragma(\"once\")\n#include \"h.h\"\nstruct b { char c; int x; };\n#endif\n", "b=8 a=8"},
	{"_Pragma from an option", "FROM_OPTION struct a { char c; int x; };\n", "a=5"},
	{"digraphs", "%:define N 3\n%: define CAT(a, b) a%:%:b\n%:include <stddef.h>\n" +
		"struct CAT(a, b) <% char c<:N:>; int x; %>;\nstruct c<%char c;%>;\n", "ab=8 c=1"},
	{"_Pragma put together", "#define CAT(a, b) a ## b\nCAT(_Pra, gma)(\"pack(1)\") struct a { char c; int x; };\n", "a=5"},
	{"_Pragma over lines of its name", "_Pra\\\ngma(\"pack(2)\") struct a { char c; int x; };\n", "a=6"},
	{"_Pragma of a macro", "#define N 1\n_Pragma(\"push_macro(\\\"N\\\")\")\n#undef N\n#define N 2\n" +
		"struct a { char c[N]; };\n_Pragma(\"pop_macro(\\\"N\\\")\")\nstruct b { char c[N]; };\n", "a=2 b=1"},
	{"_Pragma as text", "#define STR(x) #x\nstruct a { char c[sizeof(STR(_Pragma))]; };\n", "a=8"},
}

func TestSizes(t *testing.T) {
	for _, tt := range sizeTests {
		t.Run(tt.name, func(t *testing.T) {
			unit, err := Parse(Options{
				Dir: writeFiles(t, map[string]string{"h.h": tt.header}), Headers: []string{"h.h"}, Target: "linux/amd64",
				Defines: []string{`FROM_OPTION=_Pragma("pack(1)")`},
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range unit.Records {
				got = append(got, fmt.Sprintf("%s=%d", r.Tag, r.Size))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSizesGCC asks gcc whether the table is right.
func TestSizesGCC(t *testing.T) {
	if testing.Short() {
		t.Skip("asks about what is recorded, and compiles many files; TestSizes reads the records")
	}
	sources := map[string]string{}
	for i, tt := range sizeTests {
		dir := writeFiles(t, map[string]string{"h.h": tt.header})
		text := fmt.Sprintf("#include %q\n", filepath.Join(dir, "h.h"))
		for _, r := range strings.Fields(tt.want) {
			name, size, _ := strings.Cut(r, "=")
			n, err := strconv.ParseInt(size, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			text += assertion("sizeof(struct "+name+")", n)
		}
		sources[fmt.Sprint("size", i)] = text
	}
	refused := checkSources(t, sources, gcc(t), `-DFROM_OPTION=_Pragma("pack(1)")`)
	for i, tt := range sizeTests {
		if out := refused[fmt.Sprint("size", i)]; out != "" {
			t.Errorf("%s: %s", tt.name, out)
		}
	}
}
