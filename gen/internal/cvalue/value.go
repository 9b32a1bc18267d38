// SPDX-License-Identifier: Apache-2.0

// Package cvalue computes with constants of C as a target's compilers do: literals, conversions and operators. What gcc
// and clang do not both take for constant has no value, and says why.
package cvalue

import (
	"go/constant"
	gotoken "go/token"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Value is what an expression gives: a type and, where it is constant, a value.
type Value struct {
	Type *ctype.Type
	// Const is nil where the value is not known. Integers are in the range of t, pointers are numbers, strings
	// are without the terminating zero.
	Const constant.Value
	// Addr is the constant address of an lvalue; nil for what is not one or has no constant address.
	Addr constant.Value
	Bits int64  // the width of a bit-field that was selected, else 0
	Why  string // for a nil Const: the reason

	Rvalue  bool // it is the result of a cast or call
	Runtime bool // for a nil Const: no compiler takes it for constant
}

// Calc computes with values of a target's types.
type Calc struct{ Types *ctype.Types }

// Unknown returns a value of a type that is not known, and why.
func Unknown(t *ctype.Type, why string) Value { return Value{Type: t, Why: why} }

// Int returns the value as an int64; false where it is not one.
func (x Value) Int() (int64, bool) {
	if x.Const == nil || x.Const.Kind() != constant.Int {
		return 0, false
	}
	return constant.Int64Val(x.Const)
}

// Wrap brings an integer into the range of t as a conversion does.
func Wrap(v constant.Value, t *ctype.Type) constant.Value {
	if t.Kind == model.Bool {
		return Bool(constant.Sign(v) != 0)
	}
	return wrapBits(v, t.Size()*8, t.IsSigned())
}

// wrapBits brings an integer into the range of an integer of so many bits.
func wrapBits(v constant.Value, bits int64, signed bool) constant.Value {
	if n, exact := constant.Int64Val(v); exact && (n >= 0 && n < 1<<31 && bits >= 32 || signed && bits >= 64) {
		return v
	}
	one := constant.MakeInt64(1)
	mask := constant.BinaryOp(constant.Shift(one, gotoken.SHL, uint(bits)), gotoken.SUB, one)
	v = constant.BinaryOp(v, gotoken.AND, mask)
	if signed && bits > 0 && constant.Sign(constant.BinaryOp(v, gotoken.AND, constant.Shift(one, gotoken.SHL, uint(bits-1)))) != 0 {
		v = constant.BinaryOp(v, gotoken.SUB, constant.Shift(one, gotoken.SHL, uint(bits)))
	}
	return v
}

// Bool returns the int that a comparison gives: 1 or 0.
func Bool(b bool) constant.Value {
	if b {
		return constant.MakeInt64(1)
	}
	return constant.MakeInt64(0)
}

// Truth reports whether a known value counts as true.
func Truth(v constant.Value) bool {
	if v.Kind() == constant.String {
		return true
	}
	return constant.Sign(v) != 0
}

// round brings a floating-point value to the precision of t; long double keeps what it has.
func round(v constant.Value, t *ctype.Type) constant.Value {
	v = constant.ToFloat(v)
	switch t.Metric.Size {
	case 4:
		f, _ := constant.Float32Val(v)
		return finite(constant.MakeFloat64(float64(f)))
	case 8:
		f, _ := constant.Float64Val(v)
		return finite(constant.MakeFloat64(f))
	}
	return v
}

// finite returns nil for what is not a number.
func finite(v constant.Value) constant.Value {
	if v.Kind() == constant.Unknown {
		return nil
	}
	return constant.ToFloat(v)
}

// IsNumber reports whether a value is a known integer.
func IsNumber(v constant.Value) bool { return v != nil && v.Kind() == constant.Int }

// Fits reports whether a type can hold an integer.
func Fits(v constant.Value, t *ctype.Type) bool {
	return constant.Compare(Wrap(v, t), gotoken.EQL, v)
}
