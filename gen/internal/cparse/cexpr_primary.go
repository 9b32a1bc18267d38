// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"cmp"
	"go/constant"
	gotoken "go/token"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// deref returns what a pointer points at.
func (p *exprs) deref(x value) value {
	x = p.decay(x)
	if x.t.kind != model.Pointer {
		p.fail(p.peek(), "* is applied to a value of type %v", x.t)
	}
	out := unknown(x.t.elem, "it reads memory")
	if isNumber(x.v) {
		out.addr = x.v
	}
	return out
}

// sizeOf takes what follows sizeof.
func (p *exprs) sizeOf() value {
	at := p.peek()
	before := p.undeclared
	t := p.operandType()
	size := p.types.word(false)
	switch {
	case p.undeclared != before:
		return unknown(size, p.undeclared+" is not declared")
	case t.kind == model.Void || t.kind == model.Func:
		return value{t: size, v: constant.MakeInt64(1)}
	case !t.complete() || t.kind == model.Array && t.n < 0:
		p.fail(at, "sizeof %v, which has no size here", t)
	}
	return value{t: size, v: constant.MakeInt64(t.size())}
}

// operandType takes a type in parentheses or an expression, and returns the type.
func (p *exprs) operandType() *ctype {
	if p.is("(") && p.startsType(p.ahead(1)) {
		p.next()
		t := p.typeName()
		p.expect(")")
		if p.is("{") {
			p.balanced()
			return p.postfix(unknown(t, "")).t
		}
		return t
	}
	defer p.nest()()
	return p.unaryExpr().t
}

func (p *exprs) alignOf(word string) value {
	at := p.peek()
	t := p.operandType()
	if !t.complete() {
		p.fail(at, "the alignment of %v, which is not defined", t)
	}
	n := t.align()
	switch {
	case strings.HasPrefix(word, "__"):
		n = t.pref()
	case t.kind == model.Vector && t.user == 0 && !p.types.target.Clang:
		n = min(n, p.types.target.Biggest) // what members are aligned to is not what gcc says here
	}
	return value{t: p.types.word(false), v: constant.MakeInt64(n)}
}

// primary takes a name, a constant or an expression in parentheses.
func (p *exprs) primary() value {
	t := p.peek()
	switch {
	case t.Kind == cpp.Number:
		p.next()
		x, ok := p.number(t.Text)
		if !ok {
			p.fail(t, "%s %s", t, cmp.Or(x.why, "is not a number"))
		}
		return x
	case t.Kind == cpp.Char:
		p.next()
		if x, ok := p.char(t.Text); ok {
			return x
		}
		p.fail(t, "%s is not a character", t)
	case t.Kind == cpp.String:
		return p.strings()
	case t.Kind == cpp.Ident:
		return p.name()
	case p.is("("):
		return p.parenthesized()
	}
	p.fail(t, "expected an expression, found %s", t)
	return value{}
}

func (p *exprs) parenthesized() value {
	defer p.nest()()
	if p.ahead(1).Text == "{" {
		p.balanced()
		return unknown(p.types.get("int"), "runs statements")
	}
	p.next()
	x := p.expression()
	p.expect(")")
	return x
}

// digitEscape matches a character that is given as a number: in a wide string it is one character, not a byte of UTF-8.
var digitEscape = regexp.MustCompile(`\\[x0-7]`)

// strings takes string constants in a row, which are one; it is wide where one of them is.
func (p *exprs) strings() value {
	var all strings.Builder
	wide, digits := "", false
	first := p.peek()
	for p.peek().Kind == cpp.String {
		t := p.next()
		digits = digits || digitEscape.MatchString(t.Text)
		prefix, text, ok := rawString(t.Text)
		switch {
		case !ok:
			p.fail(t, "%s is not a string that is known here", t)
		case prefix != "" && prefix != "u8" && wide != "" && wide != prefix:
			p.fail(t, "%s is next to a string of another width", t)
		case prefix != "" && prefix != "u8":
			wide = prefix
		}
		all.WriteString(text)
	}
	if wide != "" && digits && strings.IndexFunc(all.String(), func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		p.fail(first, "%s is not a string that is known here: it is wide, and has characters as numbers", first)
	}
	if wide != "" {
		return p.wideString(wide, all.String())
	}
	return p.stringValue(all.String())
}

// name takes a name and what a builtin of that name does.
func (p *exprs) name() value {
	t := p.next()
	if f := p.builtin(t); f != nil {
		return f(t)
	}
	id := p.scope[t.Text]
	switch {
	case id == nil:
		if p.is("(") {
			p.balanced()
			return unknown(p.types.get("int"), "calls "+t.Text)
		}
		if strings.HasPrefix(t.Text, cpp.NotFixed) {
			return unknown(p.types.get("int"), "it depends on the "+notFixed(t.Text))
		}
		p.undeclared = t.Text
		return unknown(p.types.get("int"), t.Text+" is not declared")
	case id.typedef:
		p.fail(t, "%s names a type", t)
	case id.con != nil:
		return value{t: id.con.t, v: id.con.v}
	}
	return value{t: id.t, why: t.Text + " is a variable or function", runtime: !id.fixed && id.t.kind != model.Func}
}

// notFixed returns what a name of the preprocessor stands for that differs from run to run.
func notFixed(name string) string {
	if name == cpp.NotFixed+"compiler" {
		return "compiler"
	}
	return "time of the run"
}

// postfix takes what follows a primary expression.
func (p *exprs) postfix(x value) value {
	for {
		t := p.peek()
		if t.Kind != cpp.Punct {
			return x
		}
		switch t.Text {
		case "[":
			p.next()
			i := p.expression()
			p.expect("]")
			x = p.deref(p.binary("+", x, i))
		case ".":
			p.next()
			x = p.selectMember(x, p.expectIdent())
		case "->":
			p.next()
			x = p.selectMember(p.deref(x), p.expectIdent())
		case "(":
			x = p.call(x)
		case "++", "--":
			p.next()
			x = unknown(x.t, "it changes a variable")
		default:
			return x
		}
	}
}

// call skips a call's arguments.
func (p *exprs) call(x value) value {
	p.balanced()
	t := x.t
	if t.kind == model.Pointer {
		t = t.elem
	}
	if t.kind == model.Func {
		t = t.elem
	}
	return value{t: t, why: cmp.Or(x.why, "it calls a function"), runtime: true, rvalue: true}
}

// selectMember returns the member of x of that name.
func (p *exprs) selectMember(x value, name cpp.Token) value {
	if x.t.kind != model.RecordType {
		p.fail(name, "%v has no members", x.t)
	}
	m, off := x.t.rec.lookup(name.Text)
	if m == nil {
		p.fail(name, "%v has no member %s", x.t, name)
	}
	out := unknown(m.t, "it reads memory")
	if m.bitField {
		out.bits = m.width
	} else if isNumber(x.addr) {
		out.addr = constant.BinaryOp(x.addr, gotoken.ADD, constant.MakeInt64(off))
	}
	return out
}
