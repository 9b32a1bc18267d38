// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// weaver adds to the text of each source what lets the preprocessor's output be traced back to it:
//
//   - a mark, which is a number token, before every identifier that stands outside of parentheses: the
//     tokens behind it in the output come from there, be it as written or out of a macro;
//   - a pragma wherever a conditional or an include may begin or end: when the preprocessor reports it, the
//     segment that it names is being read, so its #define lines are in force;
//   - for _Pragma the number token pragmaOp: the preprocessor acts on _Pragma when it has read the line, on the
//     last one first, and does not expand what is in it; so it must take it for something else.
//
// What is put between tokens takes room on the line; columns are converted back. The lines keep their numbers through #line.
type weaver struct {
	files    *files
	marks    []mark
	segments []segment
	defines  []define
	told     []mark // the # of each directive that a pragma announces
	pieces   pieces
}

// insertion is text of some length that was put before a token.
type insertion struct{ tok, length int32 }

// mark names the token of a source that a mark stands before.
type mark struct{ src, tok int32 }

// segment is a part of a source that is read as a whole or not at all, and has no include in it.
type segment struct {
	src     int32
	start   bool // begins the source
	line    int32
	changes []change
}

// change is a #define or an #undef line, or a pragma that puts a macro away or brings it back.
type change struct {
	name string
	def  int32 // index in weaver.defines, or one of the below
}

const (
	undefined  = -1 // by #undef
	putAway    = -2 // by #pragma push_macro
	broughtOut = -3 // by #pragma pop_macro
)

// define is a macro's definition as written.
type define struct {
	name string
	src  int32
	tok  int32    // the name's token
	fn   bool     // takes arguments
	body [2]int32 // the tokens of its replacement

}

// weave fills in s.woven.
func (w *weaver) weave(s *source) {
	if i := tooManyConditionals(s.text); i >= 0 {
		w.files.faults.Addf(s.pos(i), "", "conditionals are nested more than %d deep", maxConditionals)
		return
	}
	if i := w.pieces.note(s.text); i >= 0 {
		w.files.faults.Addf(s.pos(i), "", "the names in the headers make up a _Pragma that cannot be followed: by ##, over "+
			"lines, or behind bytes that are no text")
		return
	}
	out := &bytes.Buffer{}
	out.Grow(len(s.text.Src) * 2)
	r := &weaving{w: w, s: s, src: sanitize(s.text), out: out}
	r.run()
	s.woven = out.Bytes()
}

// sanitize returns a copy of the text in which what would stop the preprocessor short is blanked out: a quote
// without its partner (an apostrophe in #error, or in text that is not compiled), #line, which would move
// positions, and a backslash at the end.
func sanitize(f *ctext.File) []byte {
	b := respelled(f)
	for i, t := range f.Tokens {
		switch {
		case t.Kind == ctext.Bad:
			blank(b[t.Off:t.End])
		case t.Kind == ctext.Number && isReservedNumber(f.Bytes(i)):
			blank(b[t.Off:t.End])
		case t.Directive && t.First && isLineDirective(f, i):
			blank(b[t.Off:directiveEnd(f, i)])
		}
	}
	for end := len(b) - 1; end >= 0 && (b[end] == '\\' || b[end] <= ' '); end-- {
		if b[end] == '\\' {
			b[end] = ' '
		}
	}
	return b
}

// respelled returns a copy of the text in which what the preprocessor does not know, or must not, is spelled in
// another way that takes as much room.
func respelled(f *ctext.File) []byte {
	b := bytes.Clone(f.Src)
	word := "" // the name of the directive that the token lies in
	for i, t := range f.Tokens {
		if t.First || !t.Directive {
			word, _ = directive(f, i)
		}
		switch {
		case f.Is(i, "_Pragma") && (!t.Directive || word == "define"):
			copy(b[t.Off:t.End], pragmaOp)
		case isDigraph(f, i) && (t.First || !strings.HasPrefix(word, "include")):
			put(b[t.Off:t.End], f.Bytes(i))
		case t.Kind == ctext.Number && (word == "if" || word == "elif"):
			put(b[t.Off:t.End], hexadecimal(f.Bytes(i)))
		}
	}
	return b
}

// hexadecimal returns a binary constant, which the preprocessor cannot evaluate, as a hexadecimal one, which is no
// longer; any other number as it is.
func hexadecimal(number []byte) []byte {
	s := strings.ToLower(string(number))
	digits := strings.TrimRight(s, "ul")
	if !strings.HasPrefix(digits, "0b") {
		return number
	}
	n, err := strconv.ParseUint(digits[2:], 2, 64)
	if err != nil {
		return number
	}
	return []byte("0x" + strconv.FormatUint(n, 16) + s[len(digits):])
}

