// SPDX-License-Identifier: Apache-2.0

package breaking

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/headertest"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

func compare(t *testing.T, old, new string) []Change {
	t.Helper()
	return Compare(headertest.Text(t, "bpfel", old), headertest.Text(t, "bpfel", new))
}

// change is what a test wants of a change.
type change struct {
	Rule    string
	Subject string
	Breaks  Readers
}

// vectors has each rule at least once, and what must not be told.
var vectors = []struct {
	name     string
	old, new string
	want     []change
}{
	{"nothing", "#define A 1\nstruct s { int a; };", "\n/* moved */\n#define A 1 \nstruct s\n{ int a; };", nil},

	{"renumbered macro", "#define A_X 1", "#define A_X 2", []change{{"constant-renumbered", "A_X", Both}}},
	{"string", `#define A_X "v1"`, `#define A_X "v2"`, []change{{"constant-renumbered", "A_X", Both}}},
	{"float", "#define A_X 1.5", "#define A_X 1.25", []change{{"constant-renumbered", "A_X", Both}}},
	{"a number becomes a text", `#define A_X 1`, `#define A_X "1"`, []change{{"constant-renumbered", "A_X", Both}}},
	{"flexible array spelled anew", "struct s { int n; int d[0]; };", "struct s { int n; int d[]; };", []change{{"field-respelled", "struct s.d", Nobody}}},
	{"inserted enumerator", "enum { A, B, C };", "enum { A, N, B, C };", []change{
		{"constant-inserted", "N", Both}, {"constant-renumbered", "B", Both}, {"constant-renumbered", "C", Both}}},
	{"removed enumerator", "enum { A, B, C };", "enum { A, C };", []change{
		{"constant-removed", "B", New}, {"constant-renumbered", "C", Both}}},
	{"removed at the end", "enum { A, B, C };", "enum { A, B };", []change{{"constant-removed", "C", New}}},
	{"added at the end", "enum { A, B };", "enum { A, B, C };", []change{{"constant-added", "C", Nobody}}},
	{"added in a gap", "enum { A, B = 5 };", "enum { A, N = 3, B = 5 };", []change{{"constant-added-in-gap", "N", Nobody}}},
	{"added error code", "#define E_A (-1)\n#define E_B (-2)", "#define E_A (-1)\n#define E_B (-2)\n#define E_C (-3)",
		[]change{{"constant-added", "E_C", Nobody}}},
	{"error code in a gap", "#define E_A (-1)\n#define E_B (-4)", "#define E_A (-1)\n#define E_B (-4)\n#define E_C (-3)",
		[]change{{"constant-added-in-gap", "E_C", Nobody}}},
	{"swapped enumerators", "enum { A, B };", "enum { B, A };", []change{
		{"constant-renumbered", "B", Both}, {"constant-renumbered", "A", Both}}},
	{"reused enumerator", "enum { A, OLD /* old */ };", "enum { A, NEW /* new */ };", []change{{"constant-reused", "NEW", Both}}},
	{"reused without texts", "enum { A, OLD };", "enum { A, NEW };", []change{{"constant-reused", "NEW", Both}}},
	{"reused macro", "#define D_A 1\n#define D_B 2", "#define D_A 1\n#define D_C 2", []change{{"constant-reused", "D_C", Both}}},
	{"another family has the number", "#define D_A 1", "#define E_A 1", []change{
		{"constant-removed", "D_A", New}, {"constant-added", "E_A", Nobody}}},
	{"renamed enumerator", "enum { A, OLD /* same */ };", "enum { A, NEW /* same */ };", []change{{"constant-renamed", "NEW", Nobody}}},
	{"reserved number taken", "enum { A, A_RESERVED };", "enum { A, NEW };", []change{{"constant-renamed", "NEW", Nobody}}},
	{"limit moved", "enum { A, B, N_MAX };", "enum { A, B, C, N_MAX };", []change{
		{"constant-added", "C", Nobody}, {"constant-limit-moved", "N_MAX", Nobody}}},
	{"limit below others", "enum { A, B, N_MAX };", "enum { A, B, N_MAX = 0 };", []change{{"constant-renumbered", "N_MAX", Both}}},
	{"retyped", "#define A_X 1", "#define A_X 1UL", []change{{"constant-retyped", "A_X", Nobody}}},
	{"reworded", "#define A_X 1 /* one  thing */", "#define A_X 1 /* another thing */", []change{{"text-reworded", "A_X", Nobody}}},
	{"respaced text", "#define A_X 1 /* one  thing */", "#define A_X 1 /* one thing */", nil},
	{"no value any more", "#define A_X 1", "#define A_X(x) 1", []change{{"constant-removed", "A_X", New}}},
	{"macro becomes enumerator", "#define A_X 1", "enum { A_X = 1 };", nil},

	{"record removed", "struct s { int a; };", "", []change{{"record-removed", "struct s", New}}},
	{"record added", "", "struct s { int a; };", []change{{"record-added", "struct s", Nobody}}},
	{"record renamed", "struct s { int a; };", "struct t { int a; };", []change{{"record-renamed", "struct t", Nobody}}},
	{"struct becomes union", "struct s { int a; }; struct t { struct s s; };", "union s { int a; }; struct t { union s s; };", []change{
		{"record-removed", "struct s", New}, {"record-added", "union s", Nobody}, {"field-retyped", "struct t.s", Both}}},
	{"typedef becomes union", "typedef struct { int a; } s;", "typedef union { int a; } s;", []change{{"record-kind-changed", "s", Both}}},
	{"grown at the end", "struct s { int a; };", "struct s { int a; int b; };", []change{
		{"record-grown", "struct s", New}, {"field-added", "struct s.b", Nobody}}},
	{"shrunk", "struct s { int a; int b; };", "struct s { int a; };", []change{
		{"record-shrunk", "struct s", Old}, {"field-removed", "struct s.b", Old}}},

	{"moved", "struct s { int a; int b; };", "struct s { int n; int a; int b; };", []change{
		{"record-grown", "struct s", New}, {"field-overlaid", "struct s.n", Both},
		{"field-moved", "struct s.a", Both}, {"field-moved", "struct s.b", Both}}},
	{"swapped", "struct s { int a; int b; int c; };", "struct s { int c; int b; int a; };", []change{{"fields-swapped", "struct s.c", Both}}},
	{"turned round", "struct s { int a; int b; int c; };", "struct s { int b; int c; int a; };", []change{
		{"field-moved", "struct s.b", Both}, {"field-moved", "struct s.c", Both}, {"field-moved", "struct s.a", Both}}},
	{"widened", "struct s { short a; short pad; int b; };", "struct s { int a; int b; };", []change{{"field-resized", "struct s.a", Both}}},
	{"packed", "struct s { char a; int b; };", "struct s { char a; int b; } __attribute__((packed));", []change{
		{"record-shrunk", "struct s", Old}, {"field-moved", "struct s.b", Both}}},
	{"signedness", "struct s { int a; };", "struct s { unsigned a; };", []change{{"field-retyped", "struct s.a", Both}}},
	{"floating point", "struct s { int a; };", "struct s { float a; };", []change{{"field-retyped", "struct s.a", Both}}},
	{"byte order", "typedef unsigned u32, __be32; struct s { u32 a; };", "typedef unsigned u32, __be32; struct s { __be32 a; };",
		[]change{{"field-retyped", "struct s.a", Both}}},
	{"respelled", "struct s { unsigned a; };", "typedef unsigned u32; struct s { u32 a; };", []change{{"field-respelled", "struct s.a", Nobody}}},
	{"an enum is an integer", "struct s { unsigned a; };", "enum e { E = 0xffffffff }; struct s { enum e a; };", []change{
		{"constant-added", "E", Nobody}, {"field-respelled", "struct s.a", Nobody}}},
	{"longer array", "struct s { char a[8]; };", "struct s { char a[16]; };", []change{
		{"record-grown", "struct s", New}, {"field-resized", "struct s.a", Both}}},
	{"other dimensions", "struct s { char a[8]; };", "struct s { char a[2][4]; };", []change{{"field-retyped", "struct s.a", Both}}},
	{"renamed", "struct s { int a; };", "struct s { int b; };", []change{{"field-renamed", "struct s.b", Nobody}}},
	{"renamed and retyped", "struct s { int a; };", "struct s { float b; };", []change{
		{"field-renamed", "struct s.b", Nobody}, {"field-retyped", "struct s.b", Both}}},
	{"reused", "struct s { int a; /* one */ };", "struct s { int b; /* another */ };", []change{{"field-reused", "struct s.b", Both}}},
	{"field becomes padding", "struct s { int a; int b; };", "struct s { int a; int unused; };", []change{{"field-removed", "struct s.b", Old}}},
	{"padding put to use", "struct s { int a; int unused; };", "struct s { int a; int b; };", []change{{"field-in-reserve", "struct s.b", Nobody}}},
	{"part of the padding put to use", "struct s { int a; char pad[4]; };", "struct s { int a; short b; char pad[2]; };",
		[]change{{"field-in-reserve", "struct s.b", Nobody}}},
	{"hole put to use", "struct s { char a; int b; };", "struct s { char a; char n; int b; };", []change{{"field-in-hole", "struct s.n", New}}},
	{"tail padding put to use", "struct s { int b; char a; };", "struct s { int b; char a; char n; };", []change{{"field-in-hole", "struct s.n", New}}},
	{"a name that only begins like padding", "struct s { int pad_len; int b; };", "struct s { int b; int pad_len; };",
		[]change{{"fields-swapped", "struct s.b", Both}}},

	{"bit-field moved", "struct s { unsigned a : 3, b : 5; };", "struct s { unsigned n : 1, a : 3, b : 5; };", []change{
		{"field-overlaid", "struct s.n", Both}, {"field-moved", "struct s.a", Both}, {"field-moved", "struct s.b", Both}}},
	{"bit-field widened", "struct s { unsigned a : 3; };", "struct s { unsigned a : 4; };", []change{{"field-resized", "struct s.a", Both}}},
	{"bit-field added in spare bits", "struct s { unsigned a : 3, reserved : 29; };", "struct s { unsigned a : 3, b : 1, reserved : 28; };",
		[]change{{"field-in-reserve", "struct s.b", Nobody}}},
	{"member of a union", "struct s { union { int a; char b; }; };", "struct s { union { int a; char b; short c; }; };",
		[]change{{"field-added", "struct s.c", Nobody}}},
	{"nameless inside", "struct s { struct { int a; } in; };", "struct s { struct { int n; int a; } in; };", []change{
		{"record-grown", "struct s", New}, {"field-overlaid", "struct s.in.n", Both}, {"field-moved", "struct s.in.a", Both}}},
	{"array of nameless", "struct s { struct { char a; int b; } list[2]; };", "struct s { struct { char a; char n; int b; } list[2]; };",
		[]change{{"field-in-hole", "struct s.list[].n", New}}},
	{"record inside", "struct in { int a; }; struct s { struct in in; int b; };", "struct in { int a; int n; }; struct s { struct in in; int b; };",
		[]change{{"record-grown", "struct in", New}, {"field-added", "struct in.n", Nobody},
			{"record-grown", "struct s", New}, {"field-resized", "struct s.in", Both}, {"field-moved", "struct s.b", Both}}},
}

