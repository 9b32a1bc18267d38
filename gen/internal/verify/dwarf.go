// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"debug/dwarf"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Encodings of base types, as DWARF numbers them.
const (
	ateBoolean      = 0x02
	ateFloat        = 0x04
	ateSigned       = 0x05
	ateSignedChar   = 0x06
	ateUnsignedChar = 0x08
)

// readDWARF reads every struct, union and enum that is declared outside of functions. It walks the entries
// itself: debug/dwarf's own types leave out what is counted from the other end on big-endian machines, and
// do not bound their depth. No more than size bytes of entries are read.
func readDWARF(data *dwarf.Data, size uint64, o *Object) (*Types, error) {
	d := &dwarfReader{
		object: o, types: &Types{Format: "DWARF"}, dies: map[dwarf.Offset]*die{},
		records: map[*die]*model.Record{}, enums: map[*die]*model.Enum{},
	}
	if err := d.load(data.Reader(), size); err != nil {
		return nil, err
	}
	for _, t := range d.order {
		d.typeOf(t, 0)
	}
	return d.types, nil
}

// die is an entry that describes a type or a part of one.
type die struct {
	*dwarf.Entry
	children []*die
}

// dwarfReader turns DWARF entries into the model's types.
type dwarfReader struct {
	object  *Object
	types   *Types
	dies    map[dwarf.Offset]*die
	order   []*die // the types, in the order of the file
	records map[*die]*model.Record
	enums   map[*die]*model.Enum
}

// level is an entry whose children are being read.
type level struct {
	parent *die // nil for an entry that is not kept
	inside bool // of a function: its types have no meaning elsewhere
}

// load keeps the entries of types, with their children. It reads them all, in order: skipping trusts the
// offsets that are in the file, which may lead back. There are at most size entries: each takes a byte, but the
// reader does not end where the last number of a section is cut off.
func (d *dwarfReader) load(r *dwarf.Reader, size uint64) error {
	var open []level
	for range size + 1 {
		e, err := r.Next()
		if e == nil || err != nil {
			return err
		}
		if e.Tag == 0 {
			open = open[:max(len(open)-1, 0)]
			continue
		}
		var in level
		if len(open) > 0 {
			in = open[len(open)-1]
		}
		l := level{inside: in.inside || e.Tag == dwarf.TagSubprogram}
		if !l.inside {
			l.parent = d.keep(e, in.parent)
		}
		if e.Children {
			open = append(open, l)
		}
	}
	return errors.New("entries without end")
}

// keep notes an entry of a type, or of a part of the parent; nil for others.
func (d *dwarfReader) keep(e *dwarf.Entry, parent *die) *die {
	t := &die{Entry: e}
	switch e.Tag {
	case dwarf.TagMember, dwarf.TagEnumerator, dwarf.TagSubrangeType:
		if parent != nil {
			parent.children = append(parent.children, t)
		}
		return nil
	case dwarf.TagStructType, dwarf.TagUnionType, dwarf.TagEnumerationType, dwarf.TagBaseType, dwarf.TagTypedef,
		dwarf.TagPointerType, dwarf.TagArrayType, dwarf.TagConstType, dwarf.TagVolatileType, dwarf.TagRestrictType,
		dwarf.TagAtomicType:
		d.dies[e.Offset] = t
		d.order = append(d.order, t)
		return t
	}
	return nil
}

// target returns the type that an entry refers to; nil for void and for what is not kept.
func (d *dwarfReader) target(t *die) *die {
	off, _ := t.Val(dwarf.AttrType).(dwarf.Offset)
	return d.dies[off]
}

// typeOf returns a type. What has no form in the model, and what is nested too deep, is Invalid.
func (d *dwarfReader) typeOf(t *die, depth int) *model.Type {
	if t == nil || depth > maxDepth {
		return &model.Type{C: "(unknown)"}
	}
	switch t.Tag {
	case dwarf.TagBaseType:
		return baseType(t)
	case dwarf.TagPointerType:
		return &model.Type{Kind: model.Pointer, C: "pointer", Size: number(t, dwarf.AttrByteSize, d.object.Pointer)}
	case dwarf.TagArrayType:
		return d.array(t, depth)
	case dwarf.TagStructType, dwarf.TagUnionType:
		return d.record(t, depth)
	case dwarf.TagEnumerationType:
		return d.enum(t)
	case dwarf.TagTypedef:
		return named(d.typeOf(d.target(t), depth+1), name(t))
	}
	return d.typeOf(d.target(t), depth+1)
}

