// SPDX-License-Identifier: Apache-2.0

// Package check turns what a configuration asks for and what the headers declare into a plan. It collects
// every fault, by position, and a plan exists only where there is none. What cannot be carried to Go
// faithfully is a fault; what a pattern meets and cannot carry is listed as skipped.
package check

import (
	"path"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/buildtag"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// Result is a plan and what it leaves out.
type Result struct {
	Files   []*plan.File
	Skipped []model.Skipped // sorted by position
}

// Run checks the configuration against the unit. The error is diag.Errors.
func Run(c *config.Config, unit *model.Unit) (*Result, error) {
	k := newChecker(c, unit)
	for _, f := range c.Files {
		k.files = append(k.files, k.file(f))
	}
	for _, step := range []func(*fileChecker){
		(*fileChecker).head, (*fileChecker).constants, (*fileChecker).groups, (*fileChecker).claimRecords,
		(*fileChecker).structs, (*fileChecker).finish,
	} {
		for _, f := range k.files {
			step(f)
		}
	}
	k.unusedWords()
	if err := k.faults.Err(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(k.result.Skipped, func(a, b model.Skipped) int { return a.Pos.Compare(b.Pos) })
	k.result.Skipped = slices.Compact(k.result.Skipped)
	return &k.result, nil
}

type checker struct {
	config *config.Config
	unit   *model.Unit
	index  *index
	words  *goname.Words
	files  []*fileChecker
	goPkgs map[string]*goPackage // by directory
	faults diag.List
	result Result

	isRelease bool // of several, of which texts that stand elsewhere are for all
}

func newChecker(c *config.Config, unit *model.Unit) *checker {
	var words []string
	for _, w := range c.Words {
		words = append(words, w.Value)
	}
	return &checker{
		config: c, unit: unit, index: newIndex(unit), words: goname.NewWords(words...), goPkgs: map[string]*goPackage{},
	}
}

func (k *checker) unusedWords() {
	for _, w := range k.config.Words {
		if !k.words.Used(w.Value) {
			k.faults.Addf(w.Pos, w.Value, "no C name has this word")
		}
	}
}

// fileChecker checks what goes into one file.
type fileChecker struct {
	*checker
	config  *config.File
	plan    *plan.File
	goPkg   *goPackage
	sources map[string]bool
	when    buildtag.When // Go builds it
	badTag  error         // why the build constraint is none
}

func (k *checker) file(f *config.File) *fileChecker {
	dir := directory(f.Path.Value)
	if k.goPkgs[dir] == nil {
		k.goPkgs[dir] = newGoPackage()
	}
	fc := &fileChecker{
		checker: k, config: f, goPkg: k.goPkgs[dir], sources: map[string]bool{},
		plan: &plan.File{
			Path: path.Clean(f.Path.Value), Package: f.Package.Value, Build: f.Build.Value,
			License: k.config.License.Value, Config: configFrom(k.config.Pos.File, dir),
		},
	}
	fc.when, fc.badTag = buildtag.Of(fc.plan.Path, f.Build.Value)
	fc.goPkg.files = append(fc.goPkg.files, fc)
	return fc
}

func (f *fileChecker) groups() {
	for _, g := range f.config.Groups {
		f.group(g)
	}
}

// finish completes the file's plan.
func (f *fileChecker) finish() {
	f.plan.Sources = sorted(f.sources)
	if carrier, other := f.goPkg.carrier(); carrier == f {
		f.plan.Shared = f.goPkg.shared
		if other != nil {
			f.faults.Addf(other.buildPos(), "build",
				"structs under two build constraints: what they share needs a file with structs that is built wherever these are").
				Also(f.buildPos())
		}
	}
	f.result.Files = append(f.result.Files, f.plan)
}

// configFrom names the configuration from the directory of a generated file.
func configFrom(name, dir string) string {
	name = path.Base(name)
	if dir == "." {
		return name
	}
	up := strings.Repeat("../", strings.Count(dir, "/")+1)
	return up + name
}

// head checks what stands above the declarations.
func (f *fileChecker) head() {
	c := f.config
	if err := goname.CheckPackage(c.Package.Value); err != nil {
		f.faults.Addf(c.Package.Pos, "package", "%v", err)
	}
	f.name()
	if path.IsAbs(c.Path.Value) || strings.HasPrefix(f.plan.Path, "../") || strings.Contains(c.Path.Value, `\`) {
		f.faults.Addf(c.Path.Pos, c.Path.Value, "a file must be in the configuration's directory or below, with slashes in its path")
	}
	if err := visible.CheckName(c.Path.Value); err != nil {
		f.faults.Addf(c.Path.Pos, c.Path.Value, "%v", err)
	}
	if f.badTag != nil {
		f.faults.Addf(c.Build.Pos, "build", "%v", f.badTag)
	}
	for _, t := range []config.Text{c.Package, f.checker.config.License} {
		if visible.CheckName(t.Value) != nil {
			f.faults.Addf(t.Pos, "", "must be one line of text, without control characters")
		}
	}
	if other, ok := f.sameFile(); ok {
		f.faults.Addf(c.Path.Pos, c.Path.Value, "the file is named twice").Also(other)
	}
	if first := f.goPkg.files[0].config.Package; c.Package.Value != first.Value {
		f.faults.Addf(c.Package.Pos, "package", "the files of one directory are one package: not %s and %s", first.Value, c.Package.Value).
			Also(first.Pos)
	}
}

// name checks that Go takes the file for one of the package's.
func (f *fileChecker) name() {
	c := f.config.Path
	switch base := path.Base(f.plan.Path); {
	case path.Ext(base) != ".go" || strings.HasSuffix(base, "_test.go"):
		f.faults.Addf(c.Pos, c.Value, "the name of a Go file must end in .go, and not in _test.go")
	case base[0] == '.' || base[0] == '_':
		f.faults.Addf(c.Pos, c.Value, "Go ignores files whose name begins with a dot or an underscore")
	}
}

// buildPos returns where it is said when the file is built: in its name, where there is no constraint.
func (f *fileChecker) buildPos() model.Pos {
	if f.config.Build.Given() {
		return f.config.Build.Pos
	}
	return f.config.Path.Pos
}

// sameFile looks for an earlier file of the same path.
func (f *fileChecker) sameFile() (model.Pos, bool) {
	for _, other := range f.files {
		if other == f {
			break
		}
		if strings.EqualFold(other.plan.Path, f.plan.Path) {
			return other.config.Path.Pos, true
		}
	}
	return model.Pos{}, false
}

// from notes that the file carries something that stands at p.
func (f *fileChecker) from(p model.Pos) { f.sources[p.File] = true }

func sorted(set map[string]bool) []string {
	var list []string
	for s := range set {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

// directory returns the directory of a file: where its package is.
func directory(file string) string { return path.Dir(path.Clean(file)) }
