// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"cmp"
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// lowerer turns what was parsed into a model.Unit.
type lowerer struct {
	pre       *cpp.Unit
	d         *declarations
	origins   *origins
	expansion []cpp.Token // of the macro that macroValue evaluated last
	unit      *model.Unit
	wanted    wanted // nil for everything
	doubtful  bool   // a macro has no value, which a declaration that was not read may give it
	constants []ordered[*model.Constant]
	skipped   []ordered[model.Skipped]

	types   map[*ctype]*model.Type // what has been lowered
	records map[*record]*model.Record
	enums   map[*enum]*model.Enum
}

// wanted tells what is to be in a unit. Of records each name is tried: with its keyword, the tag, and those of typedefs.
type wanted interface {
	Record(name string) bool
	Constant(name string) bool
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

// lower enters into a unit what was declared, or of that what is wanted. It reports whether a macro has no value, which a
// declaration that was not read may give it.
func lower(pre *cpp.Unit, d *declarations, w wanted, into *model.Unit) (doubtful bool) {
	l := &lowerer{
		pre: pre, d: d, wanted: w, unit: into, origins: newOrigins(pre.Files.List),
		types: map[*ctype]*model.Type{}, records: map[*record]*model.Record{}, enums: map[*enum]*model.Enum{},
	}
	l.lower()
	return l.doubtful
}

func (l *lowerer) lower() {
	l.macros()
	for _, e := range l.d.enums {
		if !l.foreign(e.keyword) {
			l.unit.Enums = append(l.unit.Enums, l.enum(e))
			l.enumerators(e)
		}
	}
	for _, r := range l.d.records {
		if !l.foreign(r.keyword) && (r.tag != "" || r.typedef != "") && l.isAsked(r) {
			l.unit.Records = append(l.unit.Records, l.record(r))
		}
	}
	l.leftOut()
	l.unit.Constants = sorted(l.constants)
	l.unit.Skipped = sorted(l.skipped)
}

// isAsked reports whether a record is to be in the unit by one of its names.
func (l *lowerer) isAsked(r *record) bool {
	w := l.wanted
	return w == nil || w.Record(r.name()) || w.Record(r.tag) || w.Record(r.typedef) || w.Record(r.alias)
}

// foreign reports whether a cpp.Token is from none of the user's files.
func (l *lowerer) foreign(t cpp.Token) bool {
	return t.Src < 0 || t.Kind == cpp.EOF || l.pre.Files.List[t.Src].Stub
}

// enum lowers an enum and its enumerators.
func (l *lowerer) enum(e *enum) *model.Enum {
	if m := l.enums[e]; m != nil {
		return m
	}
	at, _ := l.origins.written(e.keyword)
	m := &model.Enum{Tag: e.tag, Typedef: e.typedef, Alias: e.alias, Pos: at.pos(), Type: l.typ(e.integer)}
	m.Doc = l.docOf(e.first)
	l.enums[e] = m
	for _, x := range e.members {
		m.Members = append(m.Members, l.enumerator(x, m))
	}
	return m
}

// docOf returns the comment above the declaration that begins with t.
func (l *lowerer) docOf(t cpp.Token) string {
	if at, _ := l.origins.written(t); at.known() {
		return at.docAbove()
	}
	return ""
}

func (l *lowerer) enumerator(x *enumerator, e *model.Enum) *model.Constant {
	at, _ := l.origins.written(x.name)
	c := &model.Constant{
		Name: x.name.Text, Pos: at.pos(), Kind: model.Enumerator, Value: x.v, Type: l.typ(x.t), Enum: e,
	}
	c.Doc, c.Text = at.docs(true)
	return c
}

// enumerators enters an enum's members among the constants. One that a macro of its name hides is skipped.
func (l *lowerer) enumerators(e *enum) {
	for i, x := range e.members {
		c := l.enums[e].Members[i]
		if l.d.enumerator(x.name.Text) != x {
			continue // an embedded header's, which gives way to the user's
		}
		if m := l.pre.Lookup(x.name.Text); m != nil && !m.TakesArguments() && !m.Is(x.name.Text) {
			l.skip(x.at, c.Name, c.Pos, "is hidden by a macro of the same name")
			continue
		}
		l.constants = append(l.constants, ordered[*model.Constant]{x.at, c})
	}
}

func (l *lowerer) skip(at int, name string, pos model.Pos, reason string) {
	l.skipped = append(l.skipped, ordered[model.Skipped]{at, model.Skipped{Name: name, Pos: pos, Reason: reason}})
}

// leftOut enters what was left out among what is skipped.
func (l *lowerer) leftOut() {
	for _, x := range l.d.left {
		if !l.foreign(x.at) {
			at, _ := l.origins.written(x.at)
			l.unread(x.stream, x.name, at.pos(), "cannot be read: "+x.why)
		}
	}
	for _, a := range l.pre.Absent {
		l.unread(-1, "<"+a.Name+">", a.Pos, "the header is not found, and read as an empty one")
	}
}

func (l *lowerer) unread(at int, name string, pos model.Pos, reason string) {
	l.skipped = append(l.skipped, ordered[model.Skipped]{at, model.Skipped{Name: name, Pos: pos, Reason: reason, Unread: true}})
}
