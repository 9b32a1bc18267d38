// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/buildtag"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/internal/regular"
)

// GenerateAll runs configurations and writes nothing. It calls next, which may be nil, before each one. Faults of all
// configurations come together, as Faults; those between them, two that write one file or declare one name, only where
// each is fine by itself. Results are in the order of the configurations.
func GenerateAll(configs []string, next func(config string)) ([]*Result, error) {
	var results []*Result
	var faults Faults
	for _, c := range configs {
		if next != nil {
			next(c)
		}
		r, err := generateOne(c)
		var f Faults
		switch {
		case errors.As(err, &f):
			faults = append(faults, f...)
		case err != nil:
			return nil, err
		}
		results = append(results, r)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	t := newTogether(results)
	t.outputs()
	t.leftOvers()
	t.packages()
	return results, explain(".", t.faults.Err())
}

// together compares what several configurations generate, and what others have generated beside it.
type together struct {
	results []*Result
	configs map[string]bool    // the configurations, by their real paths
	writes  map[string]*output // what they write, by real paths
	faults  diag.List
}

// output is a generated file: of a result, or of a configuration that is not run now.
type output struct {
	File
	config string // the configuration's path
}

func newTogether(results []*Result) *together {
	t := &together{results: results, configs: map[string]bool{}, writes: map[string]*output{}}
	for _, r := range results {
		t.configs[realPath(r.Config)] = true
	}
	return t
}

// outputs faults files that two configurations write.
func (t *together) outputs() {
	for _, r := range t.results {
		for _, f := range r.Files {
			place := realPath(f.Path)
			if old := t.writes[place]; old != nil {
				t.faults.Addf(f.pos, f.Path, "%s writes this file too", old.config).Also(old.pos)
				continue
			}
			t.writes[place] = &output{f, r.Config}
			if other := t.owner(f.Path); other != "" && slices.Contains(filesOf(other), place) {
				t.faults.Addf(f.pos, f.Path, "%s writes this file too", other)
			}
		}
	}
}

// owner returns the configuration that has generated a file on disk, if it is not run now, or "".
func (t *together) owner(name string) string {
	if from := generatedFrom(name); from != "" && !t.configs[realPath(from)] {
		return from
	}
	return ""
}

// filesOf returns the real paths of the files that a configuration names; none where there is no configuration.
func filesOf(configPath string) []string {
	c, err := load(configPath)
	if err != nil {
		return nil
	}
	targets, err := perTarget(c)
	if err != nil {
		return nil
	}
	var list []string
	for _, one := range targets {
		for _, f := range one.Files {
			list = append(list, realPath(filepath.Join(filepath.Dir(configPath), filepath.FromSlash(f.Path.Value))))
		}
	}
	return list
}

// leftOvers keeps the files that have gone from one configuration to another.
func (t *together) leftOvers() {
	for _, r := range t.results {
		r.LeftOver = slices.DeleteFunc(r.LeftOver, func(name string) bool { return t.writes[realPath(name)] != nil })
	}
}

// packages faults what two configurations declare in one package.
func (t *together) packages() {
	byDirectory := map[string][]*output{}
	for _, r := range t.results {
		for _, f := range r.Files {
			dir := filepath.Dir(realPath(f.Path))
			if byDirectory[dir] == nil {
				byDirectory[dir] = t.beside(dir, filepath.Dir(f.Path))
			}
			this := &output{f, r.Config}
			for _, other := range byDirectory[dir] {
				t.compare(this, other)
			}
			byDirectory[dir] = append(byDirectory[dir], this)
		}
	}
}

// beside returns the files in a directory that configurations have generated which are not run now.
func (t *together) beside(dir, shown string) []*output {
	list := []*output{}
	entries, _ := os.ReadDir(dir) // the directory may still have to be made
	for _, entry := range entries {
		name := filepath.Join(shown, entry.Name())
		if !isGo(name) || t.writes[realPath(name)] != nil {
			continue
		}
		from := t.owner(name)
		data, err := regular.Read(name)
		if from != "" && err == nil {
			list = append(list, &output{File: File{Path: name, Data: data}, config: from})
		}
	}
	return list
}

// compare faults what two files of one package both declare, if they are ever built together.
func (t *together) compare(this, other *output) {
	if realPath(this.config) == realPath(other.config) || realPath(this.Path) == realPath(other.Path) {
		return // what these have in common is faulted elsewhere
	}
	a, b := declared(this.File), declared(other.File)
	if !a.when.Meets(b.when) {
		return
	}
	same := slices.DeleteFunc(a.names, func(name string) bool { return !slices.Contains(b.names, name) })
	var what string
	switch {
	case a.name != b.name && b.name != "":
		what = "is of package " + b.name + ": the files of one directory are one package"
	case len(same) > 0:
		what = "declares " + some(same) + " too: put the headers into one configuration, or one of the files into another directory"
	default:
		return
	}
	fault := t.faults.Addf(this.pos, this.Path, "%s, generated from %s, %s", other.Path, other.config, what)
	if other.pos.IsValid() {
		fault.Also(other.pos)
	}
}

// some names the first things of a list.
func some(list []string) string {
	const most = 3
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// declarations is what a Go file declares, and when Go builds it.
type declarations struct {
	name  string // of the package; "" where the file is no Go
	names []string
	when  buildtag.When
}

func declared(f File) declarations {
	file, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return declarations{}
	}
	d := declarations{name: file.Name.Name}
	build := ""
	for _, group := range file.Comments {
		for _, c := range group.List {
			if rest, ok := strings.CutPrefix(c.Text, "//go:build "); ok && c.Pos() < file.Package {
				build = rest
			}
		}
	}
	d.when, _ = buildtag.Of(f.Path, build) // what is no constraint is none
	for _, decl := range file.Decls {
		d.add(decl)
	}
	return d
}

// add notes the names of a declaration at package level.
func (d *declarations) add(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv == nil {
			d.names = append(d.names, decl.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				d.names = append(d.names, spec.Name.Name)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					if name.Name != "_" {
						d.names = append(d.names, name.Name)
					}
				}
			}
		}
	}
}
