// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"go/constant"
	gotoken "go/token"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// number returns the value of a number token; false where it is not a C constant, with the reason if there is a
// better one than that.
func (c calc) number(text string) (value, bool) {
	s := strings.ToLower(text)
	hex := strings.HasPrefix(s, "0x")
	if strings.ContainsAny(s, ".") || hex && strings.Contains(s, "p") || !hex && strings.Contains(s, "e") {
		return c.float(s)
	}
	digits, suffix, base, ok := cpp.SplitInteger(text)
	if !ok {
		return value{}, false
	}
	return c.integer(digits, strings.ToLower(suffix), base)
}

// integer returns the value of an integer constant, whose type is the first that holds it among those that its
// base and suffix allow.
func (c calc) integer(digits, suffix string, base int) (value, bool) {
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return value{why: cpp.TooLarge}, false
	}
	v := constant.MakeUint64(n)
	if base == 10 && n > 1<<63-1 && !strings.Contains(suffix, "u") {
		if !c.types.target.Clang {
			return value{why: "is unsigned for clang and not for gcc: give it the suffix u"}, false
		}
		return value{t: c.types.get("unsigned long long"), v: v}, true
	}
	for _, name := range suffixTypes(suffix, base == 10) {
		if t := c.types.get(name); t != nil && constant.Compare(wrap(v, t), gotoken.EQL, v) {
			return value{t: t, v: v}, true
		}
	}
	return value{why: cpp.TooLarge}, false
}

// suffixTypes lists the types that an integer constant may have.
func suffixTypes(suffix string, decimal bool) []string {
	from := strings.Count(suffix, "l")
	unsigned := strings.Contains(suffix, "u")
	var names []string
	for _, name := range []string{"int", "long", "long long", "__int128"}[from:] {
		if !unsigned {
			names = append(names, name)
		}
		if unsigned || !decimal {
			names = append(names, "unsigned "+name)
		}
	}
	return names
}

// float returns the value of a floating constant in lower case.
func (c calc) float(s string) (value, bool) {
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
	t := c.types.get(name)
	if t == nil || !isFloat(digits) || !boundedExponent(digits) {
		return value{}, false
	}
	v := constant.MakeFromLiteral(digits, gotoken.FLOAT, 0)
	if v.Kind() == constant.Unknown {
		return value{}, false
	}
	v = round(v, t)
	return value{t: t, v: v, why: "it is not a finite number"}, true
}

// isFloat reports whether digits, in lower case and without a suffix, are a floating constant: a hexadecimal one needs
// its exponent.
func isFloat(digits string) bool {
	set, exponent := "0123456789", byte('e')
	hex := strings.HasPrefix(digits, "0x")
	if hex {
		digits, set, exponent = digits[2:], "0123456789abcdef", 'p'
	}
	mantissa := strings.TrimLeft(digits, set)
	n := len(digits) - len(mantissa)
	if rest, point := strings.CutPrefix(mantissa, "."); point {
		mantissa = strings.TrimLeft(rest, set)
		n += len(rest) - len(mantissa)
	}
	if n == 0 || mantissa == "" {
		return n > 0 && !hex
	}
	power := strings.TrimLeft(mantissa[1:], "0123456789")
	if mantissa[0] == exponent && len(mantissa) > 2 && (mantissa[1] == '+' || mantissa[1] == '-') {
		power = strings.TrimLeft(mantissa[2:], "0123456789")
	}
	return mantissa[0] == exponent && len(mantissa) > 1 && power == "" && mantissa != string(exponent)
}

// boundedExponent reports whether a number's exponent is one that can be computed with.
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
func (c calc) char(text string) (value, bool) {
	prefix, body, ok := cpp.Unquote(text, '\'')
	if !ok || body == "" {
		return value{}, false
	}
	t := c.types.get("int")
	if prefix != "" {
		return c.wideChar(prefix, body)
	}
	raw, ok := cpp.Unescape(body)
	if !ok {
		return value{}, false
	}
	if len(raw) == 1 {
		char := constant.MakeInt64(int64(raw[0]))
		return value{t: t, v: wrap(char, c.types.get("char"))}, true
	}
	v := constant.MakeInt64(0)
	for _, b := range []byte(raw) {
		v = constant.BinaryOp(constant.Shift(v, gotoken.SHL, 8), gotoken.OR, constant.MakeInt64(int64(b)))
	}
	return value{t: t, v: wrap(v, t)}, true
}

func (c calc) wideChar(prefix, body string) (value, bool) {
	name := map[string]string{"L": "int", "u": "unsigned short", "U": "unsigned int", "u8": "unsigned char"}[prefix]
	if prefix == "L" && c.types.target.UnsignedWChar {
		name = "unsigned int"
	}
	t := c.types.get(name)
	v, ok := cpp.WideChar(prefix, body)
	return value{t: t, v: wrap(constant.MakeUint64(v), t)}, ok
}

// rawString returns the encoding prefix and the bytes of a string constant; false for what is none.
func rawString(text string) (prefix, raw string, ok bool) {
	prefix, body, ok := cpp.Unquote(text, '"')
	if !ok || strings.HasSuffix(prefix, "R") {
		return "", "", false
	}
	raw, ok = cpp.Unescape(body)
	return prefix, raw, ok
}

// wideString returns a string of wide characters, which has no value that can be carried over, but a size.
func (c calc) wideString(prefix, text string) value {
	elem, n := c.types.get("int"), int64(1)
	if prefix == "u" {
		elem = c.types.get("unsigned short")
	}
	for _, r := range text {
		if n++; prefix == "u" && r > 0xffff {
			n++
		}
	}
	return unknown(arrayOf(elem, n), "it is a wide string")
}

func (c calc) stringValue(s string) value {
	return value{t: arrayOf(c.types.get("char"), int64(len(s))+1), v: constant.MakeString(s)}
}

// isString reports whether a value is a string.
func (x value) isString() bool {
	return x.v != nil && x.v.Kind() == constant.String && x.t.kind == model.Array
}
