// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bytes"
	"errors"
	"go/format"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// oddHeaders declare a struct e, an enum k and macros M_: names that are declared twice, nested anonymous records, flexible
// arrays, packed records, byte orders, and macros of macros.
var oddHeaders = []string{
	"struct e { int x; struct { int x; }; };\nenum k { K };\n#define M_A 1\n",
	"struct e { int a; };\nunion e { int a; };\nenum k { K };\nenum k { L };\n",
	"struct e { struct e { int a; } b; };\nenum k { K = sizeof(struct e) };\n",
	"struct e { int n; union { struct { char a, b; }; short c; }; int list[]; };\nenum k { K = -1, L } __attribute__((packed));\n#define M_A M_B\n#define M_B (1 << 3)\n#define M_C M_C\n",
	"typedef unsigned int __be32;\n#pragma pack(push, 1)\nstruct e { char c; __be32 a; unsigned f : 3, : 0, g : 9; };\n#pragma pack(pop)\nenum k { K };\n#define K 5\n",
	"#define FIELD(t, n) t n;\nstruct e { FIELD(int, a) FIELD(char, b[M_A]) } __attribute__((aligned(16)));\nenum k { K };\n#define M_A sizeof(enum k)\n#define M_B \"text\"\n",
}

// oddConfigs ask for them, with something left empty.
var oddConfigs = []string{
	"package: p\nheaders: a.h\ntyped: true\nfiles: {z.go: {constants: [M_*], groups: {K: {enum: k, text: name, methods: [parse, text, valid, values]}}, structs: {e: }, methods: [text, json]}}\n",
	"package: p\nheaders: [a.h]\nreleases:\nfiles: {z.go: {structs: {e: {versions: }}}}\n",
	"package: p\nheaders: a.h\nreleases: {define: M_R, list: ['1.2']}\ntargets: [amd64, s390x]\nfiles: {z.go: {groups: {M: {macros: [M_*], type: uint8, flags: true}}, structs: {e: {masks: true}}}}\n",
}

// FuzzGenerate generates from any header and configuration: there is gofmt's Go, or there are faults with a
// position, and never anything else.
func FuzzGenerate(f *testing.F) {
	for _, dir := range []string{"golden", "faults"} {
		names, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				f.Fatal(err)
			}
			seed := map[string]string{}
			for _, file := range archive.Files {
				seed[file.Name] = string(file.Data)
			}
			f.Add(seed["a.h"], seed[ConfigName])
		}
	}
	for _, header := range oddHeaders {
		for _, config := range oddConfigs {
			f.Add(header, config)
		}
	}
	f.Fuzz(func(t *testing.T, header, config string) {
		others := strings.ReplaceAll(header, "#include <linux/types.h>", "")
		if strings.Contains(config, "..") || strings.HasPrefix(config, "/") || strings.Contains(others, "include") {
			return // other files
		}
		dir := t.TempDir()
		put(t, filepath.Join(dir, "a.h"), header)
		put(t, filepath.Join(dir, ConfigName), config)
		r, err := Generate(filepath.Join(dir, ConfigName))
		if err != nil {
			positioned(t, err)
			return
		}
		for _, file := range r.Files {
			formatted, err := format.Source(file.Data)
			if err != nil || !bytes.Equal(formatted, file.Data) {
				t.Fatalf("%s is not as gofmt writes it: %v\n%s", file.Path, err, file.Data)
			}
		}
	})
}

// positioned checks that an error is faults, each of them somewhere.
func positioned(t *testing.T, err error) {
	t.Helper()
	var faults Faults
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("not faults: %v", err)
	}
	for _, f := range faults {
		if f.Pos == (model.Pos{}) || f.Msg == "" {
			t.Errorf("a fault without a position or a text: %v", f)
		}
	}
}
