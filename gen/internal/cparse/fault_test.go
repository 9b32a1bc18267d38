// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// faultTests are headers that must be refused, each with every fault, in order.
var faultTests = []struct {
	name, header string
	want         []string
}{
	{"missing include", "#include \"none.h\"\n", []string{
		`h.h:1:10: file not found: "none.h"`}},
	{"missing system include", "\n#  include <none/at/all.h> // why\n", []string{
		`h.h:2:12: file not found: <none/at/all.h>`}},
	{"error", "#error do not use\n", []string{`h.h:1:2: #error do not use`}},
	{"error with an apostrophe", "#error don't\n", []string{`h.h:1:2: #error don't`}},
	{"error for a define", "#ifndef CONFIG\n#error \"set it\"\n#endif\n", []string{
		`h.h:2:2: #error "set it" (CONFIG is not defined)`}},
	{"error for one of several", "#if defined(A)\n#elif defined(B)\n#else\n# error which\n#endif\n", []string{
		`h.h:4:3: #error which (not defined: A, B)`}},
	{"error for an elifdef", "#ifdef A\n#elifdef B\n#elifndef C\n#error which\n#endif\n", []string{
		`h.h:4:2: #error which (not defined: A, B, C)`}},
	{"elifdef without a name", "#if 0\n#  elifdef\n#endif\nint x;\n", []string{
		`h.h:2:4: #elifdef without a name`}},
	{"elifdef of more", "#if 0\n#elifndef A B\n#endif\nint x;\n", []string{
		`h.h:2:13: #elifndef takes one name: "B" follows it`}},
	{"elifdef of no name", "#if 0\n#elifdef 3\n#endif\nint x;\n", []string{
		`h.h:2:10: #elifdef takes the name of a macro, not 3`}},
	{"unknown directives", "#foo\nint x;\n# /* c */ embed \"x\"\n/*\n*/ #!sh\nenum { A = B };\n", []string{
		`h.h:1:2: #foo is not a directive that can be followed`, `h.h:3:11: #embed is not a directive that can be followed`,
		`h.h:5:5: #! is not a directive that can be followed`}},
	{"import", "#if 1\n#import \"x.h\"\n#endif\n", []string{
		`h.h:2:2: #import is not a directive that can be followed; #include does the same where the header says #pragma once`}},
	{"two errors", "#error one\nint x;\n#error two\n", []string{
		`h.h:1:2: #error one`, `h.h:3:2: #error two`}},
	{"unknown types", "struct a { foo_t x; };\nstruct b { int y; bar_t *z; };\n", []string{
		`h.h:1:12: unknown type name "foo_t"`, `h.h:2:19: unknown type name "bar_t"`}},
	{"no semicolon", "struct a { int x }\nint y;\n", []string{`h.h:2:1: expected ";", found "int"`}},
	{"not closed", "struct a {\n\tint x;\n", []string{`h.h:1:10: "{" is not closed`}},
	{"in a macro", "#define FIELDS int a; nope b;\nstruct s {\n\tFIELDS\n};\n", []string{
		`h.h:3:2: unknown type name "nope" (in the expansion of FIELDS)`}},
	{"defined twice", "struct a { int x; };\nstruct a { int x; };\n", []string{
		`h.h:2:8: struct a: defined again; first at h.h:1:1`}},
	{"enumerator twice", "enum { A };\nenum { A };\n", []string{`h.h:2:8: A: declared again; first at h.h:1:8`}},
	{"enum twice", "enum e { A };\nenum e { B };\n", []string{`h.h:2:6: enum e: defined again; first at h.h:1:1`}},
	{"typedef of another type", "typedef int t;\ntypedef int t;\ntypedef long t;\n", []string{
		`h.h:3:14: t: declared again as another type; first at h.h:1:13`}},
	{"member twice", "struct a { int x; union { char y; long x; }; };\n", []string{
		`h.h:1:40: x: the record has two members of this name; the first at h.h:1:16`}},
	{"member of the same name", "struct a { int x; long x; };\n", []string{
		`h.h:1:24: x: the record has two members of this name; the first at h.h:1:16`}},
	{"incomplete member", "struct b;\nstruct a { struct b x; struct c y[2]; };\n", []string{
		`h.h:2:21: x: the member's type struct b is not defined`,
		`h.h:2:34: array of struct c, which is not defined`}},
	{"holds itself", "struct a { struct a x; };\n", []string{`h.h:1:21: x: struct a cannot contain itself`}},
	{"flexible array in the middle", "struct a { int n; int x[]; int y; };\n", []string{
		`h.h:1:23: x: an array without a size must be the last member`}},
	{"negative array", "struct a { int x[-1]; };\n", []string{`h.h:1:18: the array's size is negative: -1`}},
	{"array of unknown size", "struct a { int x[N]; };\n", []string{
		`h.h:1:18: the array's size is not a constant: N is not declared`}},
	{"bit-field too wide", "struct a { int x : 33; };\n", []string{`h.h:1:20: 33 bits are not a width for int`}},
	{"bit-field of a struct", "struct b { int y; };\nstruct a { struct b x : 3; };\n", []string{
		`h.h:2:25: bit-field of type struct b`}},
	{"static assertion", "_Static_assert(sizeof(int) == 8, \"ints\");\n", []string{
		`h.h:1:1: static assertion failed: ints`}},
	{"not constant", "int f(void);\nenum { A = f() };\n", []string{
		`h.h:2:12: A: the value is not an integer constant: f is a variable or function`}},
	{"unsupported layout", "struct a { int x; } __attribute__((ms_struct));\n", []string{
		`h.h:1:36: attribute ms_struct is not supported: it changes the layout`}},
	{"unsupported pragma", "#pragma scalar_storage_order big-endian\nstruct a { int x; };\n", []string{
		`h.h:1:1: #pragma scalar_storage_order is not supported: it changes the layout of what follows`}},
	{"atomic record with padding", "struct a { char c[3]; };\nstruct b { _Atomic struct a x; };\n", []string{
		`h.h:2:12: _Atomic struct a has padding: its size is 4, and that of struct a is 3: fill it up to that size`}},
	{"attribute before the definition", "struct __attribute__((packed)) a;\nstruct a { char c; int x; };\n", []string{
		`h.h:1:23: struct a: attribute packed is where the type is not defined: clang applies it to the later definition, gcc does not`}},
	{"pack without parentheses", "#pragma pack 1\n", []string{
		`h.h:1:1: #pragma pack takes its arguments in parentheses, with nothing after them`}},
	{"pack of another name", "#pragma pack(push, a, 1)\n#pragma pack(pop, b)\n", []string{
		`h.h:2:1: #pragma pack(pop, b): nothing was pushed under this name`}},
	{"align pragma", "#pragma options align=packed\nstruct a { char c; int x; };\n", []string{
		`h.h:1:1: #pragma options is not supported: it changes the layout of what follows`}},
	{"mode that is too small", "enum a { A, B = 300 } __attribute__((mode(byte)));\n", []string{
		`h.h:1:38: enum a: an enumerator does not fit into mode(byte)`}},
	{"_Pragma of no alignment", "#define P(n) _Pragma(\"pack(3)\")\nint x; P(3) int y;\n", []string{
		`h.h:2:8: #pragma pack: 3 is not an alignment (in the expansion of P)`}},
	{"_Pragma without a string", "int x;\n_Pragma(pack(1))\nint y;\n", []string{
		`h.h:2:1: expected a string in parentheses after _Pragma`}},
	{"_Pragma put together, of no alignment", "#define CAT(a, b) a ## b\nint x;\nCAT(_Pra, gma)(\"pack(3)\")\nint y;\n", []string{
		`h.h:3:1: #pragma pack: 3 is not an alignment (in the expansion of CAT)`}},
	{"a macro whose name is not UTF-8", "#define A_\xbbZ -3\n", []string{`h.h:1:9: "A_\xbbZ" cannot be the name of a macro`}},
	{"a struct whose name is not UTF-8", "struct \xbbs { int x; };\n", []string{
		`h.h:1:8: expected a name or "{", found "\xbbs"`}},
	{"_Pragma defined", "#define _Pragma(x)\n", []string{`h.h:1:9: "_Pragma" cannot be the name of a macro`}},
	{"number too large for a condition", "#if 0x1ffffffffffffffff\n#endif\n", []string{
		`h.h:1:5: "0x1ffffffffffffffff" is too large for an integer constant`}},
	{"no integer in a condition", "#if 1.0\n#elif 0x\n#elif 0b2\n#endif\n", []string{
		`h.h:1:5: a condition takes integers, not 1.0`,
		`h.h:2:7: a condition takes integers, not 0x`,
		`h.h:3:7: a condition takes integers, not 0b2`}},
	{"suffix in a condition", "int x;\n#if 1uu\n#endif\n", []string{
		`h.h:2:5: a condition takes integers, not 1uu`}},
	{"number too large", "enum { A = 0x1ffffffffffffffff };\nstruct a { int x[18446744073709551616u]; };\n", []string{
		`h.h:1:12: "0x1ffffffffffffffff" is too large for an integer constant`,
		`h.h:2:18: "18446744073709551616u" is too large for an integer constant`}},
	{"number with a suffix that is none", "enum { A = 1uu };\n", []string{`h.h:1:12: "1uu" is not a number`}},
	{"conditional not closed", "#if 1\nint x;\n", []string{`h.h:1:1: the conditional has no #endif`}},
	{"endif without if", "int x;\n#endif\n", []string{`h.h:2:1: unexpected #endif`}},
	{"too large", "struct a { char x[1ULL << 60]; };\n", []string{`h.h:1:18: array: size is too large`}},
	{"no such target type", "struct a { __int128 x; };\n#if __SIZEOF_INT128__\nstruct b { nope y; };\n#endif\n", []string{
		`h.h:3:12: unknown type name "nope"`}},
	{"comment not closed", "int x; /* no\nend\n", []string{`h.h:1:8: comment not terminated`}},
	{"itself", "#include \"h.h\"\n", []string{
		`h.h:1:1: includes are nested more than 200 deep: h.h includes h.h`}},
	{"macro bomb", bomb() + "enum { A = B9 };\n", []string{`h.h:11:12: the macro expands to too much`}},
	{"nesting", "enum { A = " + strings.Repeat("(", 500) + "1" + strings.Repeat(")", 500) + " };\n", []string{
		`h.h:1:112: nested more than 200 deep`}},
	{"condition too large", bomb() + "#if B9\n#endif\n", []string{
		`h.h:11:5: the macro expands to too much`}},
	{"date", "enum { A = __DATE__ };\n", []string{
		`h.h:1:12: A: the value is not an integer constant: it depends on the time of the run (in the expansion of __DATE__)`}},
	{"after the fault", "struct a { nope x; };\nstruct b { int y; };\nstruct c { nope2 z; };\n", []string{
		`h.h:1:12: unknown type name "nope"`, `h.h:3:12: unknown type name "nope2"`}},
}

