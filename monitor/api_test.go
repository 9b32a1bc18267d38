// SPDX-License-Identifier: Apache-2.0

package monitor_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const modulePath = "github.com/lockstep-bpf/lockstep/"

// loader type-checks packages of this module from their source, without the bodies of functions. Packages of other
// modules appear empty: nothing that is exported here may mention them.
type loader struct {
	t    *testing.T
	fset *token.FileSet
	std  types.Importer
	done map[string]*types.Package
}

func newLoader(t *testing.T) *loader {
	fset := token.NewFileSet()
	return &loader{t, fset, importer.ForCompiler(fset, "gc", exports(t)), make(map[string]*types.Package)}
}

// exports returns what opens the export data of a package of the standard library. The importer itself would run go list
// for each package.
func exports(t *testing.T) importer.Lookup {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-export", "-f", "{{if .Standard}}{{.ImportPath}} {{.Export}}{{end}}", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	return func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("go list has no export data of %s", path)
		}
		return os.Open(files[path])
	}
}

// Import implements types.Importer.
func (l *loader) Import(path string) (*types.Package, error) {
	if pkg := l.done[path]; pkg != nil {
		return pkg, nil
	}
	dir, ours := strings.CutPrefix(path, modulePath+"monitor")
	if !ours && strings.Contains(strings.SplitN(path, "/", 2)[0], ".") {
		pkg := types.NewPackage(path, filepath.Base(path))
		pkg.MarkComplete()
		return pkg, nil
	}
	if !ours {
		pkg, err := l.std.Import(path)
		if err != nil {
			l.t.Fatal(err) // types of it would be invalid, and so equal, on both sides
		}
		return pkg, nil
	}
	names, err := filepath.Glob(filepath.Join(".", dir, "*.go"))
	if err != nil || len(names) == 0 {
		l.t.Fatalf("%s: no files (%v)", path, err)
	}
	var files []*ast.File
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			files = append(files, l.parse(name))
		}
	}
	l.done[path] = l.check(path, files)
	return l.done[path], nil
}

func (l *loader) parse(name string) *ast.File {
	l.t.Helper()
	f, err := parser.ParseFile(l.fset, name, nil, parser.SkipObjectResolution)
	if err != nil {
		l.t.Fatal(err)
	}
	return f
}

// check type-checks declarations. Errors about functions without body and about what is missing from the empty packages
// do not matter; a declaration that does not fit shows in the comparison.
func (l *loader) check(path string, files []*ast.File) *types.Package {
	conf := types.Config{Importer: l, IgnoreFuncBodies: true, Error: func(error) {}}
	pkg, _ := conf.Check(path, l.fset, files, nil)
	return pkg
}

// TestAPI holds the package to the API of v1.5.3: each constant with its value and type, each type with its fields,
// their order, types and tags, each function and method with its signature.
func TestAPI(t *testing.T) {
	l := newLoader(t)
	want := l.check(modulePath+"monitor", []*ast.File{l.parse("testdata/v1.5.3-api.go.txt")})
	got, err := l.Import(modulePath + "monitor")
	if err != nil {
		t.Fatal(err)
	}
	names := want.Scope().Names()
	if len(names) < 110 {
		t.Fatalf("only %d identifiers recorded", len(names))
	}
	for _, name := range names {
		obj := got.Scope().Lookup(name)
		if obj == nil {
			t.Errorf("%s is missing", name)
			continue
		}
		recorded, all := describe(want.Scope().Lookup(name)), describe(obj)
		maps.DeleteFunc(all, func(key, _ string) bool { return recorded[key] == "" }) // there may be more methods
		if diff := cmp.Diff(recorded, all); diff != "" {
			t.Errorf("%s (-v1.5.3 +got):\n%s", name, diff)
		}
	}
}

// describe returns all that an API says about an identifier.
func describe(obj types.Object) map[string]string {
	qualify := func(p *types.Package) string { return p.Name() }
	facts := map[string]string{"declaration": types.ObjectString(obj, qualify)}
	switch obj := obj.(type) {
	case *types.Const:
		facts["value"] = obj.Val().String()
	case *types.TypeName:
		named := obj.Type().(*types.Named)
		for i := range named.NumMethods() {
			facts["method "+named.Method(i).Name()] = types.ObjectString(named.Method(i), qualify)
		}
	}
	return facts
}
