// SPDX-License-Identifier: Apache-2.0

// Package plan says what Go code is to be written: names, values and layouts, all of them decided and
// checked. The check stage makes a plan, the emit stage writes it down and decides nothing.
package plan

import (
	"go/constant"
	"slices"
)

// File is a Go file.
type File struct {
	Path      string   // slash-separated, relative to the configuration
	Package   string   // the package clause
	Build     string   // a build constraint, or ""
	License   string   // an SPDX identifier, or ""
	Config    string   // the configuration, relative to the file's directory
	Sources   []string // the headers whose contents it carries, relative to the configuration
	Constants []*Const
	Groups    []*Group
	Structs   []*Struct
	Enums     []*Enum
	Releases  *Releases // carried by one file of a configuration
	Shared    Shared
}

// Shared says which helpers of its package's structs a file carries.
type Shared struct {
	ShortError bool // the error of Decode
	Versions   bool // the error of DecodeVersion
	IsNative   bool // the comparison of byte orders
	IsBig      bool // the byte order of the machine
	CString    bool // the text in an array of char
	Bits       bool // access to bit-fields
	Wide       bool // integers of 16 bytes
	WideSigned bool // those with a sign
	Hex        bool // bytes as digits
	CText      bool // the text in an array of char, quoted
	JSONText   bool // strings of JSON
	JSONFloat  bool // numbers of JSON that may be none
}

// Const is a Go constant.
type Const struct {
	Name  string
	C     string // the C name
	Value constant.Value
	Minus bool     // the C value is the negative of Value
	Doc   []string // the C comment above it
	Text  string   // the C comment behind it, on one line
}

// Group is a named integer type for the values of constants that belong together.
type Group struct {
	Name      string
	Doc       []string
	ConstDoc  []string // above the constants
	Base      Int
	ConstType string // "" for untyped constants
	Consts    []*Const
	Names     []Name // the values that have a text, by value, one each
	Texts     []Name // every text once with the value it stands for, in the order of the constants
	Dense     bool   // the values are such that a table by value is small
	Flags     bool
	Bits      []Name // single bits beside a value, in ascending order; their texts may be ""
	Separator string
	Lookup    string // the name of a function from a number to its text, or ""
	Map       string // the name of a map from texts to values, or ""
	Parse     bool
	Marshal   bool
	Valid     bool
	Values    bool
	Releases  *ByRelease // nil where the headers do not differ by release
	Templates *Templates // nil where the comments are no texts with arguments
}

// ByRelease has the texts of a group by release.
type ByRelease struct {
	Tables [][]Name // by value, one for each distinct content
	Index  []int    // by release
}

// Releases are the releases of headers, oldest first.
type Releases struct {
	Type  string // the Go type
	Names []string
}

// Templates are tables of texts with arguments.
type Templates struct {
	Import string // the path of the package with the types
	Tables []TemplateTable
}

// TemplateTable is a table of texts by the values of a group.
type TemplateTable struct {
	Name  string
	Group string // the group's type
	Texts []Template

	Tables [][]Template // by release, one for each distinct content
	Index  []int
}

// Template is the text of a constant, in parts.
type Template struct {
	Const string
	Value constant.Value
	Parts []TemplatePart
}

// TemplatePart is a piece of a text, and the argument behind it.
type TemplatePart struct {
	Before string
	Arg    int
	As     string // the constant that says how the argument is written; End where there is none
}

// Name is a value's text.
type Name struct {
	Const string // the Go constant
	Value constant.Value
	Text  string
}

// Int is a Go integer type; of 128 bits, one that the package declares.
type Int struct {
	Bits   int
	Signed bool
	Word   bool // int or uint, which have at least as many bits
}

// IsBit reports whether a constant is a bit beside a value.
func (g *Group) IsBit(c *Const) bool {
	return slices.ContainsFunc(g.Bits, func(n Name) bool { return n.Const == c.Name })
}

// ValueConsts returns the constants that are values, without the bits beside one.
func (g *Group) ValueConsts() []*Const {
	return slices.DeleteFunc(slices.Clone(g.Consts), g.IsBit)
}

// Struct is a Go type that mirrors a C record: a struct, or the bytes of a union.
type Struct struct {
	Name       string
	C          string // the record's name in C, without its keyword
	Union      bool   // all fields begin at the same place
	Doc        []string
	Quote      []string // the C definition
	Size       int64    // bytes
	SizeOf     string   // the constant that holds the size
	Binary     bool     // it has methods that encoding.BinaryMarshaler and BinaryUnmarshaler ask for
	Text       bool     // it has String and AppendText
	JSON       bool     // it has MarshalJSON and AppendJSON
	HostLayout bool     // it holds a structs.HostLayout
	Mirror     bool     // Go lays the struct out as C does: same size, same offsets
	Fields     []*Field
	Min        *Min       // nil where every sender sends all of the struct
	Masks      []*Const   // of bit-fields
	MasksOf    string     // the target in whose byte order the masks are
	Tail       []*Trailer // flexible arrays: what follows
	Versions   *Versions  // nil where the bytes do not say how far it goes

	Description *Description // nil where the struct does not describe its fields
}

