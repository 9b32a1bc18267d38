// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// tokenKind is the class of a preprocessed token.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokIdent
	tokNumber
	tokString
	tokChar
	tokPunct
	tokPragma // a pragma that bears on layout; the text is what stands behind #pragma
)

// token is a token of the preprocessed unit and where it comes from.
type token struct {
	text  string
	kind  tokenKind
	macro bool  // out of a macro's definition: tok is the use of the macro
	src   int32 // index of the source
	tok   int32 // index of the token in the source's text
	def   int32 // for macro: the index of the macro's definition, -1 where it is not known
}

// maxTokens bounds what a unit may expand to.
const maxTokens = 16 << 20

var errTooManyTokens = errors.New("the headers expand to too many tokens")

// collector is the writer that the preprocessor writes to, a token a call. It traces each token back to the
// sources with the help of the marks.
type collector struct {
	weaver *weaver
	files  *files
	names  map[string]string // for interning
	tokens []token
	run    []token // what came since the last mark
	mark   mark
	inRun  bool
	active map[string]int32 // the macros in force, as indexes in weaver.defines
	macros map[int][]token  // the expansions that were asked for, by number
	asking int              // the number of the macro whose expansion is being written; -1 is none

	// pragma is called for each _Pragma("words"), in step with what is written; it tells whether it is to stand in
	// the stream.
	pragma func(words []string) bool
}

func newCollector(f *files) *collector {
	return &collector{
		weaver: f.weave,
		files:  f,
		names:  map[string]string{},
		active: map[string]int32{},
		macros: map[int][]token{},
		asking: -1,
	}
}

// askText returns the mark that announces the expansion of macro n.
func askText(n int) string { return reserved + "_m" + strconv.Itoa(n) }

// Write implements io.Writer. Each call holds one token or the white space between two.
func (c *collector) Write(b []byte) (int, error) {
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		return len(b), nil
	case bytes.HasPrefix(b, []byte(reserved+"_")):
		c.readMark(string(b[len(reserved)+1:]))
		return len(b), nil
	}
	if len(c.tokens)+len(c.run) > maxTokens {
		return 0, errTooManyTokens
	}
	text := c.intern(b)
	t := token{text: text, kind: kindOf(text), src: -1, def: -1}
	if c.asking >= 0 {
		c.macros[c.asking] = append(c.macros[c.asking], t)
		return len(b), nil
	}
	c.run = append(c.run, t)
	return len(b), nil
}

func (c *collector) readMark(s string) {
	if rest, ok := bytes.CutPrefix([]byte(s), []byte("m")); ok {
		c.flush()
		c.asking, _ = strconv.Atoi(string(rest))
		c.macros[c.asking] = []token{}
		return
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n >= len(c.weaver.marks) {
		return
	}
	c.flush()
	c.asking = -1
	c.mark, c.inRun = c.weaver.marks[n], true
}

// intern returns the text of a token. __FILE__ gives a file's name as positions have it, and what the weaver made
// of _Pragma is undone.
func (c *collector) intern(b []byte) string {
	if s, ok := c.names[string(b)]; ok {
		return s
	}
	s := strings.ReplaceAll(string(b), pragmaOp, "_Pragma")
	c.names[string(b)] = s
	return s
}

func kindOf(b string) tokenKind {
	switch ch := b[0]; {
	case b == "_Pragma":
		return tokPragma
	case ch >= '0' && ch <= '9' || ch == '.' && len(b) > 1 && b[1] >= '0' && b[1] <= '9':
		return tokNumber
	case b[len(b)-1] == '"' && len(b) > 1:
		return tokString
	case b[len(b)-1] == '\'' && len(b) > 1:
		return tokChar
	case ch == '_' || ch == '$' || ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch >= 0x80:
		return tokIdent
	}
	return tokPunct
}

// enter puts a pragma into the stream.
func (c *collector) enter(text string, src, tok int32) {
	c.flush()
	c.tokens = append(c.tokens, token{text: text, kind: tokPragma, src: src, tok: tok, def: -1})
}

// flush traces back the tokens since the last mark and moves them to the stream.
func (c *collector) flush() {
	if len(c.run) == 0 {
		return
	}
	if c.inRun {
		t := tracer{c: c, text: c.files.list[c.mark.src].text, run: c.run}
		t.trace(int(c.mark.tok))
	}
	for n := 0; n < len(c.run); n++ {
		t := c.run[n]
		if words, ok := pragmaOf(c.run[n:]); ok {
			n += pragmaLength - 1
			if !c.pragma(words) {
				continue
			}
			t.text = strings.Join(words, " ")
		}
		c.tokens = append(c.tokens, t)
	}
	c.run = c.run[:0]
}

const pragmaLength = 4 // the tokens of _Pragma("...")

// pragmaOf returns the words of the _Pragma("...") that toks begin with; false where they do not.
func pragmaOf(toks []token) (words []string, ok bool) {
	if toks[0].kind != tokPragma || len(toks) < pragmaLength ||
		toks[1].text != "(" || toks[2].kind != tokString || toks[3].text != ")" {
		return nil, false
	}
	_, text, _ := unquote(toks[2].text, '"')
	f := ctext.Scan([]byte(strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text)))
	for i := range f.Tokens {
		words = append(words, f.Text(i))
	}
	return words, true
}

