// SPDX-License-Identifier: Apache-2.0

// Package layout decodes messages whose structs are known at run time only: described by a program's user, not by code
// that was generated for them. It prints their fields by name, as text and as JSON, and has the tables by which filters and
// summaries find them.
//
// It reads a field from the message's bytes when it is needed, and allocates nothing for a message.
package layout

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// Struct describes a message.
type Struct struct {
	Name   string
	Size   int // bytes
	Least  int // how many of them every sender sends
	Fields []Field
	When   []Condition // what a message must hold to be one of this struct
}

// Condition says what number a field holds.
type Condition struct {
	Field string // its name; those of nested structs with dots
	Value uint64 // a negative number as its two's complement in 64 bits
}

// Field is a member of a struct.
type Field struct {
	Name   string // "" for an anonymous struct or union: its fields are the enclosing one's
	Doc    string
	Kind   Kind
	Order  Order
	Offset int   // bytes from the start of the enclosing struct
	Size   int   // bytes of one element
	Dims   []int // the dimensions of an array, outermost first; -1 for one that goes to the message's end
	Width  int   // of a bit-field, in bits; 0 for other fields
	Bit    int   // where a bit-field begins in the enclosing struct: from the lowest bit of its first byte on for senders that are little-endian, from the highest for others
	Enum   *event.Enum
	Fields []Field // of a Record
}

// Kind says what the elements of a field are. Uint to Opaque are the kinds of package gen/header, with the same numbers.
type Kind uint8

// The kinds of fields.
const (
	Uint    Kind = iota
	Int          // with a sign
	Bool         // not zero is true
	Char         // an array of them is text up to the first NUL
	Float        // of 4 or 8 bytes
	Pointer      // printed in hexadecimal
	Record       // a struct or a union
	Opaque       // bytes
	Address      // the bytes of an IP address, 4 or 16
	MAC          // the bytes of a link-layer address
)

// Order says in which byte order a number is. The numbers are those of package gen/header.
type Order uint8

// The byte orders.
const (
	Sender Order = iota // that of the host which sends
	Big
	Little
)

// Decoder decodes messages of some structs. It is for one goroutine at a time.
type Decoder struct {
	structs []*message
	unknown UnknownError
}

var _ event.Decoder = (*Decoder)(nil)

// maxStructs is how many structs there can be: a message type is a byte.
const maxStructs = 255

// New returns a decoder of messages from hosts of a byte order; nil is that of this host. A message is of the first struct whose conditions hold;
// one without conditions takes what no struct before it does, and must be the last.
func New(order binary.ByteOrder, structs []Struct) (*Decoder, error) {
	switch {
	case len(structs) == 0:
		return nil, errors.New("there is no struct to decode")
	case len(structs) > maxStructs:
		return nil, fmt.Errorf("%d structs are too many: there can be %d", len(structs), maxStructs)
	}
	if order == nil {
		order = binary.NativeEndian
	}
	d := new(Decoder)
	for i := range structs {
		s := &structs[i]
		if err := checkFields(s, s.Fields); err != nil {
			return nil, err
		}
		if len(s.When) == 0 && i < len(structs)-1 {
			return nil, fmt.Errorf("messages of struct %s cannot be distinguished from those of the structs after it: add the value of a field, as in %s,kind=1",
				s.Name, s.Name)
		}
		m, err := newMessage(order, s, uint8(i))
		if err != nil {
			return nil, err
		}
		d.structs = append(d.structs, m)
	}
	d.unknown.structs = d.structs
	return d, nil
}

// checkFields returns an error for a field that no struct can have. A field that is outside of the message has no value.
func checkFields(s *Struct, fields []Field) error {
	for i := range fields {
		f := &fields[i]
		for _, n := range []int{f.Size, f.Offset, f.Width, f.Bit} {
			if n < 0 || n > math.MaxInt/4 {
				return fmt.Errorf("struct %s: field %s: no size or offset can be %d", s.Name, f.Name, n)
			}
		}
		if err := checkFields(s, f.Fields); err != nil {
			return err
		}
	}
	return nil
}

// Messages returns one message of each struct, to read their field tables.
func (d *Decoder) Messages() []event.Message {
	var all []event.Message
	for _, m := range d.structs {
		all = append(all, m)
	}
	return all
}

// Decode sets the message of a sample, or the error: a *ShortError for one that is shorter than its struct, an
// *UnknownError for one that is of no struct.
func (d *Decoder) Decode(e *event.Event) {
	switch {
	case e.Kind != event.Sample:
		e.SetMessage(nil, nil)
		return
	case len(e.Raw) == 0:
		e.SetMessage(nil, event.ErrEmpty)
		return
	}
	for _, m := range d.structs {
		if !m.is(e.Raw) {
			continue
		}
		if len(e.Raw) < m.least {
			e.SetMessage(nil, &ShortError{Struct: m.name, Need: m.least, Have: len(e.Raw)})
			return
		}
		m.raw = e.Raw
		e.SetMessage(m, nil)
		return
	}
	d.unknown.raw = e.Raw
	e.SetMessage(nil, &d.unknown)
}

