// SPDX-License-Identifier: Apache-2.0

package cexpr

import (
	"cmp"
	"go/constant"
	gotoken "go/token"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// deref returns what a pointer points at.
func (p *Parser) deref(x cvalue.Value) cvalue.Value {
	x = p.Decay(x)
	if x.Type.Kind != model.Pointer {
		p.Fail(p.Peek(), "* is applied to a value of type %v", x.Type)
	}
	out := cvalue.Unknown(x.Type.Elem, "it reads memory")
	if cvalue.IsNumber(x.Const) {
		out.Addr = x.Const
	}
	return out
}

// sizeOf takes what follows sizeof.
func (p *Parser) sizeOf() cvalue.Value {
	at := p.Peek()
	before := p.Undeclared
	t := p.operandType()
	size := p.Types.Word(false)
	switch {
	case p.Undeclared != before:
		return cvalue.Unknown(size, p.Undeclared+" is not declared")
	case t.Kind == model.Void || t.Kind == model.Func:
		return cvalue.Value{Type: size, Const: constant.MakeInt64(1)}
	case !t.Complete() || t.Kind == model.Array && t.Len < 0:
		p.Fail(at, "sizeof %v, which has no size here", t)
	}
	return cvalue.Value{Type: size, Const: constant.MakeInt64(t.Size())}
}

// operandType takes a type in parentheses or an expression, and returns the type.
func (p *Parser) operandType() *ctype.Type {
	if p.Is("(") && p.StartsType(p.Ahead(1)) {
		p.Next()
		t := p.names.TypeName()
		p.Expect(")")
		if p.Is("{") {
			p.SkipBalanced()
			return p.postfix(cvalue.Unknown(t, "")).Type
		}
		return t
	}
	defer p.Nest()()
	return p.unaryExpr().Type
}

func (p *Parser) alignOf(word string) cvalue.Value {
	at := p.Peek()
	t := p.operandType()
	if !t.Complete() {
		p.Fail(at, "the alignment of %v, which is not defined", t)
	}
	n := t.Align()
	switch {
	case strings.HasPrefix(word, "__"):
		n = t.PrefAlign()
	case t.Kind == model.Vector && t.OwnAlign == 0 && !p.Types.Target.Clang:
		n = min(n, p.Types.Target.Biggest) // what members are aligned to is not what gcc says here
	}
	return cvalue.Value{Type: p.Types.Word(false), Const: constant.MakeInt64(n)}
}

// primary takes a name, a constant or an expression in parentheses.
func (p *Parser) primary() cvalue.Value {
	t := p.Peek()
	switch {
	case t.Kind == cpp.Number:
		p.Next()
		x, ok := p.Number(t.Text)
		if !ok {
			p.Fail(t, "%s %s", t, cmp.Or(x.Why, "is not a number"))
		}
		return x
	case t.Kind == cpp.Char:
		p.Next()
		if x, ok := p.Char(t.Text); ok {
			return x
		}
		p.Fail(t, "%s is not a character", t)
	case t.Kind == cpp.String:
		return p.strings()
	case t.Kind == cpp.Ident:
		return p.name()
	case p.Is("("):
		return p.parenthesized()
	}
	p.Fail(t, "expected an expression, found %s", t)
	return cvalue.Value{}
}

func (p *Parser) parenthesized() cvalue.Value {
	defer p.Nest()()
	if p.Ahead(1).Text == "{" {
		p.SkipBalanced()
		return cvalue.Unknown(p.Types.Get("int"), "runs statements")
	}
	p.Next()
	x := p.Expression()
	p.Expect(")")
	return x
}

// digitEscape matches a character that is given as a number: in a wide string it is one character, not a byte of UTF-8.
var digitEscape = regexp.MustCompile(`\\[x0-7]`)

// strings takes string constants in a row, which are one; it is wide where one of them is.
func (p *Parser) strings() cvalue.Value {
	var all strings.Builder
	wide, digits := "", false
	first := p.Peek()
	for p.Peek().Kind == cpp.String {
		t := p.Next()
		digits = digits || digitEscape.MatchString(t.Text)
		prefix, text, ok := cvalue.RawString(t.Text)
		switch {
		case !ok:
			p.Fail(t, "%s is not a string that is known here", t)
		case prefix != "" && prefix != "u8" && wide != "" && wide != prefix:
			p.Fail(t, "%s is next to a string of another width", t)
		case prefix != "" && prefix != "u8":
			wide = prefix
		}
		all.WriteString(text)
	}
	if wide != "" && digits && strings.IndexFunc(all.String(), func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		p.Fail(first, "%s is not a string that is known here: it is wide, and has characters as numbers", first)
	}
	if wide != "" {
		return p.WideText(wide, all.String())
	}
	return p.Text(all.String())
}

// name takes a name and what a builtin of that name does.
func (p *Parser) name() cvalue.Value {
	t := p.Next()
	if f := p.builtin(t); f != nil {
		return f(t)
	}
	id := p.Scope[t.Text]
	switch {
	case id == nil:
		if p.Is("(") {
			p.SkipBalanced()
			return cvalue.Unknown(p.Types.Get("int"), "calls "+t.Text)
		}
		if strings.HasPrefix(t.Text, cpp.NotFixed) {
			return cvalue.Unknown(p.Types.Get("int"), "it depends on the "+notFixed(t.Text))
		}
		p.Undeclared = t.Text
		return cvalue.Unknown(p.Types.Get("int"), t.Text+" is not declared")
	case id.Typedef:
		p.Fail(t, "%s names a type", t)
	case id.Enumerator != nil:
		return cvalue.Value{Type: id.Enumerator.Type, Const: id.Enumerator.Value}
	}
	return cvalue.Value{Type: id.Type, Why: t.Text + " is a variable or function", Runtime: !id.Const && id.Type.Kind != model.Func}
}

// notFixed returns what a name of the preprocessor stands for that differs from run to run.
func notFixed(name string) string {
	if name == cpp.NotFixed+"compiler" {
		return "compiler"
	}
	return "time of the run"
}

// postfix takes what follows a primary expression.
func (p *Parser) postfix(x cvalue.Value) cvalue.Value {
	for {
		t := p.Peek()
		if t.Kind != cpp.Punct {
			return x
		}
		switch t.Text {
		case "[":
			p.Next()
			i := p.Expression()
			p.Expect("]")
			x = p.deref(p.Binary("+", x, i))
		case ".":
			p.Next()
			x = p.selectMember(x, p.ExpectIdent())
		case "->":
			p.Next()
			x = p.selectMember(p.deref(x), p.ExpectIdent())
		case "(":
			x = p.call(x)
		case "++", "--":
			p.Next()
			x = cvalue.Unknown(x.Type, "it changes a variable")
		default:
			return x
		}
	}
}

// call skips a call's arguments.
func (p *Parser) call(x cvalue.Value) cvalue.Value {
	p.SkipBalanced()
	t := x.Type
	if t.Kind == model.Pointer {
		t = t.Elem
	}
	if t.Kind == model.Func {
		t = t.Elem
	}
	return cvalue.Value{Type: t, Why: cmp.Or(x.Why, "it calls a function"), Runtime: true, Rvalue: true}
}

// selectMember returns the member of x of that name.
func (p *Parser) selectMember(x cvalue.Value, name cpp.Token) cvalue.Value {
	if x.Type.Kind != model.RecordType {
		p.Fail(name, "%v has no members", x.Type)
	}
	m, off := x.Type.Record.Lookup(name.Text)
	if m == nil {
		p.Fail(name, "%v has no member %s", x.Type, name)
	}
	out := cvalue.Unknown(m.Type, "it reads memory")
	if m.BitField {
		out.Bits = m.Width
	} else if cvalue.IsNumber(x.Addr) {
		out.Addr = constant.BinaryOp(x.Addr, gotoken.ADD, constant.MakeInt64(off))
	}
	return out
}
