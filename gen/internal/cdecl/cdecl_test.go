// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/predef"
)

// read reads the declarations of a text, and returns what is said of it.
func read(t *testing.T, target, text string, o Options) (*Unit, *cpp.Unit, []string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.h"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := cpp.NewFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	source, err := files.Open("a.h")
	if err != nil {
		t.Fatal(err)
	}
	on, ok := layout.Lookup(target)
	if !ok {
		t.Fatalf("no target %s", target)
	}
	var faults diag.List
	pre := cpp.Run(files, []*cpp.Source{source}, &cpp.Options{Predefined: predef.For(on)}, &faults)
	u := Read(pre, on, o, &faults)
	var said []string
	for _, f := range faults.All() {
		said = append(said, f.Error())
	}
	return u, pre, said
}

// inWords spells a type out, from the outside to the inside.
func inWords(t *ctype.Type) string {
	switch t.Kind {
	case model.Pointer:
		return "pointer to " + inWords(t.Elem)
	case model.Func:
		return "function returning " + inWords(t.Elem)
	case model.Array:
		return fmt.Sprintf("array %d of %s", t.Len, inWords(t.Elem))
	case model.Vector:
		return fmt.Sprintf("vector %d of %s", t.Len, inWords(t.Elem))
	}
	return t.Base().String()
}

// TestDeclarators has what a declaration makes of x.
func TestDeclarators(t *testing.T) {
	tests := []struct{ text, want string }{
		{"typedef int x;", "int, 4 bytes, aligned 4"},
		{"typedef unsigned x;", "unsigned int, 4 bytes, aligned 4"},
		{"typedef long int unsigned long x;", "unsigned long long, 8 bytes, aligned 8"},
		{"int typedef const volatile x;", "int, 4 bytes, aligned 4"},
		{"typedef char *x;", "pointer to char, 8 bytes, aligned 8"},
		{"typedef char *const *volatile x;", "pointer to pointer to char, 8 bytes, aligned 8"},
		{"typedef short x[3];", "array 3 of short, 6 bytes, aligned 2"},
		{"typedef short x[2][3];", "array 2 of array 3 of short, 12 bytes, aligned 2"},
		{"typedef short x[];", "array -1 of short, 0 bytes, aligned 2"},
		{"typedef short *x[2];", "array 2 of pointer to short, 16 bytes, aligned 8"},
		{"typedef short (*x)[2];", "pointer to array 2 of short, 8 bytes, aligned 8"},
		{"typedef short (x);", "short, 2 bytes, aligned 2"},
		{"typedef int x(void);", "function returning int, 0 bytes, aligned 1"},
		{"typedef int *x(void);", "function returning pointer to int, 0 bytes, aligned 1"},
		{"typedef int (*x)(int (*)(void));", "pointer to function returning int, 8 bytes, aligned 8"},
		{"typedef char (*(*x[3])(int))[5];", "array 3 of pointer to function returning pointer to array 5 of char, 24 bytes, aligned 8"},
		{"typedef int a, *x, b[2];", "pointer to int, 8 bytes, aligned 8"},
		{"typedef int t; typedef t x[sizeof(t) * 2];", "array 8 of int, 32 bytes, aligned 4"},
		{"typedef int x __attribute__((aligned(16)));", "int, 4 bytes, aligned 16"},
		{"typedef int x __attribute__((aligned(1)));", "int, 4 bytes, aligned 1"},
		{"typedef int x __attribute__((mode(DI)));", "long, 8 bytes, aligned 8"},
		{"typedef int x __attribute__((vector_size(16)));", "vector 4 of int, 16 bytes, aligned 16"},
		{"typedef __typeof__(1ULL) x;", "unsigned long long, 8 bytes, aligned 8"},
		{"struct s { char c; }; typedef struct s x[2];", "array 2 of struct s, 2 bytes, aligned 1"},
		{"typedef enum { A = 1 } x;", "x, 4 bytes, aligned 4"},
		{"struct later; typedef struct later *x;", "pointer to struct later, 8 bytes, aligned 8"},
		{"long x;", "long, 8 bytes, aligned 8"},
		{"static inline int f(int a) { if (a) { return 1; } return 0; } extern char x[4];", "array 4 of char, 4 bytes, aligned 1"},
	}
	for _, tt := range tests {
		u, _, said := read(t, "bpfel", tt.text, Options{})
		id := u.p.Scope["x"]
		if len(said) > 0 || id == nil {
			t.Errorf("%s: %q", tt.text, said)
			continue
		}
		got := fmt.Sprintf("%s, %d bytes, aligned %d", inWords(id.Type), id.Type.Size(), id.Type.Align())
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.text, got, tt.want)
		}
	}
}

