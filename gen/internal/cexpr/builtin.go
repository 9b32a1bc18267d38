// SPDX-License-Identifier: Apache-2.0

package cexpr

import (
	"cmp"
	"go/constant"
	"math/bits"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// builtin returns what takes the arguments of a builtin; nil where the name is not one.
func (p *Parser) builtin(t cpp.Token) func(cpp.Token) cvalue.Value {
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
		return func(t cpp.Token) cvalue.Value { return p.bitFunction(t, f) }
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
func (p *Parser) bitFunction(t cpp.Token, f func(n uint64, size int) (int, bool)) cvalue.Value {
	name := "unsigned int"
	switch len(t.Text) - len(strings.TrimRight(t.Text, "l")) {
	case 1:
		name = "unsigned long"
	case 2:
		name = "unsigned long long"
	}
	p.Expect("(")
	x := p.Convert(p.Decay(p.Assignment()), p.Types.Get(name))
	p.Expect(")")
	i := p.Types.Get("int")
	if x.Const == nil {
		return cvalue.Unknown(i, x.Why)
	}
	n, _ := constant.Uint64Val(x.Const)
	v, ok := f(n, int(x.Type.Size())*8)
	if !ok {
		return cvalue.Unknown(i, t.Text+" of 0 is not defined")
	}
	return cvalue.Value{Type: i, Const: constant.MakeInt64(int64(v))}
}

// stringLength takes the argument of __builtin_strlen.
func (p *Parser) stringLength(cpp.Token) cvalue.Value {
	p.Expect("(")
	x := p.Assignment()
	p.Expect(")")
	size := p.Types.Word(false)
	if !x.IsString() {
		return cvalue.Unknown(size, cmp.Or(x.Why, "it is the length of something other than a string constant"))
	}
	text := constant.StringVal(x.Const)
	if n := strings.IndexByte(text, 0); n >= 0 {
		text = text[:n]
	}
	return cvalue.Value{Type: size, Const: constant.MakeInt64(int64(len(text)))}
}

// offsetOf takes (type, member) of __builtin_offsetof.
func (p *Parser) offsetOf(cpp.Token) cvalue.Value {
	p.Expect("(")
	t := p.names.TypeName()
	p.Expect(",")
	x := cvalue.Value{Type: t, Addr: constant.MakeInt64(0)}
	x = p.selectMember(x, p.ExpectIdent())
	for p.Is(".") || p.Is("[") {
		if p.Accept(".") {
			x = p.selectMember(x, p.ExpectIdent())
			continue
		}
		p.Next()
		i := p.Expression()
		p.Expect("]")
		x = p.deref(p.Binary("+", x, i))
	}
	p.Expect(")")
	size := p.Types.Word(false)
	if !cvalue.IsNumber(x.Addr) {
		return cvalue.Unknown(size, "it has no constant offset")
	}
	return cvalue.Value{Type: size, Const: cvalue.Wrap(x.Addr, size)}
}

func (p *Parser) byteSwap(t cpp.Token) cvalue.Value {
	bits := map[string]uint{"16": 16, "32": 32, "64": 64}[t.Text[len(t.Text)-2:]]
	p.Expect("(")
	typ := p.Types.Sized(int64(bits/8), false)
	x := p.Convert(p.Decay(p.Assignment()), typ)
	p.Expect(")")
	if x.Const == nil {
		return x
	}
	n, _ := constant.Uint64Val(x.Const)
	out := uint64(0)
	for i := uint(0); i < bits; i += 8 {
		out |= n >> i & 0xff << (bits - 8 - i)
	}
	return cvalue.Value{Type: typ, Const: constant.MakeUint64(out)}
}

// constantP takes the argument of __builtin_constant_p. What is not known to be constant here may be for a compiler, other
// than the value of a variable that is not const, and the result of a function.
func (p *Parser) constantP(cpp.Token) cvalue.Value {
	p.Expect("(")
	x := p.Expression()
	p.Expect(")")
	i := p.Types.Get("int")
	switch {
	case x.Const == nil && x.Runtime:
		return cvalue.Value{Type: i, Const: constant.MakeInt64(0)}
	case x.Const == nil:
		return cvalue.Unknown(i, "it depends on whether an expression is constant: "+x.Why)
	}
	return cvalue.Value{Type: i, Const: constant.MakeInt64(1)}
}

func (p *Parser) chooseExpr(cpp.Token) cvalue.Value {
	p.Expect("(")
	cond := p.Assignment()
	p.Expect(",")
	yes := p.Assignment()
	p.Expect(",")
	no := p.Assignment()
	p.Expect(")")
	switch {
	case cond.Const == nil:
		return cvalue.Unknown(yes.Type, cond.Why)
	case cvalue.Truth(cond.Const):
		return yes
	}
	return no
}

// expectExpr takes the arguments of __builtin_expect and the one like it, which give the first.
func (p *Parser) expectExpr(cpp.Token) cvalue.Value {
	p.Expect("(")
	x := p.Convert(p.Decay(p.Assignment()), p.Types.Get("long"))
	for p.Accept(",") {
		p.Assignment()
	}
	p.Expect(")")
	return x
}

func (p *Parser) typesCompatible(cpp.Token) cvalue.Value {
	p.Expect("(")
	a := p.names.TypeName()
	p.Expect(",")
	b := p.names.TypeName()
	p.Expect(")")
	i := p.Types.Get("int")
	if a, b := a.Base(), b.Base(); a.Kind == model.Array && b.Kind == model.Array && (a.Len < 0 || b.Len < 0) {
		return cvalue.Value{Type: i, Const: cvalue.Bool(ctype.Same(a.Elem, b.Elem))}
	}
	if ctype.Qualifiable(a) && ctype.Same(a, b) {
		return cvalue.Unknown(i, "it compares types with pointers in them, and qualifiers are not known here")
	}
	return cvalue.Value{Type: i, Const: cvalue.Bool(ctype.Same(a, b))}
}

// generic takes a _Generic selection.
func (p *Parser) generic(cpp.Token) cvalue.Value {
	p.Expect("(")
	x := p.Decay(p.Assignment())
	chosen := cvalue.Unknown(p.Types.Get("int"), "no type of _Generic fits")
	found := false
	for p.Accept(",") {
		if p.Accept("default") {
			p.Expect(":")
			if y := p.Assignment(); !found {
				chosen = y
			}
			continue
		}
		t := p.names.TypeName()
		p.Expect(":")
		y := p.Assignment()
		switch {
		case !ctype.Same(t, x.Type):
		case ctype.Qualifiable(t):
			chosen, found = cvalue.Unknown(y.Type, "it selects by types with pointers in them, and qualifiers are not known here"), true
		default:
			chosen, found = y, true
		}
	}
	p.Expect(")")
	return chosen
}

// absolute takes the argument of __builtin_abs, labs or llabs, which gcc folds and clang 19 does not.
func (p *Parser) absolute(t cpp.Token) cvalue.Value {
	typ := p.Types.Get(map[string]string{"__builtin_abs": "int", "__builtin_labs": "long", "__builtin_llabs": "long long"}[t.Text])
	p.Expect("(")
	p.Assignment()
	p.Expect(")")
	return cvalue.Unknown(typ, t.Text+" is not a constant for clang 19")
}
