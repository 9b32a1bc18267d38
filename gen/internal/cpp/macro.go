// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Macro is a macro's definition. There may be many: what most of them have not is in another struct, and the body is read
// from the source when the macro is used.
type Macro struct {
	sym      *symbol
	src      *Source // of index -1 for what no header defines
	body     []part
	more     *moreOfMacro // nil for nothing
	name     int32        // the name's token
	body0    int32        // the tokens of its body as they are written, from here
	body1    int32        // to before here
	At       int32        // how many tokens the unit had when it was defined
	disabled int32        // how often it is being expanded

	parsed   bool
	fn       bool
	variadic bool
	pastes   bool // has ## in its body, or what else is not plain, without being one with arguments
}

// moreOfMacro is what only some macros have.
type moreOfMacro struct {
	params  []*symbol
	builtin func(*pp, tok) (tok, bool)
	differs Difference // between the target's compilers
}

// rare returns what only some macros have, to be changed.
func (m *Macro) rare() *moreOfMacro {
	if m.more == nil {
		m.more = &moreOfMacro{}
	}
	return m.more
}

func (m *Macro) params() []*symbol {
	if m.more == nil {
		return nil
	}
	return m.more.params
}

func (m *Macro) isBuiltin() bool { return m.more != nil && m.more.builtin != nil }

// differs tells how the target's compilers differ in the macro.
func (m *Macro) differs() Difference {
	if m.more == nil {
		return Difference{}
	}
	return m.more.differs
}

// part is a token of a macro's body.
type part struct {
	tok
	param int16 // the parameter that it names; -1 for none
	op    op
	paste bool // ## follows it
}

// op is what a part of a body does.
type op uint8

const (
	plain     op = iota
	stringize    // #param
	optional     // __VA_OPT__(: what follows up to the end is optional
	optionalString
	optionalEnd
)

// Name returns the macro's name.
func (m *Macro) Name() string { return m.sym.text }

// Source returns the header that defines the macro.
func (m *Macro) Source() *Source { return m.src }

// Token returns the token of the name in the definition.
func (m *Macro) Token() int { return int(m.name) }

// Last returns the last token of the definition that is no comment.
func (m *Macro) Last() int {
	last := m.body1 - 1
	for last > m.name && m.src.Text.Tokens[last].Kind == ctext.Comment {
		last--
	}
	return int(last)
}

// Pos returns the position of the name.
func (m *Macro) Pos() model.Pos { return m.src.Pos(int(m.name)) }

// TakesArguments reports whether the macro is one with arguments.
func (m *Macro) TakesArguments() bool { return m.fn }

// Is reports whether the body is the one name.
func (m *Macro) Is(name string) bool {
	found := false
	for i := m.body0; i < m.body1; i++ {
		switch {
		case m.src.Text.Tokens[i].Kind == ctext.Comment:
		case found || !m.src.Text.Is(int(i), name):
			return false
		default:
			found = true
		}
	}
	return found
}

// definition reads a #define, whose tokens behind the name of the directive begin at token i, up to before end.
func (p *pp) definition(f *frame, i, end int) {
	text := f.src.Text
	i = skipComments(text, i, end)
	if i >= end {
		p.faultAt(f, i-1, "#define without a name")
		return
	}
	sym, kind := p.symbols.of(text, i)
	switch {
	case kind != Ident || sym.special != ordinary:
		p.faultAt(f, i, "%q cannot be the name of a macro", sym.text)
		return
	}
	m := &Macro{sym: sym, src: f.src, name: int32(i), body0: int32(i + 1), body1: int32(end), At: int32(len(p.out))}
	if b := i + 1; b < end && !text.Tokens[b].Space && text.Is(b, "(") {
		if !p.parameters(f, m, b, end) {
			return
		}
	}
	if !p.checkBody(f, m) {
		return
	}
	if old := sym.macro; old != nil && old.isBuiltin() && f.src.Index >= 0 {
		p.faultAt(f, i, "%q is the compiler's own and cannot be defined", sym.text)
		return
	}
	sym.macro = m
	if f.src.Index >= 0 {
		p.macros = append(p.macros, m)
	}
}

func skipComments(text *ctext.File, i, end int) int {
	for i < end && text.Tokens[i].Kind == ctext.Comment {
		i++
	}
	return i
}

// parameters reads the parameter list that begins at token i.
func (p *pp) parameters(f *frame, m *Macro, i, end int) bool {
	text := f.src.Text
	m.fn = true
	next := func() (string, Kind) {
		i = skipComments(text, i+1, end)
		if i >= end {
			return "", EOF
		}
		sym, kind := p.symbols.of(text, i)
		return sym.text, kind
	}
	bad := func() bool {
		p.faultAt(f, min(i, end-1), "the parameters of %s are not a list of names in parentheses", m.sym.text)
		return false
	}
	word, kind := next()
	for first := true; word != ")" || !first; first = false {
		switch {
		case word == "..." && kind == Punct:
			m.rare().params, m.variadic = append(m.params(), p.symbols.get("__VA_ARGS__")), true
		case kind == Ident:
			sym := p.symbols.get(word)
			for _, other := range m.params() {
				if other == sym {
					p.faultAt(f, i, "%s has two parameters called %s", m.sym.text, word)
					return false
				}
			}
			if sym.special == symVaArgs || sym.special == symVaOpt {
				return bad()
			}
			m.rare().params = append(m.params(), sym)
		default:
			return bad()
		}
		word, kind = next()
		if word == "..." && kind == Punct && !m.variadic {
			m.variadic = true
			word, _ = next()
		}
		if word == ")" {
			break
		}
		if word != "," || m.variadic {
			return bad()
		}
		word, kind = next()
	}
	m.body0 = int32(i + 1)
	return true
}

