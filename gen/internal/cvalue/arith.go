// SPDX-License-Identifier: Apache-2.0

package cvalue

import (
	"cmp"
	"go/constant"
	gotoken "go/token"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Convert converts x to t as a cast does.
func (c Calc) Convert(x Value, t *ctype.Type) Value {
	out := Value{Type: t, Why: x.Why}
	switch {
	case x.Const == nil:
	case t.Kind == model.Float && x.Const.Kind() != constant.String:
		out.Const = round(x.Const, t.Base())
	case t.IsInt():
		out.Const = toInteger(x, t)
	case t.Kind == model.Pointer && x.Const.Kind() == constant.Int:
		out.Const = wrapBits(x.Const, t.Size()*8, false)
	case t.Kind == model.Pointer && x.Const.Kind() == constant.String && x.Type.Kind == model.Array:
		out.Const = x.Const
	}
	switch {
	case out.Const != nil || out.Why != "":
	case t.IsInt() && x.Const.Kind() != constant.String:
		out.Why = "it does not fit " + t.String()
	default:
		out.Why = "it is not a constant of type " + t.String()
	}
	return out
}

func toInteger(x Value, t *ctype.Type) constant.Value {
	switch x.Const.Kind() {
	case constant.Int:
		return Wrap(x.Const, t)
	case constant.Float:
		if t.Kind == model.Bool {
			return Bool(Truth(x.Const))
		}
		return truncate(x.Const, t)
	}
	return nil
}

// truncate converts a float to an integer type; nil where it does not fit.
func truncate(v constant.Value, t *ctype.Type) constant.Value {
	f, _ := constant.Float64Val(v)
	if f > 1e30 || f < -1e30 {
		return nil
	}
	num, den := constant.Num(v), constant.Denom(v)
	if num.Kind() != constant.Int || den.Kind() != constant.Int {
		return nil
	}
	q := constant.BinaryOp(num, gotoken.QUO_ASSIGN, den)
	if constant.Compare(Wrap(q, t), gotoken.NEQ, q) {
		return nil
	}
	return q
}

// Promoted returns the type that t's values have in arithmetic; bits is the width of a bit-field, else 0.
func (c Calc) Promoted(t *ctype.Type, bits int64) *ctype.Type {
	i := c.Types.Get("int")
	switch {
	case t.Kind == model.EnumType:
		return c.Promoted(t.Enum.Integer, bits)
	case !t.IsInt():
		return t.Base()
	case bits > 0 && (bits < 32 || bits == 32 && t.IsSigned()) && t.Rank <= i.Rank:
		return i
	case t.Kind == model.Bool || t.Rank < i.Rank:
		return i
	}
	return t.Base()
}

// common returns the type of an arithmetic operation on x and y.
func (c Calc) common(x, y Value) *ctype.Type {
	a, b := c.Promoted(x.Type, x.Bits), c.Promoted(y.Type, y.Bits)
	switch {
	case a.Kind == model.Float && b.Kind == model.Float:
		if a.Rank >= b.Rank {
			return a
		}
		return b
	case a.Kind == model.Float:
		return a
	case b.Kind == model.Float:
		return b
	case a.Rank < b.Rank:
		a, b = b, a
	}
	switch {
	case a.Signed == b.Signed || !a.Signed:
		return a.Base()
	case a.Rank == b.Rank:
		return b.Base()
	case a.Size() > b.Size():
		return a.Base()
	}
	return c.Types.Get("unsigned " + a.Base().Name)
}

// Unary applies + - ~ ! to x. A number stays as it is before that, with its width.
func (c Calc) Unary(op string, x Value) Value {
	if !x.Type.IsArithmetic() {
		x = c.Decay(x)
	}
	if op == "!" {
		out := Value{Type: c.Types.Get("int"), Why: x.Why}
		if x.Const != nil {
			out.Const = Bool(!Truth(x.Const))
		}
		return out
	}
	if !x.Type.IsArithmetic() {
		return Unknown(x.Type, "it applies "+op+" to a value of type "+x.Type.String())
	}
	t := c.Promoted(x.Type, x.Bits)
	x = c.Convert(x, t)
	switch {
	case x.Const == nil || op == "+":
	case op == "-" && t.Kind == model.Float:
		x.Const = constant.UnaryOp(gotoken.SUB, x.Const, 0)
	case op == "-":
		x.Const = Wrap(constant.UnaryOp(gotoken.SUB, x.Const, 0), t)
	case t.Kind == model.Float:
		return Unknown(t, "it applies ~ to a floating-point value")
	default:
		x.Const = Wrap(constant.UnaryOp(gotoken.XOR, x.Const, 0), t)
	}
	return x
}

// Binary applies a binary operator other than the logical ones.
func (c Calc) Binary(op string, x, y Value) Value {
	x, y = c.Decay(x), c.Decay(y)
	if x.Type.Kind == model.Pointer || y.Type.Kind == model.Pointer {
		return c.pointerOp(op, x, y)
	}
	if !x.Type.IsArithmetic() || !y.Type.IsArithmetic() {
		return Unknown(c.Types.Get("int"), "it applies "+op+" to values that are not numbers")
	}
	if op == "<<" || op == ">>" {
		return c.shift(op, x, y)
	}
	t := c.common(x, y)
	x, y = c.Convert(x, t), c.Convert(y, t)
	if compare, ok := comparisons[op]; ok {
		out := Value{Type: c.Types.Get("int"), Why: cmp.Or(x.Why, y.Why)}
		if x.Const != nil && y.Const != nil {
			out.Const = Bool(constant.Compare(x.Const, compare, y.Const))
		}
		return out
	}
	if x.Const == nil || y.Const == nil {
		return Unknown(t, cmp.Or(x.Why, y.Why))
	}
	return c.arithmetic(op, t, x.Const, y.Const)
}

var comparisons = map[string]gotoken.Token{
	"==": gotoken.EQL, "!=": gotoken.NEQ, "<": gotoken.LSS, "<=": gotoken.LEQ, ">": gotoken.GTR, ">=": gotoken.GEQ,
}

var arithmetics = map[string]gotoken.Token{
	"+": gotoken.ADD, "-": gotoken.SUB, "*": gotoken.MUL, "/": gotoken.QUO, "%": gotoken.REM,
	"&": gotoken.AND, "|": gotoken.OR, "^": gotoken.XOR,
}

// arithmetic computes x op y, both of type t.
func (c Calc) arithmetic(op string, t *ctype.Type, x, y constant.Value) Value {
	tok := arithmetics[op]
	if t.Kind == model.Float {
		if tok == gotoken.REM || tok == gotoken.AND || tok == gotoken.OR || tok == gotoken.XOR {
			return Unknown(t, "it applies "+op+" to floating-point values")
		}
		if tok == gotoken.QUO && constant.Sign(y) == 0 {
			return Unknown(t, "it divides by zero")
		}
		v := round(constant.BinaryOp(x, tok, y), t)
		if v == nil {
			return Unknown(t, "it is not a finite number")
		}
		return Value{Type: t, Const: v}
	}
	if tok == gotoken.QUO || tok == gotoken.REM {
		if constant.Sign(y) == 0 {
			return Unknown(t, "it divides by zero")
		}
		if tok == gotoken.QUO {
			tok = gotoken.QUO_ASSIGN // the one that divides integers as integers
		}
	}
	return Value{Type: t, Const: Wrap(constant.BinaryOp(x, tok, y), t)}
}

func (c Calc) shift(op string, x, y Value) Value {
	t := c.Promoted(x.Type, x.Bits)
	x, y = c.Convert(x, t), c.Convert(y, c.Promoted(y.Type, y.Bits))
	n, ok := y.Int()
	switch {
	case t.Kind == model.Float:
		return Unknown(t, "it shifts a floating-point value")
	case x.Const == nil || !ok:
		return Unknown(t, cmp.Or(x.Why, cmp.Or(y.Why, "it shifts by a value that is not constant")))
	case n < 0 || n >= t.Size()*8:
		return Unknown(t, "it shifts by more bits than the type has")
	case op == "<<":
		return Value{Type: t, Const: Wrap(constant.Shift(x.Const, gotoken.SHL, uint(n)), t)}
	}
	return Value{Type: t, Const: constant.Shift(x.Const, gotoken.SHR, uint(n))}
}

// pointerOp computes with addresses: comparison, difference, and adding an integer.
func (c Calc) pointerOp(op string, x, y Value) Value {
	if compare, ok := comparisons[op]; ok {
		out := Value{Type: c.Types.Get("int"), Why: "it compares addresses"}
		if IsNumber(x.Const) && IsNumber(y.Const) {
			out.Const = Bool(constant.Compare(x.Const, compare, y.Const))
		}
		return out
	}
	if y.Type.Kind == model.Pointer && op == "+" {
		x, y = y, x
	}
	if x.Type.Kind != model.Pointer || op != "+" && op != "-" {
		return Unknown(c.Types.Get("int"), "computes with an address")
	}
	step := constant.MakeInt64(max(1, x.Type.Elem.Size()))
	if y.Type.Kind == model.Pointer {
		out := Value{Type: c.Types.Word(true), Why: "it computes with an address"}
		if op == "-" && IsNumber(x.Const) && IsNumber(y.Const) {
			diff := constant.BinaryOp(x.Const, gotoken.SUB, y.Const)
			out.Const = Wrap(constant.BinaryOp(diff, gotoken.QUO_ASSIGN, step), out.Type)
		}
		return out
	}
	if !IsNumber(x.Const) || !IsNumber(y.Const) {
		return Unknown(x.Type, "it computes with an address")
	}
	off := constant.BinaryOp(y.Const, gotoken.MUL, step)
	return Value{Type: x.Type, Const: wrapBits(constant.BinaryOp(x.Const, arithmetics[op], off), x.Type.Size()*8, false)}
}

// Decay turns an array into a pointer to its first element, and a function into its address. Strings stay.
func (c Calc) Decay(x Value) Value {
	switch {
	case x.Type.Kind == model.Array && (x.Const == nil || x.Const.Kind() != constant.String):
		return Value{Type: c.Types.Pointer(x.Type.Elem), Const: x.Addr, Why: cmp.Or(x.Why, "it is an array")}
	case x.Type.Kind == model.Array:
		return Value{Type: c.Types.Pointer(x.Type.Elem), Why: "it computes with a string"}
	case x.Type.Kind == model.Func:
		return Unknown(c.Types.Pointer(x.Type), "it is a function")
	}
	return x
}

// Choose returns what cond ? yes : no gives.
func (c Calc) Choose(cond, yes, no Value) Value {
	yes, no = c.decayString(yes), c.decayString(no)
	taken := no
	if cond.Const != nil && Truth(cond.Const) {
		taken = yes
	}
	if yes.Type.IsArithmetic() && no.Type.IsArithmetic() {
		taken = c.Convert(taken, c.common(yes, no))
	}
	taken.Addr = nil
	if cond.Const == nil {
		return Unknown(taken.Type, cond.Why)
	}
	return taken
}

// decayString decays what is not a string.
func (c Calc) decayString(x Value) Value {
	if x.IsString() {
		return x
	}
	return c.Decay(x)
}

// Logical applies && or ||, whose right side counts only where the left one does not decide.
func (c Calc) Logical(op string, x, y Value) Value {
	out := Value{Type: c.Types.Get("int"), Why: cmp.Or(x.Why, y.Why)}
	switch {
	case x.Const != nil && Truth(x.Const) == (op == "||"):
		out.Const = Bool(op == "||")
	case x.Const != nil && y.Const != nil:
		out.Const = Bool(Truth(y.Const))
	}
	return out
}

// Cast returns what (t)x gives.
func (c Calc) Cast(x Value, t *ctype.Type) Value {
	if t.Kind == model.Void || t.Kind == model.RecordType {
		return Unknown(t, "it is cast to "+t.String())
	}
	if !x.IsString() || t.Kind != model.Pointer {
		x = c.Decay(x)
	}
	x = c.Convert(x, t)
	x.Rvalue = true
	return x
}

// AddressOf returns the address of an lvalue.
func (c Calc) AddressOf(x Value) Value {
	return Value{Type: c.Types.Pointer(x.Type), Const: x.Addr, Why: cmp.Or(x.Why, "it is an address")}
}
