// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/scaffold"
)

// InitOptions says what a first configuration is to be like. The zero value writes lockstep.yaml in the working
// directory.
type InitOptions struct {
	Config  string   // the file to write; ConfigName where it is ""
	Package string   // the Go package; by default that of the Go files beside the configuration, or the directory's name
	Replace bool     // whether the file may be there
	Only    []string // names or patterns of what to ask for; everything that the headers declare where it is empty
}

// Started is what a first configuration was written from.
type Started struct {
	Notes []string // what was found that the user did not say, a line each
}

// Init writes a first configuration for headers: their enums, macros and structs, with guessed Go names, and what
// cannot be carried over in comments. It is such that Generate takes it as it is. The error wraps fs.ErrExist
// if the file exists already; errors in the headers are returned as Faults.
func Init(h Headers, o InitOptions) (*Started, error) {
	if o.Config == "" {
		o.Config = ConfigName
	}
	if _, err := os.Lstat(o.Config); err == nil && !o.Replace {
		return nil, fmt.Errorf("%s: %w and is not replaced", o.Config, fs.ErrExist)
	}
	h, made, err := h.fromObjects(o)
	var data []byte
	var notes []string
	if err == nil {
		data, notes, err = firstConfig(h, o)
	}
	if err == nil {
		err = create(o.Config, data, o.Replace)
	}
	if err != nil {
		made.remove()
		return nil, err
	}
	return &Started{Notes: append(made.notes, notes...)}, nil
}

func firstConfig(headers Headers, o InitOptions) (data []byte, notes []string, err error) {
	dir := filepath.Dir(o.Config)
	unit, h, err := headers.find(dir)
	if err != nil {
		return nil, nil, err
	}
	s := scaffold.Options{Config: filepath.Base(o.Config), Only: o.Only, Lenient: h.Lenient, Defines: h.Defines, Target: h.target()}
	s.Output, s.Package = o.output()
	if s.Headers, err = from(dir, h.Paths); err != nil {
		return nil, nil, err
	}
	if s.Include, err = from(dir, h.Include); err != nil {
		return nil, nil, err
	}
	if s.From = declaring(dir, unit, s.Headers, s.Include); !slices.Equal(s.From, s.Headers) {
		h.notes = append(h.notes, "the headers have no declarations of their own: those of the headers that they include are listed")
	}
	if s.Prelude, err = h.preludePaths(dir); err != nil {
		return nil, nil, err
	}
	data, err = scaffold.Write(unit, &s)
	switch {
	case errors.Is(err, scaffold.ErrNothing):
		_ = explain(dir, err) // names the files as the caller does
		return nil, nil, errors.New(err.Error())
	case err != nil:
		return nil, nil, explain(dir, err)
	}
	return data, append(h.notes, s.Notes...), nil
}

// create writes a file that is complete when it appears.
func create(name string, data []byte, replace bool) error {
	f := File{Path: name, Data: data}
	tidy(f)
	s, err := stage(f)
	if err != nil {
		return err
	}
	defer s.drop()
	if replace {
		return s.move()
	}
	err = os.Link(s.temp, s.path) // fails where the file is there, unlike a rename
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = s.move() // a file system without links
	}
	return err
}

// output returns the Go file to generate, from the configuration's directory, and its package. Where another configuration
// has a file in that directory, this one gets a directory below it, since both may need the same names; unless the user says
// which package it is to be.
func (o InitOptions) output() (name, goPackage string) {
	dir := filepath.Dir(o.Config)
	taken := writtenByOthers(o.Config)
	below := "."
	if o.Package == "" && slices.ContainsFunc(taken, func(file string) bool { return filepath.Dir(file) == realPath(dir) }) {
		base := filepath.Base(o.Config)
		below = strings.TrimSuffix(base, filepath.Ext(base))
	}
	directory := filepath.Join(dir, below)
	name = "zz_generated_headers.go"
	for _, candidate := range []string{"zz_generated.go", "zz_generated_lockstep.go"} {
		if isFree(filepath.Join(directory, candidate), o.Config, taken) {
			name = candidate
			break
		}
	}
	if goPackage = o.Package; goPackage == "" {
		goPackage = packageOf(directory)
	}
	return filepath.ToSlash(filepath.Join(below, name)), goPackage
}

// isFree reports whether nothing has a path yet but what the configuration has generated itself.
func isFree(name, configPath string, taken []string) bool {
	if slices.Contains(taken, realPath(name)) {
		return false
	}
	_, err := os.Lstat(name)
	return errors.Is(err, fs.ErrNotExist) || isGo(name) && realPath(generatedFrom(name)) == realPath(configPath)
}

// writtenByOthers returns the real paths of the files that the other configurations of a directory name, generated or not,
// and of those in the directory that configurations from elsewhere have generated.
func writtenByOthers(configPath string) []string {
	var taken []string
	own := realPath(configPath)
	entries, _ := os.ReadDir(filepath.Dir(configPath)) // the directory may still have to be made
	for _, entry := range entries {
		name := filepath.Join(filepath.Dir(configPath), entry.Name())
		switch ext := filepath.Ext(name); {
		case isGo(name):
			if from := generatedFrom(name); from != "" && realPath(from) != own {
				taken = append(taken, realPath(name))
			}
		case (ext == ".yaml" || ext == ".yml") && isRegular(name) && realPath(name) != own:
			taken = append(taken, filesOf(name)...)
		}
	}
	return taken
}

// packageOf returns the package of the Go files in a directory or, without any, a package name made of the directory's.
// Files that are built count first: a program beside them that go generate runs is of another package.
func packageOf(dir string) string {
	built := build.Default
	built.GOOS = "linux"                                  // where BPF is
	files, _ := filepath.Glob(filepath.Join(dir, "*.go")) // the pattern is well-formed but for odd directories
	other := ""
	for _, f := range slices.DeleteFunc(files, func(f string) bool { return !isGo(f) }) {
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.PackageClauseOnly)
		if err != nil || strings.HasSuffix(parsed.Name.Name, "_test") {
			continue
		}
		if match, err := built.MatchFile(dir, filepath.Base(f)); match && err == nil {
			return parsed.Name.Name
		}
		other = parsed.Name.Name
	}
	if other != "" {
		return other
	}
	return packageFor(dir)
}

// packageFor makes a package name of a directory's name.
func packageFor(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "headers"
	}
	letters := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}
	name := strings.Map(letters, strings.ToLower(filepath.Base(abs)))
	if goname.CheckPackage(name) != nil {
		return "headers"
	}
	return name
}
