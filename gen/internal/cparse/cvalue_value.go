// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"go/constant"
	gotoken "go/token"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

func fits(v constant.Value, t *ctype) bool {
	return constant.Compare(wrap(v, t), gotoken.EQL, v)
}

// value is what an expression gives: a type and, where it is constant, a value.
type value struct {
	t *ctype
	// v is nil where the value is not known. Integers are in the range of t, pointers are numbers, strings
	// are without the terminating zero.
	v constant.Value
	// addr is the constant address of an lvalue; nil for what is not one or has no constant address.
	addr constant.Value
	bits int64  // the width of a bit-field that was selected, else 0
	why  string // for a nil v: the reason

	rvalue  bool // it is the result of a cast or call
	runtime bool // for a nil v: no compiler takes it for constant
}

// calc computes with values as a target's compilers do.
type calc struct{ types *types }

// unknown returns a value of a type that is not known, and why.
func unknown(t *ctype, why string) value { return value{t: t, why: why} }

// int returns the value as an int64; false where it is not one.
func (x value) int() (int64, bool) {
	if x.v == nil || x.v.Kind() != constant.Int {
		return 0, false
	}
	return constant.Int64Val(x.v)
}

// wrap brings an integer into the range of t as a conversion does.
func wrap(v constant.Value, t *ctype) constant.Value {
	if t.kind == model.Bool {
		return boolean(constant.Sign(v) != 0)
	}
	return wrapBits(v, t.size()*8, t.isSigned())
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

// boolean returns 1 or 0.
func boolean(b bool) constant.Value {
	if b {
		return constant.MakeInt64(1)
	}
	return constant.MakeInt64(0)
}

// truth reports whether a known value counts as true.
func truth(v constant.Value) bool {
	if v.Kind() == constant.String {
		return true
	}
	return constant.Sign(v) != 0
}

// round brings a floating-point value to the precision of t; long double keeps what it has.
func round(v constant.Value, t *ctype) constant.Value {
	v = constant.ToFloat(v)
	switch t.metric.Size {
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

// isNumber reports whether a value is a known integer.
func isNumber(v constant.Value) bool { return v != nil && v.Kind() == constant.Int }
