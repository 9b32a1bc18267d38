// SPDX-License-Identifier: Apache-2.0

package header

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// read reads a header with a text.
func read(t *testing.T, text string) *Unit {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.h")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(path))
	u, err := Read(Options{Paths: []string{"a.h"}})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestStruct(t *testing.T) {
	u := read(t, `#include <linux/types.h>
enum kind { KIND_A = 1, KIND_B = -1 };
#define FLAG_ONE 1
#define FLAG_BIG 0xffffffffffffffffULL
typedef struct {
	enum kind kind;
	__be16 port; /* the port */
	__u8 flag;   /* FLAG_* */
	char name[2][4];
	unsigned a : 3, : 2, b : 4;
	struct { int x; };
	__u64 data[];
} event_t;
union u { int i; };
struct bad { struct missing m; };
`)
	s, err := u.Struct("event_t")
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Structs(); len(got) != 1 || got[0] != "event_t" {
		t.Errorf("structs are %v", got)
	}
	if s.Size != 24 || s.Least != 24 || len(s.Fields) != 8 {
		t.Fatalf("%+v", s)
	}
	for i, want := range []Field{
		{Name: "kind", Kind: Int, Size: 4, Enum: &Enum{Name: "kind"}},
		{Name: "port", Order: Big, Offset: 4, Size: 2, Doc: "the port"},
		{Name: "flag", Offset: 6, Size: 1, Enum: &Enum{Name: "FLAG_"}},
		{Name: "name", Kind: Char, Offset: 7, Size: 1, Dims: []int{2, 4}},
		{Name: "a", Offset: 12, Size: 4, Bit: 120, Width: 3},
		{Name: "b", Offset: 16, Size: 4, Bit: 125, Width: 4},
		{Kind: Record, Offset: 20, Size: 4},
		{Name: "data", Offset: 24, Size: 8, Dims: []int{-1}},
	} {
		f := s.Fields[i]
		if f.Name != want.Name || f.Kind != want.Kind || f.Order != want.Order || f.Width != want.Width || len(f.Dims) != len(want.Dims) ||
			(f.Enum == nil) != (want.Enum == nil) || f.Enum != nil && f.Enum.Name != want.Enum.Name {
			t.Errorf("%+v, want %+v", f, want)
		}
	}
	if v, ok := u.Constant("FLAG_BIG"); !ok || v != -1 {
		t.Errorf("FLAG_BIG is %v, %v", v, ok)
	}
	for name, want := range map[string]string{
		"u":      "union u is a union: a message is a struct",
		"event":  `a.h: no struct is called "event"; there are event_t`,
		"kernel": `a.h: no struct is called "kernel"; there are event_t`,
	} {
		if _, err := u.Struct(name); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if _, err := u.Struct("bad"); err == nil || errors.As(err, new(*UnknownError)) {
		t.Errorf("bad: %v", err)
	}
}

// TestConfigNames reads the headers of a configuration whose fields and constants have names that a generated description takes.
func TestConfigNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"a.h": "enum kind { KIND_A = 1 };\nstruct event { unsigned char kind; /* enum kind */ long long bytes; int fields; int uint; };\n" +
			"#define EVENT_FIELDS 1\n#define ENUM_KIND 2\n",
		"lockstep.yaml": "package: events\nheaders: [a.h]\nfiles:\n  zz_generated.go:\n    constants: {EVENT_FIELDS: eventFields, ENUM_KIND: enumKind}\n" +
			"    groups: {Kind: {enum: kind, type: uint8}}\n    structs: {event: Event}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	u, err := ReadConfig("lockstep.yaml", "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := u.Struct("event")
	if err != nil || len(s.Fields) != 4 || s.Fields[0].Enum == nil || s.Fields[0].Enum.Name != "kind" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestFaults(t *testing.T) {
	if _, err := Read(Options{Paths: []string{"nowhere.h"}}); !errors.As(err, new(Faults)) {
		t.Errorf("%v", err)
	}
	if _, err := Read(Options{Paths: []string{"nowhere.h"}, Target: "vax"}); err == nil {
		t.Error("there is no such target")
	}
	if _, err := ReadConfig("nowhere.yaml", ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
