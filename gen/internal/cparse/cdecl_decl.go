// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
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
		for ignored(p.peek().Text) || p.is("goto") {
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
		p.giveUp()
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

// staticAssert takes a static assertion and checks it.
func (p *parser) staticAssert() {
	start := p.next()
	p.expect("(")
	x := p.conditional()
	msg := ""
	if p.accept(",") {
		if s := p.expression(); s.isString() {
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
		t = t.aligned(max(a.aligned, t.align()))
	}
	p.undefinedAttribute(s, d)
	old := p.scope[d.name.Text]
	switch {
	case old != nil && p.built(old.tok) && !p.built(d.name):
	case old != nil && (old.typedef || old.con != nil):
		p.definite(d.name, d.name.Text, "declared again; first at %v", p.pos(old.tok))
		return
	case old != nil && old.t.complete() && !t.complete():
		return
	}
	p.scope[d.name.Text] = &ident{t: t, tok: d.name, fixed: s.fixed}
}

func (p *parser) declareTypedef(name cpp.Token, t *ctype, a attrs) {
	named := t.named(name.Text)
	if a.aligned > 0 {
		if p.other != nil && a.aligned != a.last {
			p.fault(a.any, name.Text, "two alignments: gcc takes the last one, clang the largest")
		}
		named.user = a.ofType(p.target.Clang)
	}
	if old := p.scope[name.Text]; old != nil {
		oldBuilt, newBuilt := p.givesWay(old.tok, name)
		switch {
		case old.typedef && sameType(old.t, named), newBuilt:
		case oldBuilt:
			p.scope[name.Text] = &ident{typedef: true, t: named, tok: name}
			t.nameBy(name.Text)
		default:
			p.definite(name, name.Text, "declared again as another type; first at %v", p.pos(old.tok))
		}
		return
	}
	p.scope[name.Text] = &ident{typedef: true, t: named, tok: name}
	t.nameBy(name.Text)
}
