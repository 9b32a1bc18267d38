// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
)

// precedence orders the binary operators from || to *.
var precedence = map[string]int{
	"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7,
	"<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}

// expression takes an expression and evaluates it.
func (p *exprs) expression() value {
	x := p.assignment()
	for p.accept(",") {
		x = p.decay(p.assignment())
		x.addr = nil
		if x.v != nil && !p.types.target.Clang {
			x = unknown(x.t, "it has a comma operator, which gcc does not have in constants")
		}
	}
	return x
}

// assignment takes an expression without a comma; one that assigns has no value.
func (p *exprs) assignment() value {
	x := p.conditional()
	switch p.peek().Text {
	case "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=":
		if p.peek().Kind == cpp.Punct {
			p.next()
			p.assignment()
			return unknown(x.t, "it assigns a value")
		}
	}
	return x
}

// conditional takes a conditional expression: what C calls a constant expression.
func (p *exprs) conditional() value {
	defer p.nest()()
	cond := p.binaryFrom(1)
	if !p.accept("?") {
		return cond
	}
	yes := cond
	if !p.is(":") {
		yes = p.expression()
	}
	p.expect(":")
	no := p.conditional()
	return p.choose(cond, yes, no)
}

// binaryFrom takes a chain of binary operators of at least a precedence.
func (p *exprs) binaryFrom(least int) value {
	x := p.cast()
	for {
		op := p.peek()
		prec := precedence[op.Text]
		if op.Kind != cpp.Punct || prec < least {
			return x
		}
		p.next()
		y := p.binaryFrom(prec + 1)
		switch op.Text {
		case "&&", "||":
			x = p.logical(op.Text, x, y)
		default:
			x = p.binary(op.Text, x, y)
		}
	}
}

// cast takes a cast or a unary expression.
func (p *exprs) cast() value {
	if !p.is("(") || !p.startsType(p.ahead(1)) {
		return p.unaryExpr()
	}
	defer p.nest()()
	p.next()
	t := p.typeName()
	p.expect(")")
	if p.is("{") {
		p.balanced()
		return p.postfix(unknown(t, "it is a compound literal"))
	}
	return p.castTo(p.cast(), t)
}

// unaryExpr takes a unary expression.
func (p *exprs) unaryExpr() value {
	t := p.peek()
	if t.Kind == cpp.String || t.Kind == cpp.Char {
		return p.postfix(p.primary())
	}
	switch t.Text {
	case "-", "+", "~", "!":
		defer p.nest()()
		p.next()
		return p.unary(t.Text, p.cast())
	case "&":
		defer p.nest()()
		p.next()
		return p.addressOf(p.cast())
	case "*":
		defer p.nest()()
		p.next()
		return p.deref(p.cast())
	case "&&", "++", "--":
		defer p.nest()()
		p.next()
		x := p.cast()
		return unknown(x.t, "it is not constant")
	case "sizeof":
		p.next()
		return p.sizeOf()
	case "_Alignof", "alignof", "__alignof__", "__alignof":
		p.next()
		return p.alignOf(t.Text)
	case "__extension__":
		defer p.nest()()
		p.next()
		return p.cast()
	}
	return p.postfix(p.primary())
}
