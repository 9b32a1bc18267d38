// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"go/constant"
	gotoken "go/token"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// precedence orders the binary operators from || to *.
var precedence = map[string]int{
	"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7,
	"<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}

// expression takes an expression and evaluates it.
func (p *parser) expression() value {
	x := p.assignment()
	for p.accept(",") {
		x = p.decay(p.assignment())
		x.addr = nil
		if x.v != nil && !p.target.Clang {
			x = unknown(x.t, "it has a comma operator, which gcc does not have in constants")
		}
	}
	return x
}

// assignment takes an expression without a comma; one that assigns has no value.
func (p *parser) assignment() value {
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
func (p *parser) conditional() value {
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

// choose returns what cond ? yes : no gives.
func (p *parser) choose(cond, yes, no value) value {
	yes, no = p.decayString(yes), p.decayString(no)
	taken := no
	if cond.v != nil && truth(cond.v) {
		taken = yes
	}
	if yes.t.isArithmetic() && no.t.isArithmetic() {
		taken = p.convert(taken, p.common(yes, no))
	}
	taken.addr = nil
	if cond.v == nil {
		return unknown(taken.t, cond.why)
	}
	return taken
}

// decayString decays what is not a string.
func (p *parser) decayString(x value) value {
	if isString(x) {
		return x
	}
	return p.decay(x)
}

// binaryFrom takes a chain of binary operators of at least a precedence.
func (p *parser) binaryFrom(least int) value {
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

// logical applies && or ||, whose right side counts only where the left one does not decide.
func (p *parser) logical(op string, x, y value) value {
	out := value{t: p.types.get("int"), why: firstOf(x.why, y.why)}
	switch {
	case x.v != nil && truth(x.v) == (op == "||"):
		out.v = constant.MakeInt64(boolInt(op == "||"))
	case x.v != nil && y.v != nil:
		out.v = constant.MakeInt64(boolInt(truth(y.v)))
	}
	return out
}

// cast takes a cast or a unary expression.
func (p *parser) cast() value {
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

func (p *parser) castTo(x value, t *ctype) value {
	if t.kind == model.Void || t.kind == model.RecordType {
		return unknown(t, "it is cast to "+t.String())
	}
	if !isString(x) || t.kind != model.Pointer {
		x = p.decay(x)
	}
	x = p.convert(x, t)
	x.rvalue = true
	return x
}

// unaryExpr takes a unary expression.
func (p *parser) unaryExpr() value {
	t := p.peek()
	if t.Kind == cpp.String || t.Kind == cpp.Char {
		return p.postfix(p.primary())
	}
	switch t.Text {
	case "-", "+", "~", "!":
		defer p.nest()()
		p.next()
		return p.unary(t.Text, p.decayUnary(p.cast()))
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

// decayUnary decays what a unary operator is applied to; a number stays, with its width.
func (p *parser) decayUnary(x value) value {
	if x.t.isArithmetic() {
		return x
	}
	return p.decay(x)
}

// addressOf returns the address of an lvalue.
func (p *parser) addressOf(x value) value {
	return value{t: p.types.pointer(x.t), v: x.addr, why: firstOf(x.why, "it is an address")}
}

// deref returns what a pointer points at.
func (p *parser) deref(x value) value {
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
func (p *parser) sizeOf() value {
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
func (p *parser) operandType() *ctype {
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

func (p *parser) alignOf(word string) value {
	at := p.peek()
	t := p.operandType()
	if !t.complete() {
		p.fail(at, "the alignment of %v, which is not defined", t)
	}
	n := t.align()
	switch {
	case strings.HasPrefix(word, "__"):
		n = t.pref()
	case t.kind == model.Vector && t.user == 0 && !p.target.Clang:
		n = min(n, p.target.Biggest) // what members are aligned to is not what gcc says here
	}
	return value{t: p.types.word(false), v: constant.MakeInt64(n)}
}

// primary takes a name, a constant or an expression in parentheses.
func (p *parser) primary() value {
	t := p.peek()
	switch {
	case t.Kind == cpp.Number:
		p.next()
		x, ok := p.number(t.Text)
		if !ok {
			p.fail(t, "%s %s", t, firstOf(x.why, "is not a number"))
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

func (p *parser) parenthesized() value {
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
func (p *parser) strings() value {
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
func (p *parser) name() value {
	t := p.next()
	if f := p.builtin(t); f != nil {
		return f(t)
	}
	id := p.idents[t.Text]
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
		return id.con.x
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
func (p *parser) postfix(x value) value {
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
func (p *parser) call(x value) value {
	p.balanced()
	t := x.t
	if t.kind == model.Pointer {
		t = t.elem
	}
	if t.kind == model.Func {
		t = t.elem
	}
	return value{t: t, why: firstOf(x.why, "it calls a function"), runtime: true, rvalue: true}
}

// selectMember returns the member of x of that name.
func (p *parser) selectMember(x value, name token) value {
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
