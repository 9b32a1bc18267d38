// SPDX-License-Identifier: Apache-2.0

// Package ctype knows the types of C for a target: basic types, records and enums with their members, what is made of
// those, and the size, alignment and spelling of each. It reads nothing: whoever reads declarations fills in records and
// enums as their members come.
package ctype

import (
	"fmt"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Type is a C type. A record's size is not known before its closing brace, so sizes are asked for, not stored.
type Type struct {
	Kind     model.TypeKind
	Name     string // as C spells it: basic types and typedef names; "" for what is made of others
	Metric   layout.Metric
	Rank     int // of integers, in the order of C's conversions
	Signed   bool
	char     bool
	Order    model.Order
	OwnAlign int64 // an alignment that a typedef's aligned attribute sets; 0 is none

	Elem   *Type // pointer, array, vector: the element; function: the result
	Len    int64 // array, vector: elements; -1 for a flexible array, -2 where it is not constant
	Record *Record
	Enum   *Enum
	plain  *Type // the type without typedef names, orders and alignments; nil for itself
}

// Base returns t without typedef names.
func (t *Type) Base() *Type {
	if t.plain != nil {
		return t.plain
	}
	return t
}

// IsInt reports whether it is an integer, _Bool or an enum.
func (t *Type) IsInt() bool {
	return t.Kind == model.Int || t.Kind == model.Bool || t.Kind == model.EnumType
}

// IsChar reports whether it is a char type that goes by that name, not by a typedef's.
func (t *Type) IsChar() bool {
	if !t.char {
		return false
	}
	switch t.Name {
	case "char", "signed char", "unsigned char":
		return true
	}
	return false
}

// IsArithmetic reports whether it is a number.
func (t *Type) IsArithmetic() bool { return t.IsInt() || t.Kind == model.Float }

// Complete reports whether the type has a size.
func (t *Type) Complete() bool {
	switch t.Kind {
	case model.RecordType:
		return t.Record.Done
	case model.EnumType:
		return t.Enum.Done
	case model.Array:
		return t.Len >= -1 && t.Elem.Complete()
	case model.Void, model.Func:
		return false
	}
	return true
}

// Size returns the size in bytes; 0 for a flexible array and for what has no size.
func (t *Type) Size() int64 {
	switch t.Kind {
	case model.RecordType:
		return t.Record.Layout.Size
	case model.EnumType:
		return t.Enum.Integer.Size()
	case model.Array:
		n, _ := layout.Array(t.Elem.Size(), max(t.Len, 0))
		return n
	}
	return t.Metric.Size
}

// Align returns the alignment as a member.
func (t *Type) Align() int64 {
	switch {
	case t.OwnAlign > 0:
		return t.OwnAlign
	case t.Kind == model.RecordType:
		return max(1, t.Record.Layout.Align)
	case t.Kind == model.EnumType && t.Enum.Aligned > 0:
		return t.Enum.Aligned
	case t.Kind == model.EnumType:
		return t.Enum.Integer.Align()
	case t.Kind == model.Array:
		return t.Elem.Align()
	}
	return max(1, t.Metric.Align)
}

// PrefAlign returns the alignment as a variable, which is what __alignof__ gives.
func (t *Type) PrefAlign() int64 {
	switch {
	case t.OwnAlign > 0:
		return t.OwnAlign
	case t.Kind == model.Array:
		return t.Elem.PrefAlign()
	case t.Kind == model.RecordType || t.Kind == model.EnumType:
		return t.Align()
	}
	return max(1, t.Metric.Pref)
}

// String returns the type as C spells it.
func (t *Type) String() string {
	if t.Name != "" {
		return t.Name
	}
	switch t.Kind {
	case model.RecordType:
		return t.Record.Name()
	case model.EnumType:
		return t.Enum.Name()
	case model.Pointer:
		return t.pointerString()
	case model.Array:
		return t.arrayString()
	case model.Vector:
		return fmt.Sprintf("%v __attribute__((vector_size(%d)))", t.Elem, t.Metric.Size)
	case model.Func:
		return fmt.Sprintf("%v ()", t.Elem)
	}
	return "void"
}

func (t *Type) pointerString() string {
	switch {
	case t.Elem.Kind == model.Func && t.Elem.Name == "":
		return fmt.Sprintf("%v (*)()", t.Elem.Elem)
	case t.Elem.Kind == model.Array && t.Elem.Name == "":
		s := t.Elem.String()
		i := strings.IndexByte(s, '[')
		return s[:i] + "(*)" + s[i:]
	}
	s := t.Elem.String()
	if strings.HasSuffix(s, "*") {
		return s + "*"
	}
	return s + " *"
}

func (t *Type) arrayString() string {
	var dims strings.Builder
	e := t
	for e.Kind == model.Array && (e.Name == "" || e == t) {
		switch {
		case e.Len < 0:
			dims.WriteString("[]")
		default:
			fmt.Fprintf(&dims, "[%d]", e.Len)
		}
		e = e.Elem
	}
	return e.String() + " " + dims.String()
}

// NameBy gives a record or enum without a tag the name of its typedef, whose alignment may be its own; 0 is none.
func (t *Type) NameBy(name string, align int64) {
	switch {
	case t.Name != "":
	case t.Kind == model.RecordType && t.Record.Tag == "" && t.Record.Typedef == "":
		t.Record.Typedef, t.Record.OwnAlign = name, align
	case t.Kind == model.EnumType && t.Enum.Tag == "" && t.Enum.Typedef == "":
		t.Enum.Typedef = name
	case t.Kind == model.RecordType && t.Record.Tag != "" && t.Record.Alias == "":
		t.Record.Alias = name
	case t.Kind == model.EnumType && t.Enum.Tag != "" && t.Enum.Alias == "":
		t.Enum.Alias = name
	}
}

// Same reports whether two types are the same under all their names.
func Same(a, b *Type) bool {
	a, b = a.Base(), b.Base()
	switch {
	case a == b:
		return true
	case a.Kind != b.Kind:
		return false
	}
	switch a.Kind {
	case model.RecordType:
		return a.Record == b.Record
	case model.EnumType:
		return a.Enum == b.Enum
	case model.Pointer:
		return Same(a.Elem, b.Elem)
	case model.Array, model.Vector:
		return a.Len == b.Len && Same(a.Elem, b.Elem)
	case model.Func:
		return Same(a.Elem, b.Elem)
	}
	return a.Name == b.Name
}

// Qualifiable reports whether a type has parts that const and the like may stand at, which make another type of it.
func Qualifiable(t *Type) bool {
	switch t = t.Base(); t.Kind {
	case model.Pointer, model.Func:
		return true
	case model.Array, model.Vector:
		return Qualifiable(t.Elem)
	}
	return false
}

// IsSigned reports whether integers of the type have a sign.
func (t *Type) IsSigned() bool {
	switch t.Kind {
	case model.EnumType:
		return t.Enum.Integer.Signed
	case model.Int:
		return t.Signed
	}
	return false
}
