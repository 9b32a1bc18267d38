// SPDX-License-Identifier: Apache-2.0

// Package cparse reads C headers into a model.Unit: every constant with its value, every record with its
// layout, and where each is written. It runs no compiler: modernc.org/cc/v4 preprocesses, and what the
// preprocessor leaves is parsed, evaluated and laid out here. The result depends on the headers and the
// options alone, not on the host, the working directory or the time.
package cparse

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Options says what to parse and how.
type Options struct {
	Dir     string   // the folder that names in the other options and in positions are relative to; "" is "."
	Headers []string // the headers, slash-separated; each is read once, in this order
	Prelude []string // headers read before them, named as in #include or from Dir
	Include []string // folders that #include searches, slash-separated, before the embedded headers
	Defines []string // macros, "NAME=VALUE" or "NAME" for 1
	Target  string   // one of layout.Names
	Lenient bool     // what cannot be read is skipped, with all that needs it
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
	pre := preprocess(opts, target, faults)
	if pre == nil {
		return nil
	}
	defer quoteLines(pre.files, faults)
	if faults.Len() > 0 {
		return nil
	}
	p := newParser(pre.files, faults, target)
	p.active = pre.out.active
	p.lenient = opts.Lenient
	p.unit(pre.out.tokens)
	if faults.Len() > 0 {
		return nil
	}
	l := &lowerer{p: p, pre: pre, unit: &model.Unit{Target: target.Name, Inputs: pre.files.inputs(), BuiltIn: pre.files.embedded()}}
	l.lower()
	return l.unit
}

var macroName = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*(\([^)]*\))?(=|$)`)

// checkOptions reports options that cannot be followed.
func checkOptions(opts *Options, faults *diag.List) *layout.Target {
	target, ok := layout.Lookup(opts.Target)
	if !ok {
		faults.Addf(model.Pos{}, "", "no target %q; there are %s", opts.Target, strings.Join(layout.Names(), ", "))
	}
	for _, d := range opts.Defines {
		if !macroName.MatchString(d) || strings.ContainsAny(d, "\r\n") {
			faults.Addf(model.Pos{}, "", "define %q is not of the form NAME=VALUE", d)
		}
	}
	if len(opts.Headers) == 0 {
		faults.Addf(model.Pos{}, "", "no headers are given")
	}
	return target
}

// preprocess runs the preprocessor, a second time with more room where what the headers include is so large that
// they need it. It returns nil where the headers cannot be found.
func preprocess(opts *Options, target *layout.Target, faults *diag.List) *preproc {
	limit := expansionWork
	for {
		var run diag.List
		files, err := newFiles(opts.Dir, &run)
		if err != nil {
			faults.Addf(model.Pos{}, "", "%v", err)
			return nil
		}
		headers := append(preludes(files, opts, faults), listed(files, opts.Headers, faults)...)
		if faults.Len() > 0 {
			return nil
		}
		limit = max(limit, files.size()*workPerByte)
		pre := newPreproc(files, &run)
		pre.run(opts, target, headers, limit)
		if pre.exhausted && files.size()*workPerByte > limit {
			limit = files.size() * workPerByte
			continue
		}
		faults.Merge(&run)
		return pre
	}
}

// listed returns the headers under the names that files knows, each once.
func listed(f *files, headers []string, faults *diag.List) []string {
	var names []string
	for _, h := range headers {
		name := f.virtual(h)
		if _, err := f.load(name); err != nil {
			faults.Addf(model.Pos{File: path.Clean(h)}, "", "the header cannot be read: %v", reason(err))
			continue
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// preludes returns the headers to read first under the names that files knows: each is looked for in the base folder,
// then where #include looks.
func preludes(f *files, opts *Options, faults *diag.List) []string {
	var names []string
	for _, h := range opts.Prelude {
		candidates := []string{f.virtual(h)}
		for _, dir := range opts.Include {
			candidates = append(candidates, f.virtual(path.Join(dir, h)))
		}
		candidates = append(candidates, path.Join(stubDir, h))
		i := slices.IndexFunc(candidates, func(name string) bool {
			_, err := f.load(name)
			return err == nil
		})
		if i < 0 {
			faults.Addf(model.Pos{}, h, "the prelude is not found: it is looked for as a path, then in the include folders")
			continue
		}
		if !slices.Contains(names, candidates[i]) {
			names = append(names, candidates[i])
		}
	}
	return names
}

// quoteLines gives each fault the source line that it is about.
func quoteLines(f *files, faults *diag.List) {
	byFile := map[string]*source{}
	for _, s := range f.list {
		byFile[s.file] = s
	}
	for _, fault := range faults.All() {
		if s := byFile[fault.Pos.File]; s != nil {
			fault.Line = s.text.Line(fault.Pos.Line)
		}
	}
}
