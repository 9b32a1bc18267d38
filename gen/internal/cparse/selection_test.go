// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// only returns what of a unit is asked for, as text.
func (a *Selection) only(u *model.Unit, err error) string {
	if err != nil {
		return printed(nil, err)
	}
	part := &model.Unit{Inputs: u.Inputs}
	for _, r := range u.Records {
		if a.Record(r.Name) || a.Record(r.Tag) || a.Record(r.Alias) {
			part.Records = append(part.Records, r)
		}
	}
	for _, e := range u.Enums {
		if a.enums[e.Tag] || a.enums[e.Typedef] || a.enums[e.Alias] {
			part.Enums = append(part.Enums, e)
			a.Constants = append(a.Constants, e.Members[0].Name)
		}
	}
	for _, c := range u.Constants {
		if a.Constant(c.Name) {
			part.Constants = append(part.Constants, c)
		}
	}
	for _, s := range u.Skipped {
		if a.Constant(s.Name) {
			part.Skipped = append(part.Skipped, s)
		}
	}
	return printed(part, nil)
}

// sameAsWhole compares what is read of headers for what is asked with what is read of them in all.
func sameAsWhole(t *testing.T, opts Options, a *Selection) {
	t.Helper()
	opts.Selection = nil
	a.prepare()
	want := a.only(Parse(opts))
	opts.Selection = a
	got := a.only(Parse(opts))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("asked for %v %v %v:\n%s", a.Records, a.Enums, a.Constants, diff)
	}
}

// badHeader is a declaration that cannot be read.
const badHeader = "struct bad_one { nothing here; };\n"

// TestSelection reads what is asked for in headers behind others, of which the rest can be left alone: a fault in it is not
// reported then. With the fault in what is asked for, it is.
func TestSelection(t *testing.T) {
	tests := []struct {
		name, system, own string
		asked             Selection
		fault             string // what a struct bad_one at the end of the system's header gives; "" for nothing
	}{
		{"nothing of the system's", "typedef unsigned int u32; struct other { u32 a; };\n",
			"struct mine { u32 a; struct other *p; };\n", Selection{Records: []string{"mine"}}, ""},
		{"a field", "typedef unsigned char u8; struct in { u8 a; } __attribute__((packed)); struct out { int b; struct in in; };\n",
			"struct mine { struct out o; u8 z; };\n", Selection{Records: []string{"struct mine", "out"}}, ""},
		{"a bad field", "", "struct mine { struct bad_one o; };\n", Selection{Records: []string{"mine"}}, "unknown type name"},
		{"a bad struct asked for", "", "", Selection{Records: []string{"bad_one"}}, "unknown type name"},
		{"a struct defined again", "", "struct bad_one { int a; };\n", Selection{Records: []string{"bad_one"}}, "unknown type name"},
		{"an assertion", "struct a { int b; };\n_Static_assert(sizeof(struct a) == 8, \"size\");\n", "", Selection{}, "static assertion failed"},
		{"typedefs name it", "struct a { int b; };\ntypedef struct a a_t, *a_p;\n", "", Selection{Records: []string{"struct a", "a_t"}}, ""},
		{"a typedef without a tag", "typedef struct { int b; } a_t;\ntypedef a_t b_t;\n", "struct mine { b_t x[2]; };\n",
			Selection{Records: []string{"mine", "a_t"}}, ""},
		{"an enum inside", "struct a { enum inner { IN_A = 3, IN_B } e; };\n", "struct mine { char x[IN_B]; };\n",
			Selection{Records: []string{"mine"}, Constants: []string{"IN_*"}, Enums: []string{"inner"}}, ""},
		{"a struct inside", "struct a { struct inner { long l; } e; };\n", "struct mine { struct inner i; };\n", Selection{Records: []string{"mine"}}, ""},
		{"an enum by a member", "enum { ONE = 1, TWO };\n", "", Selection{Enums: []string{"TWO"}, Constants: []string{"ONE", "TWO"}}, ""},
		{"an enum of a size", "enum e : unsigned char { E_A };\n", "struct mine { enum e e; };\n", Selection{Records: []string{"mine"}}, ""},
		{"pragmas between", "#pragma pack(push, 1)\nstruct a { char c; int b; };\n#pragma pack(pop)\nstruct z { char c; int b; };\n", "",
			Selection{Records: []string{"a", "z"}}, ""},
		{"pragmas inside", "struct a { char c;\n#pragma pack(1)\nint b; };\nstruct z { char c; int b; };\n", "", Selection{Records: []string{"z"}}, ""},
		{"attributes before a tag", "struct __attribute__((packed)) a { char c; int b; };\nstruct [[gnu::packed]] b { char c; int b; };\n",
			"struct mine { struct a a; struct b b; };\n", Selection{Records: []string{"mine"}}, ""},
		{"function bodies", "struct a { int b; };\nstatic inline int f(struct a *x) { struct a y = *x; if (y.b) { return 1; } return 0; }\nstruct z { int q; };\n",
			"struct mine { struct z z; };\n", Selection{Records: []string{"mine"}}, ""},
		{"initializers", "struct a { int b; } x = { 3 }, y[] = { { 1 }, { 2 } };\nint n = sizeof(struct a);\nstruct z { int q; };\n",
			"struct mine { struct z z; };\n", Selection{Records: []string{"mine"}}, ""},
		{"the size of a variable", "struct a { int b[7]; };\nextern struct a x;\n", "struct mine { char c[sizeof(x)]; };\n",
			Selection{Records: []string{"mine"}}, ""},
		{"what a pointer points at", "struct b { int q[3]; };\nstruct a { struct b *p; };\nextern struct a *x;\n",
			"struct mine { char c[sizeof(((struct a *)0)->p->q)], d[sizeof(*x)]; };\n", Selection{Records: []string{"mine"}}, ""},
		{"a macro's value", "struct b { int q[3]; };\nstruct a { struct b *p; };\n#define SIZE sizeof(*((struct a *)0)->p)\n#define NO x.y\n", "",
			Selection{Constants: []string{"SIZE"}}, ""},
		{"a macro without a value", "#define NO x.y\n#define ARGS(a) a\n#define YES 3\n", "", Selection{Constants: []string{"*"}}, "unknown type name"},
		{"typeof", "struct a { long l; };\nextern struct a *x;\n", "struct mine { typeof(*x) a; typeof(struct a *) b; };\n", Selection{Records: []string{"mine"}}, ""},
		{"functions for fields", "struct a { long l; };\ntypedef int (*call)(struct a *, int);\ntypedef int (takes)(int);\n",
			"struct mine { call c; takes *d; int (*e)(struct a *x, call y); };\n", Selection{Records: []string{"mine"}}, ""},
		{"asm", "asm(\".text\");\nextern int f(void) __asm__(\"g\");\nstruct a { long l; };\n", "struct mine { struct a a; };\n", Selection{Records: []string{"mine"}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"system.h": test.system, "mine.h": "#include \"system.h\"\nstruct listed { int a; };\n" + test.own}
			if test.fault == "" {
				sameAsWhole(t, Options{Dir: writeFiles(t, files), Headers: []string{"mine.h"}, Target: "bpfel"}, &test.asked)
			}
			files["system.h"] += badHeader
			_, err := Parse(Options{Dir: writeFiles(t, files), Headers: []string{"mine.h"}, Target: "bpfel", Selection: &test.asked})
			switch {
			case test.fault == "" && err != nil:
				t.Error(err)
			case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
				t.Errorf("got %v, want a fault: %s", err, test.fault)
			}
		})
	}
}

