// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"fmt"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// condition is a condition being evaluated.
type condition struct {
	p          *pp
	f          *frame
	at         tok // the name of the directive
	ahead      tok
	have       bool // ahead is the next token; of kind EOF at the end
	depth      int
	dead       int    // the operand has no effect on the result, if > 0
	other      bool   // answers are those of the target's other compiler
	differs    string // how an answer differs between the two
	named      string // what is asked for by "defined" and only one of the two has
	namesClang bool   // it asks for clang by name
	failed     bool

	versioned bool // it asks for the version of gcc
}

// number is a value: 64 bits, with or without a sign.
type number struct {
	n        uint64
	unsigned bool
}

func signed(n int64) number { return number{n: uint64(n)} }

func truth(b bool) number {
	if b {
		return number{n: 1}
	}
	return number{}
}

// condition evaluates the condition of a directive whose name is at token at.
func (p *pp) condition(f *frame, at, end int) bool {
	var words []tok
	for i := at + 1; i < end; i++ {
		if f.src.Text.Tokens[i].Kind != ctext.Comment {
			words = append(words, p.read(f.src, i))
		}
	}
	if len(words) > 0 {
		p.last = f.src.Text.Tokens[at].Line
	}
	counter := p.counter
	c := p.evaluate(f, at, words, false)
	if c.failed || c.differs == "" && c.named == "" && !c.versioned {
		return !c.failed && c.result
	}
	after := p.counter
	p.counter = counter
	d := p.evaluate(f, at, words, true)
	p.counter = after
	switch {
	case !d.failed && d.result == c.result:
	case c.differs != "":
		p.faultAt(f, at, dependsOnCompiler, c.differs)
	case c.named != "" && p.matters(f, at, c.named):
		p.faultAt(f, at, dependsOnCompiler, "only one of gcc and clang has "+c.named)
	case c.versioned && !c.namesClang && p.layouts(f, at):
		p.faultAt(f, at, dependsOnCompiler, "it uses the version of gcc, which clang reports as 4.2")
	}
	return c.result
}

// evaluated is what a condition gives.
type evaluated struct {
	result, failed        bool
	differs, named        string
	namesClang, versioned bool
}

func (p *pp) evaluate(f *frame, at int, words []tok, other bool) evaluated {
	c := &condition{p: p, f: f, at: p.read(f.src, at), other: other}
	outer, inArgs := p.cond, p.inArgs
	p.cond, p.inArgs = c, false
	defer func() { p.cond, p.inArgs = outer, inArgs }()
	var x number
	p.within(words, func() {
		if len(words) == 0 {
			c.fail(&c.at, "#%s without a condition", c.at.sym.text)
			return
		}
		x = c.conditional()
		if t := c.peek(); !c.failed && t.kind != EOF {
			if t.is("(") || t.kind == Ident || t.kind == Number {
				c.fail(t, "expected an operator, found %q", t.sym.text)
			} else {
				c.fail(t, "%q is not allowed here in a condition", t.sym.text)
			}
		}
	})
	return evaluated{x.n != 0, c.failed, c.differs, c.named, c.namesClang, c.versioned}
}

// fail reports the first fault of a condition.
func (c *condition) fail(t *tok, format string, args ...any) number {
	if !c.failed && !c.p.overflowed {
		if t.kind == EOF {
			t = &c.at
		}
		c.p.fault(t, "%s", fmt.Sprintf(format, args...))
	}
	c.failed = true
	return number{}
}

func (c *condition) peek() *tok {
	if !c.have {
		t, ok := c.p.expanded()
		if !ok {
			t = tok{kind: EOF, sym: c.p.symbols.get("the end of the line"), src: c.at.src, at: c.at.at}
		}
		c.ahead, c.have = t, true
	}
	return &c.ahead
}

func (c *condition) take() tok {
	t := *c.peek()
	if t.kind != EOF {
		c.have = false
	}
	return t
}

func (c *condition) accept(text string) bool {
	if c.peek().is(text) {
		c.have = false
		return true
	}
	return false
}

// conditional takes a condition with ?:.
func (c *condition) conditional() number {
	if c.depth++; c.depth > maxNested {
		return c.fail(c.peek(), "the condition is nested more than %d deep", maxNested)
	}
	defer func() { c.depth-- }()
	x := c.binary(1)
	if c.failed || !c.accept("?") {
		return x
	}
	yes := c.unless(x.n == 0, c.conditional)
	if !c.failed && !c.accept(":") {
		return c.fail(c.peek(), "expected %q, found %q", ":", c.peek().sym.text)
	}
	no := c.unless(x.n != 0, c.conditional)
	out := no
	if x.n != 0 {
		out = yes
	}
	out.unsigned = yes.unsigned || no.unsigned
	return out
}

// unless takes an operand that has no effect where dead is true.
func (c *condition) unless(dead bool, f func() number) number {
	if dead {
		c.dead++
		defer func() { c.dead-- }()
	}
	return f()
}

