// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
)

// branch is an open conditional.
type branch struct {
	hash  int  // the first token of its directive
	taken bool // one of its groups has been read
	last  bool // #else has been seen
}

// faultAt reports a fault at token i of a source.
func (p *pp) faultAt(f *frame, i int, format string, args ...any) diag.Added {
	t := tok{src: f.src.Index, at: int32(i)}
	if f.src.Index < 0 {
		t.src = -1
	}
	return p.fault(&t, format, args...)
}

// directiveName returns the name of the directive that begins at token i, and the name's token; "" where none
// begins there or it has no name.
func directiveName(f *ctext.File, i int) (word string, at int) {
	if !f.Tokens[i].First || !f.Tokens[i].Directive {
		return "", i
	}
	end := directiveEnd(f, i)
	at = skipComments(f, i+1, end)
	if at >= end {
		return "", i
	}
	return f.Text(at), at
}

// directiveEnd returns the token behind the directive that token i is in.
func directiveEnd(f *ctext.File, i int) int {
	for i++; i < len(f.Tokens) && f.Tokens[i].Directive && !f.Tokens[i].First; i++ {
	}
	return i
}

// directive acts on the directive that f has come to.
func (p *pp) directive(f *frame) {
	text, hash := f.src.Text, f.at
	end := directiveEnd(text, hash)
	word, at := directiveName(text, hash)
	f.at = end
	switch word {
	case "":
	case "define":
		p.definition(f, at+1, end)
	case "undef":
		p.undefine(f, at, end)
	case "include", "include_next":
		p.include(f, word, at, end)
	case "if", "ifdef", "ifndef":
		taken := p.holds(f, word, at, end)
		f.conds = append(f.conds, branch{hash: hash, taken: taken})
		if !taken {
			p.skip(f)
		}
	case "elif", "elifdef", "elifndef", "else":
		if p.openConditional(f, hash, word) {
			f.conds[len(f.conds)-1].last = word == "else"
			p.skip(f)
		}
	case "endif":
		if p.openConditional(f, hash, word) {
			f.conds = f.conds[:len(f.conds)-1]
		}
	case "line":
		p.line(f, at, at+1, end)
	case "error":
		msg := strings.TrimSpace(joinedText(text, at, end))
		names := missingDefines(text, hash)
		added := p.faultAt(f, at, "#%s%s", msg, notDefined(names))
		added.NotDefined(names)
		added.Naming(headersIn(msg))
	case "pragma":
		p.pragma(f, at, end)
	case "warning", "ident", "sccs", "assert", "unassert":
	default:
		p.otherDirective(f, word, at, end)
	}
}

// joinedText returns the tokens from i to before end as they are written, without comments, with one blank where
// there is white space.
func joinedText(f *ctext.File, i, end int) string {
	var b strings.Builder
	for ; i < end; i++ {
		switch t := &f.Tokens[i]; {
		case t.Kind == ctext.Comment:
			continue
		case t.Space && b.Len() > 0:
			b.WriteByte(' ')
		}
		b.Write(f.Bytes(i))
	}
	return b.String()
}

func (p *pp) otherDirective(f *frame, word string, at, end int) {
	if f.src.Text.Tokens[at].Kind == ctext.Number {
		p.line(f, at, at, end)
		return
	}
	hint := ""
	if word == "import" {
		hint = "; #include does the same where the header says #pragma once"
	}
	p.faultAt(f, at, "#%s is not a directive that can be followed%s", word, hint)
}

// openConditional reports whether a directive that goes on or ends a conditional stands in one.
func (p *pp) openConditional(f *frame, hash int, word string) bool {
	switch n := len(f.conds); {
	case n == 0:
		p.faultAt(f, hash, "unexpected #%s", word)
		return false
	case f.conds[n-1].last && word != "endif":
		p.faultAt(f, hash, "#%s after #else", word)
		return false
	}
	return true
}

// skip goes over the groups of the innermost conditional that are not to be read, up to behind the directive that
// begins one that is, or the #endif.
func (p *pp) skip(f *frame) {
	text := f.src.Text
	depth := 0
	for ; f.at < len(text.Tokens); f.at++ {
		if t := &text.Tokens[f.at]; !t.Directive || !t.First {
			continue
		}
		c := &f.conds[len(f.conds)-1]
		hash := f.at
		word, at := directiveName(text, hash)
		switch {
		case isIf(word):
			depth++
		case word == "endif" && depth > 0:
			depth--
		case depth > 0:
		case word == "endif":
			f.at = directiveEnd(text, hash)
			f.conds = f.conds[:len(f.conds)-1]
			return
		case (word == "else" || isElif(word)) && c.last:
			p.faultAt(f, hash, "#%s after #else", word)
		case word == "else":
			c.last = true
			if !c.taken {
				c.taken = true
				f.at = directiveEnd(text, hash)
				return
			}
		case isElif(word) && !c.taken:
			end := directiveEnd(text, hash)
			f.at = end
			if p.holds(f, word, at, end) {
				f.conds[len(f.conds)-1].taken = true
				return
			}
			f.at = hash
		}
	}
}

func isElif(word string) bool { return word == "elif" || word == "elifdef" || word == "elifndef" }

func isIf(word string) bool { return word == "if" || word == "ifdef" || word == "ifndef" }