// TestSelectionListed checks that a header that is listed is read whole, but for one of bpftool's.
func TestSelectionListed(t *testing.T) {
	for _, test := range []struct {
		guard string
		fault bool
	}{{"__VMLINUX_H__", false}, {"VMLINUX_H", true}} {
		dir := writeFiles(t, map[string]string{
			"vmlinux.h": "#ifndef " + test.guard + "\n#define " + test.guard + "\ntypedef unsigned int u32;\n" + badHeader + "#endif\n",
			"mine.h":    "struct mine { u32 a; };\n",
		})
		_, err := Parse(Options{Dir: dir, Headers: []string{"vmlinux.h", "mine.h"}, Target: "bpfel", Selection: &Selection{Records: []string{"mine"}}})
		if (err != nil) != test.fault {
			t.Errorf("guarded by %s: %v", test.guard, err)
		}
	}
}

// TestSelectionRandom asks for a few of the records and constants in headers that TestDifferential's writer writes.
func TestSelectionRandom(t *testing.T) {
	seeds := uint64(30)
	if testing.Short() {
		seeds = 5
	}
	asked := 0
	for seed := range seeds {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 5))}
		dir := writeFiles(t, map[string]string{"w.h": w.header(), "mine.h": "#include \"w.h\"\n"})
		opts := Options{Dir: dir, Headers: []string{"mine.h"}, Target: "bpfel"}
		unit, err := Parse(opts)
		if err != nil || len(unit.Records) == 0 || len(unit.Constants) == 0 {
			continue
		}
		for range 4 {
			asked++
			sameAsWhole(t, opts, &Selection{
				Records:   []string{unit.Records[w.IntN(len(unit.Records))].Name},
				Constants: []string{unit.Constants[w.IntN(len(unit.Constants))].Name},
			})
		}
	}
	if asked == 0 {
		t.Error("no header could be read")
	}
}

// TestManyMacros bounds the memory that a macro takes which nobody asks for.
func TestManyMacros(t *testing.T) {
	const macros, most = 50_000, 900
	var h strings.Builder
	for i := range macros {
		fmt.Fprintf(&h, "#define MACRO_%d (%d + 1)\n", i, i)
	}
	h.WriteString("struct mine { int a; };\n")
	opts := Options{Dir: writeFiles(t, map[string]string{"mine.h": h.String()}), Headers: []string{"mine.h"}, Target: "bpfel"}
	opts.Selection = &Selection{Records: []string{"mine"}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	unit, err := Parse(opts)
	runtime.ReadMemStats(&after)
	if err != nil || len(unit.Records) != 1 || len(unit.Constants) != 0 {
		t.Fatal(unit, err)
	}
	each := (after.TotalAlloc - before.TotalAlloc) / macros
	t.Logf("%d bytes for each macro", each)
	if each > most {
		t.Errorf("a macro that nobody asks for takes %d bytes, want at most %d", each, most)
	}
}