// withoutPragmas returns an expansion without each _Pragma("...") in it.
func withoutPragmas(toks []token) []token {
	var out []token
	for n := 0; n < len(toks); n++ {
		if _, ok := pragmaOf(toks[n:]); ok {
			n += pragmaLength - 1
			continue
		}
		out = append(out, toks[n])
	}
	return out
}

// tracer matches the tokens that were written behind a mark with the text behind it.
type tracer struct {
	c    *collector
	text *ctext.File
	run  []token
}

// trace fills in where the run's tokens come from; first is the marked token. Tokens that read as the text
// does come from there. Where they differ, a macro was used: what follows comes out of the macro, except for
// identifiers and numbers that stand among its arguments, and what reads as the text does at the end.
func (t *tracer) trace(first int) {
	last := t.extent(first)
	n, at := 0, first
	for n < len(t.run) && at <= last && t.run[n].text == t.word(at) {
		t.put(n, at, false)
		n, at = n+1, t.next(at)
	}
	end := len(t.run)
	if n == end {
		return
	}
	if at > last {
		at = last
	}
	use := t.use(first, at)
	for tail := last; end > n && tail > use && t.run[end-1].text == t.word(tail); tail = t.prev(tail) {
		end--
		t.put(end, tail, false)
	}
	t.expanded(n, end, use, last)
}

// expanded traces run[n:end], which came out of the macro used at token use; its arguments lie before last.
func (t *tracer) expanded(n, end, use, last int) {
	def := t.definition(use)
	at := t.next(use)
	for ; n < end; n++ {
		t.put(n, use, true)
		t.run[n].def = def
		if k := t.run[n].kind; k != tokIdent && k != tokNumber {
			continue
		}
		if arg := t.find(t.run[n].text, at, last, use); arg >= 0 {
			t.put(n, arg, false)
			at = t.next(arg)
		}
	}
}

// find returns the token that reads word, from at on or else from behind use; -1 where there is none.
func (t *tracer) find(word string, at, last, use int) int {
	for i := at; i <= last; i = t.next(i) {
		if t.word(i) == word {
			return i
		}
	}
	for i := t.next(use); i < at && i <= last; i = t.next(i) {
		if t.word(i) == word {
			return i
		}
	}
	return -1
}

func (t *tracer) put(n, at int, macro bool) {
	r := &t.run[n]
	r.src, r.tok, r.macro = t.c.mark.src, int32(at), macro
}

// use returns the macro whose expansion begins at token at or encloses it: the identifier at it, or else the
// one that the mark stands before.
func (t *tracer) use(first, at int) int {
	if at < len(t.text.Tokens) && t.text.Tokens[at].Kind == ctext.Ident {
		return at
	}
	return first
}

// definition returns the definition of the macro used at a token: the one in force, or a later one of its
// file that stands before the use.
func (t *tracer) definition(use int) int32 {
	n, ok := t.c.active[t.text.Text(use)]
	if !ok {
		return -1
	}
	return n
}

// word returns the text of token i with line splices removed.
func (t *tracer) word(i int) string {
	if i >= len(t.text.Tokens) {
		return ""
	}
	b := t.text.Bytes(i)
	if bytes.IndexByte(b, '\n') >= 0 {
		b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\\\r\n"), nil), []byte("\\\n"), nil)
	}
	return string(b)
}

// next returns the token behind i that is neither comment nor directive.
func (t *tracer) next(i int) int {
	for i++; i < len(t.text.Tokens) && skipped(t.text.Tokens[i]); i++ {
	}
	return i
}

func (t *tracer) prev(i int) int {
	for i--; i > 0 && skipped(t.text.Tokens[i]); i-- {
	}
	return i
}

func skipped(t ctext.Token) bool { return t.Directive || t.Kind == ctext.Comment }

// extent returns the last token before the one that the next mark stands before.
func (t *tracer) extent(first int) int {
	depth, last := 0, first
	for i := t.next(first); i < len(t.text.Tokens); i = t.next(i) {
		tok := t.text.Tokens[i]
		switch {
		case tok.Kind == ctext.Ident && depth == 0:
			return last
		case tok.Kind == ctext.Punct && t.text.Src[tok.Off] == '(':
			depth++
		case tok.Kind == ctext.Punct && t.text.Src[tok.Off] == ')':
			depth--
		}
		last = i
	}
	return last
}