// ShortError says that a message has fewer bytes than its struct.
type ShortError struct {
	Struct string
	Need   int
	Have   int
}

// Error names the struct and both sizes.
func (e *ShortError) Error() string {
	return fmt.Sprintf("a message of %d bytes is too short for struct %s, which has %d", e.Have, e.Struct, e.Need)
}

// UnknownError says that a message is of none of the structs. It is valid until the next message.
type UnknownError struct {
	structs []*message
	raw     []byte
}

// maxQuoted is how many bytes of a message are quoted.
const maxQuoted = 32

// Error says what the message has in the fields that tell structs apart, and its first bytes.
func (e *UnknownError) Error() string {
	text := []byte("a message of " + strconv.Itoa(len(e.raw)) + " bytes is of no struct")
	seen := map[string]bool{}
	for _, m := range e.structs {
		for _, w := range m.when {
			v, ok := w.leaf.uint(m.order, e.raw)
			name := w.leaf.field.Name + " = " + strconv.FormatUint(v, 10)
			if ok && !seen[name] {
				seen[name] = true
				text = append(append(text, ", "...), name...)
			}
		}
	}
	text = append(text, ": "...)
	text = appendHex(text, e.raw[:min(len(e.raw), maxQuoted)])
	if len(e.raw) > maxQuoted {
		text = append(text, "..."...)
	}
	return string(text)
}

// condition is a Condition with its field.
type condition struct {
	leaf  *leaf
	value uint64
}

// message is the message of a struct.
type message struct {
	number uint8
	name   string
	size   int
	least  int
	order  binary.ByteOrder
	nodes  []node
	table  []event.Field
	leaves []leaf
	when   []condition
	raw    []byte
}

var _ event.Message = (*message)(nil)

func newMessage(order binary.ByteOrder, s *Struct, number uint8) (*message, error) {
	m := &message{number: number, name: s.Name, size: s.Size, least: s.Least, order: order}
	b := &builder{big: order.Uint16([]byte{0, 1}) == 1}
	m.nodes = b.nodes(s.Fields, 0)
	b.leafs(m.nodes, "", 0)
	m.leaves = b.leaves
	for i := range m.leaves {
		m.table = append(m.table, m.leaves[i].field)
	}
	for _, c := range s.When {
		i := slices.IndexFunc(m.table, func(f event.Field) bool { return strings.EqualFold(f.Name, c.Field) })
		if i < 0 {
			return nil, &FieldError{Struct: s.Name, Field: c.Field, Known: m.names()}
		}
		l := &m.leaves[i]
		if l.field.Kind == event.KindBytes || l.field.Kind == event.KindText {
			return nil, fmt.Errorf("struct %s: field %s is not a number, so it cannot identify a struct", s.Name, c.Field)
		}
		value := c.Value
		if l.field.Bits < 64 && (l.field.Kind != event.KindInt || value>>l.field.Bits == 0) {
			if value>>l.field.Bits != 0 {
				return nil, fmt.Errorf("struct %s: field %s has %d bits, in which %d does not fit", s.Name, c.Field, l.field.Bits, int64(value))
			}
			if l.field.Kind == event.KindInt {
				value = signed(value, int(l.field.Bits))
			}
		}
		m.when = append(m.when, condition{l, value})
	}
	return m, nil
}

// names returns the names of all fields.
func (m *message) names() []string {
	var all []string
	for i := range m.table {
		all = append(all, m.table[i].Name)
	}
	return all
}

// FieldError says that a struct has no field of a name.
type FieldError struct {
	Struct, Field string
	Known         []string // the names that there are
}

// Error names the fields that there are.
func (e *FieldError) Error() string {
	return fmt.Sprintf("struct %s has no field %q; it has %s", e.Struct, e.Field, strings.Join(e.Known, ", "))
}

// is reports whether the conditions of the struct hold for a message.
func (m *message) is(raw []byte) bool {
	for _, w := range m.when {
		if v, ok := w.leaf.uint(m.order, raw); !ok || v != w.value {
			return false
		}
	}
	return true
}

// MessageType returns the number of the struct: the first byte of a message need not be its type.
func (m *message) MessageType() uint8 { return m.number }

// TypeName returns the name of the struct.
func (m *message) TypeName() string { return m.name }

// Capture returns the zero value: no packet is known.
func (m *message) Capture() event.Capture { return event.Capture{} }

// Endpoints returns 0 and 0.
func (m *message) Endpoints() (source, destination uint64) { return 0, 0 }

// Fields returns the table of the fields that are numbers, texts or bytes, those of nested structs and elements of arrays
// included.
func (m *message) Fields() []event.Field { return m.table }

// Uint returns the number in a field.
func (m *message) Uint(field int) uint64 {
	v, _ := m.leaves[field].uint(m.order, m.raw)
	return v
}

// Bytes returns the bytes in a field.
func (m *message) Bytes(field int) []byte { return m.leaves[field].bytes(m.raw) }

// AppendField appends the value of a field as text prints it.
func (m *message) AppendField(dst []byte, field int) []byte {
	l := &m.leaves[field]
	return m.appendElement(dst, l.node, l.at, l.count, false)
}
