// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/outline"
)

const (
	maxNesting = 200 // of expressions, declarators and records
	maxFaults  = 50  // after which parsing stops
)

// token is a preprocessed token.
type token = cpp.Token

// parser reads declarations from a preprocessed unit.
type parser struct {
	pre    *cpp.Unit
	target *layout.Target
	other  *layout.Target // what clang makes of the target, where gcc's layouts are given; nil else
	types  *types

	idents  map[string]*ident // typedefs, enumerators, variables, functions
	tags    map[string]*tag   // "struct x", "union x", "enum x"
	lenient bool
	left    []left // what was left out
	firm    int    // how many faults no declaration can be left out for

	outline *outline.Outline        // tells what is to be skipped; nil for nothing
	closers map[*cpp.Source][]int32 // for each token of a source, the parentheses around it: see enclosing

	state
}

// state is what a parser knows of the tokens that it is reading: reading a macro's value puts another in its place, and then
// this one back.
type state struct {
	faults     *diag.List
	whole      string // what is being parsed, for messages
	toks       []token
	at         int
	deep       int
	declared   int    // the token at which the declaration being read begins
	undeclared string // the name that was last used and is not declared

	records []*record // in the order of their definitions' beginning
	enums   []*enum
	packs   []packState // what #pragma pack(push) has put away
	pack    packState
}

// theMacro is what is being parsed where a macro's value is.
const theMacro = "the macro"

// ident is what an ordinary identifier names.
type ident struct {
	typedef bool
	fixed   bool // declared const
	t       *ctype
	con     *enumerator
	tok     token
}

// tag is what struct, union or enum and a name stand for.
type tag struct{ t *ctype }

// bail is what a fault at which the declaration cannot go on panics with.
type bail struct{}

func newParser(pre *cpp.Unit, faults *diag.List, target *layout.Target) *parser {
	p := &parser{
		pre: pre, target: target,
		types:   newTypes(target),
		state:   state{faults: faults, whole: "the headers"},
		idents:  map[string]*ident{},
		tags:    map[string]*tag{},
		closers: map[*cpp.Source][]int32{},
	}
	if !target.Clang && !target.Single {
		p.other = target.ByClang()
	}
	p.builtinTypes()
	return p
}

// builtinTypes declares the typedefs that a compiler knows by itself.
func (p *parser) builtinTypes() {
	list := p.types.pointer(p.types.get("void"))
	if words := p.target.VaList; words > 1 {
		list = p.types.array(p.types.get("unsigned long"), words)
	}
	p.idents["__builtin_va_list"] = &ident{typedef: true, t: p.types.named(list, "__builtin_va_list")}
	if t := p.types.get("__int128"); t != nil {
		p.idents["__int128_t"] = &ident{typedef: true, t: t}
		p.idents["__uint128_t"] = &ident{typedef: true, t: p.types.get("unsigned __int128")}
	}
}

// unit parses all declarations.
func (p *parser) unit(toks []token) {
	p.toks, p.at = toks, 0
	for p.peek().Kind != cpp.EOF && p.faults.Len() < maxFaults {
		if p.skipped() {
			continue
		}
		p.declared = p.at
		p.deep = 0
		if p.lenient {
			p.externalOrLeft()
		} else {
			p.guard(p.external)
		}
	}
}

// guard runs f and, where it gives up, goes on behind the declaration.
func (p *parser) guard(f func()) {
	start, pack, packs := p.at, p.pack, slices.Clone(p.packs)
	defer func() {
		switch r := recover(); r.(type) {
		case nil:
		case bail:
			p.pack, p.packs = pack, packs // recovering passes the pragmas again
			p.recover(start)
		default:
			panic(r)
		}
	}()
	f()
}

// recover moves behind the declaration that began at start: behind its semicolon, or the closing brace of
// what is open there.
func (p *parser) recover(start int) {
	failed := p.at
	p.at = start
	for p.peek().Kind != cpp.EOF {
		switch t := p.next(); {
		case t.Text == "{" && t.Kind == cpp.Punct:
			body := p.isBody(p.at - 1)
			p.at--
			p.skipBalanced()
			if body && p.at > failed {
				return
			}
		case t.Text == ";" && t.Kind == cpp.Punct && p.at > failed:
			return
		}
	}
}

// isBody reports whether the brace at i opens the body of a function: it follows parameters.
func (p *parser) isBody(i int) bool {
	depth := 0
	for i--; i >= 0; i-- {
		switch t := p.toks[i]; {
		case t.Kind == cpp.Pragma:
		case t.Kind == cpp.Punct && t.Text == ")":
			depth++
		case t.Kind == cpp.Punct && t.Text == "(" && depth > 0:
			if depth--; depth == 0 {
				return i > 0 && p.toks[i-1].Kind == cpp.Ident && !isReserved(p.toks[i-1].Text) && p.toks[i-1].Text != "__attribute"
			}
		case depth == 0:
			return false
		}
	}
	return false
}

