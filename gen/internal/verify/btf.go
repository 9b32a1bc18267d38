// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"fmt"
	"math"

	"github.com/cilium/ebpf/btf"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// maxDepth bounds how deep types are nested, pointers not followed. No compiler nests them as deep.
const maxDepth = 256

// readBTF reads every struct, union and enum of a BTF blob. Pointers have so many bytes; where that is 0, as many as a long.
func (o *Object) readBTF(data []byte, pointer int64) (*Types, int64, error) {
	spec, base, err := o.specs(data)
	if err != nil {
		return nil, 0, err
	}
	if pointer == 0 {
		pointer = pointerOf(base)
	}
	b := &btfReader{
		pointer: pointer, types: &Types{Format: "BTF"},
		records: map[btf.Type]*model.Record{}, enums: map[btf.Type]*model.Enum{},
	}
	for t, err := range spec.All() {
		if err != nil {
			return nil, 0, err
		}
		b.typeOf(t, 0)
	}
	return b.types, pointer, nil
}

// specs returns the types of a BTF blob and those that it builds on: the kernel's for a module, and otherwise the same.
func (o *Object) specs(data []byte) (spec, base *btf.Spec, err error) {
	r := bytes.NewReader(data)
	switch {
	case !isSplit(data):
		spec, err = btf.LoadSpecFromReader(r)
		return spec, spec, err
	case o.base == nil:
		return nil, nil, ErrSplit
	}
	spec, err = btf.LoadSplitSpecFromReader(r, o.base)
	return spec, o.base, err
}

// isSplit reports whether BTF builds on other BTF: its strings then do not begin with the empty one.
func isSplit(data []byte) bool {
	order := rawOrder(data)
	if order == nil || len(data) < 24 {
		return false
	}
	header, at, size := order.Uint32(data[4:]), order.Uint32(data[16:]), order.Uint32(data[20:])
	first := uint64(header) + uint64(at)
	return size == 0 || first < uint64(len(data)) && data[first] != 0
}

// pointerOf returns the size of a pointer: BTF does not say it, but it is that of a long wherever Linux runs.
func pointerOf(spec *btf.Spec) int64 {
	for _, name := range []string{"long unsigned int", "unsigned long", "long int", "long"} {
		var long *btf.Int
		if spec.TypeByName(name, &long) == nil && (long.Size == 4 || long.Size == 8) {
			return int64(long.Size)
		}
	}
	return 8
}

// btfReader turns BTF types into the model's.
type btfReader struct {
	pointer int64
	types   *Types
	records map[btf.Type]*model.Record
	enums   map[btf.Type]*model.Enum
}

// typeOf returns a type. What has no form in the model, and what is nested too deep, is Invalid.
func (b *btfReader) typeOf(t btf.Type, depth int) *model.Type {
	if depth > maxDepth {
		return &model.Type{C: "(nested too deep)"}
	}
	switch t := t.(type) {
	case *btf.Int:
		return btfInt(t)
	case *btf.Float:
		return &model.Type{Kind: model.Float, C: t.Name, Size: int64(t.Size)}
	case *btf.Pointer:
		return &model.Type{Kind: model.Pointer, C: "pointer", Size: b.pointer}
	case *btf.Array:
		return arrayOf(b.typeOf(t.Type, depth+1), int64(t.Nelems))
	case *btf.Struct:
		return b.record(t, "struct", t.Name, int64(t.Size), t.Members, depth)
	case *btf.Union:
		return b.record(t, "union", t.Name, int64(t.Size), t.Members, depth)
	case *btf.Enum:
		return b.enum(t)
	case *btf.Typedef:
		return named(b.typeOf(t.Type, depth+1), t.Name)
	}
	if inner := unqualified(t); inner != nil {
		return b.typeOf(inner, depth+1)
	}
	return &model.Type{C: fmt.Sprintf("%T", t)}
}

// unqualified returns what a qualifier qualifies, or nil.
func unqualified(t btf.Type) btf.Type {
	switch t := t.(type) {
	case *btf.Const:
		return t.Type
	case *btf.Volatile:
		return t.Type
	case *btf.Restrict:
		return t.Type
	case *btf.TypeTag:
		return t.Type
	}
	return nil
}

func btfInt(t *btf.Int) *model.Type {
	out := &model.Type{Kind: model.Int, C: t.Name, Size: int64(t.Size), Signed: t.Encoding == btf.Signed}
	switch t.Encoding {
	case btf.Bool:
		out.Kind = model.Bool
	case btf.Char:
		out.Char = true
	}
	return out
}

// named gives a typedef's name to a type, and to a record or enum that has none.
func named(t *model.Type, name string) *model.Type {
	out := *t
	out.C = name
	if t.Record != nil && t.Kind == model.RecordType && t.Record.Name == "" {
		t.Record.Name = name
	}
	if t.Enum != nil && t.Enum.Tag == "" && t.Enum.Typedef == "" {
		t.Enum.Typedef = name
	}
	return &out
}

// arrayOf returns an array of n elements; n is -1 for a flexible one.
func arrayOf(elem *model.Type, n int64) *model.Type {
	out := &model.Type{Kind: model.Array, C: fmt.Sprintf("%s [%d]", elem.C, n), Elem: elem, Len: n}
	if n > 0 && elem.Size > math.MaxInt64/n {
		return &model.Type{C: "(array too large)"}
	}
	out.Size = elem.Size * max(n, 0)
	return out
}

func (b *btfReader) record(t btf.Type, keyword, tag string, size int64, members []btf.Member, depth int) *model.Type {
	r := b.records[t]
	if r == nil {
		r = &model.Record{Tag: tag, Union: keyword == "union", Size: size}
		if tag != "" {
			r.Name = keyword + " " + tag
		}
		b.records[t] = r
		b.types.Records = append(b.types.Records, r)
		for _, m := range members {
			r.Fields = append(r.Fields, b.field(m, depth))
		}
	}
	return recordType(r)
}

func recordType(r *model.Record) *model.Type {
	return &model.Type{Kind: model.RecordType, C: recordName(r), Size: r.Size, Record: r}
}

func recordName(r *model.Record) string {
	switch {
	case r.Name != "":
		return r.Name
	case r.Union:
		return "union"
	}
	return "struct"
}

func (b *btfReader) field(m btf.Member, depth int) *model.Field {
	f := &model.Field{Name: m.Name, Type: b.typeOf(m.Type, depth+1), Offset: int64(m.Offset) / 8}
	if m.BitfieldSize > 0 {
		f.BitField, f.BitOffset, f.BitWidth = true, int64(m.Offset), int(m.BitfieldSize)
	}
	return f
}

func (b *btfReader) enum(t *btf.Enum) *model.Type {
	e := b.enums[t]
	if e == nil {
		e = &model.Enum{Tag: t.Name, Type: &model.Type{Kind: model.Int, Size: int64(t.Size), Signed: t.Signed}}
		b.enums[t] = e
		b.types.Enums = append(b.types.Enums, e)
		for _, v := range t.Values {
			addMember(e, v.Name, v.Value)
		}
	}
	return enumType(e)
}

func enumType(e *model.Enum) *model.Type {
	return &model.Type{Kind: model.EnumType, C: enumName(e), Size: e.Type.Size, Signed: e.Type.Signed, Enum: e}
}
