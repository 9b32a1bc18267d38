// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"cmp"
	"go/constant"
	"math/bits"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// builtin returns what takes the arguments of a builtin; nil where the name is not one.
func (p *exprs) builtin(t cpp.Token) func(cpp.Token) value {
	switch t.Text {
	case "__builtin_offsetof":
		return p.offsetOf
	case "__builtin_abs", "__builtin_labs", "__builtin_llabs":
		return p.absolute
	case "__builtin_bswap16", "__builtin_bswap32", "__builtin_bswap64":
		return p.byteSwap
	case "__builtin_constant_p":
		return p.constantP
	case "__builtin_choose_expr":
		return p.chooseExpr
	case "__builtin_expect":
		return p.expectExpr
	case "__builtin_types_compatible_p":
		return p.typesCompatible
	case "__builtin_expect_with_probability":
		return p.expectExpr
	case "__builtin_strlen":
		return p.stringLength
	case "_Generic":
		return p.generic
	}
	if f, ok := bitFunctions[strings.TrimRight(strings.TrimPrefix(t.Text, "__builtin_"), "l")]; ok && strings.HasPrefix(t.Text, "__builtin_") {
		return func(t cpp.Token) value { return p.bitFunction(t, f) }
	}
	return nil
}

// bitFunctions are builtins that compute an int from the bits of an integer, of which there are so many; false where
// the result is not defined.
var bitFunctions = map[string]func(n uint64, size int) (int, bool){
	"clz":      func(n uint64, size int) (int, bool) { return bits.LeadingZeros64(n) - 64 + size, n != 0 },
	"ctz":      func(n uint64, _ int) (int, bool) { return bits.TrailingZeros64(n), n != 0 },
	"popcount": func(n uint64, _ int) (int, bool) { return bits.OnesCount64(n), true },
	"parity":   func(n uint64, _ int) (int, bool) { return bits.OnesCount64(n) & 1, true },
	"ffs": func(n uint64, _ int) (int, bool) {
		if n == 0 {
			return 0, true
		}
		return bits.TrailingZeros64(n) + 1, true
	},
	"clrsb": func(n uint64, size int) (int, bool) {
		if n>>(size-1)&1 != 0 {
			n = ^n << (64 - size) >> (64 - size)
		}
		return bits.LeadingZeros64(n) - 64 + size - 1, true
	},
}

// bitFunction takes the argument of one of bitFunctions: an int, or a long for a name with an l, or a long long.
func (p *exprs) bitFunction(t cpp.Token, f func(n uint64, size int) (int, bool)) value {
	name := "unsigned int"
	switch len(t.Text) - len(strings.TrimRight(t.Text, "l")) {
	case 1:
		name = "unsigned long"
	case 2:
		name = "unsigned long long"
	}
	p.expect("(")
	x := p.convert(p.decay(p.assignment()), p.types.get(name))
	p.expect(")")
	i := p.types.get("int")
	if x.v == nil {
		return unknown(i, x.why)
	}
	n, _ := constant.Uint64Val(x.v)
	v, ok := f(n, int(x.t.size())*8)
	if !ok {
		return unknown(i, t.Text+" of 0 is not defined")
	}
	return value{t: i, v: constant.MakeInt64(int64(v))}
}

// stringLength takes the argument of __builtin_strlen.
func (p *exprs) stringLength(cpp.Token) value {
	p.expect("(")
	x := p.assignment()
	p.expect(")")
	size := p.types.word(false)
	if !x.isString() {
		return unknown(size, cmp.Or(x.why, "it is the length of what is no string constant"))
	}
	text := constant.StringVal(x.v)
	if n := strings.IndexByte(text, 0); n >= 0 {
		text = text[:n]
	}
	return value{t: size, v: constant.MakeInt64(int64(len(text)))}
}

// offsetOf takes (type, member) of __builtin_offsetof.
func (p *exprs) offsetOf(cpp.Token) value {
	p.expect("(")
	t := p.typeName()
	p.expect(",")
	x := value{t: t, addr: constant.MakeInt64(0)}
	x = p.selectMember(x, p.expectIdent())
	for p.is(".") || p.is("[") {
		if p.accept(".") {
			x = p.selectMember(x, p.expectIdent())
			continue
		}
		p.next()
		i := p.expression()
		p.expect("]")
		x = p.deref(p.binary("+", x, i))
	}
	p.expect(")")
	size := p.types.word(false)
	if !isNumber(x.addr) {
		return unknown(size, "it has no constant offset")
	}
	return value{t: size, v: wrap(x.addr, size)}
}