// Description is a table of a struct's fields and what reads them.
type Description struct {
	Import string // the path of the package with the types
	Table  string // the table's variable
	Fields []*Described
}

// Described is a field of a description.
type Described struct {
	Name  string // in JSON and filters
	C     string
	Doc   string
	Kind  DescribedKind
	Bits  int
	Named bool   // the field has the type of a group
	Go    string // the field in Go, such as Outer.Inner
	Enum  string // the variable that has the names of its values, or ""
}

// DescribedKind is what a description says of a field's value.
type DescribedKind uint8

// The kinds of values.
const (
	DescribedUint DescribedKind = iota
	DescribedInt
	DescribedBool
	DescribedBytes
	DescribedText
)

// Enum is the names of a group's values, as descriptions refer to them.
type Enum struct {
	Var    string
	Import string // of the package with the description's types
	Group  *Group
	Of     string // the import path of the group's package where that is another one
	Consts []*Const
}

// Versions says how far a struct goes by its version.
type Versions struct {
	Field *Field // has the version
	List  []Version
}

// Version is one version of a struct.
type Version struct {
	Number uint64
	Size   int64
}

// Min says how much of a struct that has grown at its end every sender sends.
type Min struct {
	Size   int64  // bytes
	SizeOf string // the constant that holds them
	Later  []*Field
}

// Trailer is a flexible array at the end of a struct.
type Trailer struct {
	Name     string // of the method that returns its bytes
	C        string
	Elem     string // the C type of an element
	Offset   int64  // bytes from the start of the struct
	OffsetOf string
	Doc      []string
	Text     string
}

// Field is a field of a struct, or padding where Name is "_".
type Field struct {
	Name     string
	C        string
	Shown    string // its name in text and JSON
	Renamed  bool   // the Go name is not the C name in camel case
	Type     *Type
	Offset   int64  // bytes from the start of the struct
	OffsetOf string // the constant that holds the offset; "" for padding
	EndOf    string // the constant that holds where it ends, for a field that not every sender sends
	Doc      []string
	Text     string
	String   string // the name of a method that returns the text in an array of char, or ""
}

// Kind is the shape of a field's type.
type Kind uint8

// The shapes of field types.
const (
	Integer Kind = iota
	Bool
	Float
	Array
	Record  // a struct or a union
	Bits    // bit-fields, as the bytes that hold them
	Padding // bytes that nobody reads
)

// Order is the byte order of an integer.
type Order uint8

// The byte orders: the sender's, or a fixed one.
const (
	Native Order = iota
	Big
	Little
)

// Type is a field's Go type and its form in memory.
type Type struct {
	Kind  Kind
	Size  int64   // bytes in memory
	Int   Int     // Integer
	Named string  // Integer: the Go type of a group; "" for none
	Byte  bool    // Integer: a C char, which Go calls byte
	Ord   Order   // Integer, Float
	Elem  *Type   // Array
	Len   int64   // Array
	Rec   *Struct // Record
	Bits  []*BitField
}

// BitField is a bit-field.
type BitField struct {
	Name   string // of the method that reads it; "" where C gives no name
	Setter string // of the method that sets it
	Shown  string // its name in text and JSON
	C      string
	Type   *Type // Integer or Bool
	At     int64 // its first bit, counted from that of the bytes in the order in which C places bits
	Width  int
	Doc    []string
	Text   string
}

// Swaps reports whether the type's bytes depend on the byte order of the sender.
func (t *Type) Swaps() bool {
	switch t.Kind {
	case Array:
		return t.Elem.Swaps()
	case Record:
		return t.Rec.Swaps()
	case Bits:
		return true
	case Integer, Float:
		return t.Size > 1 && t.Ord == Native
	}
	return false
}

// Swaps reports whether a field depends on the byte order of the sender. The bytes of a union do not: what
// reads them says the order.
func (s *Struct) Swaps() bool {
	if s.Union {
		return false
	}
	for _, f := range s.Fields {
		if f.Type.Swaps() {
			return true
		}
	}
	return false
}

// HoldsBytes reports whether there is anything to read or write: padding and records of it hold nothing. No field's
// type is without bytes.
func (t *Type) HoldsBytes() bool {
	switch t.Kind {
	case Padding:
		return false
	case Array:
		return t.Elem.HoldsBytes()
	case Record:
		return t.Rec.HoldsBytes()
	}
	return true
}

// HoldsBytes reports whether a field holds anything. The bytes of a union are read as they are.
func (s *Struct) HoldsBytes() bool {
	return s.Union && s.Size > 0 || slices.ContainsFunc(s.Fields, func(f *Field) bool { return f.Type.HoldsBytes() })
}

// IsByteArray reports whether a type is an array of bytes or of char.
func (t *Type) IsByteArray() bool {
	return t.Kind == Array && t.Elem.Kind == Integer && t.Elem.Size == 1 && !t.Elem.Int.Signed && t.Elem.Named == ""
}
