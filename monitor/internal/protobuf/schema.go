// SPDX-License-Identifier: Apache-2.0

package protobuf

// Schema describes a message.
type Schema struct {
	Fields []Field
}

// Field describes a field of a message.
type Field struct {
	Number   int
	Name     string
	Kind     Kind
	Repeated bool
	Enum     []Name  // the names of an Enum's values
	Message  *Schema // of a Message
}

// Kind says what the value of a field is.
type Kind uint8

// The kinds of values.
const (
	Uint32  Kind = iota
	Uint64       // in JSON a string, as Int64
	Int64        //
	Int32        //
	Bool         //
	String       //
	Enum         //
	Message      //
	Double       //

	Timestamp // google.protobuf.Timestamp
	BoolValue // google.protobuf.BoolValue and its siblings: a value that can be absent
	UInt32Value
	Int32Value
)

// Name is the name of a value.
type Name = struct {
	Value uint32
	Name  string
}

// NameOf returns the name of a value, or "".
func NameOf(names []Name, v uint32) string {
	for i := range names {
		if names[i].Value == v {
			return names[i].Name
		}
	}
	return ""
}

// find returns the field of a number, or nil.
func (s *Schema) find(number int) *Field {
	for i := range s.Fields {
		if s.Fields[i].Number == number {
			return &s.Fields[i]
		}
	}
	return nil
}