// bomb returns the definitions of ten macros, each of which is ten of the one before.
func bomb() string {
	var b strings.Builder
	b.WriteString("#define B0 1 + 1\n")
	for i := 1; i < 10; i++ {
		prev := " B" + string(rune('0'+i-1)) + " "
		b.WriteString("#define B" + string(rune('0'+i)) + strings.Repeat(prev+"+", 9) + prev + "\n")
	}
	return b.String()
}

func writeFiles(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func faultsOf(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var faults diag.Errors
	if !errors.As(err, &faults) {
		t.Fatalf("%T is not diag.Errors: %v", err, err)
	}
	var all []string
	for _, f := range faults {
		all = append(all, f.Error())
	}
	return all
}

func TestFaults(t *testing.T) {
	for _, tt := range faultTests {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"h.h": tt.header})
			_, err := Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: "bpfel"})
			if diff := cmp.Diff(tt.want, faultsOf(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFaultLines checks that a fault carries the line that it is about, through includes.
func TestFaultLines(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"in/h.h":      "#include \"../other/o.h\"\nstruct a { struct o x; nope y; };\n",
		"other/o.h":   "#include <deep.h>\nstruct o { int x; };\n",
		"path/deep.h": "typedef missing_t t;\n",
	})
	_, err := Parse(Options{Dir: filepath.Join(dir, "in"), Headers: []string{"h.h"}, Include: []string{"../path"}, Target: "bpfel"})
	var faults diag.Errors
	if !errors.As(err, &faults) || len(faults) != 2 {
		t.Fatal(err)
	}
	want := "../path/deep.h:1:9: unknown type name \"missing_t\"\n    typedef missing_t t;\n            ^"
	if diff := cmp.Diff(want, faults[0].Detail()); diff != "" {
		t.Error(diff)
	}
	want = "h.h:2:24: unknown type name \"nope\"\n    struct a { struct o x; nope y; };\n                           ^"
	if diff := cmp.Diff(want, faults[1].Detail()); diff != "" {
		t.Error(diff)
	}
}

