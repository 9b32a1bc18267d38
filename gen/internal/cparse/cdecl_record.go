// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// recordSpecifier takes struct or union and what belongs to it.
func (p *parser) recordSpecifier() *ctype {
	defer p.nest()()
	keyword := p.next()
	a := p.attributes()
	name := cpp.Token{}
	if p.peek().Kind == cpp.Ident {
		name = p.next()
	}
	if !p.is("{") {
		if name.Kind == cpp.EOF {
			p.fail(p.peek(), "expected a name or %q, found %s", "{", p.peek())
		}
		if a.onLayout() {
			p.notDefinition(a, keyword.Text+" "+name.Text)
		}
		return p.tagged(keyword.Text, name)
	}
	t := p.beginRecord(keyword, name)
	t.rec.pack = p.pack.align
	p.recordBody(t.rec, a)
	return t
}

// notDefinition refuses attributes that change a layout where the type is not defined.
func (p *parser) notDefinition(a attrs, name string) {
	p.fault(a.any, name, "attribute %s is where the type is not defined: clang applies it to the later definition, gcc does not",
		a.any.Text)
}

// tagged returns the type that a tag stands for, declaring it where it is new.
func (p *parser) tagged(keyword string, name cpp.Token) *ctype {
	key := keyword + " " + name.Text
	if t := p.tags[key]; t != nil {
		return t
	}
	t := &ctype{}
	if keyword == "enum" {
		t = p.types.newEnum(name.Text)
	} else {
		t.kind, t.rec = model.RecordType, &record{tag: name.Text, union: keyword == "union"}
	}
	p.tags[key] = t
	return t
}

// beginRecord returns the type that is about to be defined.
func (p *parser) beginRecord(keyword, name cpp.Token) *ctype {
	t := &ctype{kind: model.RecordType}
	if name.Kind == cpp.EOF {
		t.rec = &record{union: keyword.Text == "union"}
	} else {
		t = p.tagged(keyword.Text, name)
		oldBuilt, newBuilt := p.givesWay(t.rec.keyword, keyword)
		switch {
		case !t.rec.done && len(t.rec.members) == 0:
		case oldBuilt:
			p.dropRecord(t.rec)
			t = &ctype{kind: model.RecordType, rec: &record{tag: name.Text, union: t.rec.union}}
			p.tags[keyword.Text+" "+name.Text] = t
		case newBuilt:
			t = &ctype{kind: model.RecordType, rec: &record{tag: name.Text, union: t.rec.union}}
			t.rec.keyword, t.rec.tagName, t.rec.first = keyword, name, keyword
			return t
		default:
			p.definite(name, t.rec.name(), "defined again; first at %v", p.pos(t.rec.keyword))
			t = &ctype{kind: model.RecordType, rec: &record{tag: name.Text, union: t.rec.union, broken: true}}
		}
	}
	t.rec.keyword, t.rec.tagName, t.rec.first = keyword, name, keyword
	if p.declared < len(p.toks) {
		t.rec.first = p.toks[p.declared]
	}
	p.records = append(p.records, t.rec)
	return t
}

// recordBody takes a record's members and the attributes behind them, and lays it out.
func (p *parser) recordBody(r *record, a attrs) {
	open := p.expect("{")
	for !p.is("}") {
		if p.peek().Kind == cpp.EOF {
			p.fail(open, "%q is not closed", "{")
		}
		p.memberDeclaration(r)
	}
	r.closing = p.next()
	pack := p.pack.align
	if p.is("[") {
		if list := p.attributes(); list.onLayout() {
			p.fault(list.any, r.name(), "attribute %s in [[ ]] after a definition: gcc ignores it, clang rejects it", list.any.Text)
		}
	}
	if before := p.at; p.attribute(&a) {
		a.add(p.attributes())
		r.closing = p.toks[p.at-1]
		if r.closing.Src != p.toks[before].Src {
			r.closing = p.toks[before]
		}
	}
	p.applied(&ctype{kind: model.RecordType, rec: r}, attrs{bad: a.bad, tok: a.tok})
	r.packed = a.packed
	p.layOut(r, a, pack)
}

// memberDeclaration takes a declaration of members.
func (p *parser) memberDeclaration(r *record) {
	if p.accept(";") {
		return
	}
	if p.is("_Static_assert") || p.is("static_assert") {
		p.staticAssert()
		p.expect(";")
		return
	}
	outer := p.declared
	p.peek()
	p.declared = p.at
	defer func() { p.declared = outer }()
	s := p.specifiers()
	if s.t == nil {
		p.noType(s)
	}
	if p.is(";") {
		p.unnamed(r, s)
		return
	}
	p.memberList(r, s)
}

