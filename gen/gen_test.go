// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bytes"
	"errors"
	"flag"
	"go/ast"
	"go/build/constraint"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
)

var update = flag.Bool("update", false, "write the goldens anew")

// archives returns the txtar files of a directory below testdata.
func archives(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in %s: %v", dir, err)
	}
	return names
}

// unpack writes the inputs of an archive into a directory and returns what is expected of them: the files
// below want/, by their name there.
func unpack(t *testing.T, archive *txtar.Archive, dir string) map[string]string {
	t.Helper()
	want := map[string]string{}
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "want/"); ok {
			want[name] = string(f.Data)
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

// rewrite makes an archive expect something else.
func rewrite(t *testing.T, name string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	files := slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, "want/") })
	for _, file := range slices.Sorted(maps.Keys(got)) {
		files = append(files, txtar.File{Name: "want/" + file, Data: []byte(got[file])})
	}
	data := txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: files})
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestGoldens compares what configurations generate, and checks that it is Go as it should be.
func TestGoldens(t *testing.T) {
	check := newTypeChecker()
	for _, name := range archives(t, "golden") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			want := unpack(t, archive, dir)
			r, err := Generate(filepath.Join(dir, ConfigName))
			if err != nil {
				t.Fatal(err)
			}
			got := results(t, dir, r)
			check.packages(t, got)
			if *update {
				rewrite(t, name, archive, got)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("generated (-want +got):\n%s", diff)
			}
		})
	}
}

// results returns the generated files by their path from dir, and what was skipped.
func results(t *testing.T, dir string, r *Result) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range r.Files {
		rel, err := filepath.Rel(dir, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.ToSlash(rel)] = string(f.Data)
	}
	var skipped strings.Builder
	for _, s := range r.Skipped {
		skipped.WriteString(strings.TrimPrefix(s.Pos, filepath.ToSlash(dir)+"/") + ": " + s.Name + ": " + s.Reason + "\n")
	}
	if skipped.Len() > 0 {
		out["skipped"] = skipped.String()
	}
	return out
}

// typeChecker checks generated packages. It reads the standard library once.
type typeChecker struct {
	fset   *token.FileSet
	config types.Config
}

func newTypeChecker() *typeChecker {
	fset := token.NewFileSet()
	return &typeChecker{fset: fset, config: types.Config{Importer: importer.ForCompiler(fset, "source", nil)}}
}

// packages checks that generated files are formatted, begin as generated files do, document what they
// export, and have correct types.
func (c *typeChecker) packages(t *testing.T, files map[string]string) {
	t.Helper()
	byDir := map[string][]*ast.File{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".go" {
			continue
		}
		source := []byte(files[name])
		if formatted, err := format.Source(source); err != nil || !bytes.Equal(formatted, source) {
			t.Errorf("%s is not as gofmt writes it: %v", name, err)
		}
		file, err := parser.ParseFile(c.fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if !ast.IsGenerated(file) {
			t.Errorf("%s does not say that it is generated", name)
		}
		documented(t, file)
		harmless(t, file)
		byDir[path.Dir(name)+" "+targetSuffix(name)] = append(byDir[path.Dir(name)+" "+targetSuffix(name)], file)
	}
	for dir, parsed := range byDir {
		config := c.config
		if strings.HasSuffix(dir, "_386") {
			config.Sizes = types.SizesFor("gc", "386")
		}
		if _, err := config.Check(dir, c.fset, parsed, nil); err != nil {
			t.Error(err)
		}
	}
}

// targetSuffix returns what a file of one of several targets has in its name: they are packages of their own.
func targetSuffix(name string) string {
	for _, target := range Targets() {
		if t, _ := machine.Lookup(target); strings.HasSuffix(name, t.Suffix+".go") {
			return t.Suffix
		}
	}
	return ""
}

// documented checks that exported functions and types have a comment that begins with their name.
func documented(t *testing.T, file *ast.File) {
	t.Helper()
	for _, decl := range file.Decls {
		name, doc := "", (*ast.CommentGroup)(nil)
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			name, doc = decl.Name.Name, decl.Doc
		case *ast.GenDecl:
			if spec, ok := decl.Specs[0].(*ast.TypeSpec); ok {
				name, doc = spec.Name.Name, decl.Doc
			}
		}
		if name != "" && !strings.HasPrefix(doc.Text(), name+" ") {
			t.Errorf("%s has no comment of its own: %q", name, doc.Text())
		}
	}
}

// harmless checks that no comment below the package clause is a directive.
func harmless(t *testing.T, file *ast.File) {
	t.Helper()
	for _, group := range file.Comments {
		for _, c := range group.List {
			plain := c.Text == "//" || strings.HasPrefix(c.Text, "// ") || strings.HasPrefix(c.Text, "//\t")
			if c.Pos() > file.Package && (!plain || constraint.IsPlusBuild(c.Text)) {
				t.Errorf("a directive: %q", c.Text)
			}
		}
		if group.Pos() < file.Package && slices.ContainsFunc(group.List, func(c *ast.Comment) bool { return constraint.IsPlusBuild(c.Text) }) {
			t.Errorf("a build constraint that nobody asked for: %q", group.Text())
		}
	}
}

// TestFaults compares what is said of configurations and headers that do not go together.
func TestFaults(t *testing.T) {
	for _, name := range archives(t, "faults") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			want := unpack(t, archive, dir)
			_, err = Generate(filepath.Join(dir, ConfigName))
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			said := strings.ReplaceAll(err.Error(), filepath.ToSlash(dir)+"/", "") + "\n"
			got := map[string]string{"faults": said}
			if *update {
				rewrite(t, name, archive, got)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSameBytes generates from several directories and by several names of the configuration.
func TestSameBytes(t *testing.T) {
	config, err := filepath.Abs(filepath.Join("internal", "sample", ConfigName))
	if err != nil {
		t.Fatal(err)
	}
	first := ""
	for _, from := range []struct{ dir, config string }{
		{".", config},
		{".", filepath.Join("internal", "sample", ConfigName)},
		{filepath.Join("internal", "sample"), ConfigName},
		{t.TempDir(), config},
		{"..", filepath.Join("gen", "internal", "sample", ConfigName)},
		{"..", filepath.Join("gen", "..", "gen", "internal", "sample", ConfigName)},
	} {
		t.Run(from.config, func(t *testing.T) {
			t.Chdir(from.dir)
			r, err := Generate(from.config)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Files) != 1 || len(r.LeftOver) != 0 {
				t.Fatalf("%d files, left over %v", len(r.Files), r.LeftOver)
			}
			got := string(r.Files[0].Data)
			if first == "" {
				first = got
			}
			if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("the directory matters (-first +now):\n%s", diff)
			}
		})
	}
}

// TestLineEnds generates from a checkout with the line ends of another system.
func TestLineEnds(t *testing.T) {
	var got []string
	for _, eol := range []string{"\n", "\r\n"} {
		dir := t.TempDir()
		for _, name := range []string{"sample.h", ConfigName} {
			data, err := os.ReadFile(filepath.Join("internal", "sample", name))
			if err != nil {
				t.Fatal(err)
			}
			data = bytes.ReplaceAll(data, []byte("\n"), []byte(eol))
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		r, err := Generate(filepath.Join(dir, ConfigName))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(r.Files[0].Data))
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Errorf("line ends matter (-LF +CRLF):\n%s", diff)
	}
}

func BenchmarkGenerate(b *testing.B) {
	config := filepath.Join("..", "monitor", ConfigName)
	for b.Loop() {
		if _, err := Generate(config); err != nil {
			b.Fatal(err)
		}
	}
}
