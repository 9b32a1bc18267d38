// SPDX-License-Identifier: Apache-2.0

package cexpr

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
)

// precedence orders the binary operators from || to *.
var precedence = map[string]int{
	"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7,
	"<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}

// Expression takes an expression and evaluates it.
func (p *Parser) Expression() cvalue.Value {
	x := p.Assignment()
	for p.Accept(",") {
		x = p.Decay(p.Assignment())
		x.Addr = nil
		if x.Const != nil && !p.Types.Target.Clang {
			x = cvalue.Unknown(x.Type, "it has a comma operator, which gcc does not have in constants")
		}
	}
	return x
}

// Assignment takes an expression without a comma; one that assigns has no value.
func (p *Parser) Assignment() cvalue.Value {
	x := p.Conditional()
	switch p.Peek().Text {
	case "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=":
		if p.Peek().Kind == cpp.Punct {
			p.Next()
			p.Assignment()
			return cvalue.Unknown(x.Type, "it assigns a value")
		}
	}
	return x
}

// Conditional takes a conditional expression: what C calls a constant expression.
func (p *Parser) Conditional() cvalue.Value {
	defer p.Nest()()
	cond := p.binaryFrom(1)
	if !p.Accept("?") {
		return cond
	}
	yes := cond
	if !p.Is(":") {
		yes = p.Expression()
	}
	p.Expect(":")
	no := p.Conditional()
	return p.Choose(cond, yes, no)
}

// binaryFrom takes a chain of binary operators of at least a precedence.
func (p *Parser) binaryFrom(least int) cvalue.Value {
	x := p.cast()
	for {
		op := p.Peek()
		prec := precedence[op.Text]
		if op.Kind != cpp.Punct || prec < least {
			return x
		}
		p.Next()
		y := p.binaryFrom(prec + 1)
		switch op.Text {
		case "&&", "||":
			x = p.Logical(op.Text, x, y)
		default:
			x = p.Binary(op.Text, x, y)
		}
	}
}

// cast takes a cast or a unary expression.
func (p *Parser) cast() cvalue.Value {
	if !p.Is("(") || !p.StartsType(p.Ahead(1)) {
		return p.unaryExpr()
	}
	defer p.Nest()()
	p.Next()
	t := p.names.TypeName()
	p.Expect(")")
	if p.Is("{") {
		p.SkipBalanced()
		return p.postfix(cvalue.Unknown(t, "it is a compound literal"))
	}
	return p.Cast(p.cast(), t)
}

// unaryExpr takes a unary expression.
func (p *Parser) unaryExpr() cvalue.Value {
	t := p.Peek()
	if t.Kind == cpp.String || t.Kind == cpp.Char {
		return p.postfix(p.primary())
	}
	switch t.Text {
	case "-", "+", "~", "!":
		defer p.Nest()()
		p.Next()
		return p.Unary(t.Text, p.cast())
	case "&":
		defer p.Nest()()
		p.Next()
		return p.AddressOf(p.cast())
	case "*":
		defer p.Nest()()
		p.Next()
		return p.deref(p.cast())
	case "&&", "++", "--":
		defer p.Nest()()
		p.Next()
		x := p.cast()
		return cvalue.Unknown(x.Type, "it is not constant")
	case "sizeof":
		p.Next()
		return p.sizeOf()
	case "_Alignof", "alignof", "__alignof__", "__alignof":
		p.Next()
		return p.alignOf(t.Text)
	case "__extension__":
		defer p.Nest()()
		p.Next()
		return p.cast()
	}
	return p.postfix(p.primary())
}
