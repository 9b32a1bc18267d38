// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"path/filepath"
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/scaffold"
)

// Headers names headers and how to read them. Paths are the system's, relative to the working directory.
type Headers struct {
	Paths   []string
	Include []string // directories in which #include looks
	Prelude []string // headers read before them: paths, or names as in #include
	Lenient bool     // skip what cannot be read, with all that needs it
	Defines []string // "NAME=VALUE", or "NAME" for 1
	Target  string   // one of Targets; bpfel where it is ""
}

// Dump returns everything that the headers, or one compiled object, declare: constants, records with where each
// field is, and what was skipped. With names or patterns (see path.Match), it returns those constants, enums, structs
// and unions alone; that nothing matches is an error. Faults come as Faults.
func Dump(h Headers, only ...string) (*Declarations, error) {
	u, err := h.unit()
	if err != nil {
		return nil, err
	}
	own, err := h.own(u)
	if err != nil {
		return nil, err
	}
	d, err := newDeclarations(u, only)
	if err != nil {
		return nil, err
	}
	if len(only) > 0 && len(d.Constants)+len(d.Records)+len(d.Skipped) == 0 {
		return nil, scaffold.Only(only).None()
	}
	d.Own = own
	return d, nil
}

// own returns the files of a unit that the user named or, where they only include, those that declare for them; nil of an
// object.
func (h Headers) own(u *model.Unit) ([]string, error) {
	if slices.ContainsFunc(h.Paths, IsObject) {
		return nil, nil
	}
	headers, err := from(".", h.Paths)
	if err != nil {
		return nil, err
	}
	include, err := from(".", h.Include)
	if err != nil {
		return nil, err
	}
	return declaring(".", u, headers, include), nil
}

// parse reads the headers. Positions are relative to dir, those of faults to the working directory.
func (h Headers) parse(dir string) (*model.Unit, error) {
	if err := machine.Check(h.target()); err != nil {
		return nil, err
	}
	o := cparse.Options{Dir: dir, Lenient: h.Lenient}
	o.Target, o.Defines = abi(h.target(), h.Defines)
	var err error
	if o.Headers, err = from(dir, h.Paths); err != nil {
		return nil, err
	}
	if o.Include, err = from(dir, h.Include); err != nil {
		return nil, err
	}
	if o.Prelude, err = h.preludePaths(dir); err != nil {
		return nil, err
	}
	u, err := cparse.Parse(o)
	if err != nil {
		_ = hinted(err, "-I") // the same faults, with more said
		return nil, explain(dir, err)
	}
	return u, nil
}

// preludePaths names the headers to read first from dir; those that are no files stay as #include names them.
func (h Headers) preludePaths(dir string) ([]string, error) {
	var out []string
	for _, p := range h.Prelude {
		if !isRegular(p) {
			out = append(out, p)
			continue
		}
		rel, err := from(dir, []string{p})
		if err != nil {
			return nil, err
		}
		out = append(out, rel...)
	}
	return out, nil
}

func (h Headers) target() string {
	if h.Target == "" {
		return defaultTarget
	}
	return h.Target
}

// from names paths from a directory, with slashes.
func from(dir string, paths []string) ([]string, error) {
	base, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			return nil, err
		}
		rel, err := filepath.Rel(base, abs)
		if err != nil {
			rel = abs // on another drive
		}
		out = append(out, filepath.ToSlash(rel))
	}
	return out, nil
}
