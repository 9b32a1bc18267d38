// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// stubs holds the freestanding C headers that stand in where no include path has them.
//
//go:embed stubs
var stubs embed.FS

const (
	stubDir   = "<lockstep>"       // the folder that the embedded headers appear in
	absDir    = "<absolute>"       // the include path through which absolute names are found
	maxSource = 64 << 20           // the largest header that is read, in bytes
	reserved  = "0_lockstep"       // what the marks in woven sources begin with
	segPragma = "lockstep_segment" // the pragma that announces a segment of a source
	ifPragma  = "lockstep_if"      // the pragma that announces a conditional

	pragmaOp      = "0_lkstp"          // what stands for _Pragma in woven sources, of the same length
	unknownPragma = "lockstep_unknown" // the pragma that announces a directive that cannot be followed
)

// source is a header as it was read.
type source struct {
	index    int32
	name     string // as the preprocessor knows it
	file     string // as positions name it
	stub     bool   // an embedded header whose names are not the user's to ask for: those of a compiler's
	built    bool   // an embedded header
	text     *ctext.File
	woven    []byte
	inserted []insertion // what stands in woven and not in text, in order

	enclosing []int32 // for each token, the parentheses around it; nil until asked for, see enclosing

	once bool // has said #pragma once
	main bool // has been read as a listed header
	seen bool // has been entered
}

// pos returns the position of a token.
func (s *source) pos(tok int) model.Pos {
	if tok >= len(s.text.Tokens) {
		return model.Pos{File: s.file}
	}
	line, col := s.text.Pos(tok)
	return model.Pos{File: s.file, Line: line, Col: col}
}

// files is the file system that the preprocessor reads from. In it a file's name is its absolute path with
// slashes and without the leading one, so that every file of the machine has one name that io/fs accepts; the
// embedded headers lie in stubDir. What is read is woven (see weaver) and recorded.
type files struct {
	dir    string // absolute, in the form of the operating system
	byName map[string]*source
	list   []*source
	weave  *weaver
	faults *diag.List
	loaded func(*source)   // called for each source when it is read
	abs    map[string]bool // names that an #include gives as absolute paths
}

func newFiles(dir string, faults *diag.List) (*files, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	f := &files{dir: abs, byName: map[string]*source{}, abs: map[string]bool{}, faults: faults}
	f.weave = &weaver{files: f}
	return f, nil
}

// virtual returns the name in this file system of a path that is relative to the base folder.
func (f *files) virtual(name string) string {
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

// shown returns the name that positions give to a named file: its path from the base folder.
func (f *files) shown(name string) string {
	if strings.HasPrefix(name, "<") {
		return name
	}
	rel, err := filepath.Rel(f.dir, host(name))
	if err != nil {
		return filepath.ToSlash(host(name))
	}
	return filepath.ToSlash(rel)
}

// Open implements fs.FS.
func (f *files) Open(name string) (fs.File, error) {
	s, err := f.load(path.Clean(filepath.ToSlash(name)))
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{Reader: bytes.NewReader(s.woven), name: path.Base(s.name)}, nil
}

// load returns a named source, reading it the first time.
func (f *files) load(name string) (*source, error) {
	if rest, ok := strings.CutPrefix(name, absDir+"/"); ok {
		if !f.abs[rest] {
			return nil, fs.ErrNotExist
		}
		name = rest
	}
	if rest, ok := strings.CutPrefix(name, stubDir+"/"); ok {
		if _, own, ok := embeddedFile(rest); ok {
			name = stubDir + "/" + own // one header, whatever it is found as
		}
	}
	if s := f.byName[name]; s != nil {
		return s, nil
	}
	b, err := f.read(name)
	if err != nil {
		return nil, err
	}
	s := &source{
		index: int32(len(f.list)),
		name:  name,
		file:  f.shown(name),
		stub:  strings.HasPrefix(name, stubDir) && !isKernels(name),
		built: strings.HasPrefix(name, stubDir),
		text:  ctext.Scan(b),
	}
	f.list = append(f.list, s)
	f.byName[name] = s
	if f.loaded != nil {
		f.loaded(s)
	}
	f.weave.weave(s)
	return s, nil
}

// read returns the bytes of a named file.
func (f *files) read(name string) ([]byte, error) {
	if rest, ok := strings.CutPrefix(name, stubDir+"/"); ok {
		if data, _, ok := embeddedFile(rest); ok {
			return data, nil
		}
		return nil, fs.ErrNotExist
	}
	if !fs.ValidPath(name) || strings.HasPrefix(name, "<") {
		return nil, fs.ErrNotExist
	}
	p := host(name)
	info, err := os.Stat(p)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fs.ErrNotExist
	case info.Size() > maxSource:
		return nil, errors.New("file is too large")
	}
	return os.ReadFile(p)
}

// size returns how many bytes were read.
func (f *files) size() int {
	n := 0
	for _, s := range f.list {
		n += len(s.text.Src)
	}
	return n
}

// reason returns the cause of an error without the path, which differs between machines.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// inputs returns the names of the files that were entered, embedded ones left out, sorted.
func (f *files) inputs() []string {
	var names []string
	for _, s := range f.list {
		if s.seen && !s.built {
			names = append(names, s.file)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// embedded returns the embedded headers that were entered, as they are included, sorted.
func (f *files) embedded() []string {
	var names []string
	for _, s := range f.list {
		if s.seen && s.built {
			names = append(names, strings.TrimPrefix(s.name, stubDir+"/"))
		}
	}
	slices.Sort(names)
	return names
}

// openFile is a woven source, opened.
type openFile struct {
	*bytes.Reader
	name string
}

func (o *openFile) Stat() (fs.FileInfo, error) { return o, nil }
func (o *openFile) Close() error               { return nil }
func (o *openFile) Name() string               { return o.name }
func (o *openFile) Mode() fs.FileMode          { return 0o444 }
func (o *openFile) ModTime() time.Time         { return time.Time{} }
func (o *openFile) IsDir() bool                { return false }
func (o *openFile) Sys() any                   { return nil }

var _ interface {
	fs.File
	fs.FileInfo
	io.Reader
} = (*openFile)(nil)
