// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"path"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cdecl"
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/lower"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/outline"
)

// Selection is the declarations that a configuration carries over: nothing else of the headers has to be right.
type Selection struct {
	Records []string // tags, with struct or union or without, and typedefs
	Enums   []string // tags, typedefs and members
	// Constants are macros and enumerators, and patterns of them, as path.Match has them.
	Constants []string

	records, enums, constants map[string]bool
	patterns                  []pattern
}

// pattern is a pattern and what all that it matches begins with.
type pattern struct{ prefix, text string }

func (a *Selection) prepare() {
	set := func(list []string) map[string]bool {
		m := make(map[string]bool, len(list))
		for _, name := range list {
			m[name] = name != ""
		}
		return m
	}
	a.records, a.enums, a.constants, a.patterns = set(a.Records), set(a.Enums), set(nil), nil
	for _, name := range a.Constants {
		if i := strings.IndexAny(name, `*?[\`); i >= 0 {
			a.patterns = append(a.patterns, pattern{name[:i], name})
		} else {
			a.constants[name] = true
		}
	}
}

// Record reports whether a record of this name is asked for.
func (a *Selection) Record(name string) bool { return a.records[name] }

// Constant reports whether a macro or enumerator of this name is asked for.
func (a *Selection) Constant(name string) bool {
	return a.constants[name] || slices.ContainsFunc(a.patterns, func(p pattern) bool {
		if !strings.HasPrefix(name, p.prefix) {
			return false
		}
		match, _ := path.Match(p.text, name)
		return match
	})
}

// declares reports whether a declaration of this name, or of this tag, may be what is asked for.
func (a *Selection) declares(name string) bool {
	return a.records[name] || a.records["struct "+name] || a.records["union "+name] || a.enums[name] || a.Constant(name)
}

// vmlinuxGuard is the macro that a header of bpftool's defines. Such a header is the kernel's, not the project's, and very
// large: of it, what nobody asks for is left alone even where it is listed.
const vmlinuxGuard = "__VMLINUX_H__"

// parseSelection reads what is asked for and what that needs, and leaves alone what else there is in headers that are not
// listed. It returns nil where there is anything that the rest may bear on: a fault, or a macro without a value.
func parseSelection(opts *Options, target *layout.Target, files *cpp.Files, pre *cpp.Unit, named []*cpp.Source) *model.Unit {
	opts.Selection.prepare()
	if opts.Lenient {
		return nil
	}
	o := outline.Of(pre.Tokens, pre.Symbols())
	if o == nil {
		return nil
	}
	whole := map[int32]bool{}
	for _, s := range named {
		whole[s.Index] = true
	}
	if m := pre.Lookup(vmlinuxGuard); m != nil {
		delete(whole, m.Source().Index)
	}
	o.Source(func(source int32) bool { return whole[source] })
	o.Names(opts.Selection.declares)
	for m := range pre.Macros() {
		if !m.Source().Stub && !m.TakesArguments() && opts.Selection.Constant(m.Name()) {
			o.Text(pre.Expand(m).Tokens)
		}
	}
	o.Close()
	var faults diag.List
	d := cdecl.Read(pre, target, cdecl.Options{Skip: o.Skip}, &faults)
	if faults.Len() > 0 {
		return nil
	}
	unit := newUnit(target, files)
	if doubtful := lower.Unit(pre, d, opts.Selection, unit); doubtful && o.Skips() {
		return nil
	}
	return unit
}
