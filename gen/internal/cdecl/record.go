// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// recordSpecifier takes struct or union and what belongs to it.
func (p *parser) recordSpecifier() *ctype.Type {
	defer p.Nest()()
	keyword := p.Next()
	a := p.attributes()
	name := cpp.Token{}
	if p.Peek().Kind == cpp.Ident {
		name = p.Next()
	}
	if !p.Is("{") {
		if name.Kind == cpp.EOF {
			p.Fail(p.Peek(), "expected a name or %q, found %s", "{", p.Peek())
		}
		if a.onLayout() {
			p.notDefinition(a, keyword.Text+" "+name.Text)
		}
		return p.tagged(keyword.Text, name)
	}
	t := p.beginRecord(keyword, name)
	t.Record.Pack = p.pack.align
	p.recordBody(t.Record, a)
	return t
}

// notDefinition refuses attributes that change a layout where the type is not defined.
func (p *parser) notDefinition(a attrs, name string) {
	p.Fault(a.any, name, "attribute %s is where the type is not defined: clang applies it to the later definition, gcc does not",
		a.any.Text)
}

// tagged returns the type that a tag stands for, declaring it where it is new.
func (p *parser) tagged(keyword string, name cpp.Token) *ctype.Type {
	key := keyword + " " + name.Text
	if t := p.tags[key]; t != nil {
		return t
	}
	p.oneKind(keyword, name)
	t := &ctype.Type{}
	if keyword == "enum" {
		t = p.Types.NewEnum(name.Text)
		t.Enum.Seen = name
	} else {
		t.Kind, t.Record = model.RecordType, &ctype.Record{Tag: name.Text, Union: keyword == "union", Seen: name}
	}
	p.tags[key] = t
	return t
}

// oneKind refuses a tag that another keyword has declared.
func (p *parser) oneKind(keyword string, name cpp.Token) {
	for _, other := range []string{"struct", "union", "enum"} {
		t := p.tags[other+" "+name.Text]
		if t == nil || other == keyword {
			continue
		}
		var first cpp.Token
		if t.Record != nil {
			first = t.Record.Seen
		} else {
			first = t.Enum.Seen
		}
		if oldBuilt, newBuilt := p.givesWay(first, name); !oldBuilt && !newBuilt {
			p.definite(name, keyword+" "+name.Text, "declared before as %s %s, at %v: rename one of them", other, name.Text, p.Pos(first))
		}
	}
}

// beginRecord returns the type that is about to be defined.
func (p *parser) beginRecord(keyword, name cpp.Token) *ctype.Type {
	t := &ctype.Type{Kind: model.RecordType}
	if name.Kind == cpp.EOF {
		t.Record = &ctype.Record{Union: keyword.Text == "union"}
	} else {
		t = p.tagged(keyword.Text, name)
		oldBuilt, newBuilt := p.givesWay(t.Record.Keyword, keyword)
		switch {
		case t.Record.Open:
			p.Fail(name, "%s is defined inside of its own definition at %v", t.Record.Name(), p.Pos(t.Record.Keyword))
		case !t.Record.Done && len(t.Record.Members) == 0:
		case oldBuilt:
			p.dropRecord(t.Record)
			t = &ctype.Type{Kind: model.RecordType, Record: &ctype.Record{Tag: name.Text, Union: t.Record.Union}}
			p.tags[keyword.Text+" "+name.Text] = t
		case newBuilt:
			t = &ctype.Type{Kind: model.RecordType, Record: &ctype.Record{Tag: name.Text, Union: t.Record.Union}}
			t.Record.Keyword, t.Record.TagName, t.Record.First = keyword, name, keyword
			return t
		default:
			p.definite(name, t.Record.Name(), "defined again; first at %v", p.Pos(t.Record.Keyword))
			t = &ctype.Type{Kind: model.RecordType, Record: &ctype.Record{Tag: name.Text, Union: t.Record.Union, Broken: true}}
		}
	}
	t.Record.Keyword, t.Record.TagName, t.Record.First = keyword, name, keyword
	if p.declared < len(p.Tokens) {
		t.Record.First = p.Tokens[p.declared]
	}
	p.records = append(p.records, t.Record)
	return t
}

