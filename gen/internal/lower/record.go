// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/origin"
)

// record lowers a record and its fields.
func (l *lowerer) record(r *ctype.Record) *model.Record {
	if m := l.records[r]; m != nil {
		return m
	}
	at, use := l.origins.Written(r.Keyword)
	pos := at.Pos()
	if r.TagName.Kind != cpp.EOF && r.Keyword.Macro && !r.TagName.Macro && r.TagName.Src >= 0 {
		pos = l.pre.Files.List[r.TagName.Src].Pos(int(r.TagName.Tok)) // the tag is an argument of the macro that defines the record
	}
	m := &model.Record{
		Tag: r.Tag, Alias: r.Alias, Union: r.Union, Packed: r.Packed, Pos: pos, Doc: l.docOf(r.First),
		Size: r.Layout.Size, Align: r.Align(), MinSize: r.Layout.End,
	}
	if r.Tag != "" || r.Typedef != "" {
		m.Name = r.Name()
	}
	m.Source = l.sourceOf(r, at, use)
	l.records[r] = m
	for _, f := range r.Members {
		m.Fields = append(m.Fields, l.field(f))
	}
	l.sharedTexts(r, m)
	return m
}

// sharedTexts gives the comment behind a declaration of several members, on the line of all of them, to each, if it is
// the only one.
func (l *lowerer) sharedTexts(r *ctype.Record, m *model.Record) {
	for first := 0; first < len(r.Members); {
		last := first
		for last+1 < len(r.Members) && !r.Members[last+1].Lead {
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
func (l *lowerer) sourceOf(r *ctype.Record, at, use origin.Place) string {
	switch {
	case use.Known():
		return use.Use()
	case !at.Known() || r.Closing.Src != r.Keyword.Src || r.Closing.Tok < r.Keyword.Tok:
		return ""
	}
	return at.UpTo(r.Closing)
}

func (l *lowerer) field(m *ctype.Member) *model.Field {
	t := m.Name
	if t.Kind == cpp.EOF {
		t = m.First
	}
	at, use := l.origins.Written(t)
	typ := m.Type
	if t.Macro && typ.Kind == model.Int && typ.Order == model.Native {
		typ = typ.Ordered(at.Order())
	}
	f := &model.Field{
		Pos: at.Pos(), Use: use.Pos(), Type: l.typ(typ), Offset: m.Place.Offset,
		BitField: m.BitField, BitWidth: int(m.Width), Packed: m.Packed,
	}
	if m.Name.Kind != cpp.EOF {
		f.Name = m.Name.Text
	}
	if m.BitField {
		f.BitOffset = m.Place.Bit
	}
	l.fieldDocs(f, m, at)
	return f
}

// fieldDocs fills in a field's comments. The comment above a declaration of several members is the first's.
func (l *lowerer) fieldDocs(f *model.Field, m *ctype.Member, at origin.Place) {
	if !at.Known() {
		return
	}
	if m.Name.Kind == cpp.EOF && m.Type.Kind == model.RecordType {
		f.Doc = l.docOf(m.First)
		if end, use := l.origins.Written(m.Last); !use.Known() && end.Known() {
			f.Text = end.TextBehind()
		}
		return
	}
	_, f.Text = at.Docs(false)
	if m.Lead {
		f.Doc = l.docOf(m.First) // not at's, which may take in a macro without a semicolon before it
	}
}

// typ lowers a type.
func (l *lowerer) typ(t *ctype.Type) *model.Type {
	if m := l.types[t]; m != nil {
		return m
	}
	m := &model.Type{
		Kind: t.Kind, C: t.String(), Signed: t.IsSigned(), Char: t.IsChar(), Order: t.Order,
	}
	l.types[t] = m
	if t.Complete() {
		m.Size, m.Align = t.Size(), t.Align()
	}
	switch t.Kind {
	case model.Array, model.Vector:
		m.Elem, m.Len = l.typ(t.Elem), max(t.Len, -1)
	case model.Pointer, model.Func:
		m.Elem = l.typ(t.Elem)
	case model.EnumType:
		m.Enum = l.enum(t.Enum)
	case model.RecordType:
		m.Record = l.record(t.Record)
	}
	return m
}
