// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// maxNesting bounds recursion: of expressions, declarators and records.
const maxNesting = 200

// cursor stands before a cpp.Token of what is being read, and reports what is wrong there.
type cursor struct {
	faults *diag.List
	toks   []cpp.Token
	at     int           // the index of the next token
	files  []*cpp.Source // by index
	pragma func(at int)  // what to do on passing a pragma
	macro  bool          // the tokens are the value of a macro, not a unit
	deep   int
}

// newCursor returns a cursor before the first of a unit's tokens.
func newCursor(toks []cpp.Token, files []*cpp.Source, faults *diag.List) cursor {
	return cursor{toks: toks, files: files, faults: faults}
}

// inMacro returns a cursor before the first cpp.Token of a macro's value, which has no pragmas.
func (c *cursor) inMacro(toks []cpp.Token, faults *diag.List) cursor {
	return cursor{toks: toks, files: c.files, faults: faults, macro: true}
}

// whole names what is being read.
func (c *cursor) whole() string {
	if c.macro {
		return "the macro"
	}
	return "the headers"
}

// try runs f; false where it gave up.
func (c *cursor) try(f func()) (done bool) {
	defer func() {
		r := recover()
		if _, gaveUp := r.(bail); r != nil && !gaveUp {
			panic(r)
		}
	}()
	f()
	return true
}

// giveUp ends what try runs.
func (c *cursor) giveUp() { panic(bail{}) }

// bail is what giveUp panics with.
type bail struct{}

// peek returns the next cpp.Token, having acted on pragmas before it.
func (c *cursor) peek() cpp.Token {
	for c.at < len(c.toks) && c.toks[c.at].Kind == cpp.Pragma {
		c.pragma(c.at)
		c.at++
	}
	if c.at >= len(c.toks) {
		return c.eof()
	}
	return c.toks[c.at]
}

func (c *cursor) eof() cpp.Token {
	end := cpp.Token{Text: "the end of " + c.whole(), Src: -1, DefTok: -1}
	if len(c.toks) > 0 {
		end.Src, end.Tok = c.toks[len(c.toks)-1].Src, c.toks[len(c.toks)-1].Tok
	}
	return end
}

// ahead returns the cpp.Token n behind the next one.
func (c *cursor) ahead(n int) cpp.Token {
	c.peek()
	for i := c.at + 1; i < len(c.toks); i++ {
		if c.toks[i].Kind == cpp.Pragma {
			continue
		}
		if n--; n == 0 {
			return c.toks[i]
		}
	}
	return c.eof()
}

func (c *cursor) next() cpp.Token {
	t := c.peek()
	if t.Kind != cpp.EOF {
		c.at++
	}
	return t
}

// is reports whether the next cpp.Token reads text and is not a string.
func (c *cursor) is(text string) bool {
	t := c.peek()
	return t.Text == text && t.Kind != cpp.String && t.Kind != cpp.Char
}

// accept takes the next cpp.Token if it reads text.
func (c *cursor) accept(text string) bool {
	if !c.is(text) {
		return false
	}
	c.at++
	return true
}

// expect takes the next cpp.Token, which must read text.
func (c *cursor) expect(text string) cpp.Token {
	if !c.is(text) {
		c.fail(c.peek(), "expected %q, found %s", text, c.peek())
	}
	return c.next()
}

func (c *cursor) expectIdent() cpp.Token {
	if t := c.peek(); t.Kind != cpp.Ident || isReserved(t.Text) {
		c.fail(t, "expected a name, found %s", t)
	}
	return c.next()
}

// fail reports a fault and gives up on the declaration.
func (c *cursor) fail(t cpp.Token, format string, args ...any) {
	c.fault(t, "", format, args...)
	c.giveUp()
}

// fault reports a fault at a cpp.Token about subject.
func (c *cursor) fault(t cpp.Token, subject, format string, args ...any) {
	c.faults.Addf(c.near(t), subject, "%s%s", fmt.Sprintf(format, args...), c.through(t))
}

// near returns where a cpp.Token is, or where the last one before it is that is in a header.
func (c *cursor) near(t cpp.Token) model.Pos {
	if t.Src >= 0 {
		return c.pos(t)
	}
	for i := min(c.at, len(c.toks)-1); i >= 0; i-- {
		if c.toks[i].Src >= 0 {
			return c.pos(c.toks[i])
		}
	}
	return model.Pos{}
}

// through names the macro that a cpp.Token came out of.
func (c *cursor) through(t cpp.Token) string {
	if !t.Macro || t.Src < 0 || c.macro {
		return ""
	}
	name := c.source(t).Text.Text(int(t.Tok))
	if name == t.Text {
		return ""
	}
	return " (in the expansion of " + name + ")"
}

// pos returns where a cpp.Token is written, or where the macro that brings it is used.
func (c *cursor) pos(t cpp.Token) model.Pos {
	if t.Src < 0 {
		return model.Pos{}
	}
	return c.source(t).Pos(int(t.Tok))
}

func (c *cursor) source(t cpp.Token) *cpp.Source { return c.files[t.Src] }

// nest bounds recursion; the result must be called on the way out.
func (c *cursor) nest() func() {
	if c.deep == maxNesting {
		c.fail(c.peek(), "nested more than %d deep", maxNesting)
	}
	c.deep++
	return func() { c.deep-- }
}

// balanced skips from an opening bracket, the next cpp.Token, to behind its closing one.
func (c *cursor) balanced() {
	open := c.peek()
	if !c.skipBalanced() {
		c.fail(open, "%s is not closed", open)
	}
}

// skipBalanced does the same; false where the closing bracket is missing.
func (c *cursor) skipBalanced() bool {
	depth := 0
	for {
		t := c.next()
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

// skipTo skips to the next of the stops outside of brackets.
func (c *cursor) skipTo(stops ...string) {
	for {
		t := c.peek()
		switch {
		case t.Kind == cpp.EOF:
			c.fail(t, "expected %q, found %s", stops[len(stops)-1], t)
		case t.Kind == cpp.Punct && (t.Text == "(" || t.Text == "[" || t.Text == "{"):
			c.balanced()
			continue
		}
		for _, s := range stops {
			if c.is(s) {
				return
			}
		}
		c.next()
	}
}

func (c *cursor) skipArguments() {
	if c.is("(") {
		c.balanced()
	}
}
