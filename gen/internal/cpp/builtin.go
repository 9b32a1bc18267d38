// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"strconv"
	"strings"
)

// NotFixed begins the names that stand for what differs from run to run.
const NotFixed = "__lockstep_no_"

// builtins defines the macros whose values depend on where they are used, and the compiler's operators.
func (p *pp) builtins() {
	own := &Source{Index: -1}
	set := func(name string, f func(*pp, tok) (tok, bool)) {
		p.symbols.get(name).macro = &Macro{sym: p.symbols.get(name), src: own, parsed: true, more: &moreOfMacro{builtin: f}}
	}
	set("__LINE__", (*pp).lineNumber)
	set("__FILE__", (*pp).fileName)
	set("__BASE_FILE__", (*pp).fileName)
	set("__FILE_NAME__", (*pp).fileName)
	set("__INCLUDE_LEVEL__", func(p *pp, t tok) (tok, bool) {
		p.varied = t.sym.text
		return p.makeNumber(&t, strconv.Itoa(len(p.frames)-1)), true
	})
	set("__COUNTER__", func(p *pp, t tok) (tok, bool) {
		p.varied = t.sym.text
		p.counter++
		return p.makeNumber(&t, strconv.Itoa(p.counter-1)), true
	})
	for _, clock := range [...][2]string{{"__DATE__", "date"}, {"__TIME__", "time"}, {"__TIMESTAMP__", "time"}} {
		name, what := clock[0], clock[1]
		set(name, func(p *pp, t tok) (tok, bool) {
			p.varied = name
			return made(&t, p.symbols.get(NotFixed+what), Ident), true
		})
	}
	for _, name := range p.opts.Predefined.Operators {
		set(name, (*pp).operator)
	}
	for _, name := range []string{"__has_include", "__has_include_next"} {
		set(name, (*pp).hasInclude)
	}
}

// made returns a token that the preprocessor makes of a name.
func made(t *tok, sym *symbol, kind Kind) tok {
	return tok{sym: sym, kind: kind, src: t.src, at: t.at, defSrc: -1, defTok: -1, flags: t.flags&space | fromMacro}
}

func (p *pp) makeNumber(t *tok, text string) tok { return made(t, p.symbols.get(text), Number) }

// lineNumber gives the line on which the use of the outermost macro ends.
func (p *pp) lineNumber(t tok) (tok, bool) {
	p.varied = "__LINE__"
	if t.src < 0 || len(p.frames) == 0 {
		return p.makeNumber(&t, "1"), true
	}
	own := p.files.List[t.src].Text.Tokens[t.at].Line
	if own != p.last && p.depth > 0 {
		p.fault(&t, "gcc and clang give __LINE__ different values here, in arguments that go over several lines")
	}
	f := p.frames[len(p.frames)-1]
	return p.makeNumber(&t, strconv.Itoa(int(p.last)+f.delta)), true
}

func (p *pp) fileName(t tok) (tok, bool) {
	p.varied = t.sym.text
	name := ""
	if n := len(p.frames); n > 0 {
		name = strconv.Quote(p.frames[n-1].src.File)
		if called := p.frames[n-1].called; called != "" {
			name = called
		}
	}
	return made(&t, p.symbols.get(name), String), true
}

// operand takes the operand in parentheses of an operator, as it is spelled.
func (p *pp) operand(t *tok, expand bool) (string, bool) {
	if !p.parenthesis() {
		p.fault(t, "%s takes a name in parentheses", t.sym.text)
		return "", false
	}
	p.next()
	next := p.next
	if expand {
		next = p.expanded
		p.notExpanded(t)
	}
	var b strings.Builder
	for depth := 0; ; {
		u, ok := next()
		switch {
		case !ok:
			p.fault(t, "%s has no closing parenthesis", t.sym.text)
			return "", false
		case u.is(")") && depth == 0:
			return b.String(), true
		case u.is(")"):
			depth--
		case u.is("("):
			depth++
		}
		b.WriteString(u.sym.text)
	}
}

// notExpanded reports an operand that is a macro, which the target's other compiler does not expand.
func (p *pp) notExpanded(t *tok) {
	c := p.opts.Predefined
	if c.OtherExpandsOperand == nil || c.OtherExpandsOperand(t.sym.text) || p.cond != nil && p.cond.dead > 0 {
		return
	}
	u, ok := p.next()
	if !ok {
		return
	}
	if m := u.sym.macro; u.kind == Ident && m != nil && u.flags&painted == 0 && m.disabled == 0 && (!m.fn || p.parenthesis()) {
		p.fault(t, "gcc expands the macro %s in the operand of %s, clang does not", u.sym.text, t.sym.text)
	}
	p.push([]tok{u}, nil, p.use)
}

// operator gives the value of __has_attribute and the like.
func (p *pp) operator(t tok) (tok, bool) {
	c := p.opts.Predefined
	name, ok := p.operand(&t, c.ExpandsOperand(t.sym.text))
	if !ok {
		return t, false
	}
	if strings.Contains(name, ":") && t.sym.text != "__has_c_attribute" && t.sym.text != "__has_cpp_attribute" {
		p.fault(&t, "%s takes a name, not %s, for clang", t.sym.text, name)
	}
	a := c.Has(t.sym.text, name)
	value := a.Value
	switch {
	case a.Unknown:
		p.fault(&t, "what %s(%s) gives is not known", t.sym.text, name)
	case a.Differs == "":
	case p.cond == nil:
		p.fault(&t, "%s", a.Differs)
	default:
		if p.cond.dead == 0 {
			p.cond.differs = a.Differs
		}
		if p.cond.other {
			value = a.Other
		}
	}
	return p.makeNumber(&t, value), true
}

// hasInclude gives the value of __has_include and __has_include_next.
func (p *pp) hasInclude(t tok) (tok, bool) {
	if p.cond == nil {
		p.fault(&t, "%s is outside of a condition", t.sym.text)
		return t, false
	}
	if !p.parenthesis() {
		p.fault(&t, "%s takes the name of a header in parentheses", t.sym.text)
		return t, false
	}
	p.next()
	var words []tok
	for {
		u, ok := p.expanded()
		if !ok {
			p.fault(&t, "%s has no closing parenthesis", t.sym.text)
			return t, false
		}
		if u.is(")") {
			break
		}
		words = append(words, u)
	}
	name, quoted := spelledName(words)
	if name == "" {
		p.fault(&t, "%s takes the name of a header", t.sym.text)
		return t, false
	}
	f, first := p.cond.f, 0
	if t.sym.text == "__has_include_next" {
		quoted, first = quoted && f.path < 0, f.path+1
	}
	_, _, err := p.search.find(name, quoted, f.src, first)
	if err != nil {
		return p.makeNumber(&t, "0"), true
	}
	return p.makeNumber(&t, "1"), true
}
