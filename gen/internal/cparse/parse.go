// SPDX-License-Identifier: Apache-2.0

// Package cparse reads C headers into a model.Unit: every constant with its value, every record with its layout, and where
// each is written. It runs no compiler, but the stages one after the other: package cpp preprocesses, outline tells which
// declarations are needed, cdecl reads them, and lower makes facts of them. The result depends on the headers and the
// options alone, not on the host, the working directory or the time.
package cparse

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cdecl"
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/lower"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/predef"
)

// Options says what to parse and how.
type Options struct {
	Dir       string     // the directory that names in the other options and in positions are relative to; "" is "."
	Headers   []string   // the headers, slash-separated; each is read once, in this order
	Prelude   []string   // headers read before them, named as in #include or from Dir
	Include   []string   // directories that #include searches, slash-separated, before the embedded headers
	Defines   []string   // macros, "NAME=VALUE" or "NAME" for 1
	Target    string     // one of layout.Names
	Lenient   bool       // what cannot be read is skipped, with all that needs it
	Selection *Selection // if not nil, the unit has what is asked for, and what that needs
}

// Parse reads the headers as one unit. Its error is a diag.Errors with every fault that was found; a unit is
// returned only without an error. Parse is safe for concurrent use.
func Parse(opts Options) (*model.Unit, error) {
	var faults diag.List
	var unit *model.Unit
	if target := checkOptions(&opts, &faults); faults.Len() == 0 {
		unit = parse(&opts, target, &faults)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return unit, nil
}

func parse(opts *Options, target *layout.Target, faults *diag.List) *model.Unit {
	files, err := cpp.NewFiles(opts.Dir)
	if err != nil {
		faults.Addf(model.Pos{}, "", "%v", err)
		return nil
	}
	named := listed(files, opts.Headers, faults)
	headers := append(preludes(files, opts, faults), named...)
	if faults.Len() > 0 {
		return nil
	}
	defer quoteLines(files, faults)
	pre := cpp.Run(files, headers, &cpp.Options{
		Include: opts.Include, Defines: opts.Defines, Predefined: predef.For(target), Lenient: opts.Lenient,
	}, faults)
	if faults.Len() > 0 {
		return nil
	}
	if opts.Selection != nil {
		if unit := parseSelection(opts, target, files, pre, named); unit != nil {
			return unit
		}
	}
	d := cdecl.Read(pre, target, cdecl.Options{Lenient: opts.Lenient}, faults)
	if faults.Len() > 0 {
		return nil
	}
	unit := newUnit(target, files)
	if opts.Selection != nil {
		lower.Unit(pre, d, opts.Selection, unit)
	} else {
		lower.Unit(pre, d, nil, unit)
	}
	return unit
}

func newUnit(target *layout.Target, files *cpp.Files) *model.Unit {
	return &model.Unit{Target: target.Name, Inputs: files.Inputs(), BuiltIn: files.Embedded()}
}

// define matches a macro and its value on one line.
var define = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*(\([^)\r\n]*\))?(=[^\r\n]*)?$`)

// IsDefine reports whether a text defines a macro, as Options.Defines do: NAME, NAME=VALUE or NAME(ARGUMENTS)=VALUE.
func IsDefine(text string) bool { return define.MatchString(text) }

// checkOptions reports options that cannot be followed.
func checkOptions(opts *Options, faults *diag.List) *layout.Target {
	target, ok := layout.Lookup(opts.Target)
	if !ok {
		faults.Addf(model.Pos{}, "", "no target %q; there are %s", opts.Target, strings.Join(layout.Names(), ", "))
	}
	for _, d := range opts.Defines {
		if !IsDefine(d) {
			faults.Addf(model.Pos{}, "", "define %q is not of the form NAME=VALUE", d)
		}
	}
	if len(opts.Headers) == 0 {
		faults.Addf(model.Pos{}, "", "no headers are given")
	}
	return target
}

// listed returns the headers, each once.
func listed(f *cpp.Files, headers []string, faults *diag.List) []*cpp.Source {
	var list []*cpp.Source
	for _, h := range headers {
		s, err := f.Open(h)
		if err != nil {
			faults.Addf(model.Pos{File: path.Clean(h)}, "", "the header cannot be read: %v", cpp.Reason(err))
			continue
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// preludes returns the headers to read first: each is looked for from the base directory, then where #include looks.
func preludes(f *cpp.Files, opts *Options, faults *diag.List) []*cpp.Source {
	var list []*cpp.Source
	for _, h := range opts.Prelude {
		s, err := f.Find(h, opts.Include)
		switch {
		case err != nil:
			faults.Addf(model.Pos{}, h, "the prelude is not found: it is looked for as a path, then in the include directories")
		case !slices.Contains(list, s):
			list = append(list, s)
		}
	}
	return list
}

// quoteLines gives each fault the source line that it is about.
func quoteLines(f *cpp.Files, faults *diag.List) {
	byFile := map[string]*cpp.Source{}
	for _, s := range f.List {
		byFile[s.File] = s
	}
	for _, fault := range faults.All() {
		if s := byFile[fault.Pos.File]; s != nil {
			fault.Line = s.Text.Line(fault.Pos.Line)
		}
	}
}