// unnamed takes the semicolon of a declaration without declarators: an anonymous record, or nothing.
func (p *parser) unnamed(r *record, s specs) {
	last := p.next()
	if s.t.kind != model.RecordType || s.t.rec.tag != "" || s.t.name != "" {
		return // declares at most a tag: without extensions, neither a tag nor a typedef makes a member
	}
	if s.attrs.onLayout() && p.other != nil {
		p.fault(s.attrs.any, "", "attribute %s of an anonymous member: clang applies it, gcc does not", s.attrs.any.Text)
	}
	p.addMember(r, &member{t: s.t, first: s.tok, last: last, lead: true, packed: s.attrs.packed, aligned: s.attrs.aligned})
}

func (p *parser) memberList(r *record, s specs) {
	for lead := true; ; lead = false {
		m := &member{first: s.tok, lead: lead, t: s.t}
		var a attrs
		if !p.is(":") {
			d := p.declarator(s.t)
			m.name, m.t, a = d.name, d.t, d.attrs
			if d.name.Kind == cpp.EOF {
				p.fail(p.peek(), "expected the name of a member, found %s", p.peek())
			}
		}
		if p.accept(":") {
			m.bitField = true
			m.width = p.bitWidth(m)
		}
		a.add(s.attrs)
		a.add(p.attributes())
		m.packed, m.aligned = a.packed, a.aligned
		m.last = p.peek()
		m.t = p.applied(m.t, a)
		p.addMember(r, m)
		if !p.accept(",") {
			break
		}
	}
	if !p.is("}") {
		p.expect(";")
	}
}

// bitWidth takes a bit-field's width.
func (p *parser) bitWidth(m *member) int64 {
	start := p.peek()
	x := p.conditional()
	n, ok := x.int()
	switch {
	case x.v == nil:
		p.fail(start, "the width is not a constant: %s", x.why)
	case !m.t.isInt():
		p.fail(start, "bit-field of type %v", m.t)
	case !ok || n < 0 || n > m.t.size()*8 || n > 1 && m.t.kind == model.Bool:
		p.fail(start, "%v bits are not a width for %v", x.v, m.t)
	case n == 0 && m.name.Kind != cpp.EOF:
		p.fail(start, "a bit-field with a name has no bits")
	}
	return n
}

// addMember checks a member and adds it.
func (p *parser) addMember(r *record, m *member) {
	at := m.name
	if at.Kind == cpp.EOF {
		at = m.first
	}
	switch {
	case m.t.kind == model.Func:
		p.fault(at, at.Text, "a member cannot be a function")
		r.broken = true
		return
	case !m.t.complete() && m.t.kind == model.RecordType && m.t.rec == r:
		p.fault(at, at.Text, "%v cannot contain itself", m.t)
		r.broken = true
		return
	case !m.t.complete():
		if m.t.kind != model.RecordType || !m.t.rec.broken || p.lenient {
			p.fault(at, at.Text, "the member's type %v is not defined", m.t)
		}
		r.broken = true
		return
	}
	if m.name.Kind != cpp.EOF {
		if old := r.find(m.name.Text); old != nil {
			p.fault(m.name, m.name.Text, "the record has two members of this name; the first at %v", p.pos(old.name))
		}
	}
	if n := len(r.members); n > 0 && !r.union && isFlexible(r.members[n-1]) {
		p.fault(r.members[n-1].name, r.members[n-1].name.Text, "an array without a size must be the last member")
	}
	r.members = append(r.members, m)
}

// layOut computes where the members lie; pack is the #pragma pack where the definition ends, which is gcc's.
func (p *parser) layOut(r *record, a attrs, pack int64) {
	if p.target.Clang {
		pack = r.pack
	}
	l, err := p.target.Record(r.spec(a.packed, a.ofType(p.target.Clang), pack))
	if err != nil {
		p.fault(r.keyword, r.name(), "%v", err)
		r.broken = true
	}
	if p.other != nil && err == nil {
		if c, err := p.other.Record(r.spec(a.packed, a.ofType(true), r.pack)); err == nil && !sameLayout(&l, &c) {
			p.differs(r, &l, &c)
		}
	}
	for i := range l.Places {
		r.members[i].place = l.Places[i]
	}
	r.layout, r.done = l, true
}

// differs refuses a record that gcc and clang lay out in different ways.
func (p *parser) differs(r *record, gcc, clang *layout.Layout) {
	r.broken = true
	for i, m := range r.members {
		if g, c := gcc.Places[i], clang.Places[i]; g != c && m.name.Kind != cpp.EOF {
			p.fault(m.name, r.name(), "gcc and clang lay it out in different ways: %s is at bit %d for gcc, at bit %d for clang",
				m.name.Text, max(g.Bit, g.Offset*8), max(c.Bit, c.Offset*8))
			return
		}
	}
	p.fault(r.keyword, r.name(), "gcc and clang lay it out in different ways: size %d and alignment %d for gcc, size %d and alignment %d for clang",
		gcc.Size, gcc.Align, clang.Size, clang.Align)
}

// sameLayout reports whether two layouts put everything in the same places.
func sameLayout(a, b *layout.Layout) bool {
	return a.Size == b.Size && a.Align == b.Align && slices.Equal(a.Places, b.Places)
}
