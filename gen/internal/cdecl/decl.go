// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cexpr"
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
	"github.com/lockstep-bpf/lockstep/gen/internal/cword"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// external takes a declaration or function definition.
func (p *parser) external() {
	switch t := p.Peek(); t.Text {
	case ";":
		p.Next()
		return
	case "asm", "__asm__", "__asm":
		p.Next()
		for cword.Ignored(p.Peek().Text) || p.Is("goto") {
			p.Next()
		}
		p.SkipArguments()
		p.Accept(";")
		return
	case "_Static_assert", "static_assert":
		p.staticAssert()
		p.Expect(";")
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
	if p.Accept(";") {
		return
	}
	for first := true; ; first = false {
		d := p.declarator(s.t)
		if d.name.Kind == cpp.EOF && !p.Is(";") {
			p.Fail(p.Peek(), "expected %q, found %s", ";", p.Peek())
		}
		if p.Accept("asm") || p.Accept("__asm__") || p.Accept("__asm") {
			p.SkipArguments()
		}
		d.attrs.add(p.attributes())
		p.declare(s, d)
		if first && d.t.Kind == model.Func && p.functionBody() {
			return
		}
		if p.Accept("=") {
			p.initializer()
		}
		if !p.Accept(",") {
			break
		}
	}
	p.Expect(";")
}

// noType deals with a declaration that names no type: one of int, as in old C, is not accepted.
func (p *parser) noType(s specs) {
	t := p.Peek()
	switch {
	case s.auto:
		s.t = p.Types.Get("int")
		p.SkipTo(";")
		p.Expect(";")
		p.GiveUp()
	case t.Kind == cpp.Ident && (p.Ahead(1).Kind == cpp.Ident || p.Ahead(1).Text == "*"):
		p.Fault(t, "", "unknown type name %q", t.Text).Lacks(t.Text)
		p.GiveUp()
	case t.Kind == cpp.Ident && p.Ahead(1).Text == "(":
		p.Fail(t, "%q is neither a type nor a macro that is defined here", t.Text)
	}
	p.Fail(t, "expected a declaration, found %s", t)
}

// functionBody skips a function's body; false where none comes next.
func (p *parser) functionBody() bool {
	if !p.Is("{") {
		return false
	}
	p.SkipBalanced()
	return true
}

// initializer skips an initializer.
func (p *parser) initializer() { p.SkipTo(",", ";") }

// staticAssert takes a static assertion and checks it.
func (p *parser) staticAssert() {
	start := p.Next()
	p.Expect("(")
	x := p.Conditional()
	msg := ""
	if p.Accept(",") {
		if s := p.Expression(); s.IsString() {
			msg = ": " + strings.Trim(s.Const.ExactString(), `"`)
		}
	}
	p.Expect(")")
	switch {
	case x.Const == nil:
		p.definite(start, "", "static assertion is not a constant: %s", x.Why)
	case !cvalue.Truth(x.Const):
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
		t = t.Aligned(max(a.aligned, t.Align()))
	}
	p.undefinedAttribute(s, d)
	old := p.Scope[d.name.Text]
	switch {
	case old != nil && p.built(old.Token) && !p.built(d.name):
	case old != nil && (old.Typedef || old.Enumerator != nil):
		p.definite(d.name, d.name.Text, "declared again; first at %v", p.Pos(old.Token))
		return
	case old != nil && old.Type.Complete() && !t.Complete():
		return
	}
	p.Scope[d.name.Text] = &cexpr.Ident{Type: t, Token: d.name, Const: s.fixed}
}

func (p *parser) declareTypedef(name cpp.Token, t *ctype.Type, a attrs) {
	named := t.Named(name.Text)
	if a.aligned > 0 {
		if p.other != nil && a.aligned != a.last {
			p.Fault(a.any, name.Text, "two alignments: gcc takes the last one, clang the largest")
		}
		named.OwnAlign = a.ofType(p.target.Clang)
	}
	if old := p.Scope[name.Text]; old != nil {
		oldBuilt, newBuilt := p.givesWay(old.Token, name)
		switch {
		case old.Typedef && ctype.Same(old.Type, named), newBuilt:
			if old.Type.Align() != named.Align() && named.Complete() && !newBuilt {
				p.definite(name, name.Text, "declared again with another alignment; first at %v", p.Pos(old.Token))
			}
		case oldBuilt:
			p.Scope[name.Text] = &cexpr.Ident{Typedef: true, Type: named, Token: name}
			t.NameBy(name.Text, named.OwnAlign)
		default:
			p.definite(name, name.Text, "declared again as another type; first at %v", p.Pos(old.Token))
		}
		return
	}
	p.Scope[name.Text] = &cexpr.Ident{Typedef: true, Type: named, Token: name}
	t.NameBy(name.Text, named.OwnAlign)
}