func (p *exprs) byteSwap(t cpp.Token) value {
	bits := map[string]uint{"16": 16, "32": 32, "64": 64}[t.Text[len(t.Text)-2:]]
	p.expect("(")
	typ := p.types.sized(int64(bits/8), false)
	x := p.convert(p.decay(p.assignment()), typ)
	p.expect(")")
	if x.v == nil {
		return x
	}
	n, _ := constant.Uint64Val(x.v)
	out := uint64(0)
	for i := uint(0); i < bits; i += 8 {
		out |= n >> i & 0xff << (bits - 8 - i)
	}
	return value{t: typ, v: constant.MakeUint64(out)}
}

// constantP takes the argument of __builtin_constant_p. What is not known to be constant here may be for a compiler, other
// than the value of a variable that is not const, and the result of a function.
func (p *exprs) constantP(cpp.Token) value {
	p.expect("(")
	x := p.expression()
	p.expect(")")
	i := p.types.get("int")
	switch {
	case x.v == nil && x.runtime:
		return value{t: i, v: constant.MakeInt64(0)}
	case x.v == nil:
		return unknown(i, "it depends on whether an expression is constant: "+x.why)
	}
	return value{t: i, v: constant.MakeInt64(1)}
}

func (p *exprs) chooseExpr(cpp.Token) value {
	p.expect("(")
	cond := p.assignment()
	p.expect(",")
	yes := p.assignment()
	p.expect(",")
	no := p.assignment()
	p.expect(")")
	switch {
	case cond.v == nil:
		return unknown(yes.t, cond.why)
	case truth(cond.v):
		return yes
	}
	return no
}

// expectExpr takes the arguments of __builtin_expect and the one like it, which give the first.
func (p *exprs) expectExpr(cpp.Token) value {
	p.expect("(")
	x := p.convert(p.decay(p.assignment()), p.types.get("long"))
	for p.accept(",") {
		p.assignment()
	}
	p.expect(")")
	return x
}

func (p *exprs) typesCompatible(cpp.Token) value {
	p.expect("(")
	a := p.typeName()
	p.expect(",")
	b := p.typeName()
	p.expect(")")
	i := p.types.get("int")
	if a, b := a.base(), b.base(); a.kind == model.Array && b.kind == model.Array && (a.n < 0 || b.n < 0) {
		return value{t: i, v: boolean(sameType(a.elem, b.elem))}
	}
	if qualifiable(a) && sameType(a, b) {
		return unknown(i, "it compares types with pointers in them, and qualifiers are not known here")
	}
	return value{t: i, v: boolean(sameType(a, b))}
}

// generic takes a _Generic selection.
func (p *exprs) generic(cpp.Token) value {
	p.expect("(")
	x := p.decay(p.assignment())
	chosen := unknown(p.types.get("int"), "no type of _Generic fits")
	found := false
	for p.accept(",") {
		if p.accept("default") {
			p.expect(":")
			if y := p.assignment(); !found {
				chosen = y
			}
			continue
		}
		t := p.typeName()
		p.expect(":")
		y := p.assignment()
		switch {
		case !sameType(t, x.t):
		case qualifiable(t):
			chosen, found = unknown(y.t, "it selects by types with pointers in them, and qualifiers are not known here"), true
		default:
			chosen, found = y, true
		}
	}
	p.expect(")")
	return chosen
}

// absolute takes the argument of __builtin_abs, labs or llabs, which gcc folds and clang 19 does not.
func (p *exprs) absolute(t cpp.Token) value {
	typ := p.types.get(map[string]string{"__builtin_abs": "int", "__builtin_labs": "long", "__builtin_llabs": "long long"}[t.Text])
	p.expect("(")
	p.assignment()
	p.expect(")")
	return unknown(typ, t.Text+" is no constant for clang 19")
}
