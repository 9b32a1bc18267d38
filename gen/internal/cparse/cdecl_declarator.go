// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// declared is a declarator that has been read.
type declarator struct {
	name  cpp.Token // of kind cpp.EOF where there is none
	t     *ctype
	attrs attrs // behind it
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
		if !ignored(p.peek().Text) && !p.is("_Atomic") || p.peek().Kind != cpp.Ident {
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
		return arrayOf(elem, n)
	case p.is("("):
		p.balanced()
		return &ctype{kind: model.Func, elem: p.suffixes(t)}
	}
	return t
}

// arrayBound takes what stands between brackets; -1 for nothing, -2 for what is not constant.
func (p *parser) arrayBound() int64 {
	for ignored(p.peek().Text) && p.peek().Kind == cpp.Ident {
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
func (p *parser) checkElement(open cpp.Token, elem *ctype, n int64) {
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
		return d.t.aligned(s.attrs.aligned)
	}
	return d.t
}