// places has the records and enums of a unit, a line each.
func places(u *Unit) []string {
	var list []string
	for _, r := range u.Records {
		line := fmt.Sprintf("%s: %d/%d:", r.Name(), r.Layout.Size, r.Align())
		for _, m := range r.Members {
			switch {
			case m.BitField:
				line += fmt.Sprintf(" %s@bit%d+%d", m.Name.Text, m.Place.Bit, m.Width)
			default:
				line += fmt.Sprintf(" %s@%d", m.Name.Text, m.Place.Offset)
			}
		}
		list = append(list, line)
	}
	for _, e := range u.Enums {
		line := fmt.Sprintf("%s: %v:", e.Name(), e.Integer)
		for _, m := range e.Members {
			line += fmt.Sprintf(" %s=%v", m.Name.Text, m.Value)
		}
		list = append(list, line)
	}
	return list
}

// TestRecords has where members lie, and what enums are. Those without a name come in the order of their beginning too.
func TestRecords(t *testing.T) {
	tests := []struct{ name, target, text, want string }{
		{"padding", "bpfel", "struct a { char c; long l; short s; };", "struct a: 24/8: c@0 l@8 s@16"},
		{"32 bits", "linux/386", "struct a { char c; long long l; void *p; };", "struct a: 16/4: c@0 l@4 p@12"},
		{"union", "bpfel", "union a { char c[5]; int i; };", "union a: 8/4: c@0 i@0"},
		{"packed", "bpfel", "struct a { char c; long l; } __attribute__((packed));", "struct a: 9/1: c@0 l@1"},
		{"packed before the tag", "bpfel", "struct __attribute__((__packed__)) a { char c; int i; };", "struct a: 5/1: c@0 i@1"},
		{"packed member", "bpfel", "struct a { char c; int i __attribute__((packed)); int j; };", "struct a: 12/4: c@0 i@1 j@8"},
		{"aligned", "bpfel", "struct a { char c; char d __attribute__((aligned(4))); } __attribute__((aligned(16)));", "struct a: 16/16: c@0 d@4"},
		{"aligned, for gcc", "linux/amd64", "struct a { char c; } __attribute__((aligned(8)));", "struct a: 8/8: c@0"},
		{"_Alignas", "bpfel", "struct a { char c; _Alignas(8) char d; };", "struct a: 16/8: c@0 d@8"},
		{"pragma", "bpfel", "#pragma pack(push, 2)\nstruct a { char c; int i; };\n#pragma pack(pop)\nstruct b { char c; int i; };",
			"struct a: 6/2: c@0 i@2\nstruct b: 8/4: c@0 i@4"},
		{"bit-fields", "bpfel", "struct a { unsigned a : 3, b : 5; unsigned : 0; unsigned c : 1; };", "struct a: 8/4: a@bit0+3 b@bit3+5 @bit32+0 c@bit32+1"},
		{"anonymous", "bpfel", "struct a { char c; union { int i; struct { char d; short s; }; }; };",
			"struct a: 8/4: c@0 @4\nunion {...}: 4/4: i@0 @0\nstruct {...}: 4/2: d@0 s@2"},
		{"nested with a tag", "bpfel", "struct a { struct b { int i; } b; struct c { int j; }; };",
			"struct a: 4/4: b@0\nstruct b: 4/4: i@0\nstruct c: 4/4: j@0"},
		{"flexible", "bpfel", "struct a { int n; long list[]; };", "struct a: 8/8: n@0 list@8"},
		{"zero", "bpfel", "struct a { int n; char list[0]; };", "struct a: 4/4: n@0 list@4"},
		{"typedef", "bpfel", "typedef struct { int i; } a, b;", "a: 4/4: i@0"},
		{"first declared, then defined", "bpfel", "struct a; struct b { struct a *p; }; struct a { int i; };", "struct b: 8/8: p@0\nstruct a: 4/4: i@0"},
		{"several declarators", "bpfel", "struct a { char c, *p, d[3], (*f)(void); };", "struct a: 32/8: c@0 p@8 d@16 f@24"},
		{"enum", "bpfel", "enum a { A, B = 5, C };", "enum a: unsigned int: A=0 B=5 C=6"},
		{"negative", "bpfel", "enum a { A = -1, B };", "enum a: int: A=-1 B=0"},
		{"wide", "bpfel", "enum a { A = 0x100000000 };", "enum a: unsigned long: A=4294967296"},
		{"packed enum", "bpfel", "enum a { A = 200 } __attribute__((packed)); struct s { char c; enum a e; };", "struct s: 2/1: c@0 e@1\nenum a: unsigned char: A=200"},
		{"fixed", "bpfel", "enum a : unsigned char { A, B }; struct s { enum a e; };", "struct s: 1/1: e@0\nenum a: unsigned char: A=0 B=1"},
		{"of each other", "bpfel", "enum { A = 3, B = A << 2 }; struct a { char c[B + sizeof(int)]; };", "struct a: 16/1: c@0\nenum {...}: unsigned int: A=3 B=12"},
	}
	for _, tt := range tests {
		u, _, said := read(t, tt.target, tt.text, Options{})
		if got := strings.Join(places(u), "\n"); got != tt.want || len(said) > 0 {
			t.Errorf("%s: got %s\nwant %s\nfaults: %q", tt.name, got, tt.want, said)
		}
	}
}

