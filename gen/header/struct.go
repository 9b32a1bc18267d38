// SPDX-License-Identifier: Apache-2.0

package header

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Struct is a struct with its layout.
type Struct struct {
	Name   string // the tag, or the typedef's name
	Doc    string // the comment above it
	Size   int    // bytes; what follows is in a flexible array, if there is one
	Least  int    // how many bytes every sender sends: Size, unless a configuration says min
	Fields []*Field
}

// Field is a member of a struct.
type Field struct {
	Name   string // "" for an anonymous struct or union: its fields are the enclosing one's
	Doc    string // the comment behind it and the one above, on one line
	Type   string // as C spells it
	Kind   Kind
	Order  Order
	Offset int      // bytes from the start of the enclosing struct
	Size   int      // bytes of one element; of the storage unit for a bit-field
	Dims   []int    // the dimensions of an array, outermost first; -1 for a flexible one
	Width  int      // of a bit-field, in bits; 0 for other fields
	Bit    int      // where a bit-field begins: bits from the start of the enclosing struct, as the target counts them
	Enum   *Enum    // the names of the values; nil if they have none
	Fields []*Field // of a struct or union
}

// Kind says what the elements of a field are.
type Kind uint8

// The kinds of fields.
const (
	Uint Kind = iota
	Int       // with a sign
	Bool
	Char // char: an array of them is text up to the first NUL
	Float
	Pointer
	Record // a struct or a union, with Fields
	Opaque // bytes that are none of these: integers of 128 bits, vectors
)

// Order says in which byte order a number is.
type Order uint8

// The byte orders.
const (
	Native Order = iota // the sender's
	Big
	Little
)

// Enum is names of values.
type Enum struct {
	Name   string
	Flags  bool // values are sets of the bits that have names: a configuration says so
	Values []EnumValue
}

// EnumValue is a value with its name in C and, where a configuration gives one, its text.
type EnumValue struct {
	Value int64
	C     string
	Text  string
}

// maxFields bounds the fields of a struct, nested ones included.
const maxFields = 1 << 14

// builder makes the fields of a struct.
type builder struct {
	unit *Unit
	left int
}

func (u *Unit) newStruct(r *model.Record) (*Struct, error) {
	b := &builder{unit: u, left: maxFields}
	s := &Struct{Name: bare(r), Doc: oneLine(r.Doc), Size: int(r.Size), Least: int(r.Size)}
	if least, ok := u.least[bare(r)]; ok {
		s.Least = least
	}
	s.Fields = b.fields(r)
	if b.left < 0 {
		return nil, fmt.Errorf("%s: %w", r.Name, errTooManyFields)
	}
	return s, nil
}

func (b *builder) fields(r *model.Record) []*Field {
	var all []*Field
	for _, f := range r.Fields {
		if b.left--; b.left < 0 {
			return all
		}
		if made := b.field(f); made != nil {
			if named, ok := b.unit.enums[bare(r)][f.Name]; ok {
				made.Enum = named
			}
			all = append(all, made)
		}
	}
	return all
}

// field returns a field; nil for one that holds nothing.
func (b *builder) field(f *model.Field) *Field {
	if f.Type == nil || f.BitField && f.Name == "" {
		return nil
	}
	made := &Field{Name: f.Name, Doc: oneLine(f.Text + " " + f.Doc), Type: f.Type.C, Offset: int(f.Offset), Width: f.BitWidth}
	if f.BitField {
		made.Bit = int(f.BitOffset)
	}
	t := f.Type
	for ; t.Kind == model.Array && t.Elem != nil; t = t.Elem {
		made.Dims = append(made.Dims, int(t.Len))
	}
	made.Size = int(t.Size)
	b.kind(made, t)
	if made.Kind == Uint || made.Kind == Int {
		made.Enum = b.unit.enumBehind(f.Text, made.Enum)
	}
	return made
}

// kind sets what a type says of a field.
func (b *builder) kind(f *Field, t *model.Type) {
	f.Order = Order(t.Order)
	switch {
	case t.Kind == model.Bool:
		f.Kind = Bool
	case t.Kind == model.Pointer:
		f.Kind = Pointer
	case t.Kind == model.Float && (t.Size == 4 || t.Size == 8):
		f.Kind = Float
	case t.Kind == model.RecordType && t.Record != nil:
		f.Kind, f.Fields = Record, b.fields(t.Record)
	case t.Kind == model.Int && t.Char && t.Size == 1 && len(f.Dims) > 0:
		f.Kind = Char
	case t.Kind != model.Int && t.Kind != model.EnumType || t.Size > 8:
		f.Kind = Opaque
	case t.Signed:
		f.Kind = Int
	}
	if t.Kind == model.EnumType && t.Enum != nil {
		f.Enum = b.unit.enum(t.Enum)
	}
}

// enum returns the names of an enum's values, the same for all fields of it.
func (u *Unit) enum(e *model.Enum) *Enum {
	name := e.Tag
	for _, other := range []string{e.Typedef, e.Alias} {
		if name == "" {
			name = other
		}
	}
	return newEnum(name, e.Members)
}

func newEnum(name string, members []*model.Constant) *Enum {
	made := &Enum{Name: name}
	for _, m := range members {
		if v, ok := number(m); ok && !made.has(v) {
			made.Values = append(made.Values, EnumValue{Value: v, C: m.Name})
		}
	}
	return made
}

func (e *Enum) has(v int64) bool {
	return slices.ContainsFunc(e.Values, func(n EnumValue) bool { return n.Value == v })
}

// enumBehind returns the names that the comment behind a field says its values have, or else what there is already. The
// comment begins with a prefix of constants, "DROP_*", or with an enum, "enum verdict".
func (u *Unit) enumBehind(text string, known *Enum) *Enum {
	words := strings.Fields(text)
	if known != nil || len(words) == 0 {
		return known
	}
	if words[0] == "enum" && len(words) > 1 {
		tag := strings.TrimRight(words[1], ",;:.")
		for _, e := range u.unit.Enums {
			if e.Tag == tag {
				return u.enum(e)
			}
		}
		return nil
	}
	prefix, ok := strings.CutSuffix(strings.TrimRight(words[0], ",;:."), "*")
	if !ok || len(prefix) < 2 {
		return nil
	}
	var members []*model.Constant
	for _, c := range u.unit.Constants {
		if strings.HasPrefix(c.Name, prefix) {
			members = append(members, c)
		}
	}
	if e := newEnum(prefix, members); len(e.Values) > 0 {
		return e
	}
	return nil
}

// oneLine makes one line of a comment.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
