// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"cmp"
	"go/constant"
	gotoken "go/token"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// convert converts x to t as a cast does.
func (c calc) convert(x value, t *ctype) value {
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
			return boolean(truth(x.v))
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
func (c calc) promoted(t *ctype, bits int64) *ctype {
	i := c.types.get("int")
	switch {
	case t.kind == model.EnumType:
		return c.promoted(t.enum.integer, bits)
	case !t.isInt():
		return t.base()
	case bits > 0 && (bits < 32 || bits == 32 && t.isSigned()) && t.rank <= i.rank:
		return i
	case t.kind == model.Bool || t.rank < i.rank:
		return i
	}
	return t.base()
}

// common returns the type of an arithmetic operation on x and y.
func (c calc) common(x, y value) *ctype {
	a, b := c.promoted(x.t, x.bits), c.promoted(y.t, y.bits)
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
	return c.types.get("unsigned " + a.base().name)
}

// unary applies + - ~ ! to x. A number stays as it is before that, with its width.
func (c calc) unary(op string, x value) value {
	if !x.t.isArithmetic() {
		x = c.decay(x)
	}
	if op == "!" {
		out := value{t: c.types.get("int"), why: x.why}
		if x.v != nil {
			out.v = boolean(!truth(x.v))
		}
		return out
	}
	if !x.t.isArithmetic() {
		return unknown(x.t, "it applies "+op+" to a value of type "+x.t.String())
	}
	t := c.promoted(x.t, x.bits)
	x = c.convert(x, t)
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
func (c calc) binary(op string, x, y value) value {
	x, y = c.decay(x), c.decay(y)
	if x.t.kind == model.Pointer || y.t.kind == model.Pointer {
		return c.pointerOp(op, x, y)
	}
	if !x.t.isArithmetic() || !y.t.isArithmetic() {
		return unknown(c.types.get("int"), "it applies "+op+" to values that are not numbers")
	}
	if op == "<<" || op == ">>" {
		return c.shift(op, x, y)
	}
	t := c.common(x, y)
	x, y = c.convert(x, t), c.convert(y, t)
	if compare, ok := comparisons[op]; ok {
		out := value{t: c.types.get("int"), why: cmp.Or(x.why, y.why)}
		if x.v != nil && y.v != nil {
			out.v = boolean(constant.Compare(x.v, compare, y.v))
		}
		return out
	}
	if x.v == nil || y.v == nil {
		return unknown(t, cmp.Or(x.why, y.why))
	}
	return c.arithmetic(op, t, x.v, y.v)
}

var comparisons = map[string]gotoken.Token{
	"==": gotoken.EQL, "!=": gotoken.NEQ, "<": gotoken.LSS, "<=": gotoken.LEQ, ">": gotoken.GTR, ">=": gotoken.GEQ,
}

var arithmetics = map[string]gotoken.Token{
	"+": gotoken.ADD, "-": gotoken.SUB, "*": gotoken.MUL, "/": gotoken.QUO, "%": gotoken.REM,
	"&": gotoken.AND, "|": gotoken.OR, "^": gotoken.XOR,
}

// arithmetic computes x op y, both of type t.
func (c calc) arithmetic(op string, t *ctype, x, y constant.Value) value {
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

func (c calc) shift(op string, x, y value) value {
	t := c.promoted(x.t, x.bits)
	x, y = c.convert(x, t), c.convert(y, c.promoted(y.t, y.bits))
	n, ok := y.int()
	switch {
	case t.kind == model.Float:
		return unknown(t, "it shifts a floating-point value")
	case x.v == nil || !ok:
		return unknown(t, cmp.Or(x.why, cmp.Or(y.why, "it shifts by a value that is not constant")))
	case n < 0 || n >= t.size()*8:
		return unknown(t, "it shifts by more bits than the type has")
	case op == "<<":
		return value{t: t, v: wrap(constant.Shift(x.v, gotoken.SHL, uint(n)), t)}
	}
	return value{t: t, v: constant.Shift(x.v, gotoken.SHR, uint(n))}
}

// pointerOp computes with addresses: comparison, difference, and adding an integer.
func (c calc) pointerOp(op string, x, y value) value {
	if compare, ok := comparisons[op]; ok {
		out := value{t: c.types.get("int"), why: "it compares addresses"}
		if isNumber(x.v) && isNumber(y.v) {
			out.v = boolean(constant.Compare(x.v, compare, y.v))
		}
		return out
	}
	if y.t.kind == model.Pointer && op == "+" {
		x, y = y, x
	}
	if x.t.kind != model.Pointer || op != "+" && op != "-" {
		return unknown(c.types.get("int"), "computes with an address")
	}
	step := constant.MakeInt64(max(1, x.t.elem.size()))
	if y.t.kind == model.Pointer {
		out := value{t: c.types.word(true), why: "it computes with an address"}
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

// decay turns an array into a pointer to its first element, and a function into its address. Strings stay.
func (c calc) decay(x value) value {
	switch {
	case x.t.kind == model.Array && (x.v == nil || x.v.Kind() != constant.String):
		return value{t: c.types.pointer(x.t.elem), v: x.addr, why: cmp.Or(x.why, "it is an array")}
	case x.t.kind == model.Array:
		return value{t: c.types.pointer(x.t.elem), why: "it computes with a string"}
	case x.t.kind == model.Func:
		return unknown(c.types.pointer(x.t), "it is a function")
	}
	return x
}

// choose returns what cond ? yes : no gives.
func (c calc) choose(cond, yes, no value) value {
	yes, no = c.decayString(yes), c.decayString(no)
	taken := no
	if cond.v != nil && truth(cond.v) {
		taken = yes
	}
	if yes.t.isArithmetic() && no.t.isArithmetic() {
		taken = c.convert(taken, c.common(yes, no))
	}
	taken.addr = nil
	if cond.v == nil {
		return unknown(taken.t, cond.why)
	}
	return taken
}

// decayString decays what is not a string.
func (c calc) decayString(x value) value {
	if x.isString() {
		return x
	}
	return c.decay(x)
}

// logical applies && or ||, whose right side counts only where the left one does not decide.
func (c calc) logical(op string, x, y value) value {
	out := value{t: c.types.get("int"), why: cmp.Or(x.why, y.why)}
	switch {
	case x.v != nil && truth(x.v) == (op == "||"):
		out.v = boolean(op == "||")
	case x.v != nil && y.v != nil:
		out.v = boolean(truth(y.v))
	}
	return out
}

func (c calc) castTo(x value, t *ctype) value {
	if t.kind == model.Void || t.kind == model.RecordType {
		return unknown(t, "it is cast to "+t.String())
	}
	if !x.isString() || t.kind != model.Pointer {
		x = c.decay(x)
	}
	x = c.convert(x, t)
	x.rvalue = true
	return x
}

// addressOf returns the address of an lvalue.
func (c calc) addressOf(x value) value {
	return value{t: c.types.pointer(x.t), v: x.addr, why: cmp.Or(x.why, "it is an address")}
}
