// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// maxMacroDepth bounds the search for a name through macros that use macros.
const maxMacroDepth = 8

// place is where something is written: a token of a source. The zero place is nowhere.
type place struct {
	s   *source
	tok int
}

// written returns where the name that t is was written: at t or, where a macro brought it, in the macro's
// definition; use is then the place of the macro's use.
func (p *parser) written(t token) (at, use place) {
	if t.src < 0 || t.kind == tokEOF {
		return place{}, place{}
	}
	here := place{p.source(t), int(t.tok)}
	if !t.macro {
		return here, place{}
	}
	if in := p.inDefinition(t.def, t.text, maxMacroDepth); in.s != nil {
		return in, here
	}
	return here, here
}

// inDefinition returns where the body of a macro, or of a macro that it uses, has a name.
func (p *parser) inDefinition(def int32, name string, depth int) place {
	if def < 0 || depth == 0 {
		return place{}
	}
	d := p.weaver.defines[def]
	s := p.files.list[d.src]
	for i := int(d.body[0]); i < int(d.body[1]); i++ {
		if s.text.Tokens[i].Kind == ctext.Ident && s.text.Is(i, name) {
			return place{s, i}
		}
	}
	for i := int(d.body[0]); i < int(d.body[1]); i++ {
		if s.text.Tokens[i].Kind != ctext.Ident {
			continue
		}
		if inner, ok := p.active[s.text.Text(i)]; ok && inner != def {
			if in := p.inDefinition(inner, name, depth-1); in.s != nil {
				return in
			}
		}
	}
	return place{}
}

func (pl place) pos() model.Pos {
	if pl.s == nil {
		return model.Pos{}
	}
	return pl.s.pos(pl.tok)
}

// begin returns the first token of the declaration that the name at pl belongs to: the one behind the
// semicolon, brace or, for an enumerator, comma before it.
func (pl place) begin(enumerator bool) int {
	f, first := pl.s.text, pl.tok
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

func (pl place) bracket(i int) byte { return bracket(pl.s.text, i) }

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

// together tells whether a token lies in the same directive as the name at pl, or as it in none.
func (pl place) together(t ctext.Token) bool { return together(pl.s.text.Tokens[pl.tok], t) }

// together tells whether a token behind own lies in the same directive as it, or as it in none.
func together(own, t ctext.Token) bool {
	return t.Directive == own.Directive && (!t.Directive || !t.First)
}

// enclosing returns how many parentheses around the name at pl close before a semicolon or brace: those of a
// declarator, or of the macro that the name is an argument of.
func (pl place) enclosing() int {
	if pl.s.enclosing == nil {
		pl.s.enclosing = enclosing(pl.s.text)
	}
	return int(pl.s.enclosing[pl.tok])
}

// goesOn tells whether what token i closes goes on behind it, on the same line.
func (pl place) goesOn(i int) bool {
	f := pl.s.text
	next := i + 1
	for next < len(f.Tokens) && f.Tokens[next].Kind == ctext.Comment {
		next++
	}
	return next < len(f.Tokens) && pl.together(f.Tokens[next]) && f.Tokens[next].Line == f.Tokens[i].Line
}

// end returns the last token of the declaration that the name at pl belongs to: the comma or semicolon behind
// it or, where a brace or the macro ends it, the token before that.
func (pl place) end() int {
	f, last := pl.s.text, pl.tok
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

// docs returns the comments above and behind the declaration of the name at pl.
func (pl place) docs(enumerator bool) (doc, text string) {
	if pl.s == nil {
		return "", ""
	}
	f, end := pl.s.text, pl.end()
	if text = f.TextBehind(end); text == "" {
		for end > pl.tok && (pl.bracket(end) == ',' || pl.bracket(end) == ';' || f.Tokens[end].Kind == ctext.Comment) {
			end--
		}
		text = f.TextBehind(end) // before the comma
	}
	return f.DocAbove(pl.begin(enumerator)), text
}

// order returns the name of a type in the declaration of the name at pl that promises a byte order; "" where
// there is none.
func (pl place) order() string {
	if pl.s == nil {
		return ""
	}
	for i := pl.begin(false); i < pl.tok; i++ {
		if word := pl.s.text.Text(i); pl.s.text.Tokens[i].Kind == ctext.Ident && orderOf(word) != model.Native {
			return word
		}
	}
	return ""
}

// use returns the text of a macro's use at pl, with its arguments.
func (pl place) use() string {
	f := pl.s.text
	end := f.Tokens[pl.tok].End
	if last := pl.arguments(); last > 0 {
		end = f.Tokens[last].End
	}
	return string(f.Src[f.Tokens[pl.tok].Off:end])
}

// arguments returns the closing parenthesis of the arguments behind pl; 0 where there are none.
func (pl place) arguments() int {
	f, depth := pl.s.text, 0
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

// missingDefine says which macros, had they been defined, would have kept the #error at tok from being read; ""
// where the conditions around it do not tell.
func missingDefine(f *ctext.File, tok int) string {
	var names []string
	depth, passed := 0, false
	for i := tok - 1; i >= 0; i-- {
		switch word, at := directive(f, i); {
		case word == "endif":
			depth++
		case isIf(word) && depth > 0:
			depth--
		case depth > 0:
		case word == "else":
			passed = true
		case isElif(word):
			names = append(names, undefinedIn(f, at, passed)...)
			passed = true
		case isIf(word):
			return notDefined(append(names, undefinedIn(f, at, passed)...))
		}
	}
	return ""
}

// notDefined says that names, last first, are not defined.
func notDefined(names []string) string {
	slices.Reverse(names)
	switch len(names) {
	case 0:
		return ""
	case 1:
		return " (" + names[0] + " is not defined)"
	}
	return " (not defined: " + strings.Join(names, ", ") + ")"
}

// unclosedIf returns the innermost conditional that has no #endif, as its first token; -1 where all have one.
func unclosedIf(f *ctext.File) int {
	var open []int
	for i := range f.Tokens {
		switch word, _ := directive(f, i); {
		case isIf(word):
			open = append(open, i)
		case word == "endif" && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}

// undefinedIn names the macros that the condition at token i asks for and that are not defined, last first:
// those that it negates or, where the condition did not hold and was passed, those that it does not. The
// macro of an include guard is not one.
func undefinedIn(f *ctext.File, i int, passed bool) []string {
	last := directiveLast(f, i)
	if word := f.Text(i); strings.HasSuffix(word, "def") {
		guard := f.Is(last+2, "define") && f.Is(last+3, f.Text(last))
		if name := inDirective(f, i); !strings.HasSuffix(word, "ndef") == passed && name >= 0 && !guard {
			return []string{f.Text(name)}
		}
		return nil
	}
	var names []string
	for ; i <= last; i++ {
		if !f.Is(i, "defined") || f.Is(i-1, "!") == passed {
			continue
		}
		name := i + 1
		if f.Is(name, "(") {
			name++
		}
		if name <= last {
			names = append(names, f.Text(name))
		}
	}
	slices.Reverse(names)
	return names
}
