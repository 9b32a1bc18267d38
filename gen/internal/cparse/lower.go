// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"cmp"
	"go/constant"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// lowerer turns what was parsed into a model.Unit.
type lowerer struct {
	p         *parser
	pre       *cpp.Unit
	expansion []token // of the macro that macroValue evaluated last
	unit      *model.Unit
	asked     *Asked // see Options.Asked; nil for all
	doubtful  bool   // a macro has no value, which a declaration that was not read may give it
	constants []ordered[*model.Constant]
	skipped   []ordered[model.Skipped]
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
	for _, e := range l.p.enums {
		if !l.foreign(e.keyword) {
			l.unit.Enums = append(l.unit.Enums, l.enum(e))
			l.enumerators(e)
		}
	}
	for _, r := range l.p.records {
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
	return l.asked == nil || l.asked.record(r.name()) || l.asked.record(r.tag) || l.asked.record(r.typedef) || l.asked.record(r.alias)
}

// foreign reports whether a token is from none of the user's files.
func (l *lowerer) foreign(t token) bool { return t.Src < 0 || t.Kind == cpp.EOF || l.p.source(t).Stub }

// enum lowers an enum and its enumerators.
func (l *lowerer) enum(e *enum) *model.Enum {
	if e.lowered != nil {
		return e.lowered
	}
	at, _ := l.p.written(e.keyword)
	m := &model.Enum{Tag: e.tag, Typedef: e.typedef, Alias: e.alias, Pos: at.pos(), Type: l.typ(e.typ())}
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
		return at.s.Text.DocAbove(at.tok)
	}
	return ""
}

func (l *lowerer) enumerator(x *enumerator, e *model.Enum) *model.Constant {
	at, _ := l.p.written(x.name)
	c := &model.Constant{
		Name: x.name.Text, Pos: at.pos(), Kind: model.Enumerator, Value: x.x.v, Type: l.typ(x.x.t), Enum: e,
	}
	c.Doc, c.Text = at.docs(true)
	x.model = c
	return c
}

// enumerators enters an enum's members among the constants. One that a macro of its name hides is skipped.
func (l *lowerer) enumerators(e *enum) {
	for _, x := range e.members {
		if id := l.p.idents[x.name.Text]; id == nil || id.con != x {
			continue // an embedded header's, which gives way to the user's
		}
		if m := l.pre.Lookup(x.name.Text); m != nil && !m.TakesArguments() && !m.Is(x.name.Text) {
			l.skip(x.at, x.model.Name, x.model.Pos, "is hidden by a macro of the same name")
			continue
		}
		l.constants = append(l.constants, ordered[*model.Constant]{x.at, x.model})
	}
}

func (l *lowerer) skip(at int, name string, pos model.Pos, reason string) {
	l.skipped = append(l.skipped, ordered[model.Skipped]{at, model.Skipped{Name: name, Pos: pos, Reason: reason}})
}

// macros enters the macros that are in force at the end.
func (l *lowerer) macros() {
	for m := range l.pre.Macros() {
		s := m.Source()
		if s.Stub || l.asked != nil && !l.asked.constant(m.Name()) {
			continue
		}
		switch x, why := l.macroValue(m); {
		case why != "":
			l.doubtful = l.doubtful || slices.ContainsFunc(l.expansion, func(t token) bool { return t.Kind == cpp.Ident })
			l.skip(int(m.At), m.Name(), m.Pos(), why)
		case x.t != nil:
			c := &model.Constant{Name: m.Name(), Pos: m.Pos(), Kind: model.Macro, Value: x.v, Type: l.typ(x.t)}
			c.Doc, c.Text = macroDocs(s.Text, m)
			c.Expr = plainExpression(l.expansion)
			l.constants = append(l.constants, ordered[*model.Constant]{int(m.At), c})
		}
	}
}