var precedence = map[string]int{
	"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7,
	"<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}

// binary takes a chain of binary operators of at least a precedence.
func (c *condition) binary(least int) number {
	x := c.unary()
	for !c.failed {
		op := *c.peek()
		prec := precedence[op.sym.text]
		if op.kind != Punct || prec < least {
			return x
		}
		c.have = false
		right := func() number { return c.binary(prec + 1) }
		switch op.sym.text {
		case "||":
			y := c.unless(x.n != 0, right)
			x = truth(x.n != 0 || y.n != 0)
		case "&&":
			y := c.unless(x.n == 0, right)
			x = truth(x.n != 0 && y.n != 0)
		default:
			x = c.apply(&op, x, right())
		}
	}
	return x
}

// apply applies a binary operator.
func (c *condition) apply(op *tok, x, y number) number {
	unsigned := x.unsigned || y.unsigned
	out := number{unsigned: unsigned}
	less := func(a, b number) bool {
		if unsigned {
			return a.n < b.n
		}
		return int64(a.n) < int64(b.n)
	}
	switch op.sym.text {
	case "|":
		out.n = x.n | y.n
	case "^":
		out.n = x.n ^ y.n
	case "&":
		out.n = x.n & y.n
	case "==":
		return truth(x.n == y.n)
	case "!=":
		return truth(x.n != y.n)
	case "<":
		return truth(less(x, y))
	case ">":
		return truth(less(y, x))
	case "<=":
		return truth(!less(y, x))
	case ">=":
		return truth(!less(x, y))
	case "<<", ">>":
		return c.shift(op, x, y)
	case "+":
		out.n = x.n + y.n
	case "-":
		out.n = x.n - y.n
	case "*":
		out.n = x.n * y.n
	default:
		return c.divide(op, x, y, unsigned)
	}
	return out
}

func (c *condition) shift(op *tok, x, y number) number {
	if y.n > 63 {
		if c.dead == 0 {
			return c.fail(op, "the condition shifts by more bits than a number has")
		}
		return x
	}
	switch {
	case op.sym.text == "<<":
		x.n <<= y.n
	case x.unsigned:
		x.n >>= y.n
	default:
		x.n = uint64(int64(x.n) >> y.n)
	}
	return x
}

func (c *condition) divide(op *tok, x, y number, unsigned bool) number {
	out := number{unsigned: unsigned}
	switch {
	case y.n == 0 && c.dead == 0:
		return c.fail(op, "the condition divides by zero")
	case y.n == 0:
	case op.sym.text == "/" && unsigned:
		out.n = x.n / y.n
	case op.sym.text == "/" && y.n == ^uint64(0):
		out.n = -x.n
	case op.sym.text == "/":
		out.n = uint64(int64(x.n) / int64(y.n))
	case unsigned:
		out.n = x.n % y.n
	case y.n == ^uint64(0):
	default:
		out.n = uint64(int64(x.n) % int64(y.n))
	}
	return out
}

// unary takes an operand with the operators before it.
func (c *condition) unary() number {
	if c.depth++; c.depth > maxNested {
		return c.fail(c.peek(), "the condition is nested more than %d deep", maxNested)
	}
	defer func() { c.depth-- }()
	switch t := c.peek(); {
	case t.kind != Punct:
		return c.primary()
	case c.accept("-"):
		x := c.unary()
		x.n = -x.n
		return x
	case c.accept("+"):
		return c.unary()
	case c.accept("~"):
		x := c.unary()
		x.n = ^x.n
		return x
	case c.accept("!"):
		return truth(c.unary().n == 0)
	case c.accept("("):
		x := c.conditional()
		if !c.failed && !c.accept(")") {
			return c.fail(c.peek(), "expected %q, found %q", ")", c.peek().sym.text)
		}
		return x
	}
	return c.primary()
}

// primary takes a number, a name or a character.
func (c *condition) primary() number {
	t := c.take()
	switch {
	case c.failed:
		return number{}
	case t.kind == Ident && t.sym.special == symDefined:
		return c.defined()
	case t.kind == Ident:
		c.namesClang = c.namesClang || strings.HasPrefix(t.sym.text, "__clang")
		return number{}
	case t.kind == Number:
		return c.number(&t)
	case t.kind == Char:
		return c.char(&t)
	case t.kind == EOF:
		return c.fail(&t, "the condition is not complete")
	}
	return c.fail(&t, "%q is not allowed here in a condition", t.sym.text)
}

// defined takes what follows the word.
func (c *condition) defined() number {
	t, ok := c.p.next()
	open := ok && t.is("(")
	if open {
		t, ok = c.p.next()
	}
	if !ok {
		t = tok{kind: EOF}
	}
	if t.kind != Ident {
		return c.fail(&t, "\"defined\" takes the name of a macro")
	}
	if open {
		if end, ok := c.p.next(); !ok || !end.is(")") {
			return c.fail(&t, "\"defined\" without its closing parenthesis")
		}
	}
	is := t.sym.macro != nil
	c.namesClang = c.namesClang || strings.HasPrefix(t.sym.text, "__clang")
	if c.p.onlyOne(t.sym) {
		if c.dead == 0 {
			c.named = t.sym.text
		}
		is = is != c.other
	}
	return truth(is)
}
