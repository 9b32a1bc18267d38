// SPDX-License-Identifier: Apache-2.0

package gobplan

import "reflect"

// Ids of the types that need no definition. The definition of a type is itself a value of type idWireType.
const (
	idBool = iota + 1
	idInt
	idUint
	idFloat
	idBytes
	idString
	idComplex
	idInterface

	idWireType = iota + 8
	idArrayType
	idCommonType
	idSliceType
	idStructType
	idFieldType
	idFieldTypes
	idMapType
	idMarshalerType

	idFirstUser = 64 // ids below are gob's own
)

// wireType is a type definition: one of its fields is set. The names here and below are those that gob gives to the
// parts of a definition, which is encoded like any other struct.
type wireType struct {
	ArrayT  *arrayType
	SliceT  *sliceType
	StructT *structType
	MapT    *mapType

	// Types that encode themselves: their values are strings of bytes.
	GobEncoderT, BinaryMarshalerT, TextMarshalerT *marshalerType
}

// CommonType is what every definition starts with. It is exported because gob names the field.
type CommonType struct {
	Name string
	Id   int32
}

type arrayType struct {
	CommonType
	Elem int32
	Len  int
}

type sliceType struct {
	CommonType
	Elem int32
}

type structType struct {
	CommonType
	Field []*fieldType
}

type fieldType struct {
	Name string
	Id   int32
}

type mapType struct {
	CommonType
	Key, Elem int32
}

type marshalerType struct{ CommonType }

// builtin returns the definition of a type of gob's own that is a struct or a slice, or nil.
func builtin(id int32) *wireType {
	switch id {
	case idWireType:
		return structOf("ArrayT", idArrayType, "SliceT", idSliceType, "StructT", idStructType, "MapT", idMapType,
			"GobEncoderT", idMarshalerType, "BinaryMarshalerT", idMarshalerType, "TextMarshalerT", idMarshalerType)
	case idArrayType:
		return structOf("CommonType", idCommonType, "Elem", idInt, "Len", idInt)
	case idCommonType, idFieldType:
		return structOf("Name", idString, "Id", idInt)
	case idSliceType:
		return structOf("CommonType", idCommonType, "Elem", idInt)
	case idStructType:
		return structOf("CommonType", idCommonType, "Field", idFieldTypes)
	case idFieldTypes:
		return &wireType{SliceT: &sliceType{Elem: idFieldType}}
	case idMapType:
		return structOf("CommonType", idCommonType, "Key", idInt, "Elem", idInt)
	case idMarshalerType:
		return structOf("CommonType", idCommonType)
	}
	return nil
}

// structOf returns the definition of a struct with fields that are given by name and type id in turn.
func structOf(fields ...any) *wireType {
	t := &structType{}
	for i := 0; i < len(fields); i += 2 {
		t.Field = append(t.Field, &fieldType{Name: fields[i].(string), Id: int32(fields[i+1].(int))})
	}
	return &wireType{StructT: t}
}

// definitions are the types that a stream defines, by id.
type definitions map[int32]*wireType

// lookup returns the definition of a type, or nil.
func (d definitions) lookup(id int32) *wireType {
	if w := builtin(id); w != nil {
		return w
	}
	return d[id]
}

// maxDefinitions bounds the length in bytes of a stream's definitions. They unfold to a hundred times as much.
const maxDefinitions = 64 << 10

// read adds the types that a stream starts by defining. It returns the offset behind them: that of the first message
// with a value.
func (d definitions) read(stream []byte) (int, error) {
	plan, err := (&compiler{}).structure(reflect.TypeFor[wireType](), idWireType)
	if err != nil {
		return 0, err
	}
	for off := 0; ; {
		c, id := message(stream, off)
		if c.err != nil || id >= 0 {
			return off, c.err
		}
		if len(c.data) > maxDefinitions {
			c.fail("more than %d bytes of definitions", maxDefinitions)
		}
		w := new(wireType)
		c.value(plan, reflect.ValueOf(w).Elem())
		switch {
		case -id < idFirstUser || d[-id] != nil: // the lowest id has no positive
			c.fail("type %d is defined already", -id)
		case c.left() > 0:
			c.fail("%d bytes after the definition of a type", c.left())
		}
		if c.err != nil {
			return off, c.err
		}
		d[-id] = w
		off = len(c.data)
	}
}
