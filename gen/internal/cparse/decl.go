// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// external takes a declaration or function definition.
func (p *parser) external() {
	switch t := p.peek(); t.Text {
	case ";":
		p.next()
		return
	case "asm", "__asm__", "__asm":
		p.next()
		for ignoredWords[p.peek().Text] || p.is("goto") {
			p.next()
		}
		p.skipArguments()
		p.accept(";")
		return
	case "_Static_assert", "static_assert":
		p.staticAssert()
		p.expect(";")
		return
	}
	p.declaration()
}

// declaration takes a declaration with its semicolon, or a function definition with its body.
func (p *parser) declaration() {
	s := p.specifiers()
	if s.t == nil {
		p.noType(s)
	}
	if p.accept(";") {
		return
	}
	for first := true; ; first = false {
		d := p.declarator(s.t)
		if d.name.Kind == cpp.EOF && !p.is(";") {
			p.fail(p.peek(), "expected %q, found %s", ";", p.peek())
		}
		if p.accept("asm") || p.accept("__asm__") || p.accept("__asm") {
			p.skipArguments()
		}
		d.attrs.add(p.attributes())
		p.declare(s, d)
		if first && d.t.kind == model.Func && p.functionBody() {
			return
		}
		if p.accept("=") {
			p.initializer()
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(";")
}

// noType deals with a declaration that names no type: one of int, as in old C, is not accepted.
func (p *parser) noType(s specs) {
	t := p.peek()
	switch {
	case s.auto:
		s.t = p.types.get("int")
		p.skipTo(";")
		p.expect(";")
		panic(bail{})
	case t.Kind == cpp.Ident && (p.ahead(1).Kind == cpp.Ident || p.ahead(1).Text == "*"):
		p.fail(t, "unknown type name %q", t.Text)
	case t.Kind == cpp.Ident && p.ahead(1).Text == "(":
		p.fail(t, "%q is neither a type nor a macro that is defined here", t.Text)
	}
	p.fail(t, "expected a declaration, found %s", t)
}

// functionBody skips a function's body; false where none comes next.
func (p *parser) functionBody() bool {
	if !p.is("{") {
		return false
	}
	p.balanced()
	return true
}

// initializer skips an initializer.
func (p *parser) initializer() { p.skipTo(",", ";") }

// skipTo skips to the next of the stops outside of brackets.
func (p *parser) skipTo(stops ...string) {
	for {
		t := p.peek()
		switch {
		case t.Kind == cpp.EOF:
			p.fail(t, "expected %q, found %s", stops[len(stops)-1], t)
		case t.Kind == cpp.Punct && (t.Text == "(" || t.Text == "[" || t.Text == "{"):
			p.balanced()
			continue
		}
		for _, s := range stops {
			if p.is(s) {
				return
			}
		}
		p.next()
	}
}

// staticAssert takes a static assertion and checks it.
func (p *parser) staticAssert() {
	start := p.next()
	p.expect("(")
	x := p.conditional()
	msg := ""
	if p.accept(",") {
		if s := p.expression(); isString(s) {
			msg = ": " + strings.Trim(s.v.ExactString(), `"`)
		}
	}
	p.expect(")")
	switch {
	case x.v == nil:
		p.definite(start, "", "static assertion is not a constant: %s", x.why)
	case !truth(x.v):
		p.definite(start, "", "static assertion failed%s", msg)
	}
}

// declared is a declarator that has been read.
type declarator struct {
	name  token // of kind cpp.EOF where there is none
	t     *ctype
	attrs attrs // behind it
}

// declare enters what a declarator declares.
func (p *parser) declare(s specs, d declarator) {
	a := s.attrs
	a.add(d.attrs)
	t := p.applied(d.t, a)
	if d.name.Kind == cpp.EOF {
		return
	}
	if s.typedef {
		p.declareTypedef(d.name, t, a)
		return
	}
	if a.aligned > 0 {
		t = p.types.aligned(t, max(a.aligned, t.align()))
	}
	p.undefinedAttribute(s, d)
	old := p.idents[d.name.Text]
	switch {
	case old != nil && p.built(old.tok) && !p.built(d.name):
	case old != nil && (old.typedef || old.con != nil):
		p.definite(d.name, d.name.Text, "declared again; first at %v", p.pos(old.tok))
		return
	case old != nil && old.t.complete() && !t.complete():
		return
	}
	p.idents[d.name.Text] = &ident{t: t, tok: d.name, fixed: s.fixed}
}

func (p *parser) declareTypedef(name token, t *ctype, a attrs) {
	named := p.types.named(t, name.Text)
	if a.aligned > 0 {
		if p.other != nil && a.aligned != a.last {
			p.fault(a.any, name.Text, "two alignments: gcc takes the last one, clang the largest")
		}
		named.user = a.ofType(p.target.Clang)
	}
	if old := p.idents[name.Text]; old != nil {
		oldBuilt, newBuilt := p.givesWay(old.tok, name)
		switch {
		case old.typedef && sameType(old.t, named), newBuilt:
		case oldBuilt:
			p.idents[name.Text] = &ident{typedef: true, t: named, tok: name}
			nameRecord(t, name.Text)
		default:
			p.definite(name, name.Text, "declared again as another type; first at %v", p.pos(old.tok))
		}
		return
	}
	p.idents[name.Text] = &ident{typedef: true, t: named, tok: name}
	nameRecord(t, name.Text)
}

// nameRecord gives a record or enum without a tag the name of its typedef.
func nameRecord(t *ctype, name string) {
	switch {
	case t.name != "":
	case t.kind == model.RecordType && t.rec.tag == "" && t.rec.typedef == "":
		t.rec.typedef = name
	case t.kind == model.EnumType && t.enum.tag == "" && t.enum.typedef == "":
		t.enum.typedef = name
	case t.kind == model.RecordType && t.rec.tag != "" && t.rec.alias == "":
		t.rec.alias = name
	case t.kind == model.EnumType && t.enum.tag != "" && t.enum.alias == "":
		t.enum.alias = name
	}
}

// sameType reports whether two types are the same under all their names.
func sameType(a, b *ctype) bool {
	a, b = a.base(), b.base()
	switch {
	case a == b:
		return true
	case a.kind != b.kind:
		return false
	}
	switch a.kind {
	case model.RecordType:
		return a.rec == b.rec
	case model.EnumType:
		return a.enum == b.enum
	case model.Pointer:
		return sameType(a.elem, b.elem)
	case model.Array, model.Vector:
		return a.n == b.n && sameType(a.elem, b.elem)
	case model.Func:
		return sameType(a.elem, b.elem)
	}
	return a.name == b.name
}

// declarator takes a declarator, with or without a name, of base.
func (p *parser) declarator(base *ctype) declarator {
	defer p.nest()()
	var d declarator
	t := base
	for {
		d.attrs.add(p.attributes())
		if p.accept("*") || p.accept("^") {
			defer p.nest()()
			t = p.types.pointer(t)
			continue
		}
		if !ignoredWords[p.peek().Text] && !p.is("_Atomic") || p.peek().Kind != cpp.Ident {
			break
		}
		p.next()
	}
	inner := -1
	switch {
	case p.is("(") && p.groups():
		inner = p.at
		p.balanced()
	case p.peek().Kind == cpp.Ident && !isReserved(p.peek().Text):
		d.name = p.next()
	}
	d.t = p.suffixes(t)
	if inner >= 0 {
		d = p.inner(inner, d)
	}
	return d
}

// inner takes the declarator in parentheses at inner, whose type outside of them is d.t.
func (p *parser) inner(inner int, d declarator) declarator {
	end := p.at
	p.at = inner + 1
	in := p.declarator(d.t)
	p.expect(")")
	p.at = end
	in.attrs.add(d.attrs)
	return in
}

// groups reports whether the next parenthesis groups a declarator; otherwise it opens parameters.
func (p *parser) groups() bool {
	t := p.ahead(1)
	switch t.Text {
	case "*", "^", "(", "[", "__attribute__", "__attribute":
		return true
	}
	return t.Kind == cpp.Ident && !p.startsType(t)
}

// suffixes takes the array bounds and parameter lists behind a declarator's name.
func (p *parser) suffixes(t *ctype) *ctype {
	defer p.nest()()
	switch {
	case p.is("[") && p.ahead(1).Text != "[":
		open := p.next()
		n := p.arrayBound()
		elem := p.suffixes(t)
		p.checkElement(open, elem, n)
		return p.types.array(elem, n)
	case p.is("("):
		p.balanced()
		return &ctype{kind: model.Func, elem: p.suffixes(t)}
	}
	return t
}

// arrayBound takes what stands between brackets; -1 for nothing, -2 for what is not constant.
func (p *parser) arrayBound() int64 {
	for ignoredWords[p.peek().Text] && p.peek().Kind == cpp.Ident {
		p.next()
	}
	if p.accept("]") {
		return -1
	}
	if p.is("*") && p.ahead(1).Text == "]" {
		p.next()
		p.next()
		return -2
	}
	start := p.peek()
	x := p.conditional()
	p.expect("]")
	n, ok := x.int()
	switch {
	case x.v == nil:
		p.fault(start, "", "the array's size is not a constant: %s", x.why)
		return 1
	case !x.t.isInt() || !ok:
		p.fault(start, "", "the array's size is not an integer in range")
		return 1
	case n < 0:
		p.fault(start, "", "the array's size is negative: %d", n)
		return 1
	}
	return n
}

// checkElement reports elements that have no size, and arrays that are too large.
func (p *parser) checkElement(open token, elem *ctype, n int64) {
	switch {
	case elem.kind == model.Func || elem.kind == model.Void:
		p.fail(open, "array of %v", elem)
	case elem.kind == model.Array && elem.n == -1:
		p.fail(open, "array of arrays without a size")
	case !elem.complete():
		p.fail(open, "array of %v, which is not defined", elem)
	}
	if elem.user > 0 && elem.size()%elem.user != 0 {
		p.fail(open, "array of %v, whose size, %d, is not a multiple of its alignment, %d", elem, elem.size(), elem.user)
	}
	if _, err := layout.Array(elem.size(), max(n, 0)); err != nil {
		p.fail(open, "array: %v", err)
	}
}

// typeName takes a type name as in a cast.
func (p *parser) typeName() *ctype {
	defer p.nest()()
	s := p.specifiers()
	if s.t == nil {
		p.fail(p.peek(), "expected a type, found %s", p.peek())
	}
	d := p.declarator(p.applied(s.t, s.attrs))
	if d.name.Kind != cpp.EOF {
		p.fail(d.name, "expected a type without a name, found %s", d.name)
	}
	if s.attrs.aligned > 0 {
		return p.types.aligned(d.t, s.attrs.aligned)
	}
	return d.t
}
