// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"slices"
	"strings"
)

// context is a list of tokens to be read before what is below it.
type context struct {
	toks  []tok
	at    int
	macro *Macro // whose expansion it is, which is not expanded again inside of it; nil for arguments
	use   mark   // for an expansion: where the outermost macro is used
}

// mark is a token of a source.
type mark struct{ src, at int32 }

var nowhere = mark{-1, -1}

func (p *pp) push(toks []tok, m *Macro, use mark) {
	if m != nil {
		m.disabled++
	}
	p.stack = append(p.stack, context{toks: toks, macro: m, use: use})
}

func (p *pp) pop() {
	top := len(p.stack) - 1
	if m := p.stack[top].macro; m != nil {
		m.disabled--
	}
	p.stack[top] = context{}
	p.stack = p.stack[:top]
}

// next returns the next token, not expanded.
func (p *pp) next() (tok, bool) {
	for len(p.stack) > p.floor {
		c := &p.stack[len(p.stack)-1]
		if c.at < len(c.toks) {
			c.at++
			p.use = c.use
			return c.toks[c.at-1], true
		}
		p.pop()
	}
	p.use = nowhere
	if p.sealed {
		return tok{}, false
	}
	return p.lex()
}

// parenthesis reports whether the next token is an opening parenthesis.
func (p *pp) parenthesis() bool {
	for len(p.stack) > p.floor {
		c := &p.stack[len(p.stack)-1]
		if c.at < len(c.toks) {
			return c.toks[c.at].is("(")
		}
		p.pop()
	}
	return !p.sealed && p.opens()
}

// within runs f over a list of tokens, with nothing behind it.
func (p *pp) within(toks []tok, f func()) {
	floor, sealed, gap := p.floor, p.sealed, p.gap
	p.floor, p.sealed, p.gap = len(p.stack), true, false
	p.push(toks, nil, nowhere)
	f()
	for len(p.stack) > p.floor {
		p.pop()
	}
	if !p.overflowed {
		p.floor = floor
	}
	p.sealed, p.gap = sealed, gap
}

// expandList returns what a list of tokens expands to by itself.
func (p *pp) expandList(toks []tok) []tok {
	plain := true
	for i := range toks {
		if toks[i].kind == Ident && toks[i].sym.macro != nil {
			plain = false
		}
	}
	if plain {
		return toks
	}
	var out []tok
	p.within(toks, func() {
		for {
			t, ok := p.expanded()
			if !ok {
				return
			}
			out = append(out, t)
		}
	})
	return out
}

// expanded returns the next token behind all expansion.
func (p *pp) expanded() (tok, bool) {
	for {
		t, ok := p.next()
		if !ok {
			return t, false
		}
		if p.gap {
			t.flags |= space
			p.gap = false
		}
		m := t.sym.macro
		if m == nil || t.kind != Ident || t.flags&painted != 0 {
			return t, true
		}
		switch {
		case m.disabled > 0:
			t.flags |= painted
			return t, true
		case m.isBuiltin():
			out, ok := m.more.builtin(p, t)
			if !ok {
				return t, true
			}
			out.flags |= t.flags & space
			return out, true
		case m.fn && !p.parenthesis():
			return t, true
		}
		if !p.expandMacro(m, &t) {
			return t, true
		}
	}
}

// expandMacro puts the expansion of m, used at t, before what comes next; false where it cannot be expanded, which
// has been reported.
func (p *pp) expandMacro(m *Macro, t *tok) bool {
	if p.overflowed {
		return false
	}
	m.parse(p)
	if m.differs().Kind != Alike && p.depends(m, t) {
		return true
	}
	use := mark{t.src, t.at}
	if p.use.at >= 0 {
		use = p.use // the name is an argument of the macro whose expansion is being read
	}
	named := *t
	named.src, named.at = use.src, use.at
	var body []tok
	if m.fn {
		args, ok := p.arguments(m, t)
		if !ok {
			return false
		}
		if p.depth++; p.depth > maxNested {
			p.overflow(t, "macros are nested too deep in the arguments of macros")
			return false
		}
		if p.foreign(m, t, args) {
			p.depth--
			return true
		}
		s := substitution{p: p, m: m, use: &named, args: args}
		body = s.run(m.body)
		p.depth--
	} else {
		body = p.objectBody(m, &named)
	}
	if p.work += len(body) + 1; p.work > p.budget() {
		p.overflow(t, "the macro expands to too much")
	}
	if p.overflowed {
		return false
	}
	if len(body) == 0 {
		p.gap = p.gap || t.flags&space != 0
		return true
	}
	body[0].flags = body[0].flags&^space | t.flags&space
	p.push(body, m, use)
	return true
}

