// SPDX-License-Identifier: Apache-2.0

package ctype

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Types makes and shares the basic types of a target.
type Types struct {
	Target *layout.Target
	basic  map[string]*Type
}

// NewTypes returns the types of a target.
func NewTypes(t *layout.Target) *Types {
	ts := &Types{Target: t, basic: map[string]*Type{}}
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

func (ts *Types) add(name string, kind model.TypeKind, m layout.Metric, rank int, signed bool) {
	ts.basic[name] = &Type{Kind: kind, Name: name, Metric: m, Rank: rank, Signed: signed}
}

// Get returns the basic type of a name, as in "unsigned long"; nil where the target has none.
func (ts *Types) Get(name string) *Type { return ts.basic[name] }

// Word returns the unsigned or signed type of a pointer's size: size_t or ptrdiff_t.
func (ts *Types) Word(signed bool) *Type {
	name := "long"
	if !is64(ts.Target) {
		name = "int"
	}
	if !signed {
		name = "unsigned " + name
	}
	return ts.basic[name]
}

// Pointer returns the type of a pointer to elem.
func (ts *Types) Pointer(elem *Type) *Type {
	m, _ := ts.Target.Scalar(layout.Pointer)
	return &Type{Kind: model.Pointer, Elem: elem, Metric: m}
}

// NewEnum returns the type of an enum whose members are yet to come.
func (ts *Types) NewEnum(tag string) *Type {
	return &Type{Kind: model.EnumType, Enum: &Enum{Tag: tag, Integer: ts.Get("int")}}
}

// ArrayOf returns the array of n elements.
func ArrayOf(elem *Type, n int64) *Type {
	return &Type{Kind: model.Array, Elem: elem, Len: n}
}

// Vector returns the vector of size bytes of elem.
func (ts *Types) Vector(elem *Type, size int64) *Type {
	n := int64(0)
	if s := elem.Size(); s > 0 {
		n = size / s
	}
	return &Type{Kind: model.Vector, Elem: elem, Len: n, Metric: ts.Target.Vector(size, elem.Kind == model.Float)}
}

// Complex returns the complex type of elem, which the model has no kind for.
func (ts *Types) Complex(elem *Type) *Type {
	m := elem.Metric
	m.Size *= 2
	return &Type{Kind: model.Invalid, Name: "_Complex " + elem.Name, Metric: m}
}

// Named returns t under a typedef's name.
func (t *Type) Named(name string) *Type {
	c := *t
	c.Name, c.plain = name, t.Base()
	if o := OrderOf(name); o != model.Native && t.Kind == model.Int {
		c.Order = o
	}
	return &c
}

// Aligned returns t with an alignment of its own.
func (t *Type) Aligned(align int64) *Type {
	c := *t
	c.OwnAlign, c.plain = align, t.Base()
	if c.Name == "" {
		c.Name = t.String()
	}
	return &c
}

// Ordered returns t with the byte order and name that it has in the source where a macro hides both.
func (t *Type) Ordered(name string) *Type {
	if t.Kind != model.Int || OrderOf(name) == model.Native {
		return t
	}
	return t.Named(name)
}

// OrderOf returns the byte order that a type's name promises: __be32, __le16, be64, le32_t.
func OrderOf(name string) model.Order {
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

// Sized returns the integer type of so many bytes, the first in the order of ranks; nil where there is none.
func (ts *Types) Sized(size int64, signed bool) *Type {
	for _, name := range []string{"signed char", "short", "int", "long", "long long", "__int128"} {
		t := ts.basic[name]
		if t == nil || t.Metric.Size != size {
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
