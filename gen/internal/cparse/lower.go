// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"cmp"
	"go/constant"
	"slices"
	"sort"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// lowerer turns what was parsed into a model.Unit.
type lowerer struct {
	p         *parser
	pre       *preproc
	unit      *model.Unit
	constants []ordered[*model.Constant]
	skipped   []ordered[model.Skipped]
}

// ordered is something with its place in the translation: the segment that was being read, and the token in
// it.
type ordered[T any] struct {
	event int
	tok   int32
	what  T
}

func sorted[T any](list []ordered[T]) []T {
	slices.SortStableFunc(list, func(a, b ordered[T]) int {
		return cmp.Or(cmp.Compare(a.event, b.event), cmp.Compare(a.tok, b.tok))
	})
	out := make([]T, len(list))
	for i, o := range list {
		out[i] = o.what
	}
	return out
}

func (l *lowerer) lower() {
	for _, e := range l.p.enums {
		if !l.foreign(e.keyword) {
			l.unit.Enums = append(l.unit.Enums, l.enum(e))
			l.enumerators(e)
		}
	}
	for _, r := range l.p.records {
		if !l.foreign(r.keyword) && (r.tag != "" || r.typedef != "") {
			l.unit.Records = append(l.unit.Records, l.record(r))
		}
	}
	l.macros()
	l.leftOut()
	l.unit.Constants = sorted(l.constants)
	l.unit.Skipped = sorted(l.skipped)
}

// foreign tells whether a token is from none of the user's files.
func (l *lowerer) foreign(t token) bool { return t.src < 0 || t.kind == tokEOF || l.p.source(t).stub }

// event returns the index of the segment in which token i of the stream was read.
func (l *lowerer) event(i int) int {
	return sort.SearchInts(l.pre.starts, i+1) - 1
}

// enum lowers an enum and its enumerators.
func (l *lowerer) enum(e *enum) *model.Enum {
	if e.lowered != nil {
		return e.lowered
	}
	at, _ := l.p.written(e.keyword)
	m := &model.Enum{Tag: e.tag, Typedef: e.typedef, Pos: at.pos(), Type: l.typ(e.typ())}
	m.Doc = l.docOf(e.first)
	e.lowered = m
	for _, x := range e.members {
		m.Members = append(m.Members, l.enumerator(x, m))
	}
	return m
}

// docOf returns the comment above the declaration that begins with t.
func (l *lowerer) docOf(t token) string {
	if at, _ := l.p.written(t); at.s != nil {
		return at.s.text.DocAbove(at.tok)
	}
	return ""
}

func (l *lowerer) enumerator(x *enumerator, e *model.Enum) *model.Constant {
	at, _ := l.p.written(x.name)
	c := &model.Constant{
		Name: x.name.text, Pos: at.pos(), Kind: model.Enumerator, Value: x.x.v, Type: l.typ(x.x.t), Enum: e,
	}
	c.Doc, c.Text = at.docs(true)
	x.model = c
	return c
}

// enumerators enters an enum's members among the constants. One that a macro of its name hides is skipped.
func (l *lowerer) enumerators(e *enum) {
	for _, x := range e.members {
		if id := l.p.idents[x.name.text]; id == nil || id.con != x {
			continue // an embedded header's, which gives way to the user's
		}
		at := ordered[*model.Constant]{l.event(x.at), x.name.tok, x.model}
		if def, ok := l.pre.out.active[x.name.text]; ok && !l.refersToItself(def) {
			l.skip(at.event, at.tok, x.model.Name, x.model.Pos, "is hidden by a macro of the same name")
			continue
		}
		l.constants = append(l.constants, at)
	}
}

// refersToItself tells whether a macro's body is its own name, as where a header lets #ifdef find an
// enumerator, or whether it takes arguments, so that it does not stand for the name alone.
func (l *lowerer) refersToItself(def int32) bool {
	d := l.p.weaver.defines[def]
	if d.fn {
		return true
	}
	f := l.p.files.list[d.src].text
	for i := int(d.body[0]); i < int(d.body[1]); i++ {
		if f.Tokens[i].Kind != ctext.Comment && !f.Is(i, d.name) {
			return false
		}
	}
	return d.body[1] > d.body[0]
}

