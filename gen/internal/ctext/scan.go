// SPDX-License-Identifier: Apache-2.0

// Package ctext reads C source as text: its tokens, comments and directives as they are written, before any
// preprocessing. It finds what a preprocessor throws away, which is where a comment stands and what a macro
// was called at the place of its use. It accepts any bytes and never fails.
package ctext

import (
	"sort"
	"strings"
)

// Kind is the class of a token.
type Kind uint8

// The classes of tokens.
const (
	Ident Kind = iota
	Number
	String // string and character constants
	Punct
	Comment
	Bad // an opening quote without its closing one on the line
)

// Token is a piece of source text: Src[Off:End].
type Token struct {
	Off, End  int32
	Line      int32 // counts from 1
	Kind      Kind
	Directive bool // lies on a preprocessor directive's line
	First     bool // the first token of its line that is not a comment
	Leads     bool // a comment that is about what follows it on its line, see leads
}

// File is a scanned source text. It is read-only once made and safe for concurrent use.
type File struct {
	Src    []byte
	Tokens []Token
	lines  []int32 // the offset at which each line begins
}

// Scan splits src into tokens. It keeps src; the caller must not change it afterwards.
func Scan(src []byte) *File {
	s := scanner{f: &File{Src: src, lines: []int32{0}, Tokens: make([]Token, 0, len(src)/5)}, line: 1, fresh: true}
	if strings.HasPrefix(string(src[:min(3, len(src))]), "\xef\xbb\xbf") {
		s.off, s.f.lines[0] = 3, 3
	}
	for s.off < len(src) {
		s.next()
	}
	s.f.leads()
	return s.f
}

// Text returns a token's text; a digraph reads as what it stands for.
func (f *File) Text(i int) string { return string(f.Bytes(i)) }

// Bytes returns a token's text, as Text does, without copying it.
func (f *File) Bytes(i int) []byte {
	t := f.Tokens[i]
	b := f.Src[t.Off:t.End]
	if t.Kind == Punct && len(b) > 1 {
		if long, ok := digraphs[string(b)]; ok {
			return long
		}
	}
	return b
}

// digraphs are the other spellings of punctuators.
var digraphs = map[string][]byte{
	"<%": []byte("{"), "%>": []byte("}"), "<:": []byte("["), ":>": []byte("]"), "%:": []byte("#"), "%:%:": []byte("##"),
}

// Is tells whether token i exists and reads text.
func (f *File) Is(i int, text string) bool {
	return i >= 0 && i < len(f.Tokens) && string(f.Bytes(i)) == text
}

// Col returns the column of an offset in line, in bytes from 1.
func (f *File) Col(line int, off int32) int { return int(off-f.lines[line-1]) + 1 }

// Pos returns the line and column of token i.
func (f *File) Pos(i int) (line, col int) {
	t := f.Tokens[i]
	return int(t.Line), f.Col(int(t.Line), t.Off)
}

// Lines returns how many lines the text has.
func (f *File) Lines() int { return len(f.lines) }

// Line returns the text of line n, which counts from 1, without its end; "" where there is no such line.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	end := len(f.Src)
	if n < len(f.lines) {
		end = int(f.lines[n])
	}
	return strings.TrimRight(string(f.Src[f.lines[n-1]:end]), "\r\n")
}

// LineOf returns the line that holds offset off.
func (f *File) LineOf(off int32) int {
	return sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > off })
}

// TokenAt returns the index of the token that holds the byte at line and col, else of the first token behind
// it; len(f.Tokens) where there is none.
func (f *File) TokenAt(line, col int) int {
	if line < 1 || line > len(f.lines) {
		return len(f.Tokens)
	}
	off := f.lines[line-1] + int32(col-1)
	return sort.Search(len(f.Tokens), func(i int) bool { return f.Tokens[i].End > off })
}

// scanner holds the state of one Scan.
type scanner struct {
	f         *File
	off       int
	line      int32
	fresh     bool // no token that is not a comment since the line began
	directive bool
}

// next skips white space and takes one token.
func (s *scanner) next() {
	c := s.f.Src[s.off]
	switch {
	case c == '\n':
		s.newline()
		s.fresh, s.directive = true, false
	case s.splice(s.off) > 0:
		s.off += s.splice(s.off) - 1
		s.newline()
	case c <= ' ':
		s.off++
	default:
		s.token(c)
	}
}

// newline steps over the line feed at the current offset.
func (s *scanner) newline() {
	s.off++
	s.line++
	s.f.lines = append(s.f.lines, int32(s.off))
}

// splice returns the length of a backslash and line end at off, else 0.
func (s *scanner) splice(off int) int {
	src := s.f.Src
	switch {
	case off >= len(src) || src[off] != '\\':
		return 0
	case off+1 < len(src) && src[off+1] == '\n':
		return 2
	case off+2 < len(src) && src[off+1] == '\r' && src[off+2] == '\n':
		return 3
	}
	return 0
}

