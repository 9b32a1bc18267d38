// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/cdecl"
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/predef"
)

// lowered returns what is in a text, or of that what is wanted.
func lowered(t *testing.T, text string, w Wanted, o cdecl.Options) (u *model.Unit, doubtful bool) {
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
	target, _ := layout.Lookup("bpfel")
	var faults diag.List
	pre := cpp.Run(files, []*cpp.Source{source}, &cpp.Options{Predefined: predef.For(target)}, &faults)
	d := cdecl.Read(pre, target, o, &faults)
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	u = &model.Unit{}
	return u, Unit(pre, d, w, u)
}

var order = map[model.Order]string{model.Native: "native", model.BigEndian: "big-endian", model.LittleEndian: "little-endian"}

// facts has a unit as lines: constants, enums, records with their fields, and what was skipped.
func facts(u *model.Unit) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, c := range u.Constants {
		value := fmt.Sprint(c.Value)
		if c.Enum != nil {
			value += " of " + c.Enum.Tag + c.Enum.Typedef
		}
		add("%v: %s = %s, %s [%s] [%s]", c.Pos, c.Name, value, c.Type.C, c.Doc, c.Text)
	}
	for _, e := range u.Enums {
		add("%v: enum %q %q %q: %s, %d members [%s]", e.Pos, e.Tag, e.Typedef, e.Alias, e.Type.C, len(e.Members), e.Doc)
	}
	for _, r := range u.Records {
		add("%v: %s %q %q: %d/%d up to %d [%s]", r.Pos, r.Name, r.Tag, r.Alias, r.Size, r.Align, r.MinSize, r.Doc)
		for _, f := range r.Fields {
			place := fmt.Sprintf("@%d", f.Offset)
			if f.BitField {
				place = fmt.Sprintf("@bit%d+%d", f.BitOffset, f.BitWidth)
			}
			add("  %v: %q %s %s, %s [%s] [%s]", f.Pos, f.Name, f.Type.C, place, order[f.Type.Order], f.Doc, f.Text)
		}
	}
	for _, s := range u.Skipped {
		add("%v: %s skipped: %s", s.Pos, s.Name, s.Reason)
	}
	return list
}