func (l *lowerer) skip(event int, tok int32, name string, pos model.Pos, reason string) {
	l.skipped = append(l.skipped, ordered[model.Skipped]{event, tok, model.Skipped{Name: name, Pos: pos, Reason: reason}})
}

// macros enters the macros that are in force at the end.
func (l *lowerer) macros() {
	for n, a := range l.pre.asked {
		d := l.p.weaver.defines[a.def]
		s := l.p.files.list[d.src]
		if s.stub {
			continue
		}
		pos := s.pos(int(d.tok))
		switch x, why := l.macroValue(n, d); {
		case why != "":
			l.skip(a.event, d.tok, d.name, pos, why)
		case x.t != nil:
			c := &model.Constant{Name: d.name, Pos: pos, Kind: model.Macro, Value: x.v, Type: l.typ(x.t)}
			c.Doc, c.Text = macroDocs(s.text, d)
			l.constants = append(l.constants, ordered[*model.Constant]{a.event, d.tok, c})
		}
	}
}

// macroDocs returns the comments above and behind a #define.
func macroDocs(f *ctext.File, d define) (doc, text string) {
	last := int(d.body[1]) - 1
	for last > int(d.tok) && f.Tokens[last].Kind == ctext.Comment {
		last--
	}
	hash := int(d.tok)
	for hash > 0 && !f.Tokens[hash].First {
		hash--
	}
	return f.DocAbove(hash), f.TextBehind(last)
}

// macroValue evaluates macro number n; why says what keeps it from having a value. Neither is given for one
// that stands for the enumerator of its name.
func (l *lowerer) macroValue(n int, d define) (x value, why string) {
	toks := withoutPragmas(l.pre.out.macros[n])
	switch {
	case d.fn:
		return value{}, "takes arguments"
	case len(toks) == 0:
		return value{}, "has no value"
	case l.varying(n) != "":
		return value{}, "is not a constant: it depends on where or when it is used, by " + l.varying(n)
	case len(toks) == 1 && toks[0].text == d.name && l.p.isEnumerator(d.name):
		return value{}, ""
	}
	x, why = l.p.evaluate(toks)
	switch {
	case why != "":
		return value{}, why
	case x.v == nil:
		return value{}, "is not a constant: " + firstOf(x.why, "it has no value")
	case isString(x):
	case x.t.kind == model.Pointer:
		return value{}, "is not a constant: it is an address"
	case x.v.Kind() == constant.Float && x.t.kind != model.Float:
		return value{}, "is not a constant of a C type"
	}
	return x, ""
}

// varying returns the name by which macro number n depends on where or when it is used; "" where it does not.
func (l *lowerer) varying(n int) string {
	left := 1000
	return l.varyingIn(l.pre.asked[n].def, map[int32]bool{}, &left)
}

func (l *lowerer) varyingIn(def int32, seen map[int32]bool, left *int) string {
	seen[def] = true
	d := l.p.weaver.defines[def]
	f := l.p.files.list[d.src].text
	for i := int(d.body[0]); i < int(d.body[1]); i++ {
		if f.Tokens[i].Kind != ctext.Ident {
			continue
		}
		switch word := f.Text(i); word {
		case "__LINE__", "__FILE__", "__COUNTER__", "__DATE__", "__TIME__", "__TIMESTAMP__":
			return word
		default:
			if inner, ok := l.pre.out.active[word]; ok && !seen[inner] && *left > 0 {
				*left--
				if v := l.varyingIn(inner, seen, left); v != "" {
					return v
				}
			}
		}
	}
	return ""
}

func (p *parser) isEnumerator(name string) bool {
	id := p.idents[name]
	return id != nil && id.con != nil
}

