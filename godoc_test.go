// SPDX-License-Identifier: Apache-2.0

package lockstep_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGodoc checks that every public package says what it is for, has an example that is run, and documents each name.
func TestGodoc(t *testing.T) {
	for _, p := range list(t, "./...") {
		dir := strings.TrimPrefix(p.ImportPath+"/", module)
		if dir == "" || strings.HasPrefix(dir, "cmd/") || strings.Contains("/"+dir, "/internal/") {
			continue
		}
		t.Run(strings.TrimSuffix(dir, "/"), func(t *testing.T) {
			files, tests := parsePackage(t, dir)
			if !slices.ContainsFunc(files, func(f *ast.File) bool {
				return strings.HasPrefix(f.Doc.Text(), "Package "+f.Name.Name+" ")
			}) {
				t.Errorf("no comment above the package clause begins with \"Package %s\": add one to doc.go or the main file", path.Base(dir))
			}
			if !slices.ContainsFunc(doc.Examples(tests...), func(e *doc.Example) bool { return e.Output != "" }) {
				t.Errorf("no example with \"// Output:\": add one to %sexample_test.go", dir)
			}
			for _, f := range files {
				for _, decl := range f.Decls {
					checkDocumented(t, dir, decl)
				}
			}
		})
	}
}

// parsePackage parses the Go files of a directory.
func parsePackage(t *testing.T, dir string) (files, tests []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatal(dir, names, err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			tests = append(tests, f)
		} else {
			files = append(files, f)
		}
	}
	return files, tests
}

// checkDocumented reports exported functions, methods of exported types, and types without a comment, and constants that
// say where a field of a struct begins, which are for generated code: lockstep.yaml of the package says `offsets: false`.
func checkDocumented(t *testing.T, dir string, decl ast.Decl) {
	t.Helper()
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil {
			t.Errorf("%s has no comment", d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
					t.Errorf("%s has no comment", s.Name.Name)
				}
			case *ast.ValueSpec:
				// bpf/kdrop writes fields of kernel's struct by their offsets.
				if n := s.Names[0]; n.IsExported() && strings.HasSuffix(n.Name, "Offset") && dir != "monitor/wire/kernel/" {
					t.Errorf("%s is public", n.Name)
				}
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	id, ok := typ.(*ast.Ident)
	return !ok || id.IsExported()
}
