// SPDX-License-Identifier: Apache-2.0

package ctext

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// scanner holds the state of one Scan. Its offsets are those of the joined text, which has no line end that a
// backslash takes away.
type scanner struct {
	f         *File
	src       []byte
	off       int
	cuts      []cut // those that are still ahead
	skip      int32 // how far the joined text is behind the source's at off
	line      int32 // of the last token
	fresh     bool  // no token that is not a comment since the line began
	directive bool
	space     bool  // white space or a comment stands before what comes next
	header    bool  // a header name may come next
	asks      uint8 // how much of __has_include( has been read
}

// next skips white space and takes one token.
func (s *scanner) next() {
	switch c := s.src[s.off]; c {
	case '\n':
		s.fresh, s.directive, s.header, s.asks = true, false, false, 0
		s.off++
		s.space = true
	case ' ', '\t', '\r', '\f', '\v', 0:
		s.off++
		s.space = true
	default:
		s.token(c)
	}
}

// token takes the token that begins with c.
func (s *scanner) token(c byte) {
	t := Token{Off: s.written(s.off), Space: s.space}
	before := s.skip
	switch {
	case c == '/' && s.peek("/*"):
		t.Kind = s.blockComment()
	case c == '/' && s.peek("//"):
		t.Kind = Comment
		s.to('\n')
	case isIdent(c) && !isDigit(c):
		t.Kind = s.word()
	case isDigit(c) || c == '.' && s.off+1 < len(s.src) && isDigit(s.src[s.off+1]):
		t.Kind = Number
		s.number()
	case (c == '"' || c == '<') && s.header && s.headerName(c):
		t.Kind = String
	case c == '"' || c == '\'':
		t.Kind = s.quoted(c)
	default:
		t.Kind = Punct
		s.off += punctLen(s.src[s.off:])
	}
	t.End = s.written(s.off-1) + 1
	t.Spliced = s.skip != before
	for int(s.line) < len(s.f.lines) && s.f.lines[s.line] <= t.Off {
		s.line++
	}
	t.Line = s.line
	s.put(t)
}

// written returns the offset in the source of an offset in the joined text; the offsets must not go back.
func (s *scanner) written(off int) int32 {
	for len(s.cuts) > 0 && int(s.cuts[0].at) <= off {
		s.skip, s.cuts = s.cuts[0].skip, s.cuts[1:]
	}
	return int32(off) + s.skip
}

// put appends t and keeps track of directives.
func (s *scanner) put(t Token) {
	if n := len(s.f.Tokens); n == cap(s.f.Tokens) {
		rest := float64(len(s.src)-s.off) / float64(s.off) * float64(n) // as many as there have been for what was read
		s.f.Tokens = slices.Grow(s.f.Tokens, int(rest*1.02)+16)
	}
	s.space = t.Kind == Comment
	t.Directive = s.directive
	if t.Kind == Comment {
		s.f.Tokens = append(s.f.Tokens, t)
		return
	}
	t.First, s.fresh = s.fresh, false
	s.f.Tokens = append(s.f.Tokens, t)
	last := len(s.f.Tokens) - 1
	if t.First && s.f.Is(last, "#") {
		s.directive = true
		s.f.Tokens[last].Directive = true
		return
	}
	if s.directive {
		s.headers(last)
	} else {
		s.f.Plain++
	}
}

// headers notes whether a header name may follow the token: behind #include and its kin, and behind
// __has_include and a parenthesis.
func (s *scanner) headers(last int) {
	t := s.f.Tokens[last]
	s.header = false
	switch {
	case t.Kind == Ident:
		s.asks = 0
		switch string(s.f.Src[t.Off:t.End]) {
		case "include", "include_next", "import", "embed":
			s.header = s.f.nameOfDirective(last)
		case "__has_include", "__has_include_next", "__has_embed":
			s.asks, s.header = 1, true
		}
	case s.asks == 1 && t.Kind == Punct && s.f.Src[t.Off] == '(':
		s.asks, s.header = 0, true
	default:
		s.asks = 0
	}
}