func isDigraph(f *ctext.File, i int) bool {
	return f.Tokens[i].Kind == ctext.Punct && len(f.Bytes(i)) < int(f.Tokens[i].End-f.Tokens[i].Off)
}

// put replaces b by text, which may be shorter.
func put(b, text []byte) { blank(b[copy(b, text):]) }

func isLineDirective(f *ctext.File, i int) bool {
	word, at := directive(f, i)
	return word == "line" || f.Tokens[at].Kind == ctext.Number
}

func isReservedNumber(b []byte) bool {
	return bytes.HasPrefix(b, []byte(reserved)) || bytes.HasPrefix(b, []byte(pragmaOp))
}

func blank(b []byte) {
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
}

// weaving is the work on one source.
type weaving struct {
	w     *weaver
	s     *source
	src   []byte
	out   *bytes.Buffer
	at    int // how far src is copied
	depth int // of parentheses
}

func (r *weaving) run() {
	if bytes.HasPrefix(r.src, []byte("\xef\xbb\xbf")) {
		r.at = 3
	}
	r.segment(1, true)
	f := r.s.text
	for i := 0; i < len(f.Tokens); i++ {
		t := f.Tokens[i]
		switch {
		case t.Directive && t.First:
			r.directive(i)
			i = directiveLast(f, i)
		case t.Directive || t.Kind == ctext.Comment:
		default:
			r.token(i, t)
		}
	}
	r.copyTo(len(r.src))
	r.out.WriteByte('\n')
}

func (r *weaving) copyTo(off int) {
	if off > r.at {
		r.out.Write(r.src[r.at:off])
		r.at = off
	}
}

// token sets a mark before an identifier outside of parentheses. A declaration's keyword at the start of a
// line ends parentheses that conditionals have left open.
func (r *weaving) token(i int, t ctext.Token) {
	f := r.s.text
	switch {
	case t.Kind == ctext.Punct && f.Src[t.Off] == '(':
		r.depth++
	case t.Kind == ctext.Punct && f.Src[t.Off] == ')':
		r.depth = max(0, r.depth-1)
	case t.Kind == ctext.Ident:
		if t.First && f.Col(int(t.Line), t.Off) == 1 && startsDeclaration(f.Text(i)) {
			r.depth = 0
		}
		if r.depth == 0 {
			r.mark(i)
		}
	}
}

func startsDeclaration(word string) bool {
	switch word {
	case "typedef", "struct", "union", "enum", "static", "extern":
		return true
	}
	return false
}

func (r *weaving) mark(i int) {
	r.insert(i, markText(len(r.w.marks)))
	r.w.marks = append(r.w.marks, mark{r.s.index, int32(i)})
}

// insert puts text, which takes room on the line, before token i.
func (r *weaving) insert(i int, text string) {
	r.copyTo(int(r.s.text.Tokens[i].Off))
	r.out.WriteString(text)
	r.s.inserted = append(r.s.inserted, insertion{int32(i), int32(len(text))})
}

// markText returns the text of mark n, with the blank behind it.
func markText(n int) string { return reserved + "_" + strconv.Itoa(n) + " " }

// segment begins a segment at the current offset, on line.
func (r *weaving) segment(line int, start bool) {
	n := len(r.w.segments)
	r.w.segments = append(r.w.segments, segment{src: r.s.index, start: start, line: int32(line)})
	r.out.WriteString("#pragma " + segPragma + " " + strconv.Itoa(n) + "\n#line " + strconv.Itoa(line) + "\n")
}

// directive notes what the directive at token i says, and begins a segment behind it where it may change what
// is read.
func (r *weaving) directive(i int) {
	f := r.s.text
	switch word, at := directive(f, i); word {
	case "define":
		r.define(inDirective(f, at), directiveLast(f, i))
	case "undef":
		r.undef(inDirective(f, at))
	case "pragma":
		r.macroPragma(inDirective(f, at))
	case "include", "include_next":
		r.include(inDirective(f, at), directiveEnd(f, i))
		r.segmentBehind(i)
	case "if", "ifdef", "ifndef":
		r.condition(i)
		r.segmentBehind(i)
	case "elif", "else", "endif":
		r.segmentBehind(i)
	case "elifdef", "elifndef":
		r.elifDefined(at, word)
		r.segmentBehind(i)
	default:
		if at != i && !harmless(word) && r.s.text.Tokens[at].Kind != ctext.Number {
			r.announce(i, unknownPragma)
		}
	}
}

