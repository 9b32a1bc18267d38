// SPDX-License-Identifier: Apache-2.0

// Package lower turns what was declared into facts: the constants, enums and records of a model.Unit, with their
// positions and comments. It evaluates macros, and says of each that has no value why.
package lower

import (
	"cmp"
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/cdecl"
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/origin"
)

// Wanted tells what is to be in a unit. Of records each name is tried: with its keyword, the tag, and those of typedefs.
type Wanted interface {
	Record(name string) bool
	Constant(name string) bool
}

// Unit enters into a unit what was declared, or of that what is wanted. It reports whether a macro has no value, which a
// declaration that was not read may give it.
func Unit(pre *cpp.Unit, d *cdecl.Unit, w Wanted, into *model.Unit) (doubtful bool) {
	l := &lowerer{
		pre: pre, d: d, wanted: w, unit: into, origins: origin.New(pre.Files.List),
		types: map[*ctype.Type]*model.Type{}, records: map[*ctype.Record]*model.Record{}, enums: map[*ctype.Enum]*model.Enum{},
	}
	l.lower()
	return l.doubtful
}

// lowerer lowers one unit.
type lowerer struct {
	pre       *cpp.Unit
	d         *cdecl.Unit
	origins   *origin.Finder
	expansion []cpp.Token // of the macro that macroValue evaluated last
	unit      *model.Unit
	wanted    Wanted // nil for everything
	doubtful  bool   // a macro has no value, which a declaration that was not read may give it
	constants []ordered[*model.Constant]
	skipped   []ordered[model.Skipped]

	types   map[*ctype.Type]*model.Type // what has been lowered
	records map[*ctype.Record]*model.Record
	enums   map[*ctype.Enum]*model.Enum
}

// ordered is something with its place in the translation: how many tokens of the unit come before it.
type ordered[T any] struct {
	at   int
	what T
}

func sorted[T any](list []ordered[T]) []T {
	slices.SortStableFunc(list, func(a, b ordered[T]) int {
		return cmp.Compare(a.at, b.at)
	})
	out := make([]T, len(list))
	for i, o := range list {
		out[i] = o.what
	}
	return out
}

func (l *lowerer) lower() {
	l.macros()
	for _, e := range l.d.Enums {
		if !l.foreign(e.Keyword) {
			l.unit.Enums = append(l.unit.Enums, l.enum(e))
			l.enumerators(e)
		}
	}
	for _, r := range l.d.Records {
		if !l.foreign(r.Keyword) && (r.Tag != "" || r.Typedef != "") && l.isSelected(r) {
			l.unit.Records = append(l.unit.Records, l.record(r))
		}
	}
	l.leftOut()
	l.unit.Constants = sorted(l.constants)
	l.unit.Skipped = sorted(l.skipped)
}

// isSelected reports whether a record is to be in the unit by one of its names.
func (l *lowerer) isSelected(r *ctype.Record) bool {
	w := l.wanted
	return w == nil || w.Record(r.Name()) || w.Record(r.Tag) || w.Record(r.Typedef) || w.Record(r.Alias)
}

// foreign reports whether a token is from none of the user's files.
func (l *lowerer) foreign(t cpp.Token) bool {
	return t.Src < 0 || t.Kind == cpp.EOF || l.pre.Files.List[t.Src].Stub
}

// enum lowers an enum and its enumerators.
func (l *lowerer) enum(e *ctype.Enum) *model.Enum {
	if m := l.enums[e]; m != nil {
		return m
	}
	at, _ := l.origins.Written(e.Keyword)
	m := &model.Enum{Tag: e.Tag, Typedef: e.Typedef, Alias: e.Alias, Pos: at.Pos(), Type: l.typ(e.Integer)}
	m.Doc = l.docOf(e.First)
	l.enums[e] = m
	for _, x := range e.Members {
		m.Members = append(m.Members, l.enumerator(x, m))
	}
	return m
}

// docOf returns the comment above the declaration that begins with t.
func (l *lowerer) docOf(t cpp.Token) string {
	if at, _ := l.origins.Written(t); at.Known() {
		return at.DocAbove()
	}
	return ""
}

func (l *lowerer) enumerator(x *ctype.Enumerator, e *model.Enum) *model.Constant {
	at, _ := l.origins.Written(x.Name)
	c := &model.Constant{
		Name: x.Name.Text, Pos: at.Pos(), Kind: model.Enumerator, Value: x.Value, Type: l.typ(x.Type), Enum: e,
	}
	c.Doc, c.Text = at.Docs(true)
	return c
}

// enumerators enters an enum's members among the constants. One that a macro of its name hides is skipped.
func (l *lowerer) enumerators(e *ctype.Enum) {
	for i, x := range e.Members {
		c := l.enums[e].Members[i]
		if l.d.Enumerator(x.Name.Text) != x {
			continue // an embedded header's, which gives way to the user's
		}
		if m := l.pre.Lookup(x.Name.Text); m != nil && !m.TakesArguments() && !m.Is(x.Name.Text) {
			l.skip(x.Index, c.Name, c.Pos, "is hidden by a macro of the same name")
			continue
		}
		l.constants = append(l.constants, ordered[*model.Constant]{x.Index, c})
	}
}

func (l *lowerer) skip(at int, name string, pos model.Pos, reason string) {
	l.skipped = append(l.skipped, ordered[model.Skipped]{at, model.Skipped{Name: name, Pos: pos, Reason: reason}})
}

// leftOut enters what was left out among what is skipped.
func (l *lowerer) leftOut() {
	for _, x := range l.d.Left {
		if !l.foreign(x.At) {
			at, _ := l.origins.Written(x.At)
			l.unread(x.Index, x.Name, at.Pos(), "cannot be read: "+x.Why)
		}
	}
	for _, a := range l.pre.Absent {
		l.unread(-1, "<"+a.Name+">", a.Pos, "the header is not found, and read as an empty one")
	}
}

func (l *lowerer) unread(at int, name string, pos model.Pos, reason string) {
	l.skipped = append(l.skipped, ordered[model.Skipped]{at, model.Skipped{Name: name, Pos: pos, Reason: reason, Unread: true}})
}