// recordBody takes a record's members and the attributes behind them, and lays it out.
func (p *parser) recordBody(r *ctype.Record, a attrs) {
	r.Open = true
	defer func() { r.Open = false }()
	open := p.Expect("{")
	for !p.Is("}") {
		if p.Peek().Kind == cpp.EOF {
			p.Fail(open, "%q is not closed", "{")
		}
		p.memberDeclaration(r)
	}
	r.Closing = p.Next()
	pack := p.pack.align
	if p.Is("[") {
		if list := p.attributes(); list.onLayout() {
			p.Fault(list.any, r.Name(), "attribute %s in [[ ]] after a definition: gcc ignores it, clang rejects it", list.any.Text)
		}
	}
	if before := p.At; p.attribute(&a) {
		a.add(p.attributes())
		r.Closing = p.Tokens[p.At-1]
		if r.Closing.Src != p.Tokens[before].Src {
			r.Closing = p.Tokens[before]
		}
	}
	p.applied(&ctype.Type{Kind: model.RecordType, Record: r}, attrs{bad: a.bad, tok: a.tok})
	r.Packed = a.packed
	p.layOut(r, a, pack)
}

// memberDeclaration takes a declaration of members.
func (p *parser) memberDeclaration(r *ctype.Record) {
	if p.Accept(";") {
		return
	}
	if p.Is("_Static_assert") || p.Is("static_assert") {
		p.staticAssert()
		p.Expect(";")
		return
	}
	outer := p.declared
	p.Peek()
	p.declared = p.At
	defer func() { p.declared = outer }()
	s := p.specifiers()
	if s.t == nil {
		p.noType(s)
	}
	if p.Is(";") {
		p.unnamed(r, s)
		return
	}
	p.memberList(r, s)
}

// unnamed takes the semicolon of a declaration without declarators: an anonymous record, or nothing.
func (p *parser) unnamed(r *ctype.Record, s specs) {
	last := p.Next()
	if s.t.Kind != model.RecordType || s.t.Record.Tag != "" || s.t.Name != "" {
		return // declares at most a tag: without extensions, neither a tag nor a typedef makes a member
	}
	if s.attrs.onLayout() && p.other != nil {
		p.Fault(s.attrs.any, "", "attribute %s of an anonymous member: clang applies it, gcc does not", s.attrs.any.Text)
	}
	p.addMember(r, &ctype.Member{Type: s.t, First: s.tok, Last: last, Lead: true, Packed: s.attrs.packed, Aligned: s.attrs.aligned})
}

func (p *parser) memberList(r *ctype.Record, s specs) {
	for lead := true; ; lead = false {
		m := &ctype.Member{First: s.tok, Lead: lead, Type: s.t}
		var a attrs
		if !p.Is(":") {
			d := p.declarator(s.t)
			m.Name, m.Type, a = d.name, d.t, d.attrs
			if d.name.Kind == cpp.EOF {
				p.Fail(p.Peek(), "expected the name of a member, found %s", p.Peek())
			}
		}
		if p.Accept(":") {
			m.BitField = true
			m.Width = p.bitWidth(m)
		}
		a.add(s.attrs)
		a.add(p.attributes())
		m.Packed, m.Aligned = a.packed, a.aligned
		m.Last = p.Peek()
		m.Type = p.applied(m.Type, a)
		p.addMember(r, m)
		if !p.Accept(",") {
			break
		}
	}
	if !p.Is("}") {
		p.Expect(";")
	}
}