// elifDefined spells the #elifdef or #elifndef at token at as the #elif that it stands for: the preprocessor takes
// the short forms for text.
func (r *weaving) elifDefined(at int, word string) {
	rest := "defined"
	switch {
	case inDirective(r.s.text, at) < 0:
		rest = strings.Repeat(" ", len(word)) // so that it is said what is missing
	case word == "elifndef":
		rest = "!defined"
	}
	r.insert(at, "elif ")
	r.out.WriteString(rest)
	r.at += len(word)
}

// condition announces the conditional at token i if it has a condition that is to be bounded.
func (r *weaving) condition(i int) {
	if len(conditions(r.s.text, i)) > 0 {
		r.announce(i, ifPragma)
	}
}

// announce says, in lines before it, that the directive at token i comes next, if it is read.
func (r *weaving) announce(i int, pragma string) {
	f := r.s.text
	line := int(f.Tokens[i].Line)
	start := int(f.Tokens[i].Off) - f.Col(line, f.Tokens[i].Off) + 1
	if i > 0 && int(f.Tokens[i-1].End) > start {
		start = int(f.Tokens[i].Off) // behind a comment that began on a line above
	}
	r.copyTo(start)
	if start == int(f.Tokens[i].Off) {
		r.out.WriteByte('\n')
	}
	r.out.WriteString("#pragma " + pragma + " " + strconv.Itoa(len(r.w.told)) + "\n#line " + strconv.Itoa(line) + "\n")
	r.w.told = append(r.w.told, mark{r.s.index, int32(i)})
}

func (r *weaving) segmentBehind(i int) {
	end := directiveEnd(r.s.text, i) + 1
	if end > len(r.src) {
		return
	}
	r.copyTo(end)
	r.segment(r.s.text.LineOf(int32(end)), false)
}

func (r *weaving) change(c change) {
	seg := &r.w.segments[len(r.w.segments)-1]
	seg.changes = append(seg.changes, c)
}

// undef notes the #undef of the name at token i, which is -1 where there is none.
func (r *weaving) undef(i int) {
	if i >= 0 {
		r.change(change{name: r.s.text.Text(i), def: undefined})
	}
}

// macroPragma notes the push_macro("name") or pop_macro("name") at token i, if it is one.
func (r *weaving) macroPragma(i int) {
	f := r.s.text
	for what, def := range map[string]int32{"push_macro": putAway, "pop_macro": broughtOut} {
		if i >= 0 && f.Is(i, what) && f.Is(i+1, "(") && i+2 <= directiveLast(f, i) {
			r.change(change{name: strings.Trim(f.Text(i+2), `"`), def: def})
		}
	}
}

// define notes the #define of the name at token i, which is -1 where there is none; last is the directive's last
// token.
func (r *weaving) define(i, last int) {
	f := r.s.text
	if i < 0 || f.Tokens[i].Kind != ctext.Ident {
		return
	}
	d := define{name: f.Text(i), src: r.s.index, tok: int32(i)}
	body := i + 1
	if body <= last && f.Is(body, "(") && f.Tokens[body].Off == f.Tokens[i].End {
		d.fn = true
		for body <= last && !f.Is(body, ")") {
			body++
		}
		body++
	}
	d.body = [2]int32{int32(body), int32(last + 1)}
	r.change(change{name: d.name, def: int32(len(r.w.defines))})
	r.w.defines = append(r.w.defines, d)
}

// include notes an absolute name at token i, so that it is found.
func (r *weaving) include(i, end int) {
	if i < 0 {
		return
	}
	rest := r.src[r.s.text.Tokens[i].Off:end]
	if len(rest) < 3 || rest[0] != '"' && rest[0] != '<' {
		return
	}
	closing := byte('"')
	if rest[0] == '<' {
		closing = '>'
	}
	n := bytes.IndexByte(rest[1:], closing)
	if n > 0 && rest[1] == '/' {
		r.w.files.abs[string(bytes.TrimLeft(rest[1:1+n], "/"))] = true
	}
}

// unwoven returns the column in the source's own text of a column in its woven text.
func (s *source) unwoven(line, col int) int {
	added := 0
	for _, in := range s.inserted {
		l, c := s.text.Pos(int(in.tok))
		if l < line {
			continue
		}
		if l > line || col < c+added {
			break
		}
		added += min(int(in.length), col-added-c)
	}
	return max(1, col-added)
}
