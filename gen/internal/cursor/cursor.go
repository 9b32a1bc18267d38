// SPDX-License-Identifier: Apache-2.0

// Package cursor goes over preprocessed tokens, and reports what is wrong at one of them: where it is written, and by
// which macro it came there.
package cursor

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/cword"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// maxNesting bounds recursion: of expressions, declarators and records.
const maxNesting = 200

// Cursor stands before a token of what is being read, and reports what is wrong there.
type Cursor struct {
	Tokens   []cpp.Token
	At       int          // the index of the next token
	OnPragma func(at int) // what to do on passing a pragma; nil for nothing
	Faults   *diag.List
	files    []*cpp.Source // by index
	macro    bool          // the tokens are the value of a macro, not a unit
	deep     int
}

// New returns a cursor before the first of a unit's tokens.
func New(toks []cpp.Token, files []*cpp.Source, faults *diag.List) Cursor {
	return Cursor{Tokens: toks, files: files, Faults: faults}
}

// InMacro returns a cursor before the first token of a macro's value, which has no pragmas.
func (c *Cursor) InMacro(toks []cpp.Token, faults *diag.List) Cursor {
	return Cursor{Tokens: toks, files: c.files, Faults: faults, macro: true}
}

// whole names what is being read.
func (c *Cursor) whole() string {
	if c.macro {
		return "the macro"
	}
	return "the headers"
}

// Try runs f; false where it gave up.
func (c *Cursor) Try(f func()) (done bool) {
	defer func() {
		r := recover()
		if _, gaveUp := r.(bail); r != nil && !gaveUp {
			panic(r)
		}
	}()
	f()
	return true
}

// GiveUp ends what Try runs.
func (c *Cursor) GiveUp() { panic(bail{}) }

// bail is what GiveUp panics with.
type bail struct{}

// Peek returns the next token, having acted on pragmas before it.
func (c *Cursor) Peek() cpp.Token {
	for c.At < len(c.Tokens) && c.Tokens[c.At].Kind == cpp.Pragma {
		if c.OnPragma != nil {
			c.OnPragma(c.At)
		}
		c.At++
	}
	if c.At >= len(c.Tokens) {
		return c.eof()
	}
	return c.Tokens[c.At]
}

func (c *Cursor) eof() cpp.Token {
	end := cpp.Token{Text: "the end of " + c.whole(), Src: -1, DefTok: -1}
	if len(c.Tokens) > 0 {
		end.Src, end.Tok = c.Tokens[len(c.Tokens)-1].Src, c.Tokens[len(c.Tokens)-1].Tok
	}
	return end
}

// Ahead returns the token n behind the next one.
func (c *Cursor) Ahead(n int) cpp.Token {
	c.Peek()
	for i := c.At + 1; i < len(c.Tokens); i++ {
		if c.Tokens[i].Kind == cpp.Pragma {
			continue
		}
		if n--; n == 0 {
			return c.Tokens[i]
		}
	}
	return c.eof()
}

// Next takes the next token.
func (c *Cursor) Next() cpp.Token {
	t := c.Peek()
	if t.Kind != cpp.EOF {
		c.At++
	}
	return t
}

// Is reports whether the next token reads text and is not a string.
func (c *Cursor) Is(text string) bool {
	t := c.Peek()
	return t.Text == text && t.Kind != cpp.String && t.Kind != cpp.Char
}

// Accept takes the next token if it reads text.
func (c *Cursor) Accept(text string) bool {
	if !c.Is(text) {
		return false
	}
	c.At++
	return true
}

// Expect takes the next token, which must read text.
func (c *Cursor) Expect(text string) cpp.Token {
	if !c.Is(text) {
		c.Fail(c.Peek(), "expected %q, found %s", text, c.Peek())
	}
	return c.Next()
}

// ExpectIdent takes the next token, which must be a name.
func (c *Cursor) ExpectIdent() cpp.Token {
	if t := c.Peek(); t.Kind != cpp.Ident || cword.IsReserved(t.Text) {
		c.Fail(t, "expected a name, found %s", t)
	}
	return c.Next()
}

// Fail reports a fault and gives up.
func (c *Cursor) Fail(t cpp.Token, format string, args ...any) {
	c.Fault(t, "", format, args...)
	c.GiveUp()
}

// Fault reports a fault at a token about subject.
func (c *Cursor) Fault(t cpp.Token, subject, format string, args ...any) diag.Added {
	return c.Faults.Addf(c.near(t), subject, "%s%s", fmt.Sprintf(format, args...), c.through(t))
}

// near returns where a token is, or where the last one before it is that is in a header.
func (c *Cursor) near(t cpp.Token) model.Pos {
	if t.Src >= 0 {
		return c.Pos(t)
	}
	for i := min(c.At, len(c.Tokens)-1); i >= 0; i-- {
		if c.Tokens[i].Src >= 0 {
			return c.Pos(c.Tokens[i])
		}
	}
	return model.Pos{}
}

// through names the macro that a token came out of.
func (c *Cursor) through(t cpp.Token) string {
	if !t.Macro || t.Src < 0 || c.macro {
		return ""
	}
	name := c.Source(t).Text.Text(int(t.Tok))
	if name == t.Text {
		return ""
	}
	return " (in the expansion of " + name + ")"
}

// Pos returns where a token is written, or where the macro that brings it is used.
func (c *Cursor) Pos(t cpp.Token) model.Pos {
	if t.Src < 0 {
		return model.Pos{}
	}
	return c.Source(t).Pos(int(t.Tok))
}

// Source returns the file that a token is written in.
func (c *Cursor) Source(t cpp.Token) *cpp.Source { return c.files[t.Src] }

// Nest bounds recursion; the result must be called on the way out.
func (c *Cursor) Nest() func() {
	if c.deep == maxNesting {
		c.Fail(c.Peek(), "nested more than %d deep", maxNesting)
	}
	c.deep++
	return func() { c.deep-- }
}

// SkipBalanced skips from an opening bracket, the next token, to behind its closing one.
func (c *Cursor) SkipBalanced() {
	open := c.Peek()
	if !c.TrySkipBalanced() {
		c.Fail(open, "%s is not closed", open)
	}
}

// TrySkipBalanced does the same; false where the closing bracket is missing.
func (c *Cursor) TrySkipBalanced() bool {
	depth := 0
	for {
		t := c.Next()
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

// SkipTo skips to the next of the stops outside of brackets.
func (c *Cursor) SkipTo(stops ...string) {
	for {
		t := c.Peek()
		switch {
		case t.Kind == cpp.EOF:
			c.Fail(t, "expected %q, found %s", stops[len(stops)-1], t)
		case t.Kind == cpp.Punct && (t.Text == "(" || t.Text == "[" || t.Text == "{"):
			c.SkipBalanced()
			continue
		}
		for _, s := range stops {
			if c.Is(s) {
				return
			}
		}
		c.Next()
	}
}

// SkipArguments skips what stands in parentheses, if they come next.
func (c *Cursor) SkipArguments() {
	if c.Is("(") {
		c.SkipBalanced()
	}
}