// depends deals with the use of a predefined macro to which the compilers give different values: it is reported, or a name
// put in its place that has no value. It does nothing, and returns false, where a condition asks for the version, and where
// a header of the compiler's own uses the macro, to which the other compiler has another.
func (p *pp) depends(m *Macro, t *tok) bool {
	version := m.differs().Kind == ByVersion
	switch {
	case version && p.cond != nil:
		p.cond.versioned = p.cond.versioned || p.cond.dead == 0
		if p.cond.other && m.differs().Other != "" {
			p.push([]tok{p.makeNumber(t, m.differs().Other)}, nil, p.use)
			return true
		}
		return false
	case p.cond != nil && p.cond.dead > 0, t.src >= 0 && ofCompiler(p.files.List[t.src]):
		return false
	case version || p.values:
		out := made(t, p.symbols.get(NotFixed+"compiler"), Ident)
		p.push([]tok{out}, nil, p.use)
		return true
	}
	p.fault(t, "gcc and clang give %s different values on this target", m.sym.text)
	return false
}

// ofCompiler reports whether a source is one of the headers that compilers bring along.
func ofCompiler(s *Source) bool {
	return s.Built || strings.HasSuffix(s.File, "/stdatomic.h") || strings.HasSuffix(s.File, "/stdint-gcc.h")
}

// budget returns how many tokens macros may expand to.
func (p *pp) budget() int {
	if p.values {
		return valueWork
	}
	return max(expansionWork, p.size*workPerByte)
}

// foreign puts the answer of the target's other compiler in place of what a header's own definition of an operator
// gives, where a condition is being evaluated for that compiler; the first time it only notes that they differ.
func (p *pp) foreign(m *Macro, t *tok, a *arguments) bool {
	if p.cond == nil || p.opts.Predefined.Foreign == nil || len(a.raw) != 1 || len(a.raw[0]) != 1 {
		return false
	}
	name := a.raw[0][0].sym.text
	answer, ok := p.opts.Predefined.Foreign(m.sym.text, name)
	if !ok {
		return false
	}
	if p.cond.dead == 0 {
		p.cond.differs = m.sym.text + "(" + name + "), which gcc does not have, is " + answer + " for clang"
	}
	if p.cond.other {
		p.push([]tok{p.makeNumber(t, answer)}, nil, nowhere)
	}
	return p.cond.other
}

// objectBody returns the body of a macro without arguments, brought by its use at t.
func (p *pp) objectBody(m *Macro, t *tok) []tok {
	if m.pastes {
		s := substitution{p: p, m: m, use: t}
		return s.run(m.body)
	}
	body := make([]tok, len(m.body))
	for i := range m.body {
		body[i] = brought(m.body[i].tok, t)
	}
	return body
}

// brought returns a token of a macro's body for the macro's use at t.
func brought(part tok, use *tok) tok {
	part.defSrc, part.defTok = part.src, part.at
	part.src, part.at = use.src, use.at
	part.flags |= fromMacro
	return part
}

// arguments takes the arguments of m, used at t, the next token being the opening parenthesis.
func (p *pp) arguments(m *Macro, t *tok) (*arguments, bool) {
	inArgs := p.inArgs
	p.inArgs = true
	defer func() { p.inArgs = inArgs }()
	p.next()
	a := &arguments{omitted: true}
	depth, start := 0, 0
	var all []tok
	for {
		u, ok := p.next()
		switch {
		case !ok:
			if !p.overflowed {
				p.fault(t, "the arguments of %s have no closing parenthesis", m.sym.text)
			}
			return nil, false
		case u.kind != Punct:
		case u.sym.text == "(":
			depth++
		case u.sym.text == ")":
			if depth == 0 {
				a.raw = append(a.raw, all[start:len(all):len(all)])
				return a, p.countArguments(m, t, a)
			}
			depth--
		case u.sym.text == "," && depth == 0 && (!m.variadic || len(a.raw) < len(m.params())-1):
			a.raw = append(a.raw, all[start:len(all):len(all)])
			start = len(all)
			continue
		}
		if len(all) >= maxTokens {
			p.overflow(t, "the macro has too large arguments")
			return nil, false
		}
		all = append(all, u)
	}
}

// countArguments checks the number of arguments.
func (p *pp) countArguments(m *Macro, t *tok, a *arguments) bool {
	given, want := len(a.raw), len(m.params())
	a.omitted = given < want
	switch {
	case given == 1 && len(a.raw[0]) == 0 && want == 0:
		a.raw = nil
		return true
	case given == want:
		// With the variable argument alone, gcc and clang take an empty one as none.
		a.omitted = m.variadic && want == 1 && len(a.raw[0]) == 0
	case m.variadic && given == want-1:
		a.raw = append(a.raw, nil)
	default:
		p.fault(t, "%s takes %s, not %d", m.sym.text, argumentCount(m), given)
		return false
	}
	a.full = make([][]tok, want)
	a.done = make([]bool, want)
	return true
}

// arguments are those of one use of a macro.
type arguments struct {
	raw     [][]tok
	full    [][]tok // expanded, where done says so
	done    []bool
	omitted bool // the variable argument was left out
}

// expanded returns argument n, expanded.
func (a *arguments) expanded(p *pp, n int) []tok {
	if !a.done[n] {
		a.full[n], a.done[n] = p.expandList(slices.Clip(a.raw[n])), true
	}
	return a.full[n]
}
