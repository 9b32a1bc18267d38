// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// ctype is a C type while a unit is parsed. A record's size is not known before its closing brace, so sizes
// are asked for, not stored; lower turns a ctype into a model.Type at the end.
type ctype struct {
	kind   model.TypeKind
	name   string // as C spells it: basic types and typedef names; made up from elem for the others
	metric layout.Metric
	rank   int // of integers, in the order of C's conversions
	signed bool
	char   bool
	order  model.Order
	user   int64 // an alignment that a typedef's aligned attribute sets; 0 is none

	elem  *ctype // pointer, array, vector: the element; function: the result
	n     int64  // array, vector: elements; -1 for a flexible array, -2 where it is not constant
	rec   *record
	enum  *enum
	plain *ctype // the type without typedef names, orders and alignments; nil for itself
}

// base returns t without typedef names.
func (t *ctype) base() *ctype {
	if t.plain != nil {
		return t.plain
	}
	return t
}

func (t *ctype) isInt() bool {
	return t.kind == model.Int || t.kind == model.Bool || t.kind == model.EnumType
}

// isChar reports whether it is a char type that goes by that name, not by a typedef's.
func (t *ctype) isChar() bool {
	if !t.char {
		return false
	}
	switch t.name {
	case "char", "signed char", "unsigned char":
		return true
	}
	return false
}

func (t *ctype) isArithmetic() bool { return t.isInt() || t.kind == model.Float }

// complete reports whether the type has a size.
func (t *ctype) complete() bool {
	switch t.kind {
	case model.RecordType:
		return t.rec.done
	case model.EnumType:
		return t.enum.done
	case model.Array:
		return t.n >= -1 && t.elem.complete()
	case model.Void, model.Func:
		return false
	}
	return true
}

// size returns the size in bytes; 0 for a flexible array and for what has no size.
func (t *ctype) size() int64 {
	switch t.kind {
	case model.RecordType:
		return t.rec.layout.Size
	case model.EnumType:
		return t.enum.integer.size()
	case model.Array:
		n, _ := layout.Array(t.elem.size(), max(t.n, 0))
		return n
	}
	return t.metric.Size
}

// align returns the alignment as a member.
func (t *ctype) align() int64 {
	switch {
	case t.user > 0:
		return t.user
	case t.kind == model.RecordType:
		return max(1, t.rec.layout.Align)
	case t.kind == model.EnumType && t.enum.aligned > 0:
		return t.enum.aligned
	case t.kind == model.EnumType:
		return t.enum.integer.align()
	case t.kind == model.Array:
		return t.elem.align()
	}
	return max(1, t.metric.Align)
}

// pref returns the alignment as a variable, which is what __alignof__ gives.
func (t *ctype) pref() int64 {
	switch {
	case t.user > 0:
		return t.user
	case t.kind == model.Array:
		return t.elem.pref()
	case t.kind == model.RecordType || t.kind == model.EnumType:
		return t.align()
	}
	return max(1, t.metric.Pref)
}

// String returns the type as C spells it.
func (t *ctype) String() string {
	if t.name != "" {
		return t.name
	}
	switch t.kind {
	case model.RecordType:
		return t.rec.name()
	case model.EnumType:
		return t.enum.name()
	case model.Pointer:
		return t.pointerString()
	case model.Array:
		return t.arrayString()
	case model.Vector:
		return fmt.Sprintf("%v __attribute__((vector_size(%d)))", t.elem, t.metric.Size)
	case model.Func:
		return fmt.Sprintf("%v ()", t.elem)
	}
	return "void"
}

func (t *ctype) pointerString() string {
	switch {
	case t.elem.kind == model.Func && t.elem.name == "":
		return fmt.Sprintf("%v (*)()", t.elem.elem)
	case t.elem.kind == model.Array && t.elem.name == "":
		s := t.elem.String()
		i := strings.IndexByte(s, '[')
		return s[:i] + "(*)" + s[i:]
	}
	s := t.elem.String()
	if strings.HasSuffix(s, "*") {
		return s + "*"
	}
	return s + " *"
}

func (t *ctype) arrayString() string {
	var dims strings.Builder
	e := t
	for e.kind == model.Array && (e.name == "" || e == t) {
		switch {
		case e.n < 0:
			dims.WriteString("[]")
		default:
			fmt.Fprintf(&dims, "[%d]", e.n)
		}
		e = e.elem
	}
	return e.String() + " " + dims.String()
}

// nameBy gives a record or enum without a tag the name of its typedef.
func (t *ctype) nameBy(name string) {
	switch {
	case t.name != "":
	case t.kind == model.RecordType && t.rec.tag == "" && t.rec.typedef == "":
		t.rec.typedef = name
	case t.kind == model.EnumType && t.enum.tag == "" && t.enum.typedef == "":
		t.enum.typedef = name
	case t.kind == model.RecordType && t.rec.tag != "" && t.rec.alias == "":
		t.rec.alias = name
	case t.kind == model.EnumType && t.enum.tag != "" && t.enum.alias == "":
		t.enum.alias = name
	}
}

// sameType reports whether two types are the same under all their names.
func sameType(a, b *ctype) bool {
	a, b = a.base(), b.base()
	switch {
	case a == b:
		return true
	case a.kind != b.kind:
		return false
	}
	switch a.kind {
	case model.RecordType:
		return a.rec == b.rec
	case model.EnumType:
		return a.enum == b.enum
	case model.Pointer:
		return sameType(a.elem, b.elem)
	case model.Array, model.Vector:
		return a.n == b.n && sameType(a.elem, b.elem)
	case model.Func:
		return sameType(a.elem, b.elem)
	}
	return a.name == b.name
}

// qualifiable reports whether a type has parts that const and the like may stand at, which make another type of it.
func qualifiable(t *ctype) bool {
	switch t = t.base(); t.kind {
	case model.Pointer, model.Func:
		return true
	case model.Array, model.Vector:
		return qualifiable(t.elem)
	}
	return false
}

// isSigned reports whether integers of the type have a sign.
func (t *ctype) isSigned() bool {
	switch t.kind {
	case model.EnumType:
		return t.enum.integer.signed
	case model.Int:
		return t.signed
	}
	return false
}