// nameOfDirective reports whether token i is the first behind the # of its directive.
func (f *File) nameOfDirective(i int) bool {
	for i--; i >= 0 && f.Tokens[i].Kind == Comment; i-- {
	}
	return i >= 0 && f.Tokens[i].First && f.Tokens[i].Directive
}

func (s *scanner) peek(p string) bool {
	return s.off+1 < len(s.src) && s.src[s.off] == p[0] && s.src[s.off+1] == p[1]
}

// to moves to the next byte of that value, or to the end.
func (s *scanner) to(c byte) {
	for s.off < len(s.src) && s.src[s.off] != c {
		s.off++
	}
}

// blockComment takes a comment; one without an end is Bad.
func (s *scanner) blockComment() Kind {
	for s.off += 2; s.off < len(s.src); s.off++ {
		s.to('*')
		if s.peek("*/") {
			s.off += 2
			return Comment
		}
	}
	s.off = len(s.src)
	return Bad
}

// word takes an identifier, or a string with an encoding prefix. Bytes that are not UTF-8 make no identifier: compilers end it
// before them, or refuse it.
func (s *scanner) word() Kind {
	start, all := s.off, byte(0)
	for s.off < len(s.src) && isIdent(s.src[s.off]) {
		all |= s.src[s.off]
		s.off++
	}
	if all >= utf8.RuneSelf && !utf8.Valid(s.src[start:s.off]) {
		return Bad
	}
	if s.off < len(s.src) && s.off-start <= 3 {
		switch c := s.src[s.off]; {
		case c != '"' && c != '\'':
		case c == '"' && s.src[s.off-1] == 'R' && (s.off-start == 1 || isPrefix(string(s.src[start:s.off-1]), c)):
			return s.raw()
		case isPrefix(string(s.src[start:s.off]), c):
			return s.quoted(c)
		}
	}
	return Ident
}

// raw takes a raw string, from its quote on: R"x(...)x". The line ends that a backslash takes away are not put back.
func (s *scanner) raw() Kind {
	open := s.off
	for s.off++; s.off < len(s.src) && s.off-open <= 17; s.off++ {
		if s.src[s.off] != '(' {
			continue
		}
		end := append(append([]byte(")"), s.src[open+1:s.off]...), '"')
		if n := bytes.Index(s.src[s.off:], end); n >= 0 {
			s.off += n + len(end)
			return String
		}
		break
	}
	s.off = len(s.src)
	return Bad
}

// isPrefix reports whether a word may stand before a quote: u8 stands before strings only.
func isPrefix(word string, quote byte) bool {
	return word == "L" || word == "u" || word == "U" || word == "u8" && quote == '"'
}

// number takes a preprocessing number.
func (s *scanner) number() {
	for ; s.off < len(s.src); s.off++ {
		switch c := s.src[s.off]; {
		case (c == '+' || c == '-') && strings.IndexByte("eEpP", s.src[s.off-1]) >= 0:
		case isIdent(c) || c == '.':
		default:
			return
		}
	}
}

// headerName takes the name of a header in angle brackets or, with no escapes, in quotes; false where it does not
// end on the line.
func (s *scanner) headerName(open byte) bool {
	closing := open
	if open == '<' {
		closing = '>'
	}
	for i := s.off + 1; i < len(s.src) && s.src[i] != '\n'; i++ {
		if s.src[i] == closing {
			s.off = i + 1
			return true
		}
	}
	return false
}

// quoted takes a string or character constant, which ends with the line at the latest.
func (s *scanner) quoted(quote byte) Kind {
	for s.off++; s.off < len(s.src); s.off++ {
		switch c := s.src[s.off]; {
		case c == quote:
			s.off++
			return String
		case c == '\n':
			return Bad
		case c == '\\' && s.off+1 < len(s.src) && s.src[s.off+1] != '\n':
			s.off++
		}
	}
	return Bad
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