// holds reports whether the condition of a directive, whose name is at token at, is true.
func (p *pp) holds(f *frame, word string, at, end int) bool {
	if word == "if" || word == "elif" {
		return p.condition(f, at, end)
	}
	i := skipComments(f.src.Text, at+1, end)
	if i >= end {
		p.faultAt(f, at, "#%s without a name", word)
		return false
	}
	sym, kind := p.symbols.of(f.src.Text, i)
	if kind != Ident {
		p.faultAt(f, i, "#%s takes the name of a macro, not %s", word, sym.text)
		return false
	}
	if rest := skipComments(f.src.Text, i+1, end); rest < end {
		p.faultAt(f, rest, "#%s takes one name: %q follows it", word, f.src.Text.Text(rest))
		return false
	}
	if p.onlyOne(sym) && p.matters(f, at, sym.text) {
		p.faultAt(f, at, dependsOnCompiler, "only one of gcc and clang has "+sym.text)
	}
	return (sym.macro != nil) == !strings.HasSuffix(word, "ndef")
}

func (p *pp) undefine(f *frame, at, end int) {
	i := skipComments(f.src.Text, at+1, end)
	if i >= end {
		p.faultAt(f, at, "#undef without a name")
		return
	}
	sym, kind := p.symbols.of(f.src.Text, i)
	switch {
	case kind != Ident || sym.special != ordinary:
		p.faultAt(f, i, "%q cannot be the name of a macro", sym.text)
	case sym.macro != nil && sym.macro.isBuiltin():
		p.faultAt(f, i, "%q is the compiler's own and cannot be undefined", sym.text)
	default:
		sym.macro = nil
	}
}

// line acts on #line, or on a number behind #, at token i.
func (p *pp) line(f *frame, at, i, end int) {
	var words []tok
	for ; i < end; i++ {
		if f.src.Text.Tokens[i].Kind != ctext.Comment {
			words = append(words, p.read(f.src, i))
		}
	}
	words = p.expandList(words)
	if len(words) == 0 || words[0].kind != Number {
		p.faultAt(f, at, "#line takes the number of a line")
		return
	}
	n, err := strconv.Atoi(words[0].sym.text)
	if err != nil || n < 0 || n > 1<<31-1 {
		p.faultAt(f, at, "%s is not the number of a line", words[0].sym.text)
		return
	}
	f.delta = n - (f.src.Text.LineOf(f.src.Text.Tokens[end-1].End-1) + 1)
	if len(words) > 1 && words[1].kind == String {
		f.called = words[1].sym.text
	}
}

// include acts on #include or #include_next.
func (p *pp) include(f *frame, word string, at, end int) {
	i := skipComments(f.src.Text, at+1, end)
	if i >= end {
		p.faultAt(f, at, "#%s without a file name", word)
		return
	}
	if p.inArgs {
		p.faultAt(f, at, "#%s is among the arguments of a macro", word)
		return
	}
	t := p.read(f.src, i)
	name, quoted := headerName(t.sym.text, t.kind)
	if name == "" {
		name, quoted = p.computedName(f, i, end)
	}
	if name == "" {
		p.faultAt(f, i, "#%s takes a file name in quotes or in angle brackets", word)
		return
	}
	first := 0
	if word == "include_next" {
		quoted, first = quoted && f.path < 0, f.path+1
	}
	s, path, err := p.search.find(name, quoted, f.src, first)
	switch {
	case err == nil:
	case p.opts.Lenient && errors.Is(err, fs.ErrNotExist) && systems().MatchString(name):
		t.src = f.src.Index
		p.absent = append(p.absent, Absent{name, p.pos(&t)})
		return
	default:
		p.notFound(f, i, name, quoted, err)
		return
	}
	p.enter(s, path, f.src.Pos(f.hashOf(at)))
}

// hashOf returns the first token of the directive whose name is at token at.
func (f *frame) hashOf(at int) int {
	for at > 0 && !f.src.Text.Tokens[at].First {
		at--
	}
	return at
}

func (p *pp) notFound(f *frame, i int, name string, quoted bool, err error) {
	shown := "<" + name + ">"
	if quoted {
		shown = `"` + name + `"`
	}
	if errors.Is(err, fs.ErrNotExist) {
		p.faultAt(f, i, "file not found: %s", shown).NotFound(name)
		return
	}
	p.faultAt(f, i, "%s cannot be read: %v", shown, Reason(err))
}

// headerName returns the name in a token in quotes or angle brackets.
func headerName(text string, kind Kind) (name string, quoted bool) {
	if kind != String || len(text) < 3 || text[0] != '"' && text[0] != '<' {
		return "", false
	}
	return text[1 : len(text)-1], text[0] == '"'
}

// computedName returns the name of a header that macros give, in the tokens from i to before end.
func (p *pp) computedName(f *frame, i, end int) (name string, quoted bool) {
	var words []tok
	for ; i < end; i++ {
		if f.src.Text.Tokens[i].Kind != ctext.Comment {
			words = append(words, p.read(f.src, i))
		}
	}
	return spelledName(p.expandList(words))
}

// spelledName returns the name of a header that tokens spell.
func spelledName(words []tok) (name string, quoted bool) {
	if len(words) == 0 {
		return "", false
	}
	if name, quoted = headerName(words[0].sym.text, words[0].kind); name != "" {
		return name, quoted
	}
	last := len(words) - 1
	if last < 2 || !words[0].is("<") || !words[last].is(">") {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < last; i++ {
		if words[i].flags&space != 0 {
			b.WriteByte(' ')
		}
		b.WriteString(words[i].sym.text)
	}
	return b.String(), false
}
