// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lockstep-bpf/lockstep/gen"
)

// archives calls do for each archive of testdata/dir, in a directory with its files. What do returns, by name, is what the
// archive has below want/; -update writes it.
func archives(t *testing.T, dir string, do func(t *testing.T, files map[string]string) map[string][]byte) {
	names, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata/%s (%v)", dir, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			path, err := filepath.Abs(name)
			if err != nil {
				t.Fatal(err)
			}
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := unpack(t, a)
			got := do(t, files)
			compareArchive(t, path, a, got)
		})
	}
}

// unpack writes an archive's files to a new directory and makes it the working directory.
func unpack(t *testing.T, a *txtar.Archive) map[string]string {
	dir := t.TempDir()
	files := map[string]string{}
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, "want/") {
			continue
		}
		files[f.Name] = string(f.Data)
		writeFile(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	t.Chdir(dir)
	return files
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func compareArchive(t *testing.T, path string, a *txtar.Archive, got map[string][]byte) {
	found := 0
	for i, f := range a.Files {
		name, want := strings.CutPrefix(f.Name, "want/")
		if !want {
			continue
		}
		found++
		if *update {
			a.Files[i].Data = got[name]
		} else if diff := cmp.Diff(string(f.Data), string(got[name])); diff != "" {
			t.Errorf("%s (-want +got; run with -update to accept):\n%s", name, diff)
		}
	}
	if found != len(got) {
		t.Errorf("the archive has %d files below want, of %d", found, len(got))
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(a), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDumpText has what dump prints of headers that have one of each thing.
func TestDumpText(t *testing.T) {
	archives(t, "dump", func(t *testing.T, files map[string]string) map[string][]byte {
		d, err := gen.Dump(gen.Headers{Paths: []string{"a.h"}, Target: strings.TrimSpace(files["target"])})
		if err != nil {
			t.Fatal(err)
		}
		data, err := document(d)
		if err != nil {
			t.Fatal(err)
		}
		return map[string][]byte{"table": declarationTables(d, true), "json": data}
	})
}

// TestBreakingText compares old/a.h with new/a.h of each archive, for the archive's configuration.
func TestBreakingText(t *testing.T) {
	archives(t, "breaking", func(t *testing.T, _ map[string]string) map[string][]byte {
		t.Chdir("new")
		changes, err := gen.Breaking([]string{gen.ConfigName}, filepath.Join("..", "old"))
		if err != nil {
			t.Fatal(err)
		}
		data, err := document(map[string]any{"changes": changes})
		if err != nil {
			t.Fatal(err)
		}
		return map[string][]byte{"text": changesText(changes), "json": data}
	})
}

// TestEmptyTable has headers that declare nothing.
func TestEmptyTable(t *testing.T) {
	if got := string(declarationTables(&gen.Declarations{Target: "bpfel"}, false)); got != "target bpfel\n" {
		t.Errorf("the table of nothing is %q", got)
	}
}

// TestTableIsForTerminals has a comment that would reach a terminal as a command.
func TestTableIsForTerminals(t *testing.T) {
	table := tableOf(t, "#define A 1 /* red\x1b[31m\tand \xff */\n#define B \"\\033[2J\"\n")
	if bytes.ContainsAny(table, "\x1b\t") || !utf8.Valid(table) {
		t.Errorf("the table has control characters: %q", table)
	}
}

// TestTableOfMany has a small header whose records have more fields than memory has room for.
func TestTableOfMany(t *testing.T) {
	var b strings.Builder
	b.WriteString("struct s0 { int a; };\n")
	for i := 1; i < 50; i++ {
		b.WriteString(strings.NewReplacer("NEW", "s"+strings.Repeat("0", i+1), "OLD", "s"+strings.Repeat("0", i)).
			Replace("struct NEW { struct OLD a, b; };\n"))
	}
	if n := len(tableOf(t, b.String())); n > 1<<20 {
		t.Errorf("the table has %d bytes", n)
	}
}

func tableOf(t *testing.T, header string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.h")
	writeFile(t, path, header)
	d, err := gen.Dump(gen.Headers{Paths: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	return declarationTables(d, true)
}

// FuzzTable writes any header that can be read as tables.
func FuzzTable(f *testing.F) {
	for _, seed := range []string{
		"enum { A, B = -1 };", "#define A 1.5e300\n#define B \"x\"\n", "struct s { int a : 3, : 0; union { char b[2][0]; }; };",
		"struct a { char c[1 << 30]; }; struct b { struct a a[1 << 10]; };", "typedef struct { struct { int x; } y[3]; } t;",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		path := filepath.Join(t.TempDir(), "a.h")
		writeFile(t, path, header)
		for _, target := range []string{"bpfel", "bpfeb", "linux/386"} {
			if d, err := gen.Dump(gen.Headers{Paths: []string{path}, Target: target}); err == nil {
				declarationTables(d, true)
			}
		}
	})
}
