// SPDX-License-Identifier: Apache-2.0

// Package origin finds where the tokens of a unit were written: the place in a header or in a macro's definition, the
// text of the definition that begins there, and the comments that belong to it.
package origin

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Finder finds where tokens were written.
type Finder struct {
	files   []*cpp.Source
	closers map[*cpp.Source][]int32 // for each token of a source, the parentheses around it: see enclosing
}

// New returns what finds the origins of tokens of these sources.
func New(files []*cpp.Source) *Finder {
	return &Finder{files: files, closers: map[*cpp.Source][]int32{}}
}

// Place is where something is written: a token of a source. The zero place is nowhere.
type Place struct {
	o      *Finder
	source *cpp.Source
	tok    int
}

// Written returns where the name that t is was written: at t or, where a macro brought it, in the macro's
// definition; use is then the place of the macro's use.
func (o *Finder) Written(t cpp.Token) (at, use Place) {
	if t.Src < 0 || t.Kind == cpp.EOF {
		return Place{}, Place{}
	}
	here := Place{o, o.files[t.Src], int(t.Tok)}
	switch {
	case !t.Macro:
		return here, Place{}
	case t.DefSrc >= 0 && t.DefTok >= 0:
		return Place{o, o.files[t.DefSrc], int(t.DefTok)}, here
	}
	return here, here
}

// Known reports whether it is anywhere.
func (pl Place) Known() bool { return pl.source != nil }

// Pos returns the place as positions are given; the zero one for nowhere.
func (pl Place) Pos() model.Pos {
	if pl.source == nil {
		return model.Pos{}
	}
	return pl.source.Pos(pl.tok)
}

// begin returns the first token of the declaration that the name at pl belongs to: the one behind the
// semicolon, brace or, for an enumerator, comma before it.
func (pl Place) begin(enumerator bool) int {
	f, first := pl.source.Text, pl.tok
	inside := pl.enclosing() // parentheses around the name that belong to its declaration
	depth := 0
	for i := pl.tok - 1; i >= 0; i-- {
		t := f.Tokens[i]
		if t.Kind == ctext.Comment {
			continue
		}
		if !pl.together(t) || t.Directive && f.Is(i-1, "define") {
			return first
		}
		switch pl.bracket(i) {
		case ')':
			depth++
		case '(':
			if depth--; depth < 0 {
				if inside--; inside < 0 {
					return first
				}
				depth = 0
			}
		case '{', ';':
			if depth == 0 {
				return first
			}
		case ',':
			if depth == 0 && inside == 0 && enumerator {
				return first
			}
		}
		first = i
	}
	return first
}

func (pl Place) bracket(i int) byte { return bracket(pl.source.Text, i) }

// bracket returns '(' for an opening parenthesis or bracket, ')' for a closing one, '{' for a brace, ',' or
// ';', and 0 for any other token.
func bracket(f *ctext.File, i int) byte {
	t := f.Tokens[i]
	if t.Kind != ctext.Punct {
		return 0
	}
	switch c := f.Bytes(i)[0]; c {
	case '(', '[':
		return '('
	case ')', ']':
		return ')'
	case '{', '}':
		return '{'
	case ',', ';':
		return c
	}
	return 0
}

// together reports whether a token lies in the same directive as the name at pl, or as it in none.
func (pl Place) together(t ctext.Token) bool { return together(pl.source.Text.Tokens[pl.tok], t) }

// together reports whether a token behind own lies in the same directive as it, or as it in none.
func together(own, t ctext.Token) bool {
	return t.Directive == own.Directive && (!t.Directive || !t.First)
}

// enclosing returns how many parentheses around the name at pl close before a semicolon or brace: those of a
// declarator, or of the macro that the name is an argument of.
func (pl Place) enclosing() int {
	counts := pl.o.closers[pl.source]
	if counts == nil {
		counts = enclosing(pl.source.Text)
		pl.o.closers[pl.source] = counts
	}
	return int(counts[pl.tok])
}