// plainExpression returns tokens as text if they are numbers, characters, operators and words of integer types alone, which
// mean the same wherever they stand; else "".
func plainExpression(toks []token) string {
	var b strings.Builder
	for _, t := range toks {
		switch {
		case t.Kind == cpp.Number || t.Kind == cpp.Char || t.Kind == cpp.Punct && t.Text != "{" && t.Text != ";":
		case t.Kind == cpp.Ident && slices.Contains(integerWords, t.Text):
		default:
			return ""
		}
		b.WriteString(t.Text)
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

var integerWords = []string{"char", "short", "int", "long", "signed", "unsigned"}

// macroDocs returns the comments above and behind a #define.
func macroDocs(f *ctext.File, m *cpp.Macro) (doc, text string) {
	hash := m.Token()
	for hash > 0 && !f.Tokens[hash].First {
		hash--
	}
	return f.DocAbove(hash), f.TextBehind(m.Last())
}

// macroValue evaluates a macro; why says what keeps it from having a value. Neither is given for one that stands for
// the enumerator of its name.
func (l *lowerer) macroValue(m *cpp.Macro) (x value, why string) {
	l.expansion = nil
	if m.TakesArguments() {
		return value{}, "takes arguments"
	}
	e := l.pre.Expand(m)
	l.expansion = e.Tokens
	switch toks := e.Tokens; {
	case e.Failed:
		return value{}, "cannot be expanded, or expands to too much"
	case len(toks) == 0:
		return value{}, "has no value"
	case e.Varies != "":
		return value{}, "is not a constant: it depends on where or when it is used, by " + e.Varies
	case len(toks) == 1 && toks[0].Text == m.Name() && l.p.isEnumerator(m.Name()):
		return value{}, ""
	}
	x, why = l.p.evaluate(e.Tokens)
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

func (p *parser) isEnumerator(name string) bool {
	id := p.idents[name]
	return id != nil && id.con != nil
}

// evaluate evaluates tokens as an expression; why says what keeps them from being one.
func (p *parser) evaluate(toks []token) (x value, why string) {
	var faults diag.List
	saved := p.state
	p.state = state{
		faults: &faults, toks: toks, whole: theMacro,
		records: saved.records, enums: saved.enums, packs: saved.packs, pack: saved.pack,
	}
	defer func() {
		r := recover()
		p.state = saved
		if _, ok := r.(bail); r != nil && !ok {
			panic(r)
		}
		if all := faults.All(); len(all) > 0 {
			x, why = value{}, "is not an expression: "+all[0].Msg
		}
	}()
	if word := toks[0]; word.Kind == cpp.Ident && (p.startsType(word) || isKeyword(word.Text)) && !p.isCast() {
		return value{}, "is not an expression: it begins with " + word.String()
	}
	x = p.assignment()
	switch t := p.peek(); {
	case t.Text == "," && t.Kind == cpp.Punct:
		return value{}, "is a list"
	case t.Kind != cpp.EOF:
		return value{}, "is not an expression: " + t.String() + " follows it"
	case p.undeclared != "":
		return value{}, "is not a constant: " + p.undeclared + " is not declared"
	}
	return x, ""
}

// isCast reports whether what comes next is an operator that is spelled as a type may be.
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
	if r.tagName.Kind != cpp.EOF && r.keyword.Macro && !r.tagName.Macro {
		pos = l.p.pos(r.tagName) // the tag is an argument of the macro that defines the record
	}
	m := &model.Record{
		Tag: r.tag, Alias: r.alias, Union: r.union, Packed: r.packed, Pos: pos, Doc: l.docOf(r.first),
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
	case use.s != nil:
		return use.use()
	case at.s == nil || r.closing.Src != r.keyword.Src || r.closing.Tok < r.keyword.Tok:
		return ""
	}
	f := at.s.Text
	end := place{l.p, at.s, int(r.closing.Tok)}
	last := end.tok
	if r.closing.Macro {
		last = max(last, end.arguments())
	}
	src := string(f.Src[f.Tokens[at.tok].Off:f.Tokens[last].End])
	return strings.ReplaceAll(src, "\r\n", "\n")
}

func (l *lowerer) field(m *member) *model.Field {
	t := m.name
	if t.Kind == cpp.EOF {
		t = m.first
	}
	at, use := l.p.written(t)
	typ := m.t
	if t.Macro && typ.kind == model.Int && typ.order == model.Native {
		typ = l.p.types.ordered(typ, at.order())
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
	if at.s == nil {
		return
	}
	if m.name.Kind == cpp.EOF && m.t.kind == model.RecordType {
		f.Doc = l.docOf(m.first)
		if end, use := l.p.written(m.last); use.s == nil && end.s != nil {
			f.Text = end.s.Text.TextBehind(end.tok)
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
