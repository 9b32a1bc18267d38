// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"go/constant"
	gotoken "go/token"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

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
		return constant.MakeInt64(boolInt(constant.Sign(v) != 0))
	}
	return wrapBits(v, t.size()*8, isSigned(t))
}

func isSigned(t *ctype) bool {
	switch t.kind {
	case model.EnumType:
		return t.enum.typ().signed
	case model.Int:
		return t.signed
	}
	return false
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

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
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

// convert converts x to t as a cast does.
func (p *parser) convert(x value, t *ctype) value {
	out := value{t: t, why: x.why}
	switch {
	case x.v == nil:
	case t.kind == model.Float && x.v.Kind() != constant.String:
		out.v = round(x.v, t.base())
	case t.isInt():
		out.v = toInteger(x, t)
	case t.kind == model.Pointer && x.v.Kind() == constant.Int:
		out.v = wrapBits(x.v, t.size()*8, false)
	case t.kind == model.Pointer && x.v.Kind() == constant.String && x.t.kind == model.Array:
		out.v = x.v
	}
	if out.v == nil && out.why == "" {
		out.why = "it is not a constant of type " + t.String()
	}
	return out
}

func toInteger(x value, t *ctype) constant.Value {
	switch x.v.Kind() {
	case constant.Int:
		return wrap(x.v, t)
	case constant.Float:
		if t.kind == model.Bool {
			return constant.MakeInt64(boolInt(truth(x.v)))
		}
		return truncate(x.v, t)
	}
	return nil
}

// truncate converts a float to an integer type; nil where it does not fit.
func truncate(v constant.Value, t *ctype) constant.Value {
	f, _ := constant.Float64Val(v)
	if f > 1e30 || f < -1e30 {
		return nil
	}
	num, den := constant.Num(v), constant.Denom(v)
	if num.Kind() != constant.Int || den.Kind() != constant.Int {
		return nil
	}
	q := constant.BinaryOp(num, gotoken.QUO_ASSIGN, den)
	if constant.Compare(wrap(q, t), gotoken.NEQ, q) {
		return nil
	}
	return q
}

// promoted returns the type that t's values have in arithmetic; bits is the width of a bit-field, else 0.
func (p *parser) promoted(t *ctype, bits int64) *ctype {
	i := p.types.get("int")
	switch {
	case t.kind == model.EnumType:
		return p.promoted(t.enum.typ(), bits)
	case !t.isInt():
		return t.base()
	case bits > 0 && (bits < 32 || bits == 32 && isSigned(t)) && t.rank <= i.rank:
		return i
	case t.kind == model.Bool || t.rank < i.rank:
		return i
	}
	return t.base()
}

// common returns the type of an arithmetic operation on x and y.
func (p *parser) common(x, y value) *ctype {
	a, b := p.promoted(x.t, x.bits), p.promoted(y.t, y.bits)
	switch {
	case a.kind == model.Float && b.kind == model.Float:
		if a.rank >= b.rank {
			return a
		}
		return b
	case a.kind == model.Float:
		return a
	case b.kind == model.Float:
		return b
	case a.rank < b.rank:
		a, b = b, a
	}
	switch {
	case a.signed == b.signed || !a.signed:
		return a.base()
	case a.rank == b.rank:
		return b.base()
	case a.size() > b.size():
		return a.base()
	}
	return p.types.get("unsigned " + a.base().name)
}

// unary applies + - ~ ! to x.
func (p *parser) unary(op string, x value) value {
	if op == "!" {
		out := value{t: p.types.get("int"), why: x.why}
		if x.v != nil {
			out.v = constant.MakeInt64(boolInt(!truth(x.v)))
		}
		return out
	}
	if !x.t.isArithmetic() {
		return unknown(x.t, "it applies "+op+" to a value of type "+x.t.String())
	}
	t := p.promoted(x.t, x.bits)
	x = p.convert(x, t)
	switch {
	case x.v == nil || op == "+":
	case op == "-" && t.kind == model.Float:
		x.v = constant.UnaryOp(gotoken.SUB, x.v, 0)
	case op == "-":
		x.v = wrap(constant.UnaryOp(gotoken.SUB, x.v, 0), t)
	case t.kind == model.Float:
		return unknown(t, "it applies ~ to a floating-point value")
	default:
		x.v = wrap(constant.UnaryOp(gotoken.XOR, x.v, 0), t)
	}
	return x
}

// binary applies a binary operator other than the logical ones.
func (p *parser) binary(op string, x, y value) value {
	x, y = p.decay(x), p.decay(y)
	if x.t.kind == model.Pointer || y.t.kind == model.Pointer {
		return p.pointerOp(op, x, y)
	}
	if !x.t.isArithmetic() || !y.t.isArithmetic() {
		return unknown(p.types.get("int"), "it applies "+op+" to values that are not numbers")
	}
	if op == "<<" || op == ">>" {
		return p.shift(op, x, y)
	}
	t := p.common(x, y)
	x, y = p.convert(x, t), p.convert(y, t)
	if cmp, ok := comparisons[op]; ok {
		out := value{t: p.types.get("int"), why: firstOf(x.why, y.why)}
		if x.v != nil && y.v != nil {
			out.v = constant.MakeInt64(boolInt(constant.Compare(x.v, cmp, y.v)))
		}
		return out
	}
	if x.v == nil || y.v == nil {
		return unknown(t, firstOf(x.why, y.why))
	}
	return p.arithmetic(op, t, x.v, y.v)
}

var comparisons = map[string]gotoken.Token{
	"==": gotoken.EQL, "!=": gotoken.NEQ, "<": gotoken.LSS, "<=": gotoken.LEQ, ">": gotoken.GTR, ">=": gotoken.GEQ,
}

var arithmetics = map[string]gotoken.Token{
	"+": gotoken.ADD, "-": gotoken.SUB, "*": gotoken.MUL, "/": gotoken.QUO, "%": gotoken.REM,
	"&": gotoken.AND, "|": gotoken.OR, "^": gotoken.XOR,
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// arithmetic computes x op y, both of type t.
func (p *parser) arithmetic(op string, t *ctype, x, y constant.Value) value {
	tok := arithmetics[op]
	if t.kind == model.Float {
		if tok == gotoken.REM || tok == gotoken.AND || tok == gotoken.OR || tok == gotoken.XOR {
			return unknown(t, "it applies "+op+" to floating-point values")
		}
		if tok == gotoken.QUO && constant.Sign(y) == 0 {
			return unknown(t, "it divides by zero")
		}
		v := round(constant.BinaryOp(x, tok, y), t)
		if v == nil {
			return unknown(t, "it is not a finite number")
		}
		return value{t: t, v: v}
	}
	if tok == gotoken.QUO || tok == gotoken.REM {
		if constant.Sign(y) == 0 {
			return unknown(t, "it divides by zero")
		}
		if tok == gotoken.QUO {
			tok = gotoken.QUO_ASSIGN // the one that divides integers as integers
		}
	}
	return value{t: t, v: wrap(constant.BinaryOp(x, tok, y), t)}
}

func (p *parser) shift(op string, x, y value) value {
	t := p.promoted(x.t, x.bits)
	x, y = p.convert(x, t), p.convert(y, p.promoted(y.t, y.bits))
	n, ok := y.int()
	switch {
	case t.kind == model.Float:
		return unknown(t, "it shifts a floating-point value")
	case x.v == nil || !ok:
		return unknown(t, firstOf(x.why, firstOf(y.why, "it shifts by a value that is not constant")))
	case n < 0 || n >= t.size()*8:
		return unknown(t, "it shifts by more bits than the type has")
	case op == "<<":
		return value{t: t, v: wrap(constant.Shift(x.v, gotoken.SHL, uint(n)), t)}
	}
	return value{t: t, v: constant.Shift(x.v, gotoken.SHR, uint(n))}
}

// pointerOp computes with addresses: comparison, difference, and adding an integer.
func (p *parser) pointerOp(op string, x, y value) value {
	if cmp, ok := comparisons[op]; ok {
		out := value{t: p.types.get("int"), why: "it compares addresses"}
		if isNumber(x.v) && isNumber(y.v) {
			out.v = constant.MakeInt64(boolInt(constant.Compare(x.v, cmp, y.v)))
		}
		return out
	}
	if y.t.kind == model.Pointer && op == "+" {
		x, y = y, x
	}
	if x.t.kind != model.Pointer || op != "+" && op != "-" {
		return unknown(p.types.get("int"), "computes with an address")
	}
	step := constant.MakeInt64(max(1, x.t.elem.size()))
	if y.t.kind == model.Pointer {
		out := value{t: p.types.word(true), why: "it computes with an address"}
		if op == "-" && isNumber(x.v) && isNumber(y.v) {
			diff := constant.BinaryOp(x.v, gotoken.SUB, y.v)
			out.v = wrap(constant.BinaryOp(diff, gotoken.QUO_ASSIGN, step), out.t)
		}
		return out
	}
	if !isNumber(x.v) || !isNumber(y.v) {
		return unknown(x.t, "it computes with an address")
	}
	off := constant.BinaryOp(y.v, gotoken.MUL, step)
	return value{t: x.t, v: wrapBits(constant.BinaryOp(x.v, arithmetics[op], off), x.t.size()*8, false)}
}

func isNumber(v constant.Value) bool { return v != nil && v.Kind() == constant.Int }

// decay turns an array into a pointer to its first element, and a function into its address. Strings stay.
func (p *parser) decay(x value) value {
	switch {
	case x.t.kind == model.Array && (x.v == nil || x.v.Kind() != constant.String):
		return value{t: p.types.pointer(x.t.elem), v: x.addr, why: firstOf(x.why, "it is an array")}
	case x.t.kind == model.Array:
		return value{t: p.types.pointer(x.t.elem), why: "it computes with a string"}
	case x.t.kind == model.Func:
		return unknown(p.types.pointer(x.t), "it is a function")
	}
	return x
}
