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

	elem    *ctype // pointer, array, vector: the element; function: the result
	n       int64  // array, vector: elements; -1 for a flexible array, -2 where it is not constant
	rec     *record
	enum    *enum
	plain   *ctype // the type without typedef names, orders and alignments; nil for itself
	lowered *model.Type
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

// plainChar reports whether a char type goes by that name, not by a typedef's.
func (t *ctype) plainChar() bool {
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
		return t.enum.typ().size()
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
		return t.enum.typ().align()
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

// types makes and shares the basic types of a target.
type types struct {
	target *layout.Target
	basic  map[string]*ctype
}

func newTypes(t *layout.Target) *types {
	ts := &types{target: t, basic: map[string]*ctype{}}
	ts.add("void", model.Void, layout.Metric{}, 0, false)
	add := func(name string, kind model.TypeKind, s layout.Scalar, rank int, signed bool) {
		if m, ok := t.Scalar(s); ok {
			ts.add(name, kind, m, rank, signed)
		}
	}
	add("_Bool", model.Bool, layout.Bool, 1, false)
	add("char", model.Int, layout.Char, 2, !t.UnsignedChar)
	add("signed char", model.Int, layout.Char, 2, true)
	add("unsigned char", model.Int, layout.Char, 2, false)
	for i, s := range []layout.Scalar{layout.Short, layout.Int, layout.Long, layout.LongLong, layout.Int128} {
		name := [...]string{"short", "int", "long", "long long", "__int128"}[i]
		add(name, model.Int, s, 3+i, true)
		add("unsigned "+name, model.Int, s, 3+i, false)
	}
	for i, s := range []layout.Scalar{layout.Float16, layout.Float, layout.Double, layout.LongDouble, layout.Float128} {
		add([...]string{"_Float16", "float", "double", "long double", "_Float128"}[i], model.Float, s, i, true)
	}
	for _, name := range []string{"char", "signed char", "unsigned char"} {
		ts.basic[name].char = true
	}
	return ts
}

func (ts *types) add(name string, kind model.TypeKind, m layout.Metric, rank int, signed bool) {
	ts.basic[name] = &ctype{kind: kind, name: name, metric: m, rank: rank, signed: signed}
}

func (ts *types) get(name string) *ctype { return ts.basic[name] }

// word returns the unsigned or signed type of a pointer's size: size_t or ptrdiff_t.
func (ts *types) word(signed bool) *ctype {
	name := "long"
	if !is64(ts.target) {
		name = "int"
	}
	if !signed {
		name = "unsigned " + name
	}
	return ts.basic[name]
}

func (ts *types) pointer(elem *ctype) *ctype {
	m, _ := ts.target.Scalar(layout.Pointer)
	return &ctype{kind: model.Pointer, elem: elem, metric: m}
}

func (ts *types) array(elem *ctype, n int64) *ctype {
	return &ctype{kind: model.Array, elem: elem, n: n}
}

// vector returns the vector of size bytes of elem.
func (ts *types) vector(elem *ctype, size int64) *ctype {
	n := int64(0)
	if s := elem.size(); s > 0 {
		n = size / s
	}
	return &ctype{kind: model.Vector, elem: elem, n: n, metric: ts.target.Vector(size, elem.kind == model.Float)}
}

// complex returns the complex type of elem, which the model has no kind for.
func (ts *types) complex(elem *ctype) *ctype {
	m := elem.metric
	m.Size *= 2
	return &ctype{kind: model.Invalid, name: "_Complex " + elem.name, metric: m}
}

// named returns t under a typedef's name.
func (ts *types) named(t *ctype, name string) *ctype {
	c := *t
	c.name, c.plain, c.lowered = name, t.base(), nil
	if o := orderOf(name); o != model.Native && t.kind == model.Int {
		c.order = o
	}
	return &c
}

// aligned returns t with an alignment of its own.
func (ts *types) aligned(t *ctype, align int64) *ctype {
	c := *t
	c.user, c.plain, c.lowered = align, t.base(), nil
	if c.name == "" {
		c.name = t.String()
	}
	return &c
}

// ordered returns t with the byte order and name that it has in the source where a macro hides both.
func (ts *types) ordered(t *ctype, name string) *ctype {
	if t.kind != model.Int || orderOf(name) == model.Native {
		return t
	}
	return ts.named(t, name)
}

// orderOf returns the byte order that a type's name promises: __be32, __le16, be64, le32_t.
func orderOf(name string) model.Order {
	s := strings.TrimSuffix(strings.TrimLeft(name, "_"), "_t")
	if len(s) != 4 || s[2:] != "16" && s[2:] != "32" && s[2:] != "64" {
		return model.Native
	}
	switch s[:2] {
	case "be":
		return model.BigEndian
	case "le":
		return model.LittleEndian
	}
	return model.Native
}

// sized returns the integer type of so many bytes, the first in the order of ranks; nil where there is none.
func (ts *types) sized(size int64, signed bool) *ctype {
	for _, name := range []string{"signed char", "short", "int", "long", "long long", "__int128"} {
		t := ts.basic[name]
		if t == nil || t.metric.Size != size {
			continue
		}
		if !signed {
			return ts.basic["unsigned "+strings.TrimPrefix(name, "signed ")]
		}
		return t
	}
	return nil
}

func is64(t *layout.Target) bool {
	m, _ := t.Scalar(layout.Long)
	return m.Size == 8
}