func TestUnit(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"constants in the order of the header", "#define B 2 /* two */\nenum e { /* first */ A, C = B, };\n/* a text */\n#define T \"x\"\n", []string{
			"a.h:1:9: B = 2, int [] [two]",
			"a.h:2:22: A = 0 of e, int [first] []",
			"a.h:2:25: C = 2 of e, int [] []",
			`a.h:4:9: T = "x", char [2] [a text] []`,
			`a.h:2:1: enum "e" "" "": unsigned int, 2 members []`,
		}},
		{"macros without a value", "#define NONE\n#define CALL(x) x\n#define DATE __DATE__\n#define LIST 1, 2\n#define WORD struct s\n#define LOST gone\n", []string{
			"a.h:1:9: NONE skipped: has no value",
			"a.h:2:9: CALL skipped: takes arguments",
			"a.h:3:9: DATE skipped: is not a constant: it depends on where or when it is used, by __DATE__",
			"a.h:4:9: LIST skipped: is a list",
			`a.h:5:9: WORD skipped: is not an expression: it begins with "struct"`,
			"a.h:6:9: LOST skipped: is not a constant: gone is not declared",
		}},
		{"an enumerator and a macro of one name", "enum e { A, B };\n#define A A\n#define B 5\n", []string{
			"a.h:1:10: A = 0 of e, int [] []",
			"a.h:3:9: B = 5, int [] []",
			`a.h:1:1: enum "e" "" "": unsigned int, 2 members []`,
			"a.h:1:13: B skipped: is hidden by a macro of the same name",
		}},
		{"a macro's last definition", "#define A 1\n#undef A\n#define A 2\n#define GONE 1\n#undef GONE\n", []string{"a.h:3:9: A = 2, int [] []"}},
		{"records", "typedef unsigned int __be32;\n/* above it */\ntypedef struct s {\n\tchar c;\t/* behind c */\n\t/* above a */\n\t__be32 a, b; // both\n" +
			"\tunion { int i; };\n\tunsigned f : 3;\n} s_t;\nstruct { int x; } variable;\n", []string{
			`a.h:3:9: struct s "s" "s_t": 20/4 up to 17 [above it]`,
			`  a.h:4:7: "c" char @0, native [] [behind c]`,
			`  a.h:6:9: "a" __be32 @4, big-endian [above a] [both]`,
			`  a.h:6:12: "b" __be32 @8, big-endian [] [both]`,
			`  a.h:7:2: "" union {...} @12, native [] []`,
			`  a.h:8:11: "f" unsigned int @bit128+3, native [] []`,
		}},
		{"a typedef's name", "typedef struct { int x; } a, b;\ntypedef enum { A } e;\n", []string{
			"a.h:2:16: A = 0 of e, int [] []",
			`a.h:2:9: enum "" "e" "": unsigned int, 1 members []`,
			`a.h:1:9: a "" "": 4/4 up to 4 []`,
			`  a.h:1:22: "x" int @0, native [] []`,
		}},
		{"a record in another", "/* outside */\nstruct s {\n\t/* inside */\n\tstruct in { int x; } i;\n};\n", []string{
			`a.h:2:1: struct s "s" "": 4/4 up to 4 [outside]`,
			`  a.h:4:23: "i" struct in @0, native [inside] []`,
			`a.h:4:2: struct in "in" "": 4/4 up to 4 [inside]`,
			`  a.h:4:18: "x" int @0, native [] []`,
		}},
		{"by a macro", "#define PAIR int a; int b;\n#define MAKE(n) struct n { int x; }\nstruct p { PAIR };\nMAKE(made);\n", []string{
			`a.h:3:1: struct p "p" "": 8/4 up to 8 []`,
			`  a.h:1:18: "a" int @0, native [] []`,
			`  a.h:1:25: "b" int @4, native [] []`,
			`a.h:4:6: struct made "made" "": 4/4 up to 4 []`,
			`  a.h:2:32: "x" int @0, native [] []`,
			"a.h:1:9: PAIR skipped: is not an expression: it begins with \"int\"",
			"a.h:2:9: MAKE skipped: takes arguments",
		}},
	}
	for _, tt := range tests {
		u, _ := lowered(t, tt.text, nil, cdecl.Options{})
		if diff := cmp.Diff(tt.want, facts(u)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestSource has definitions as written, and where a macro that brings a field is used.
func TestSource(t *testing.T) {
	u, _ := lowered(t, "#define ID int id;\n#define MAKE(n) struct n { int x; }\ntypedef struct a { // one\n\tID\n\tint y;\n} __attribute__((packed)) a_t;\nMAKE(b);\n", nil, cdecl.Options{})
	want := []string{"struct a { // one\n\tID\n\tint y;\n} __attribute__((packed))", "MAKE(b)"}
	var got []string
	for _, r := range u.Records {
		got = append(got, r.Source)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	first := u.Records[0]
	if first.Fields[0].Use.String() != "a.h:4:2" || first.Fields[1].Use.IsValid() || !first.Packed || u.Records[1].Packed {
		t.Errorf("used at %v and %v, packed %v and %v", first.Fields[0].Use, first.Fields[1].Use, first.Packed, u.Records[1].Packed)
	}
}

// TestTypes has what types point at and are made of, each record once.
func TestTypes(t *testing.T) {
	u, _ := lowered(t, "struct in { int x; };\nenum e { A };\nstruct s { struct in list[2][3]; struct in *p; enum e e; int (*f)(void); char c[]; };\n", nil, cdecl.Options{})
	in, fields := u.Records[0], u.Records[1].Fields
	list, pointer := fields[0].Type, fields[1].Type
	switch {
	case list.Kind != model.Array || list.Len != 2 || list.Elem.Len != 3 || list.Elem.Elem.Record != in || list.Size != 24 || list.Align != 4:
		t.Errorf("list: %+v", list)
	case pointer.Kind != model.Pointer || pointer.Elem.Record != in || pointer.Size != 8:
		t.Errorf("pointer: %+v", pointer)
	case fields[2].Type.Kind != model.EnumType || fields[2].Type.Enum != u.Enums[0] || fields[2].Type.Size != 4:
		t.Errorf("enum: %+v", fields[2].Type)
	case fields[3].Type.Elem.Kind != model.Func || fields[3].Type.C != "int (*)()":
		t.Errorf("function: %+v", fields[3].Type)
	case fields[4].Type.Len != -1 || !fields[4].Type.Elem.Char:
		t.Errorf("flexible array: %+v", fields[4].Type)
	}
}

// names are the constants and records that are wanted.
type names []string

func (n names) Record(name string) bool   { return slices.Contains(n, name) }
func (n names) Constant(name string) bool { return slices.Contains(n, name) }

// TestWanted enters what is asked for by any of its names, and the enums, whose members macros may need.
func TestWanted(t *testing.T) {
	text := "enum e { A };\n#define M 1\n#define N later\nstruct a { int x; };\ntypedef struct b { int x; } b_t;\ntypedef struct { int x; } c;\nstruct d { int x; };\n"
	for _, tt := range []struct {
		wanted   names
		want     string
		doubtful bool
	}{
		{names{}, "A", false},
		{names{"M", "struct a"}, "A M struct a", false},
		{names{"a", "b_t", "c"}, "A struct a struct b c", false},
		{names{"N"}, "A", true},
	} {
		u, doubtful := lowered(t, text, tt.wanted, cdecl.Options{})
		var got []string
		for _, c := range u.Constants {
			got = append(got, c.Name)
		}
		for _, r := range u.Records {
			got = append(got, r.Name)
		}
		if strings.Join(got, " ") != tt.want || doubtful != tt.doubtful {
			t.Errorf("%q: got %q, doubtful %v", tt.wanted, got, doubtful)
		}
	}
}

// TestLeftOut lists what could not be read as that.
func TestLeftOut(t *testing.T) {
	u, _ := lowered(t, "struct good { int x; };\nstruct bad { unknown y; };\n#define LAST 1\n", nil, cdecl.Options{Lenient: true})
	if len(u.Skipped) != 1 || !u.Skipped[0].Unread || u.Skipped[0].Name != "struct bad" || u.Skipped[0].Pos.Line != 2 ||
		u.Skipped[0].Reason != `cannot be read: unknown type name "unknown"` {
		t.Errorf("skipped: %+v", u.Skipped)
	}
	if len(u.Records) != 1 || len(u.Constants) != 1 {
		t.Errorf("read: %q", facts(u))
	}
}