func TestCompare(t *testing.T) {
	for _, tt := range vectors {
		t.Run(tt.name, func(t *testing.T) {
			var got []change
			for _, c := range compare(t, tt.old, tt.new) {
				got = append(got, change{c.Rule.Name, c.Subject, c.Rule.Breaks})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSame compares every header of the table with itself.
func TestSame(t *testing.T) {
	for _, tt := range vectors {
		if got := compare(t, tt.new, tt.new); len(got) != 0 {
			t.Errorf("%s: a header differs from itself: %v", tt.name, got)
		}
	}
}

// TestEveryRule compares the list of rules with what the table of vectors makes happen.
func TestEveryRule(t *testing.T) {
	var happened []string
	for _, tt := range vectors {
		for _, w := range tt.want {
			happened = append(happened, w.Rule)
		}
	}
	slices.Sort(happened)
	var rules []string
	for _, r := range Rules() {
		rules = append(rules, r.Name)
		if r.Why == "" {
			t.Errorf("%s has no reason", r.Name)
		}
	}
	slices.Sort(rules)
	if diff := cmp.Diff(rules, slices.Compact(happened)); diff != "" {
		t.Errorf("rules, and those that happen (-rules +happen):\n%s", diff)
	}
}

// FuzzCompare compares any two headers that can be parsed, both ways.
func FuzzCompare(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.old, v.new)
	}
	f.Fuzz(func(t *testing.T, old, new string) {
		a, errA := parse(t, old)
		b, errB := parse(t, new)
		if errA != nil || errB != nil {
			return
		}
		Compare(a, b)
		Compare(b, a)
		if same := Compare(a, a); len(same) > 0 {
			t.Errorf("a header differs from itself: %v", same)
		}
	})
}

func parse(t *testing.T, header string) (*model.Unit, error) {
	dir := headertest.Files(t, map[string]string{"a.h": header})
	return cparse.Parse(cparse.Options{Dir: dir, Headers: []string{"a.h"}, Target: "bpfel"})
}
