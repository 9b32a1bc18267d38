// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cword"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// declared is a declarator that has been read.
type declarator struct {
	name  cpp.Token // of kind cpp.EOF where there is none
	t     *ctype.Type
	attrs attrs // behind it
}

// declarator takes a declarator, with or without a name, of base.
func (p *parser) declarator(base *ctype.Type) declarator {
	defer p.Nest()()
	var d declarator
	t := base
	for {
		d.attrs.add(p.attributes())
		if p.Accept("*") || p.Accept("^") {
			defer p.Nest()()
			t = p.Types.Pointer(t)
			continue
		}
		if !cword.Ignored(p.Peek().Text) && !p.Is("_Atomic") || p.Peek().Kind != cpp.Ident {
			break
		}
		p.Next()
	}
	inner := -1
	switch {
	case p.Is("(") && p.groups():
		inner = p.At
		p.SkipBalanced()
	case p.Peek().Kind == cpp.Ident && !cword.IsReserved(p.Peek().Text):
		d.name = p.Next()
	}
	d.t = p.suffixes(t)
	if inner >= 0 {
		d = p.inner(inner, d)
	}
	return d
}

// inner takes the declarator in parentheses at inner, whose type outside of them is d.t.
func (p *parser) inner(inner int, d declarator) declarator {
	end := p.At
	p.At = inner + 1
	in := p.declarator(d.t)
	p.Expect(")")
	p.At = end
	in.attrs.add(d.attrs)
	return in
}

// groups reports whether the next parenthesis groups a declarator; otherwise it opens parameters.
func (p *parser) groups() bool {
	t := p.Ahead(1)
	switch t.Text {
	case "*", "^", "(", "[", "__attribute__", "__attribute":
		return true
	}
	return t.Kind == cpp.Ident && !p.StartsType(t)
}

// suffixes takes the array bounds and parameter lists behind a declarator's name.
func (p *parser) suffixes(t *ctype.Type) *ctype.Type {
	defer p.Nest()()
	switch {
	case p.Is("[") && p.Ahead(1).Text != "[":
		open := p.Next()
		n := p.arrayBound()
		elem := p.suffixes(t)
		p.checkElement(open, elem, n)
		return ctype.ArrayOf(elem, n)
	case p.Is("("):
		p.SkipBalanced()
		return &ctype.Type{Kind: model.Func, Elem: p.suffixes(t)}
	}
	return t
}

// arrayBound takes what stands between brackets; -1 for nothing, -2 for what is not constant.
func (p *parser) arrayBound() int64 {
	for cword.Ignored(p.Peek().Text) && p.Peek().Kind == cpp.Ident {
		p.Next()
	}
	if p.Accept("]") {
		return -1
	}
	if p.Is("*") && p.Ahead(1).Text == "]" {
		p.Next()
		p.Next()
		return -2
	}
	start := p.Peek()
	x := p.Conditional()
	p.Expect("]")
	n, ok := x.Int()
	switch {
	case x.Const == nil:
		p.Fault(start, "", "the array's size is not a constant: %s", x.Why)
		return 1
	case !x.Type.IsInt() || !ok:
		p.Fault(start, "", "the array's size is not an integer in range")
		return 1
	case n < 0:
		p.Fault(start, "", "the array's size is negative: %d", n)
		return 1
	}
	return n
}

// checkElement reports elements that have no size, and arrays that are too large.
func (p *parser) checkElement(open cpp.Token, elem *ctype.Type, n int64) {
	switch {
	case elem.Kind == model.Func || elem.Kind == model.Void:
		p.Fail(open, "array of %v", elem)
	case elem.Kind == model.Array && elem.Len == -1:
		p.Fail(open, "array of arrays without a size")
	case !elem.Complete():
		p.Fail(open, "array of %v, which is not defined", elem)
	}
	if elem.OwnAlign > 0 && elem.Size()%elem.OwnAlign != 0 {
		p.Fail(open, "array of %v, whose size, %d, is not a multiple of its alignment, %d", elem, elem.Size(), elem.OwnAlign)
	}
	if _, err := layout.Array(elem.Size(), max(n, 0)); err != nil {
		p.Fail(open, "array: %v", err)
	}
}

// TypeName takes a type name as in a cast.
func (p *parser) TypeName() *ctype.Type {
	defer p.Nest()()
	s := p.specifiers()
	if s.t == nil {
		p.Fail(p.Peek(), "expected a type, found %s", p.Peek())
	}
	d := p.declarator(p.applied(s.t, s.attrs))
	if d.name.Kind != cpp.EOF {
		p.Fail(d.name, "expected a type without a name, found %s", d.name)
	}
	if s.attrs.aligned > 0 {
		return d.t.Aligned(s.attrs.aligned)
	}
	return d.t
}
