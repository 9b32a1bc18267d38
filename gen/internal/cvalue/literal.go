// SPDX-License-Identifier: Apache-2.0

package cvalue

import (
	"go/constant"
	gotoken "go/token"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Number returns the value of a number token; false where it is not a C constant, with the reason if there is a
// better one than that.
func (c Calc) Number(text string) (Value, bool) {
	s := strings.ToLower(text)
	hex := strings.HasPrefix(s, "0x")
	if strings.ContainsAny(s, ".") || hex && strings.Contains(s, "p") || !hex && strings.Contains(s, "e") {
		return c.float(s)
	}
	digits, suffix, base, ok := cpp.SplitInteger(text)
	if !ok {
		return Value{}, false
	}
	return c.integer(digits, strings.ToLower(suffix), base)
}

// integer returns the value of an integer constant, whose type is the first that holds it among those that its
// base and suffix allow.
func (c Calc) integer(digits, suffix string, base int) (Value, bool) {
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return Value{Why: cpp.TooLarge}, false
	}
	v := constant.MakeUint64(n)
	if base == 10 && n > 1<<63-1 && !strings.Contains(suffix, "u") {
		if !c.Types.Target.Clang {
			return Value{Why: "is unsigned for clang and not for gcc: give it the suffix u"}, false
		}
		return Value{Type: c.Types.Get("unsigned long long"), Const: v}, true
	}
	for _, name := range suffixTypes(suffix, base == 10) {
		if t := c.Types.Get(name); t != nil && constant.Compare(Wrap(v, t), gotoken.EQL, v) {
			return Value{Type: t, Const: v}, true
		}
	}
	return Value{Why: cpp.TooLarge}, false
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
func (c Calc) float(s string) (Value, bool) {
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
	t := c.Types.Get(name)
	if t == nil || !isFloat(digits) || !boundedExponent(digits) {
		return Value{}, false
	}
	v := constant.MakeFromLiteral(digits, gotoken.FLOAT, 0)
	if v.Kind() == constant.Unknown {
		return Value{}, false
	}
	if v = round(v, t); v == nil {
		return Unknown(t, "it is not a finite number"), true
	}
	return Value{Type: t, Const: v}, true
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

// Char returns the value of a character constant.
func (c Calc) Char(text string) (Value, bool) {
	prefix, body, ok := cpp.Unquote(text, '\'')
	if !ok || body == "" {
		return Value{}, false
	}
	t := c.Types.Get("int")
	if prefix != "" {
		return c.wideChar(prefix, body)
	}
	raw, ok := cpp.Unescape(body)
	if !ok {
		return Value{}, false
	}
	if len(raw) == 1 {
		char := constant.MakeInt64(int64(raw[0]))
		return Value{Type: t, Const: Wrap(char, c.Types.Get("char"))}, true
	}
	v := constant.MakeInt64(0)
	for _, b := range []byte(raw) {
		v = constant.BinaryOp(constant.Shift(v, gotoken.SHL, 8), gotoken.OR, constant.MakeInt64(int64(b)))
	}
	return Value{Type: t, Const: Wrap(v, t)}, true
}

func (c Calc) wideChar(prefix, body string) (Value, bool) {
	name := map[string]string{"L": "int", "u": "unsigned short", "U": "unsigned int", "u8": "unsigned char"}[prefix]
	if prefix == "L" && c.Types.Target.UnsignedWChar {
		name = "unsigned int"
	}
	t := c.Types.Get(name)
	v, ok := cpp.WideChar(prefix, body)
	return Value{Type: t, Const: Wrap(constant.MakeUint64(v), t)}, ok
}

// RawString returns the encoding prefix and the bytes of a string constant; false for what is none.
func RawString(text string) (prefix, raw string, ok bool) {
	prefix, body, ok := cpp.Unquote(text, '"')
	if !ok || strings.HasSuffix(prefix, "R") {
		return "", "", false
	}
	raw, ok = cpp.Unescape(body)
	return prefix, raw, ok
}

// WideText returns a string of wide characters, which has no value that can be carried over, but a size.
func (c Calc) WideText(prefix, text string) Value {
	elem, n := c.Types.Get("int"), int64(1)
	if prefix == "u" {
		elem = c.Types.Get("unsigned short")
	}
	for _, r := range text {
		if n++; prefix == "u" && r > 0xffff {
			n++
		}
	}
	return Unknown(ctype.ArrayOf(elem, n), "it is a wide string")
}

// Text returns a string of bytes.
func (c Calc) Text(s string) Value {
	return Value{Type: ctype.ArrayOf(c.Types.Get("char"), int64(len(s))+1), Const: constant.MakeString(s)}
}

// IsString reports whether a value is a string.
func (x Value) IsString() bool {
	return x.Const != nil && x.Const.Kind() == constant.String && x.Type.Kind == model.Array
}