// TestFaults has what is refused, and where.
func TestFaults(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"struct a { int x; unknown y; };", []string{`a.h:1:19: unknown type name "unknown"`}},
		{"struct a { int x; int x; };", []string{"a.h:1:23: x: the record has two members of this name; the first at a.h:1:16"}},
		{"struct a { int x; union { char y; long x; }; };", []string{"a.h:1:40: x: the record has two members of this name; the first at a.h:1:16"}},
		{"struct a { int x; };\nstruct a { int x; };", []string{"a.h:2:8: struct a: defined again; first at a.h:1:1"}},
		{"struct a { int x; };\nunion a;", []string{"a.h:2:7: union a: declared before as struct a, at a.h:1:8: rename one of them"}},
		{"enum a;\nstruct a { int x; };", []string{"a.h:2:8: struct a: declared before as enum a, at a.h:1:6: rename one of them"}},
		{"struct a { struct a { int y; } x; };", []string{"a.h:1:19: struct a is defined inside of its own definition at a.h:1:1"}},
		{"enum a { A }; enum b { A };", []string{"a.h:1:24: A: declared again; first at a.h:1:10"}},
		{"typedef int t; typedef long t;", []string{"a.h:1:29: t: declared again as another type; first at a.h:1:13"}},
		{"typedef int t; int t;", []string{"a.h:1:20: t: declared again; first at a.h:1:13"}},
		{"struct a { int n[]; int m; };", []string{"a.h:1:16: n: an array without a size must be the last member"}},
		{"struct a { int f(void); };", []string{"a.h:1:16: f: a member cannot be a function"}},
		{"struct b; struct a { struct b x; };", []string{"a.h:1:31: x: the member's type struct b is not defined"}},
		{"struct a { unsigned x : 33; };", []string{"a.h:1:25: 33 bits are not a width for unsigned int"}},
		{"struct a { int x[-1]; };", []string{"a.h:1:18: the array's size is negative: -1"}},
		{"struct a { int x; ", []string{`a.h:1:10: "{" is not closed`}},
		{"typedef int t __attribute__((aligned(3)));", []string{"a.h:1:38: 3 is not an alignment"}},
		{"struct a { int x; } __attribute__((ms_struct));", []string{"a.h:1:36: attribute ms_struct is not supported: it changes the layout"}},
		{"_Static_assert(sizeof(int) == 8, \"wide\");", []string{"a.h:1:1: static assertion failed: wide"}},
		{"struct a { int x; }\nstruct b { int y; };", []string{`a.h:2:1: expected ";", found "struct"`}},
		{"struct a { bad x; };\nstruct b { worse y; };", []string{`a.h:1:12: unknown type name "bad"`, `a.h:2:12: unknown type name "worse"`}},
	}
	for _, tt := range tests {
		if _, _, said := read(t, "bpfel", tt.text, Options{}); !slices.Equal(said, tt.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.text, said, tt.want)
		}
	}
}

