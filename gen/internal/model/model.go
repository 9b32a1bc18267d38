// SPDX-License-Identifier: Apache-2.0

// Package model holds what a set of C headers declares, as facts: names, values, layouts, comments and
// positions. It knows neither the parser that finds the facts nor the emitter that turns them into Go.
package model

import (
	"cmp"
	"fmt"
	"go/constant"
)

// Pos is a place in a C header. File is slash-separated and relative to the directory that the generator was
// asked to name files from, so it is the same on every machine. Line and Col count from 1, Col in bytes.
type Pos struct {
	File      string
	Line, Col int
}

// IsValid reports whether p names a place.
func (p Pos) IsValid() bool { return p.File != "" && p.Line > 0 }

// String returns "file:line:col", and leaves out what is not known.
func (p Pos) String() string {
	switch {
	case p.Line <= 0:
		return p.File
	case p.Col <= 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Compare orders positions by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Unit is everything that one translation of a list of headers declares, in the order in which the
// translation meets it: a header's includes before what follows them.
type Unit struct {
	Target    string      // the ABI the layouts hold for, e.g. "bpfel"
	Constants []*Constant // macros and enumerators
	Enums     []*Enum     // every enum definition, named or not
	Records   []*Record   // every struct and union definition that has a name (tag or typedef)
	Skipped   []Skipped   // what was seen and cannot be said as a constant or a layout
	Inputs    []string    // every file that was read, as Pos.File names it, sorted; the embedded ones are left out
	BuiltIn   []string    // the embedded headers that were read, as they are included, sorted

	Texts map[Pos][]Text // texts that stand elsewhere than at their constants, by what asks for them
}

// Text is a text that stands elsewhere than at its constant, which a name or a number says, or both.
type Text struct {
	Pos    Pos
	Name   string         // "" where there is only the number
	Number constant.Value // nil where there is only the name
	Minus  bool           // the text belongs to the negative of the named constant
	Text   string
}

// Key returns what says which constant the text belongs to.
func (t Text) Key() string {
	switch {
	case t.Minus:
		return "-" + t.Name
	case t.Name != "":
		return t.Name
	}
	return t.Number.ExactString()
}

// Kind tells where a constant comes from.
type Kind uint8

// The kinds of constants.
const (
	Macro      Kind = iota // #define
	Enumerator             // member of an enum
)

// String returns "macro" or "enum".
func (k Kind) String() string {
	if k == Enumerator {
		return "enum"
	}
	return "macro"
}

// Constant is an object-like macro that has a value, or an enumerator.
type Constant struct {
	Name  string
	Pos   Pos
	Kind  Kind
	Value constant.Value // an Int of any size, a String or a Float
	Type  *Type          // the C type of the value
	Enum  *Enum          // the enum it is a member of; nil for a macro
	Doc   string         // the comment above it, without comment marks
	Text  string         // the comment behind it on its last line, without comment marks
	Expr  string         // the expansion of a macro of numbers and operators alone; "" for any other
}

// Enum is an enum's definition.
type Enum struct {
	Tag     string // "" for an anonymous enum
	Typedef string // the name a typedef gives to an anonymous enum, else ""
	Alias   string // the first typedef of an enum that has a tag, else ""
	Pos     Pos
	Doc     string
	Type    *Type // the integer that holds it
	Members []*Constant
}

// Record is a struct's or union's definition with its layout.
type Record struct {
	Name    string // "struct drop_notify", "union u", or a typedef's bare name where there is no tag
	Tag     string // "" where there is none
	Alias   string // the first typedef of a record that has a tag, else ""
	Union   bool
	Packed  bool // fields are not padded to their alignment (packed attribute on the type)
	Pos     Pos
	Doc     string
	Source  string // the definition as written, from the keyword to the closing brace, attributes included
	Size    int64  // bytes, tail padding included
	Align   int64  // bytes
	Fields  []*Field
	MinSize int64 // bytes up to the end of the last field, tail padding not included
}

// Field is a member of a record: a plain one, a bit-field, or an anonymous record. The bits of a bit-field are
// counted as the target allocates them: bit n lies in byte n/8 of the record, and there is bit n%8 from the
// lowest on little-endian targets, from the highest on big-endian ones.
type Field struct {
	Name string // "" for an anonymous record and for an unnamed bit-field
	Pos  Pos    // where it is written: inside the macro's definition for a field that a macro brings
	Use  Pos    // where the macro is used, for such a field; otherwise not valid
	Doc  string // the comment above it
	Text string // the comment behind it
	Type *Type

	Offset    int64 // bytes from the start of the enclosing record; of the storage unit for a bit-field
	BitOffset int64 // bits from the start of the enclosing record (bit-fields): see the comment of Field
	BitWidth  int   // 0 for a plain field
	BitField  bool  // a bit-field; a zero-width one has BitWidth 0
	Packed    bool  // carries its own packed attribute
}

// TypeKind is the shape of a type.
type TypeKind uint8

// The shapes of types.
const (
	Invalid TypeKind = iota
	Void
	Bool
	Int // every integer, char included
	Float
	EnumType
	Pointer
	Array
	Vector
	RecordType
	Func
)

// Order is the byte order that a type's name promises.
type Order uint8

// The byte orders: that of the target, or one that the C type names (__be16, __le32).
const (
	Native Order = iota
	BigEndian
	LittleEndian
)

// Type is a C type as far as layout and emission need it.
type Type struct {
	Kind   TypeKind
	C      string // as C spells it, e.g. "__u32", "char [16]", "struct in6_addr"
	Size   int64  // bytes; 0 for a flexible array and for void
	Align  int64  // bytes
	Signed bool   // Int and EnumType
	Char   bool   // Int: plain, signed or unsigned char by that name (not __u8, not uint8_t)
	Order  Order  // Int: the byte order that the type's name promises
	Elem   *Type  // Array, Vector, Pointer: the element
	Len    int64  // Array, Vector: elements; -1 for a flexible array
	Record *Record
	Enum   *Enum
}

// Skipped names something that the headers declare and that has no value or layout to carry over.
type Skipped struct {
	Name   string
	Pos    Pos
	Reason string
	Unread bool // it is left out because the headers cannot be read there
}