// token takes the token that begins with c.
func (s *scanner) token(c byte) {
	t := Token{Off: int32(s.off), Line: s.line}
	switch {
	case s.peek("/*"):
		t.Kind = Comment
		s.blockComment()
	case s.peek("//"):
		t.Kind = Comment
		s.lineComment()
	case isIdent(c) && !isDigit(c):
		t.Kind = s.word()
	case isDigit(c) || c == '.' && s.off+1 < len(s.f.Src) && isDigit(s.f.Src[s.off+1]):
		t.Kind = Number
		s.number()
	case c == '"' || c == '\'':
		t.Kind = s.quoted(c)
	default:
		t.Kind = Punct
		s.off += punctLen(s.f.Src[s.off:])
	}
	t.End = int32(s.off)
	s.put(t)
}

// put appends t and keeps track of directives.
func (s *scanner) put(t Token) {
	s.f.Tokens = append(s.f.Tokens, t)
	last := len(s.f.Tokens) - 1
	if t.Kind != Comment {
		if s.fresh && s.f.Is(last, "#") {
			s.directive = true
		}
		s.f.Tokens[last].First, s.fresh = s.fresh, false
	}
	s.f.Tokens[last].Directive = s.directive
}

func (s *scanner) peek(p string) bool {
	return s.off+1 < len(s.f.Src) && s.f.Src[s.off] == p[0] && s.f.Src[s.off+1] == p[1]
}

func (s *scanner) blockComment() {
	s.off += 2
	for s.off < len(s.f.Src) {
		switch {
		case s.peek("*/"):
			s.off += 2
			return
		case s.f.Src[s.off] == '\n':
			s.newline()
		default:
			s.off++
		}
	}
}

func (s *scanner) lineComment() {
	for s.off < len(s.f.Src) && s.f.Src[s.off] != '\n' {
		s.step()
	}
}

// step moves over one byte, or over a spliced line end and the byte behind it.
func (s *scanner) step() {
	if n := s.splice(s.off); n > 0 {
		s.off += n - 1
		s.newline()
		return
	}
	s.off++
}

// word takes an identifier, or a string with an encoding prefix.
func (s *scanner) word() Kind {
	start := s.off
	s.run(isIdent)
	if s.off < len(s.f.Src) && (s.f.Src[s.off] == '"' || s.f.Src[s.off] == '\'') {
		switch string(s.f.Src[start:s.off]) {
		case "L", "u8", "u", "U":
			return s.quoted(s.f.Src[s.off])
		}
	}
	return Ident
}

// run takes bytes for which ok holds, and spliced line ends between them.
func (s *scanner) run(ok func(byte) bool) {
	for s.off < len(s.f.Src) {
		n := s.splice(s.off)
		next := s.off + n
		if next >= len(s.f.Src) || !ok(s.f.Src[next]) {
			return
		}
		if n > 0 {
			s.step()
			continue
		}
		s.off++
	}
}

// number takes a preprocessing number.
func (s *scanner) number() {
	for s.off < len(s.f.Src) {
		c := s.f.Src[s.off]
		switch {
		case (c == '+' || c == '-') && strings.IndexByte("eEpP", s.f.Src[s.off-1]) >= 0:
		case isIdent(c) || c == '.':
		default:
			return
		}
		s.off++
	}
}

// quoted takes a string or character constant, which ends with the line at the latest.
func (s *scanner) quoted(quote byte) Kind {
	open := s.off
	s.off++
	for s.off < len(s.f.Src) {
		switch c := s.f.Src[s.off]; {
		case c == quote:
			s.off++
			s.countLines(open)
			return String
		case c == '\n':
			s.off = open + 1
			return Bad
		case c == '\\' && s.splice(s.off) == 0 && s.off+1 < len(s.f.Src) && s.f.Src[s.off+1] != '\n':
			s.off += 2
		default:
			s.quotedStep()
		}
	}
	s.off = open + 1
	return Bad
}

// quotedStep moves by a byte inside quotes. A spliced line there is left to the next attempt: the line count
// must not move before it is known that the closing quote exists.
func (s *scanner) quotedStep() {
	if n := s.splice(s.off); n > 0 {
		s.off += n
		return
	}
	s.off++
}

// countLines enters the line ends between from and the current offset.
func (s *scanner) countLines(from int) {
	for i := from; i < s.off; i++ {
		if s.f.Src[i] == '\n' {
			s.line++
			s.f.lines = append(s.f.lines, int32(i+1))
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isIdent(c byte) bool {
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c >= 0x80
}

// punctLen returns the length of the longest punctuator at the start of b.
func punctLen(b []byte) int {
	for _, p := range [...]string{"...", "<<=", ">>="} {
		if len(b) >= 3 && string(b[:3]) == p {
			return 3
		}
	}
	if len(b) < 2 {
		return 1
	}
	if len(b) >= 4 && string(b[:4]) == "%:%:" {
		return 4
	}
	switch string(b[:2]) {
	case "<%", "%>", "<:", ":>", "%:",
		"->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "##",
		"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=":
		return 2
	}
	return 1
}