// peek returns the next token, having acted on pragmas before it.
func (p *parser) peek() token {
	for p.at < len(p.toks) && p.toks[p.at].Kind == cpp.Pragma {
		p.pragmaAt(p.at)
		p.at++
	}
	if p.at >= len(p.toks) {
		return p.eof()
	}
	return p.toks[p.at]
}

func (p *parser) eof() token {
	end := token{Text: "the end of " + p.whole, Src: -1, DefTok: -1}
	if len(p.toks) > 0 {
		end.Src, end.Tok = p.toks[len(p.toks)-1].Src, p.toks[len(p.toks)-1].Tok
	}
	return end
}

// ahead returns the token n behind the next one.
func (p *parser) ahead(n int) token {
	p.peek()
	for i := p.at + 1; i < len(p.toks); i++ {
		if p.toks[i].Kind == cpp.Pragma {
			continue
		}
		if n--; n == 0 {
			return p.toks[i]
		}
	}
	return p.eof()
}

func (p *parser) next() token {
	t := p.peek()
	if t.Kind != cpp.EOF {
		p.at++
	}
	return t
}

// is reports whether the next token reads text and is not a string.
func (p *parser) is(text string) bool {
	t := p.peek()
	return t.Text == text && t.Kind != cpp.String && t.Kind != cpp.Char
}

// accept takes the next token if it reads text.
func (p *parser) accept(text string) bool {
	if !p.is(text) {
		return false
	}
	p.at++
	return true
}

// expect takes the next token, which must read text.
func (p *parser) expect(text string) token {
	if !p.is(text) {
		p.fail(p.peek(), "expected %q, found %s", text, p.peek())
	}
	return p.next()
}

func (p *parser) expectIdent() token {
	if t := p.peek(); t.Kind != cpp.Ident || isReserved(t.Text) {
		p.fail(t, "expected a name, found %s", t)
	}
	return p.next()
}

// fail reports a fault and gives up on the declaration.
func (p *parser) fail(t token, format string, args ...any) {
	p.fault(t, "", format, args...)
	panic(bail{})
}

// fault reports a fault at a token about subject.
func (p *parser) fault(t token, subject, format string, args ...any) {
	p.faults.Addf(p.near(t), subject, "%s%s", fmt.Sprintf(format, args...), p.through(t))
}

// near returns where a token is, or where the last one before it is that is in a header.
func (p *parser) near(t token) model.Pos {
	if t.Src >= 0 {
		return p.pos(t)
	}
	for i := min(p.at, len(p.toks)-1); i >= 0; i-- {
		if p.toks[i].Src >= 0 {
			return p.pos(p.toks[i])
		}
	}
	return model.Pos{}
}

// through names the macro that a token came out of.
func (p *parser) through(t token) string {
	if !t.Macro || t.Src < 0 || p.whole == theMacro {
		return ""
	}
	name := p.source(t).Text.Text(int(t.Tok))
	if name == t.Text {
		return ""
	}
	return " (in the expansion of " + name + ")"
}

// pos returns where a token is written, or where the macro that brings it is used.
func (p *parser) pos(t token) model.Pos {
	if t.Src < 0 {
		return model.Pos{}
	}
	return p.source(t).Pos(int(t.Tok))
}

func (p *parser) source(t token) *cpp.Source { return p.pre.Files.List[t.Src] }

// nest bounds recursion; the result must be called on the way out.
func (p *parser) nest() func() {
	if p.deep++; p.deep > maxNesting {
		p.fail(p.peek(), "nested more than %d deep", maxNesting)
	}
	return func() { p.deep-- }
}

// balanced skips from an opening bracket, the next token, to behind its closing one.
func (p *parser) balanced() {
	open := p.peek()
	if !p.skipBalanced() {
		p.fail(open, "%s is not closed", open)
	}
}

// skipBalanced does the same; false where the closing bracket is missing.
func (p *parser) skipBalanced() bool {
	depth := 0
	for {
		t := p.next()
		switch {
		case t.Kind == cpp.EOF:
			return false
		case t.Kind != cpp.Punct:
		case t.Text == "(" || t.Text == "[" || t.Text == "{":
			depth++
		case t.Text == ")" || t.Text == "]" || t.Text == "}":
			if depth--; depth == 0 {
				return true
			}
		}
	}
}
