// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"embed"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/internal/regular"
	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// stubs holds the freestanding C headers that stand in where no include path has them.
//
//go:embed stubs
var stubs embed.FS

const stubDir = "<lockstep>" // the directory that the embedded headers appear in

// Source is a header as it was read.
type Source struct {
	Index int32
	File  string // as positions name it
	Stub  bool   // an embedded header whose names are not the user's to ask for: those of a compiler's
	Built bool   // an embedded header
	Text  *ctext.File

	name string // in the names of Files
	once bool   // has said #pragma once
	main bool   // has been read as a listed header
	seen bool   // has been entered
	bad  bool   // a fault of its text has been reported
}

// Pos returns the position of a token.
func (s *Source) Pos(tok int) model.Pos {
	if tok < 0 || tok >= len(s.Text.Tokens) {
		return model.Pos{File: s.File}
	}
	line, col := s.Text.Pos(tok)
	return model.Pos{File: s.File, Line: line, Col: col}
}

// Files finds and reads headers. In it a file's name is its absolute path with slashes and without the leading one,
// so that each file of the machine has one name; the embedded headers are in stubDir.
type Files struct {
	List   []*Source // in the order of reading; Source.Index counts in it
	dir    string    // absolute, in the form of the operating system
	byName map[string]*Source
	failed map[string]error // what was asked for and cannot be read
}

// NewFiles returns a Files that names files from a directory.
func NewFiles(dir string) (*Files, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return &Files{dir: abs, byName: map[string]*Source{}, failed: map[string]error{}}, nil
}

// Open returns the header at a path that is relative to the base directory.
func (f *Files) Open(name string) (*Source, error) {
	return f.load(f.virtual(name))
}

// virtual returns the name of a file at a path that is relative to the base directory.
func (f *Files) virtual(name string) string {
	p := filepath.FromSlash(name)
	if !filepath.IsAbs(p) {
		p = filepath.Join(f.dir, p)
	}
	return strings.TrimPrefix(filepath.ToSlash(filepath.Clean(p)), "/")
}

// host returns the path of a named file in the form of the operating system.
func host(name string) string {
	if runtime.GOOS == "windows" {
		return filepath.FromSlash(name)
	}
	return "/" + name
}

// shown returns the name that positions give to a named file: its path from the base directory.
func (f *Files) shown(name string) string {
	if strings.HasPrefix(name, "<") {
		return name
	}
	rel, err := filepath.Rel(f.dir, host(name))
	if err != nil {
		return filepath.ToSlash(host(name))
	}
	return filepath.ToSlash(rel)
}

// load returns a named source, reading it the first time.
func (f *Files) load(name string) (*Source, error) {
	if rest, ok := strings.CutPrefix(name, stubDir+"/"); ok {
		if _, own, ok := embeddedFile(rest); ok {
			name = stubDir + "/" + own // one header, whatever it is found as
		}
	}
	if s := f.byName[name]; s != nil {
		return s, nil
	}
	if err := f.failed[name]; err != nil {
		return nil, err
	}
	b, err := read(name)
	if err != nil {
		f.failed[name] = err
		return nil, err
	}
	s := &Source{
		Index: int32(len(f.List)),
		name:  name,
		File:  f.shown(name),
		Stub:  strings.HasPrefix(name, stubDir) && !isKernels(name),
		Built: strings.HasPrefix(name, stubDir),
		Text:  ctext.Scan(b),
	}
	f.List = append(f.List, s)
	f.byName[name] = s
	return s, nil
}

// read returns the bytes of a named file.
func read(name string) ([]byte, error) {
	if rest, ok := strings.CutPrefix(name, stubDir+"/"); ok {
		if data, _, ok := embeddedFile(rest); ok {
			return data, nil
		}
		return nil, fs.ErrNotExist
	}
	if err := visible.CheckName(name); err != nil {
		return nil, err
	}
	if !fs.ValidPath(name) || strings.HasPrefix(name, "<") {
		return nil, fs.ErrNotExist
	}
	return regular.Read(host(name))
}

// Reason returns the cause of an error without the path, which differs between machines.
func Reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// Inputs returns the names of the files that were entered, embedded ones left out, sorted.
func (f *Files) Inputs() []string {
	var names []string
	for _, s := range f.List {
		if s.seen && !s.Built {
			names = append(names, s.File)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Embedded returns the embedded headers that were entered, as they are included, sorted.
func (f *Files) Embedded() []string {
	var names []string
	for _, s := range f.List {
		if s.seen && s.Built {
			names = append(names, strings.TrimPrefix(s.name, stubDir+"/"))
		}
	}
	slices.Sort(names)
	return names
}

// Find returns the header at a path that is relative to the base directory or to one of the directories in include, or
// an embedded one.
func (f *Files) Find(name string, include []string) (*Source, error) {
	s, err := f.Open(name)
	for _, dir := range include {
		if err != nil {
			s, err = f.Open(path.Join(dir, name))
		}
	}
	if err != nil {
		s, err = f.load(path.Join(stubDir, name))
	}
	return s, err
}

// searcher finds what #include names.
type searcher struct {
	files *Files
	paths []string // the directories to search, as Files names them
}

func newSearcher(f *Files, include []string) *searcher {
	s := &searcher{files: f}
	for _, dir := range include {
		s.paths = append(s.paths, f.virtual(dir))
	}
	s.paths = append(s.paths, stubDir, deepDir)
	return s
}

// find returns the header that name stands for, and in which of the paths it is, -1 for none of them: in quotes, the
// one beside the source that asks, or else the first in the paths from index first on.
func (s *searcher) find(name string, quoted bool, from *Source, first int) (*Source, int, error) {
	if path.IsAbs(name) || filepath.IsAbs(filepath.FromSlash(name)) {
		src, err := s.files.Open(name)
		return src, -1, err
	}
	found := fs.ErrNotExist
	if quoted {
		src, err := s.files.load(path.Join(path.Dir(from.name), name))
		if err == nil {
			return src, -1, nil
		}
		found = worse(found, err)
	}
	for i := first; i < len(s.paths); i++ {
		src, err := s.files.load(path.Join(s.paths[i], name))
		if err == nil {
			return src, i, nil
		}
		found = worse(found, err)
	}
	return nil, 0, found
}

// worse returns the error that says more than that there is no file.
func worse(a, b error) error {
	if errors.Is(a, fs.ErrNotExist) && !errors.Is(b, fs.ErrNotExist) && !errors.Is(b, fs.ErrInvalid) {
		return b
	}
	return a
}
