// SPDX-License-Identifier: Apache-2.0

package cpp_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/predef"
)

// seeds are headers that FuzzRun starts from: every directive, and every form of expansion.
var seeds = []string{
	"#define A(x, y...) x, ##y ## x #y\n#define B A(1) A(1,) A(1, B)\nB A(A(2), (3, 4))\n",
	"#define V(a, ...) a __VA_OPT__(+ V(__VA_ARGS__) #__VA_ARGS__)\nV(1) V(1, V(2, 3))\n#undef V\n#define V\n",
	"#if 1 + 2 * 3 == 7 && defined(A) || !defined A ? 'a' : 0x10u >> 2\nint x;\n#elif 1 / 0\n#else\n#endif\n",
	"#ifdef A\n#elifndef B\n#if __has_attribute(packed) && __has_include(<stdint.h>)\n#include <stdint.h>\n#endif\n#endif // c \\ \n d\n",
	"#pragma pack(push, 1)\n_Pragma(\"pack(pop)\") #pragma once\n#pragma push_macro(\"A\")\n#pragma pop_macro(\"A\")\n",
	"#line 7 \"x.h\"\n__LINE__ __FILE__ __COUNTER__ __INCLUDE_LEVEL__ __DATE__\n#include \"h.h\"\n",
	"#define CAT(a, b) a ## b\nCAT(_Prag, ma)(\"pack(1)\") CAT(C, AT)(1, 2) %:define X <: :> <% %>\n",
	"/\\ \n* c *\\ \n/ \"s\\ \nt\" 'a\\\nb' 1.\\ \n5e+3 #def\\\nine Y\n",
	"#define F(x) x F\n#define G F(\nG 1)(2)(F)(3) F\n#if 0\n(2)\n#endif\n(4)\n",
	"#error \"no\"\n#warning w\n#ident \"x\"\n# 3 \"y\"\n#unknown\n#\n",
}

// FuzzRun checks that any text is preprocessed, for any target, into tokens with places in the headers, or into positioned
// faults: twice alike, and never a panic.
func FuzzRun(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint8(i))
	}
	dir, err := os.MkdirTemp("", "lockstep-fuzz")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { os.RemoveAll(dir) })
	targets := layout.Names()
	f.Fuzz(func(t *testing.T, header []byte, n uint8) {
		if len(header) > 1<<14 {
			return
		}
		if err := os.WriteFile(filepath.Join(dir, "h.h"), header, 0o644); err != nil {
			t.Fatal(err)
		}
		target, _ := layout.Lookup(targets[int(n)%len(targets)])
		tokens, faults := preprocess(t, dir, target)
		again, faultsAgain := preprocess(t, dir, target)
		if !slices.Equal(tokens, again) || faults != faultsAgain {
			t.Fatalf("a second run gives something else:\n%v\n%v\n%s\n%s", tokens, again, faults, faultsAgain)
		}
	})
}

// preprocess returns the tokens of h.h and the faults in it.
func preprocess(t *testing.T, dir string, target *layout.Target) ([]cpp.Token, string) {
	t.Helper()
	files, err := cpp.NewFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	header, err := files.Open("h.h")
	if err != nil {
		t.Fatal(err)
	}
	var faults diag.List
	unit := cpp.Run(files, []*cpp.Source{header}, &cpp.Options{Predefined: predef.For(target)}, &faults)
	var text strings.Builder
	for _, x := range faults.All() {
		if x.Msg == "" || x.Pos.Line < 0 {
			t.Fatalf("%+v", x)
		}
		text.WriteString(x.Error() + "\n")
	}
	if unit == nil {
		if text.Len() == 0 {
			t.Fatal("neither a unit nor a fault")
		}
		return nil, text.String()
	}
	tokens := slices.Clone(unit.Tokens)
	for _, x := range tokens {
		if x.Kind == cpp.EOF || int(x.Src) >= len(unit.Files.List) ||
			x.Src >= 0 && (x.Tok < 0 || int(x.Tok) >= len(unit.Files.List[x.Src].Text.Tokens)) {
			t.Fatalf("token %+v", x)
		}
	}
	for m := range unit.Macros() {
		if !m.TakesArguments() {
			unit.Expand(m)
		}
	}
	return tokens, text.String()
}