// goesOn reports whether what token i closes goes on behind it, on the same line.
func (pl Place) goesOn(i int) bool {
	f := pl.source.Text
	next := i + 1
	for next < len(f.Tokens) && f.Tokens[next].Kind == ctext.Comment {
		next++
	}
	return next < len(f.Tokens) && pl.together(f.Tokens[next]) && f.Tokens[next].Line == f.Tokens[i].Line
}

// end returns the last token of the declaration that the name at pl belongs to: the comma or semicolon behind
// it or, where a brace or the macro ends it, the token before that.
func (pl Place) end() int {
	f, last := pl.source.Text, pl.tok
	inside, depth := pl.enclosing(), 0
	left := inside > 0
	for i := pl.tok + 1; i < len(f.Tokens); i++ {
		if f.Tokens[i].Kind == ctext.Comment {
			continue
		}
		if !pl.together(f.Tokens[i]) {
			return last
		}
		b := pl.bracket(i)
		switch {
		case b == '(':
			depth++
		case b == ')' && depth == 0:
			if inside--; inside < 0 {
				return last
			}
			if inside == 0 && left && !pl.goesOn(i) {
				return i
			}
		case b == ')':
			depth--
		case b == '{' && depth == 0 && f.Is(i, "}"):
			return last
		case (b == ',' || b == ';') && depth == 0 && inside == 0:
			return i
		}
		last = i
	}
	return last
}

// Docs returns the comments above and behind the declaration of the name at pl.
func (pl Place) Docs(enumerator bool) (doc, text string) {
	if pl.source == nil {
		return "", ""
	}
	f, end := pl.source.Text, pl.end()
	if text = f.TextBehind(end); text == "" {
		for end > pl.tok && (pl.bracket(end) == ',' || pl.bracket(end) == ';' || f.Tokens[end].Kind == ctext.Comment) {
			end--
		}
		text = f.TextBehind(end) // before the comma
	}
	return f.DocAbove(pl.begin(enumerator)), text
}

// Order returns the name of a type in the declaration of the name at pl that promises a byte order; "" where
// there is none.
func (pl Place) Order() string {
	if pl.source == nil {
		return ""
	}
	for i := pl.begin(false); i < pl.tok; i++ {
		if word := pl.source.Text.Text(i); pl.source.Text.Tokens[i].Kind == ctext.Ident && ctype.OrderOf(word) != model.Native {
			return word
		}
	}
	return ""
}

// Use returns the text of a macro's use at pl, with its arguments.
func (pl Place) Use() string {
	f := pl.source.Text
	end := f.Tokens[pl.tok].End
	if last := pl.arguments(); last > 0 {
		end = f.Tokens[last].End
	}
	return string(f.Src[f.Tokens[pl.tok].Off:end])
}

// arguments returns the closing parenthesis of the arguments behind pl; 0 where there are none.
func (pl Place) arguments() int {
	f, depth := pl.source.Text, 0
	for i := pl.tok + 1; i < len(f.Tokens) && (depth > 0 || f.Is(i, "(")); i++ {
		switch {
		case f.Is(i, "("):
			depth++
		case f.Is(i, ")"):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return 0
}

// DocAbove returns the comment above the token at pl.
func (pl Place) DocAbove() string { return pl.source.Text.DocAbove(pl.tok) }

// TextBehind returns the comment behind the token at pl.
func (pl Place) TextBehind() string { return pl.source.Text.TextBehind(pl.tok) }

// UpTo returns the text from pl to a token of the same source, with the arguments of the macro that brings that.
func (pl Place) UpTo(closing cpp.Token) string {
	f, last := pl.source.Text, int(closing.Tok)
	if closing.Macro {
		last = max(last, Place{pl.o, pl.source, last}.arguments())
	}
	src := string(f.Src[f.Tokens[pl.tok].Off:f.Tokens[last].End])
	return strings.ReplaceAll(src, "\r\n", "\n")
}

// MacroDocs returns the comments above and behind a #define.
func MacroDocs(m *cpp.Macro) (doc, text string) {
	f, hash := m.Source().Text, m.Token()
	for hash > 0 && !f.Tokens[hash].First {
		hash--
	}
	return f.DocAbove(hash), f.TextBehind(m.Last())
}
