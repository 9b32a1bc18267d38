// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// TooLarge is what is said of an integer that compilers would cut off.
const TooLarge = "is too large for an integer constant"

// number evaluates an integer constant.
func (c *condition) number(t *tok) number {
	digits, suffix, base, ok := SplitInteger(t.sym.text)
	if !ok {
		return c.fail(t, "a condition takes integers, not %s", t.sym.text)
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return c.fail(t, "%q %s", t.sym.text, TooLarge)
	}
	return number{n, strings.ContainsAny(suffix, "uU") || n > 1<<63-1}
}

// SplitInteger splits an integer constant as C has them; false for what is none.
func SplitInteger(text string) (digits, suffix string, base int, ok bool) {
	digits, base = text, 10
	switch {
	case len(text) > 2 && (text[:2] == "0x" || text[:2] == "0X"):
		digits, base = text[2:], 16
	case len(text) > 2 && (text[:2] == "0b" || text[:2] == "0B"):
		digits, base = text[2:], 2
	case len(text) > 1 && text[0] == '0':
		base = 8
	}
	n := 0
	for n < len(digits) && digitOf(digits[n]) < base {
		n++
	}
	digits, suffix = digits[:n], digits[n:]
	switch suffix {
	case "", "l", "L", "ll", "LL", "u", "U", "ul", "uL", "Ul", "UL", "ull", "uLL", "Ull", "ULL",
		"lu", "lU", "Lu", "LU", "llu", "llU", "LLu", "LLU":
		return digits, suffix, base, n > 0
	}
	return "", "", 0, false
}

// char evaluates a character constant.
func (c *condition) char(t *tok) number {
	prefix, body, ok := Unquote(t.sym.text, '\'')
	if ok && prefix != "" {
		if v, ok := WideChar(prefix, body); ok && v <= 0x7fffffff {
			return number{n: v, unsigned: c.unsignedWide(prefix)}
		}
		return c.fail(t, "a condition takes one character, not %s", t.sym.text)
	}
	raw, clean := Unescape(body)
	if !ok || !clean || raw == "" {
		return c.fail(t, "%s is not a character", t.sym.text)
	}
	if len(raw) > 1 {
		return c.fail(t, "a condition takes one character, not %s", t.sym.text)
	}
	if b := raw[0]; b < 0x80 || c.p.symbols.get("__CHAR_UNSIGNED__").macro != nil {
		return number{n: uint64(b)}
	}
	return signed(int64(int8(raw[0])))
}

// unsignedWide reports whether characters with a prefix have no sign in a condition.
func (c *condition) unsignedWide(prefix string) bool {
	if prefix != "L" {
		return prefix != "u8"
	}
	m := c.p.symbols.get("__WCHAR_TYPE__").macro
	return m != nil && m.body0 < m.body1 && m.src.Text.Text(int(m.body0)) == "unsigned"
}

// wideLimits are the largest values of characters with a prefix: as a number, and as a character of Unicode.
var wideLimits = map[string][2]uint64{
	"L": {0xffffffff, utf8.MaxRune}, "u": {0xffff, 0xffff}, "U": {0xffffffff, utf8.MaxRune}, "u8": {0xff, 0x7f},
}

// WideChar returns the value of the one character between the quotes of a constant with a prefix. An escape of digits is
// the value itself, and not a byte of UTF-8.
func WideChar(prefix, body string) (uint64, bool) {
	limits, ok := wideLimits[prefix]
	if digits, found := strings.CutPrefix(body, `\`); ok && found && digits != "" {
		base, most := 8, 3
		if digits[0] == 'x' {
			digits, base, most = digits[1:], 16, len(digits)
		}
		if digits != "" && digitOf(digits[0]) < base {
			v, err := strconv.ParseUint(digits, base, 64)
			return v, err == nil && len(digits) <= most && v <= limits[0]
		}
	}
	raw, clean := Unescape(body)
	r, n := utf8.DecodeRuneInString(raw)
	if !ok || !clean || n != len(raw) || n == 0 || r == utf8.RuneError && n == 1 {
		return 0, false
	}
	return uint64(r), uint64(r) <= limits[1]
}

// Unquote splits a quoted constant into its encoding prefix and what stands between the quotes.
func Unquote(text string, quote byte) (prefix, body string, ok bool) {
	i := strings.IndexByte(text, quote)
	if i < 0 || len(text) < i+2 || text[len(text)-1] != quote {
		return "", "", false
	}
	return text[:i], text[i+1 : len(text)-1], true
}

// Unescape resolves C's escape sequences.
func Unescape(s string) (string, bool) {
	if !strings.Contains(s, `\`) {
		return s, true
	}
	var b strings.Builder
	for s != "" {
		if s[0] != '\\' {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		out, rest, ok := escape(s[1:])
		if !ok {
			return "", false
		}
		b.WriteString(out)
		s = rest
	}
	return b.String(), true
}

const simpleEscapes = `abefnrtv\'"?`

// escape resolves the escape sequence at the start of s, which is without its backslash.
func escape(s string) (out, rest string, ok bool) {
	switch {
	case s == "":
		return "", "", false
	case strings.IndexByte(simpleEscapes, s[0]) >= 0:
		return string("\a\b\x1b\f\n\r\t\v\\'\"?"[strings.IndexByte(simpleEscapes, s[0])]), s[1:], true
	case s[0] == 'x':
		return numericEscape(s[1:], 16, len(s))
	case s[0] == 'u' && len(s) >= 5:
		return runeEscape(s[1:5], s[5:])
	case s[0] == 'U' && len(s) >= 9:
		return runeEscape(s[1:9], s[9:])
	}
	return numericEscape(s, 8, 3)
}

func numericEscape(s string, base, most int) (out, rest string, ok bool) {
	n := 0
	for n < len(s) && n < most && digitOf(s[n]) < base {
		n++
	}
	v, err := strconv.ParseUint(s[:n], base, 64)
	if err != nil || v > 0xff {
		return "", "", false
	}
	return string([]byte{byte(v)}), s[n:], true
}

func runeEscape(digits, rest string) (string, string, bool) {
	v, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || v > utf8.MaxRune {
		return "", "", false
	}
	return string(rune(v)), rest, true
}

func digitOf(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return 99
}