// TestLenient leaves out what cannot be read and what needs it, and nothing else.
func TestLenient(t *testing.T) {
	text := "struct good { int x; };\nstruct bad { unknown y; };\nenum e { A, B = C };\nstruct needs { struct bad b; int n[A]; };\nstruct other { int z; };\n"
	u, _, said := read(t, "bpfel", text, Options{Lenient: true})
	var left []string
	for _, l := range u.Left {
		left = append(left, l.Name)
	}
	want := []string{"struct bad", "A", "B", "enum e", "struct needs"}
	slices.Sort(left)
	slices.Sort(want)
	if len(said) > 0 || !slices.Equal(left, want) {
		t.Errorf("left out: %q, want %q; faults %q", left, want, said)
	}
	if got := strings.Join(places(u), "\n"); got != "struct good: 4/4: x@0\nstruct other: 4/4: z@0" {
		t.Errorf("read: %s", got)
	}
	if _, _, said := read(t, "bpfel", text+"struct good { long x; };\n", Options{Lenient: true}); len(said) != 1 {
		t.Errorf("a struct that is defined twice: %q", said)
	}
}

// TestSkip skips a declaration, but not the pragma in it.
func TestSkip(t *testing.T) {
	text := "struct a { int x; };\nstruct b {\n#pragma pack(1)\n unknown y; };\nstruct c { char c; int i; };\n"
	u, _, said := read(t, "bpfel", text, Options{Skip: func(at int) int {
		if at == 8 { // struct a { int x ; } ; are eight tokens, those of b nine
			return 17
		}
		return at
	}})
	if got := strings.Join(places(u), "\n"); got != "struct a: 4/4: x@0\nstruct c: 5/1: c@0 i@1" || len(said) > 0 {
		t.Errorf("read: %s, faults %q", got, said)
	}
}

// TestEvaluate has the values of macros, or why they have none.
func TestEvaluate(t *testing.T) {
	tests := []struct{ value, want string }{
		{"3", "3 int"}, {"3u", "3 unsigned int"}, {"(1 << 4) | A", "18 int"}, {"-1L", "-1 long"}, {"'a'", "97 int"}, {"sizeof(struct s)", "8 unsigned long"},
		{"((unsigned char)300)", "44 unsigned char"}, {"A == 2 ? 5 : 6", "5 int"}, {"1.5", "1.5 double"}, {"__builtin_offsetof(struct s, m)", "4 unsigned long"},
		{"struct s", `is not an expression: it begins with "struct"`}, {"1, 2", "is a list"}, {"nowhere + 1", "is not a constant: nowhere is not declared"},
		{"1 2", `is not an expression: "2" follows it`}, {"(1", `is not an expression: expected ")", found the end of the macro`},
	}
	for _, tt := range tests {
		u, pre, said := read(t, "bpfel", "enum { A = 2 };\nstruct s { int n; int m; };\n#define M "+tt.value+"\n", Options{})
		if len(said) > 0 {
			t.Fatal(said)
		}
		x, why := u.Evaluate(pre.Expand(pre.Lookup("M")).Tokens)
		if got := why; got != tt.want && fmt.Sprintf("%v %v", x.Const, x.Type) != tt.want {
			t.Errorf("%s: %q, %v %v, want %s", tt.value, why, x.Const, x.Type, tt.want)
		}
	}
	if u, _, _ := read(t, "bpfel", "enum { A = 2 }; typedef int B;", Options{}); u.Enumerator("A") == nil || u.Enumerator("B") != nil || u.Enumerator("C") != nil {
		t.Error("A alone is an enumerator")
	}
}