func name(t *die) string {
	s, _ := t.Val(dwarf.AttrName).(string)
	return s
}

// number returns an attribute's number, or other where there is none.
func number(t *die, attr dwarf.Attr, other int64) int64 {
	switch v := t.Val(attr).(type) {
	case int64:
		return v
	case uint64:
		return int64(v)
	}
	return other
}

func baseType(t *die) *model.Type {
	out := &model.Type{Kind: model.Int, C: name(t), Size: number(t, dwarf.AttrByteSize, 0)}
	switch number(t, dwarf.AttrEncoding, 0) {
	case ateBoolean:
		out.Kind = model.Bool
	case ateFloat:
		out.Kind = model.Float
	case ateSigned:
		out.Signed = true
	case ateSignedChar:
		out.Signed, out.Char = true, true
	case ateUnsignedChar:
		out.Char = true
	}
	return out
}

// array builds an array's type from the inside: its subranges are the dimensions, outermost first.
func (d *dwarfReader) array(t *die, depth int) *model.Type {
	out := d.typeOf(d.target(t), depth+1)
	for i := len(t.children) - 1; i >= 0; i-- {
		dim := t.children[i]
		n := number(dim, dwarf.AttrCount, -1)
		if upper := number(dim, dwarf.AttrUpperBound, -1); n < 0 && upper >= 0 && upper+1 > 0 {
			n = upper + 1
		}
		out = arrayOf(out, max(n, -1))
	}
	return out
}

func (d *dwarfReader) record(t *die, depth int) *model.Type {
	if declared, _ := t.Val(dwarf.AttrDeclaration).(bool); declared {
		return &model.Type{C: "(declared only)"}
	}
	r := d.records[t]
	if r == nil {
		r = &model.Record{Tag: name(t), Union: t.Tag == dwarf.TagUnionType, Size: number(t, dwarf.AttrByteSize, 0)}
		if r.Tag != "" {
			r.Name = recordName(r) + " " + r.Tag
		}
		d.records[t] = r
		d.types.Records = append(d.types.Records, r)
		for _, m := range t.children {
			r.Fields = append(r.Fields, d.field(m, depth))
		}
	}
	return recordType(r)
}

func (d *dwarfReader) field(m *die, depth int) *model.Field {
	f := &model.Field{Name: name(m), Type: d.typeOf(d.target(m), depth+1), Offset: location(m)}
	if width := number(m, dwarf.AttrBitSize, 0); width > 0 {
		f.BitField, f.BitWidth, f.BitOffset = true, int(width), d.bitOffset(m, f, width)
	}
	return f
}

// bitOffset returns where a bit-field begins, in bits from the start of its record. Since DWARF 4 that is what
// an attribute says; before, it was counted from the highest bit of a unit, on every machine.
func (d *dwarfReader) bitOffset(m *die, f *model.Field, width int64) int64 {
	if bit := number(m, dwarf.AttrDataBitOffset, -1); bit >= 0 {
		return bit
	}
	fromTop := number(m, dwarf.AttrBitOffset, 0)
	if d.object.BigEndian {
		return f.Offset*8 + fromTop
	}
	unit := number(m, dwarf.AttrByteSize, f.Type.Size) * 8
	return f.Offset*8 + unit - fromTop - width
}

// location returns a member's offset in bytes. Old compilers write an expression: DW_OP_plus_uconst and a
// number.
func location(m *die) int64 {
	if expr, ok := m.Val(dwarf.AttrDataMemberLoc).([]byte); ok && len(expr) > 1 && expr[0] == 0x23 {
		n, _ := binary.Uvarint(expr[1:])
		return int64(n)
	}
	return number(m, dwarf.AttrDataMemberLoc, 0)
}

func (d *dwarfReader) enum(t *die) *model.Type {
	e := d.enums[t]
	if e == nil {
		e = &model.Enum{Tag: name(t), Type: &model.Type{Kind: model.Int, Size: number(t, dwarf.AttrByteSize, 0)}}
		d.enums[t] = e
		d.types.Enums = append(d.types.Enums, e)
		for _, m := range t.children {
			addMember(e, name(m), uint64(number(m, dwarf.AttrConstValue, 0)))
		}
	}
	return enumType(e)
}

func enumName(e *model.Enum) string {
	switch {
	case e.Tag != "":
		return "enum " + e.Tag
	case e.Typedef != "":
		return e.Typedef
	case len(e.Members) > 0:
		return fmt.Sprintf("enum { %s, ... }", e.Members[0].Name)
	}
	return "enum"
}