func TestOptionFaults(t *testing.T) {
	dir := writeFiles(t, map[string]string{"h.h": "int x;\n"})
	for _, tt := range []struct {
		name string
		opts Options
		want []string
	}{
		{"target", Options{Headers: []string{"h.h"}, Target: "vax"},
			[]string{`no target "vax"; there are bpfeb, bpfel, linux/386, linux/amd64, linux/arm, linux/arm64, linux/s390x`}},
		{"headers", Options{Target: "bpfel"}, []string{"no headers are given"}},
		{"define", Options{Headers: []string{"h.h"}, Target: "bpfel", Defines: []string{"1X=2", "A=1\n#error"}},
			[]string{`define "1X=2" is not of the form NAME=VALUE`, `define "A=1\n#error" is not of the form NAME=VALUE`}},
		{"missing header", Options{Headers: []string{"a.h", "h.h", "../b.h"}, Target: "bpfel"},
			[]string{`../b.h: the header cannot be read: no such file or directory`, `a.h: the header cannot be read: no such file or directory`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.Dir = dir
			_, err := Parse(tt.opts)
			if diff := cmp.Diff(tt.want, faultsOf(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// checkUnit checks what holds for every unit.
func checkUnit(t testing.TB, u *model.Unit) {
	t.Helper()
	for _, c := range u.Constants {
		if c.Value == nil || c.Type == nil || !c.Pos.IsValid() || c.Name == "" {
			t.Fatalf("constant %+v", c)
		}
	}
	for _, r := range u.Records {
		if r.Name == "" || !r.Pos.IsValid() || r.Align < 1 || r.Size < r.MinSize || r.Size%r.Align != 0 {
			t.Fatalf("record %+v", r)
		}
		for _, f := range r.Fields {
			if f.Type == nil || f.Offset < 0 || f.Offset > r.Size || !f.Pos.IsValid() {
				t.Fatalf("%s: field %+v", r.Name, f)
			}
		}
	}
	for _, s := range u.Skipped {
		if s.Reason == "" || s.Name == "" || !s.Pos.IsValid() {
			t.Fatalf("skipped %+v", s)
		}
	}
}
