// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"go/constant"
	gotoken "go/token"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// tooLarge is what is said of an integer that compilers would cut off.
const tooLarge = "is too large for an integer constant"

// maxConstantBits is what an integer constant may have: compilers cut off the rest, even where a wider type holds it.
const maxConstantBits = 64

// number returns the value of a number token; false where it is not a C constant, with the reason if there is a
// better one than that.
func (p *parser) number(text string) (value, bool) {
	s := strings.ToLower(strings.ReplaceAll(text, "'", ""))
	hex := strings.HasPrefix(s, "0x")
	if strings.ContainsAny(s, ".") || hex && strings.Contains(s, "p") || !hex && strings.Contains(s, "e") {
		return p.float(s)
	}
	digits := strings.TrimRight(s, "ulz")
	if !hex {
		if d := strings.TrimRight(s, "flui"); d != digits && !strings.HasPrefix(s, "0b") {
			return value{}, false
		}
	}
	return p.integer(digits, s[len(digits):])
}

// integer returns the value of an integer constant, whose type is the first that holds it among those that its
// base and suffix allow.
func (p *parser) integer(digits, suffix string) (value, bool) {
	lit := digits
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		lit = "0o" + digits[1:]
	}
	decimal := digits == "0" || digits != "" && digits[0] != '0'
	v := constant.MakeFromLiteral(lit, gotoken.INT, 0)
	names, ok := suffixTypes(suffix, decimal)
	switch {
	case v.Kind() != constant.Int || !ok:
		return value{}, false
	case constant.BitLen(v) > maxConstantBits:
		return value{why: tooLarge}, false
	}
	for _, name := range names {
		if t := p.types.get(name); t != nil && constant.Compare(wrap(v, t), gotoken.EQL, v) {
			return value{t: t, v: v}, true
		}
	}
	return value{why: tooLarge}, false
}

// suffixTypes lists the types that an integer constant may have.
func suffixTypes(suffix string, decimal bool) ([]string, bool) {
	from := 0
	unsigned := strings.Contains(suffix, "u")
	switch strings.Replace(suffix, "u", "", 1) {
	case "":
	case "l", "z":
		from = 1
	case "ll":
		from = 2
	default:
		return nil, false
	}
	var names []string
	for _, name := range []string{"int", "long", "long long", "__int128"}[from:] {
		if !unsigned {
			names = append(names, name)
		}
		if unsigned || !decimal {
			names = append(names, "unsigned "+name)
		}
	}
	return names, true
}

// float returns the value of a floating constant in lower case.
func (p *parser) float(s string) (value, bool) {
	name := "double"
	digits := s
	for _, sfx := range []struct{ suffix, name string }{
		{"f128", "_Float128"}, {"f16", "_Float16"}, {"f64x", "long double"}, {"f64", "double"}, {"f32x", "double"},
		{"f32", "float"}, {"l", "long double"}, {"q", "_Float128"}, {"w", "long double"}, {"f", "float"},
	} {
		if strings.HasSuffix(s, sfx.suffix) && (!strings.HasPrefix(s, "0x") || strings.Contains(s, "p")) {
			digits, name = strings.TrimSuffix(s, sfx.suffix), sfx.name
			break
		}
	}
	t := p.types.get(name)
	if t == nil || !boundedExponent(digits) {
		return value{}, false
	}
	v := constant.MakeFromLiteral(digits, gotoken.FLOAT, 0)
	if v.Kind() == constant.Unknown {
		return value{}, false
	}
	v = round(v, t)
	return value{t: t, v: v, why: "it is not a finite number"}, true
}

// boundedExponent tells whether a number's exponent is one that can be computed with.
func boundedExponent(digits string) bool {
	i := strings.LastIndexAny(digits, "ep")
	if strings.HasPrefix(digits, "0x") {
		i = strings.LastIndexByte(digits, 'p')
	}
	if i < 0 {
		return true
	}
	n, err := strconv.Atoi(digits[i+1:])
	return err == nil && n > -20000 && n < 20000
}

// char returns the value of a character constant.
func (p *parser) char(text string) (value, bool) {
	prefix, body, ok := unquote(text, '\'')
	if !ok || body == "" {
		return value{}, false
	}
	t := p.types.get("int")
	if prefix != "" {
		return p.wideChar(prefix, body)
	}
	raw, ok := unescape(body)
	if !ok {
		return value{}, false
	}
	if len(raw) == 1 {
		c := constant.MakeInt64(int64(raw[0]))
		return value{t: t, v: wrap(c, p.types.get("char"))}, true
	}
	v := constant.MakeInt64(0)
	for _, b := range []byte(raw) {
		v = constant.BinaryOp(constant.Shift(v, gotoken.SHL, 8), gotoken.OR, constant.MakeInt64(int64(b)))
	}
	return value{t: t, v: wrap(v, t)}, true
}

func (p *parser) wideChar(prefix, body string) (value, bool) {
	name := map[string]string{"L": "int", "u": "unsigned short", "U": "unsigned int", "u8": "unsigned char"}[prefix]
	if prefix == "L" && p.types.target.UnsignedWChar {
		name = "unsigned int"
	}
	t := p.types.get(name)
	raw, ok := unescape(body)
	if !ok {
		return value{}, false
	}
	r, n := utf8.DecodeRuneInString(raw)
	if n != len(raw) {
		return value{}, false
	}
	if r == utf8.RuneError && n == 1 {
		r = rune(raw[0])
	}
	return value{t: t, v: wrap(constant.MakeInt64(int64(r)), t)}, true
}

// str returns the value of a string constant; a wide one has no value that can be carried over.
func (p *parser) str(text string) (value, bool) {
	prefix, body, ok := unquote(text, '"')
	if !ok {
		return value{}, false
	}
	raw, ok := unescape(body)
	if !ok {
		return value{}, false
	}
	if prefix != "" && prefix != "u8" {
		return unknown(p.types.array(p.types.get("int"), int64(utf8.RuneCountInString(raw))+1), "it is a wide string"), true
	}
	return p.stringValue(raw), true
}

func (p *parser) stringValue(s string) value {
	return value{t: p.types.array(p.types.get("char"), int64(len(s))+1), v: constant.MakeString(s)}
}

// unquote splits a quoted constant into its encoding prefix and what stands between the quotes.
func unquote(text string, quote byte) (prefix, body string, ok bool) {
	i := strings.IndexByte(text, quote)
	if i < 0 || len(text) < i+2 || text[len(text)-1] != quote {
		return "", "", false
	}
	return text[:i], text[i+1 : len(text)-1], true
}

// unescape resolves C's escape sequences.
func unescape(s string) (string, bool) {
	if !strings.Contains(s, `\`) {
		return s, true
	}
	s = strings.NewReplacer("\\\r\n", "", "\\\n", "").Replace(s)
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

// isString tells whether a value is a string.
func isString(x value) bool {
	return x.v != nil && x.v.Kind() == constant.String && x.t.kind == model.Array
}