// checkBody reports a body that compilers refuse even where the macro is not used.
func (p *pp) checkBody(f *frame, m *Macro) bool {
	text := f.src.Text
	first, last := -1, -1
	for i := int(m.body0); i < int(m.body1); i++ {
		t := &text.Tokens[i]
		switch {
		case t.Kind == ctext.Comment:
			continue
		case t.Kind == ctext.Punct && isHash(text.Src[t.Off]):
			switch {
			case text.Is(i, "#") && m.fn && !p.stringizable(m, text, i):
				p.faultAt(f, i, "# is not followed by a parameter")
				return false
			case text.Is(i, "##") && first < 0:
				p.faultAt(f, i, "## is at the beginning of the macro")
				return false
			}
		case t.Kind == ctext.Ident && text.Src[t.Off] == '_' && !p.allowed(f, m, i):
			return false
		}
		if first < 0 {
			first = i
		}
		last = i
	}
	if last >= 0 && text.Is(last, "##") {
		p.faultAt(f, last, "## is at the end of the macro")
		return false
	}
	return true
}

func isHash(c byte) bool { return c == '#' || c == '%' }

// stringizable reports whether what follows # at token i can be made a string of.
func (p *pp) stringizable(m *Macro, text *ctext.File, i int) bool {
	i = skipComments(text, i+1, int(m.body1))
	if i >= int(m.body1) || text.Tokens[i].Kind != ctext.Ident {
		return false
	}
	sym, _ := p.symbols.of(text, i)
	return m.param(sym) >= 0 || sym.special == symVaOpt && m.variadic
}

// allowed reports __VA_ARGS__ and __VA_OPT__ where they mean nothing.
func (p *pp) allowed(f *frame, m *Macro, i int) bool {
	sym, _ := p.symbols.of(f.src.Text, i)
	switch {
	case sym.special == symVaArgs && m.param(sym) < 0:
		p.faultAt(f, i, "__VA_ARGS__ is in a macro without \"...\"")
	case sym.special == symVaOpt && m.variadic && optionalLast(f.src.Text, i, int(m.body1)) < 0:
		p.faultAt(f, i, "__VA_OPT__ is not followed by parentheses")
	case sym.special == symVaOpt && m.variadic && pastedEnds(f.src.Text, i, int(m.body1)):
		p.faultAt(f, i, "## is at an end of __VA_OPT__")
	case sym.special == symVaOpt && !m.variadic:
		p.faultAt(f, i, "__VA_OPT__ is in a macro without variable arguments")
	default:
		return true
	}
	return false
}

// pastedEnds reports whether ## is the first or last token in the parentheses of the __VA_OPT__ at token i.
func pastedEnds(text *ctext.File, i, end int) bool {
	last := optionalLast(text, i, end)
	first := skipComments(text, skipComments(text, i+1, end)+1, end)
	before := last - 1
	for before > first && text.Tokens[before].Kind == ctext.Comment {
		before--
	}
	return first < last && (text.Is(first, "##") || text.Is(before, "##"))
}

// optionalLast returns the closing parenthesis of the __VA_OPT__ at token i; -1 where there is none.
func optionalLast(text *ctext.File, i, end int) int {
	i = skipComments(text, i+1, end)
	for depth := 0; i < end; i++ {
		switch {
		case text.Is(i, "("):
			depth++
		case text.Is(i, ")"):
			depth--
		}
		if depth <= 0 && text.Tokens[i].Kind != ctext.Comment {
			if text.Is(i, ")") {
				return i
			}
			return -1
		}
	}
	return -1
}

// param returns the index of the parameter of that name; -1 where there is none.
func (m *Macro) param(sym *symbol) int16 {
	for i, s := range m.params() {
		if s == sym {
			return int16(i)
		}
	}
	return -1
}

// parse reads the body, which is left until the macro is used.
func (m *Macro) parse(p *pp) {
	if m.parsed {
		return
	}
	m.parsed = true
	m.body = make([]part, 0, m.body1-m.body0)
	var ends []int // of the __VA_OPT__ that are open
	pending := plain
	for i := int(m.body0); i < int(m.body1); i++ {
		if m.src.Text.Tokens[i].Kind == ctext.Comment {
			continue
		}
		q := part{tok: p.read(m.src, i), param: -1}
		switch {
		case q.is("##") && len(m.body) > 0:
			m.body[len(m.body)-1].paste, m.pastes = true, true
			continue
		case q.is("#") && m.fn:
			pending = stringize
			continue
		case q.kind == Ident && q.sym.special == symVaOpt && m.variadic:
			ends = append(ends, optionalLast(m.src.Text, i, int(m.body1)))
			q.op = optional
			if pending == stringize {
				q.op = optionalString
			}
			for !m.src.Text.Is(i, "(") {
				i++
			}
		case len(ends) > 0 && ends[len(ends)-1] == i:
			ends = ends[:len(ends)-1]
			q.op = optionalEnd
		case q.kind == Ident && m.fn:
			q.param, q.op = m.param(q.sym), pending
		}
		pending = plain
		m.body = append(m.body, q)
	}
}

func argumentCount(m *Macro) string {
	n := len(m.params())
	switch {
	case m.variadic:
		return fmt.Sprintf("at least %d arguments", n-1)
	case n == 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}