// evaluate evaluates tokens as an expression; why says what keeps them from being one.
func (p *parser) evaluate(toks []token) (x value, why string) {
	var faults diag.List
	saved := *p
	p.faults, p.toks, p.at, p.deep, p.declared, p.whole = &faults, toks, 0, 0, 0, "the macro"
	defer func() {
		r := recover()
		p.faults, p.toks, p.at, p.deep, p.declared = saved.faults, saved.toks, saved.at, saved.deep, saved.declared
		p.whole = saved.whole
		p.records, p.enums, p.pack, p.packs = saved.records, saved.enums, saved.pack, saved.packs
		if _, ok := r.(bail); r != nil && !ok {
			panic(r)
		}
		if all := faults.All(); len(all) > 0 {
			x, why = value{}, "is not an expression: "+all[0].Msg
		}
	}()
	if word := toks[0]; word.kind == tokIdent && (p.startsType(word) || isKeyword(word.text)) && !p.isCast() {
		return value{}, "is not an expression: it begins with " + word.String()
	}
	p.undeclared = ""
	x = p.assignment()
	switch t := p.peek(); {
	case t.text == "," && t.kind == tokPunct:
		return value{}, "is a list"
	case t.kind != tokEOF:
		return value{}, "is not an expression: " + t.String() + " follows it"
	case p.undeclared != "":
		return value{}, "is not a constant: " + p.undeclared + " is not declared"
	}
	return x, ""
}

// isCast tells whether what comes next is an operator that is spelled as a type may be.
func (p *parser) isCast() bool { return p.is("__extension__") }

func isKeyword(word string) bool {
	switch word {
	case "do", "while", "for", "if", "else", "return", "goto", "switch", "case", "break", "continue", "asm",
		"__asm__", "typedef", "_Static_assert":
		return true
	}
	return false
}

// record lowers a record and its fields.
func (l *lowerer) record(r *record) *model.Record {
	if r.lowered != nil {
		return r.lowered
	}
	at, use := l.p.written(r.keyword)
	pos := at.pos()
	if r.tagName.kind != tokEOF && r.keyword.macro && !r.tagName.macro {
		pos = l.p.pos(r.tagName) // the tag is an argument of the macro that defines the record
	}
	m := &model.Record{
		Tag: r.tag, Union: r.union, Packed: r.packed, Pos: pos, Doc: l.docOf(r.first),
		Size: r.layout.Size, Align: max(1, r.layout.Align), MinSize: r.layout.End,
	}
	if r.tag != "" || r.typedef != "" {
		m.Name = r.name()
	}
	m.Source = l.sourceOf(r, at, use)
	r.lowered = m
	for _, f := range r.members {
		m.Fields = append(m.Fields, l.field(f))
	}
	return m
}

// sourceOf returns a record's definition as written, or the use of the macro that writes it.
func (l *lowerer) sourceOf(r *record, at, use place) string {
	switch {
	case use.s != nil:
		return use.use()
	case at.s == nil || r.closing.src != r.keyword.src || r.closing.tok < r.keyword.tok:
		return ""
	}
	f := at.s.text
	end := place{at.s, int(r.closing.tok)}
	last := end.tok
	if r.closing.macro {
		last = max(last, end.arguments())
	}
	src := string(f.Src[f.Tokens[at.tok].Off:f.Tokens[last].End])
	return strings.ReplaceAll(src, "\r\n", "\n")
}

func (l *lowerer) field(m *member) *model.Field {
	t := m.name
	if t.kind == tokEOF {
		t = m.first
	}
	at, use := l.p.written(t)
	typ := m.t
	if t.macro && typ.kind == model.Int && typ.order == model.Native {
		typ = l.p.types.ordered(typ, at.order())
	}
	f := &model.Field{
		Pos: at.pos(), Use: use.pos(), Type: l.typ(typ), Offset: m.place.Offset,
		BitField: m.bitField, BitWidth: int(m.width), Packed: m.attrs.packed,
	}
	if m.name.kind != tokEOF {
		f.Name = m.name.text
	}
	if m.bitField {
		f.BitOffset = m.place.Bit
	}
	l.fieldDocs(f, m, at)
	return f
}

// fieldDocs fills in a field's comments. The comment above a declaration of several members is the first's.
func (l *lowerer) fieldDocs(f *model.Field, m *member, at place) {
	if at.s == nil {
		return
	}
	if m.name.kind == tokEOF && m.t.kind == model.RecordType {
		f.Doc = l.docOf(m.first)
		if end, use := l.p.written(m.last); use.s == nil && end.s != nil {
			f.Text = end.s.text.TextBehind(end.tok)
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
	if t.lowered != nil {
		return t.lowered
	}
	m := &model.Type{
		Kind: t.kind, C: t.String(), Signed: isSigned(t), Char: t.char && t.plainChar(), Order: t.order,
	}
	t.lowered = m
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