// bitWidth takes a bit-field's width.
func (p *parser) bitWidth(m *ctype.Member) int64 {
	start := p.Peek()
	x := p.Conditional()
	n, ok := x.Int()
	switch {
	case x.Const == nil:
		p.Fail(start, "the width is not a constant: %s", x.Why)
	case !m.Type.IsInt():
		p.Fail(start, "bit-field of type %v", m.Type)
	case !ok || n < 0 || n > m.Type.Size()*8 || n > 1 && m.Type.Kind == model.Bool:
		p.Fail(start, "%v bits are not a width for %v", x.Const, m.Type)
	case n == 0 && m.Name.Kind != cpp.EOF:
		p.Fail(start, "a bit-field with a name has no bits")
	}
	return n
}

// addMember checks a member and adds it.
func (p *parser) addMember(r *ctype.Record, m *ctype.Member) {
	at := m.Name
	if at.Kind == cpp.EOF {
		at = m.First
	}
	switch {
	case m.Type.Kind == model.Func:
		p.Fault(at, at.Text, "a member cannot be a function")
		r.Broken = true
		return
	case !m.Type.Complete() && m.Type.Kind == model.RecordType && m.Type.Record == r:
		p.Fault(at, at.Text, "%v cannot contain itself", m.Type)
		r.Broken = true
		return
	case !m.Type.Complete():
		if m.Type.Kind != model.RecordType || !m.Type.Record.Broken || p.lenient {
			p.Fault(at, at.Text, "the member's type %v is not defined", m.Type).Lacks(m.Type.String())
		}
		r.Broken = true
		return
	}
	p.newNames(r, m)
	if n := len(r.Members); n > 0 && !r.Union && ctype.IsFlexible(r.Members[n-1]) {
		p.Fault(r.Members[n-1].Name, r.Members[n-1].Name.Text, "an array without a size must be the last member")
	}
	r.Members = append(r.Members, m)
}

// newNames refuses the names that a member brings into a record, its own or those in an anonymous one, where the record has them.
func (p *parser) newNames(r *ctype.Record, m *ctype.Member) {
	switch {
	case m.Name.Kind != cpp.EOF:
		if old := r.Find(m.Name.Text); old != nil {
			p.Fault(m.Name, m.Name.Text, "the record has two members of this name; the first at %v", p.Pos(old.Name))
		}
	case m.Type.Kind == model.RecordType:
		for _, in := range m.Type.Record.Members {
			p.newNames(r, in)
		}
	}
}

// layOut computes where the members lie; pack is the #pragma pack where the definition ends, which is gcc's.
func (p *parser) layOut(r *ctype.Record, a attrs, pack int64) {
	if p.target.Clang {
		pack = r.Pack
	}
	l, err := p.target.Record(r.Spec(a.packed, a.ofType(p.target.Clang), pack))
	if err != nil {
		p.Fault(r.Keyword, r.Name(), "%v", err)
		r.Broken = true
	}
	if p.other != nil && err == nil {
		if c, err := p.other.Record(r.Spec(a.packed, a.ofType(true), r.Pack)); err == nil && !sameLayout(&l, &c) {
			p.differs(r, &l, &c)
		}
	}
	for i := range l.Places {
		r.Members[i].Place = l.Places[i]
	}
	r.Layout, r.Done = l, true
}

// differs refuses a record that gcc and clang lay out in different ways.
func (p *parser) differs(r *ctype.Record, gcc, clang *layout.Layout) {
	r.Broken = true
	for i, m := range r.Members {
		if g, c := gcc.Places[i], clang.Places[i]; g != c && m.Name.Kind != cpp.EOF {
			p.Fault(m.Name, r.Name(), "gcc and clang lay it out in different ways: %s is at bit %d for gcc, at bit %d for clang",
				m.Name.Text, max(g.Bit, g.Offset*8), max(c.Bit, c.Offset*8))
			return
		}
	}
	p.Fault(r.Keyword, r.Name(), "gcc and clang lay it out in different ways: size %d and alignment %d for gcc, size %d and alignment %d for clang",
		gcc.Size, gcc.Align, clang.Size, clang.Align)
}

// sameLayout reports whether two layouts put everything in the same places.
func sameLayout(a, b *layout.Layout) bool {
	return a.Size == b.Size && a.Align == b.Align && slices.Equal(a.Places, b.Places)
}
