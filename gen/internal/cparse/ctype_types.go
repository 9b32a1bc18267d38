// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

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

// newEnum returns the type of an enum whose members are yet to come.
func (ts *types) newEnum(tag string) *ctype {
	return &ctype{kind: model.EnumType, enum: &enum{tag: tag, integer: ts.get("int")}}
}

// arrayOf returns the array of n elements.
func arrayOf(elem *ctype, n int64) *ctype {
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
func (t *ctype) named(name string) *ctype {
	c := *t
	c.name, c.plain = name, t.base()
	if o := orderOf(name); o != model.Native && t.kind == model.Int {
		c.order = o
	}
	return &c
}

// aligned returns t with an alignment of its own.
func (t *ctype) aligned(align int64) *ctype {
	c := *t
	c.user, c.plain = align, t.base()
	if c.name == "" {
		c.name = t.String()
	}
	return &c
}

// ordered returns t with the byte order and name that it has in the source where a macro hides both.
func (t *ctype) ordered(name string) *ctype {
	if t.kind != model.Int || orderOf(name) == model.Native {
		return t
	}
	return t.named(name)
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
