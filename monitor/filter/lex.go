// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenString // in quotes
	tokenOpen   // (
	tokenClose  // )
	tokenBrace  // {
	tokenUnbrace
	tokenComma
	tokenOp // = != < <= > >=
	tokenAnd
	tokenOr
	tokenNot
	tokenBytes // a comparison of a byte in tcpdump's notation
)

// token is a piece of an expression.
type token struct {
	kind     tokenKind
	text     string // the word, what is in the quotes, or the operator
	pos, end int
	bytes    *byteTest // of tokenBytes
}

// maxExpr is the length of an expression in bytes that is taken.
const maxExpr = 64 << 10

// lex takes an expression apart. The last token is tokenEnd.
func lex(expr string) ([]token, error) {
	if len(expr) > maxExpr {
		return nil, fmt.Errorf("filter: an expression is at most %d bytes long, not %d", maxExpr, len(expr))
	}
	var tokens []token
	for pos := 0; ; {
		pos += spaces(expr[pos:])
		if pos == len(expr) {
			return append(tokens, token{kind: tokenEnd, pos: pos, end: pos}), nil
		}
		t, err := lexOne(expr, pos)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		pos = t.end
	}
}

// spaces returns how many bytes of white space s starts with.
func spaces(s string) int { return len(s) - len(strings.TrimLeft(s, " \t\r\n")) }

// punctuation is every token that is no word and no string, the longer before those that it starts with.
var punctuation = []struct {
	text string
	kind tokenKind
}{
	{"&&", tokenAnd},
	{"||", tokenOr},
	{"!=", tokenOp},
	{"<=", tokenOp},
	{">=", tokenOp},
	{"==", tokenOp},
	{"=", tokenOp},
	{"<", tokenOp},
	{">", tokenOp},
	{"!", tokenNot},
	{"(", tokenOpen},
	{")", tokenClose},
	{"{", tokenBrace},
	{"}", tokenUnbrace},
	{",", tokenComma},
}

// lexOne returns the token at pos, where something is.
func lexOne(expr string, pos int) (token, error) {
	rest := expr[pos:]
	for _, p := range punctuation {
		if strings.HasPrefix(rest, p.text) {
			return token{kind: p.kind, text: strings.Replace(p.text, "==", "=", 1), pos: pos, end: pos + len(p.text)}, nil
		}
	}
	if rest[0] == '"' || rest[0] == '\'' {
		return lexString(expr, pos)
	}
	if n := wordLength(rest); n > 0 {
		if n < len(rest) && rest[n] == '[' {
			return lexBytes(expr, pos, pos+n)
		}
		return token{kind: wordKind(rest[:n]), text: rest[:n], pos: pos, end: pos + n}, nil
	}
	if n := wordLength(rest[1:]); rest[0] == '\\' && n > 0 { // tcpdump wants \tcp where tcp is a value
		return token{kind: tokenWord, text: rest[1 : 1+n], pos: pos, end: pos + 1 + n}, nil
	}
	_, size := utf8.DecodeRuneInString(rest)
	return token{}, &Error{expr, pos, pos + size, strange(rest)}
}

// wordLength returns how many bytes of a word s starts with.
func wordLength(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !isWordRune(r) || r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// wordKind tells the words that join terms from others.
func wordKind(text string) tokenKind {
	switch strings.ToLower(text) {
	case "and":
		return tokenAnd
	case "or":
		return tokenOr
	case "not":
		return tokenNot
	}
	return tokenWord
}

// isWordRune reports whether a word can have the character.
func isWordRune(r rune) bool {
	return r < utf8.RuneSelf && strings.ContainsRune("_.:/*?%+-@~#", r) || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// strange says what to do about a character that nothing starts with.
func strange(rest string) string {
	switch rest[0] {
	case '[':
		return "a bracket must follow the name of a protocol: tcp[tcpflags]"
	case '&', '|':
		return fmt.Sprintf("a single %c: write %c%c, or the word", rest[0], rest[0], rest[0])
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return fmt.Sprintf("unexpected %q: text with such characters must be in quotes", r)
}

// lexString returns the text in quotes at pos. A backslash stands before a quote or a backslash that is meant.
func lexString(expr string, pos int) (token, error) {
	quote := expr[pos]
	var b strings.Builder
	for i := pos + 1; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == quote:
			return token{kind: tokenString, text: b.String(), pos: pos, end: i + 1}, nil
		case c == '\\' && i+1 < len(expr):
			i++
			b.WriteByte(expr[i])
		default:
			b.WriteByte(c)
		}
	}
	return token{}, &Error{expr, pos, len(expr), fmt.Sprintf("text without its closing %c", quote)}
}
