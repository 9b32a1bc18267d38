// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// record lowers a record and its fields.
func (l *lowerer) record(r *record) *model.Record {
	if m := l.records[r]; m != nil {
		return m
	}
	at, use := l.origins.written(r.keyword)
	pos := at.pos()
	if r.tagName.Kind != cpp.EOF && r.keyword.Macro && !r.tagName.Macro && r.tagName.Src >= 0 {
		pos = l.pre.Files.List[r.tagName.Src].Pos(int(r.tagName.Tok)) // the tag is an argument of the macro that defines the record
	}
	m := &model.Record{
		Tag: r.tag, Alias: r.alias, Union: r.union, Packed: r.packed, Pos: pos, Doc: l.docOf(r.first),
		Size: r.layout.Size, Align: max(1, r.layout.Align), MinSize: r.layout.End,
	}
	if r.tag != "" || r.typedef != "" {
		m.Name = r.name()
	}
	m.Source = l.sourceOf(r, at, use)
	l.records[r] = m
	for _, f := range r.members {
		m.Fields = append(m.Fields, l.field(f))
	}
	l.sharedTexts(r, m)
	return m
}

// sharedTexts gives the comment behind a declaration of several members, on the line of all of them, to each, if it is
// the only one.
func (l *lowerer) sharedTexts(r *record, m *model.Record) {
	for first := 0; first < len(r.members); {
		last := first
		for last+1 < len(r.members) && !r.members[last+1].lead {
			last++
		}
		text, alone := m.Fields[last].Text, true
		for i := first; i < last; i++ {
			a, b := m.Fields[i], m.Fields[last]
			alone = alone && a.Text == "" && a.Pos.File == b.Pos.File && a.Pos.Line == b.Pos.Line
		}
		for i := first; i < last && alone; i++ {
			m.Fields[i].Text = text
		}
		first = last + 1
	}
}

// sourceOf returns a record's definition as written, or the use of the macro that writes it.
func (l *lowerer) sourceOf(r *record, at, use place) string {
	switch {
	case use.known():
		return use.use()
	case !at.known() || r.closing.Src != r.keyword.Src || r.closing.Tok < r.keyword.Tok:
		return ""
	}
	return at.upTo(r.closing)
}

func (l *lowerer) field(m *member) *model.Field {
	t := m.name
	if t.Kind == cpp.EOF {
		t = m.first
	}
	at, use := l.origins.written(t)
	typ := m.t
	if t.Macro && typ.kind == model.Int && typ.order == model.Native {
		typ = typ.ordered(at.order())
	}
	f := &model.Field{
		Pos: at.pos(), Use: use.pos(), Type: l.typ(typ), Offset: m.place.Offset,
		BitField: m.bitField, BitWidth: int(m.width), Packed: m.packed,
	}
	if m.name.Kind != cpp.EOF {
		f.Name = m.name.Text
	}
	if m.bitField {
		f.BitOffset = m.place.Bit
	}
	l.fieldDocs(f, m, at)
	return f
}

// fieldDocs fills in a field's comments. The comment above a declaration of several members is the first's.
func (l *lowerer) fieldDocs(f *model.Field, m *member, at place) {
	if !at.known() {
		return
	}
	if m.name.Kind == cpp.EOF && m.t.kind == model.RecordType {
		f.Doc = l.docOf(m.first)
		if end, use := l.origins.written(m.last); !use.known() && end.known() {
			f.Text = end.textBehind()
		}
		return
	}
	_, f.Text = at.docs(false)
	if m.lead {
		f.Doc = l.docOf(m.first) // not at's, which may take in a macro without a semicolon before it
	}
}

// typ lowers a type.
func (l *lowerer) typ(t *ctype) *model.Type {
	if m := l.types[t]; m != nil {
		return m
	}
	m := &model.Type{
		Kind: t.kind, C: t.String(), Signed: t.isSigned(), Char: t.isChar(), Order: t.order,
	}
	l.types[t] = m
	if t.complete() {
		m.Size, m.Align = t.size(), t.align()
	}
	switch t.kind {
	case model.Array, model.Vector:
		m.Elem, m.Len = l.typ(t.elem), max(t.n, -1)
	case model.Pointer, model.Func:
		m.Elem = l.typ(t.elem)
	case model.EnumType:
		m.Enum = l.enum(t.enum)
	case model.RecordType:
		m.Record = l.record(t.rec)
	}
	return m
}
