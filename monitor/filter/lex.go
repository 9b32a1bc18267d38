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
)

// token is a piece of an expression.
type token struct {
	kind     tokenKind
	text     string // the word, what is in the quotes, or the operator
	pos, end int
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
			return append(tokens, token{tokenEnd, "", pos, pos}), nil
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
			return token{p.kind, strings.Replace(p.text, "==", "=", 1), pos, pos + len(p.text)}, nil
		}
	}
	if rest[0] == '"' || rest[0] == '\'' {
		return lexString(expr, pos)
	}
	n := 0
	for n < len(rest) {
		r, size := utf8.DecodeRuneInString(rest[n:])
		if !isWordRune(r) || r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	if n > 0 {
		text := rest[:n]
		return token{wordKind(text), text, pos, pos + n}, nil
	}
	_, size := utf8.DecodeRuneInString(rest)
	return token{}, &Error{expr, pos, pos + size, strange(rest)}
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

// isWordRune tells whether a word can have the character.
func isWordRune(r rune) bool {
	return r < utf8.RuneSelf && strings.ContainsRune("_.:/*?%+-@~#", r) || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// strange says what to do about a character that nothing starts with.
func strange(rest string) string {
	switch rest[0] {
	case '[':
		return "no bytes by offset, such as tcp[13]: the flags are words (syn, ack, fin, rst, psh, urg, ece, cwr)"
	case '&', '|':
		return fmt.Sprintf("a single %c: write %c%c, or the word", rest[0], rest[0], rest[0])
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return fmt.Sprintf("unexpected %q: text with such characters stands in quotes", r)
}

// lexString returns the text in quotes at pos. A backslash stands before a quote or a backslash that is meant.
func lexString(expr string, pos int) (token, error) {
	quote := expr[pos]
	var b strings.Builder
	for i := pos + 1; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == quote:
			return token{tokenString, b.String(), pos, i + 1}, nil
		case c == '\\' && i+1 < len(expr):
			i++
			b.WriteByte(expr[i])
		default:
			b.WriteByte(c)
		}
	}
	return token{}, &Error{expr, pos, len(expr), fmt.Sprintf("text without its closing %c", quote)}
}
