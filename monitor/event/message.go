// SPDX-License-Identifier: Apache-2.0

package event

import "github.com/lockstep-bpf/lockstep/monitor/packet"

// Message is a decoded message.
type Message interface {
	Record

	// MessageType returns the first byte of the message.
	MessageType() uint8
	// TypeName returns the name of the message type, as --type and JSON have it: "drop".
	TypeName() string
	// PacketOf returns the packet bytes in raw, the message's own bytes, and what they start with. It returns nil
	// for a message that is about no packet.
	PacketOf(raw []byte) ([]byte, packet.Link)
	// Endpoints returns the ids of the endpoints that the message comes from and goes to; 0 for none.
	Endpoints() (source, destination uint64)
	// AppendEvent appends the event, whose message it is, as a style says, with the end of each line. It appends
	// nothing if the message has no line in that style.
	AppendEvent(dst []byte, e *Event, style *Style) []byte
}

// Record is a struct whose fields are described by a table. The generator writes these methods (lockstep.yaml: fields).
type Record interface {
	// Fields returns the table: the same for all values of a type. It must not be changed.
	Fields() []Field
	// Uint returns the value of the field with an index in the table, if it is a number: those of KindInt are
	// sign-extended, those of KindBool are 0 or 1. It returns 0 for other fields.
	Uint(field int) uint64
	// Bytes returns the value of the field with an index in the table, if it is KindBytes or KindText. It returns nil
	// for other fields. The bytes are the record's.
	Bytes(field int) []byte
}

// FieldKind says what the value of a field is.
type FieldKind uint8

// The kinds of values.
const (
	KindUint  FieldKind = iota // an unsigned number
	KindInt                    // a signed number
	KindBool                   // a number that is 0 or 1
	KindBytes                  // bytes without a meaning of their own
	KindText                   // text up to the first NUL
)

// Field describes one field of a record.
type Field struct {
	Name string    // the name in JSON and filters: "srcLabel"
	C    string    // the name in the C header: "src_label"
	Doc  string    // the comment in the C header
	Kind FieldKind // what the value is
	Bits uint16    // the width of the value in C, in bits
	Enum *Enum     // the names of the values; nil if they have none
}

// Enum is the names of a field's values.
type Enum struct {
	Name   string // the name of the Go type: "TracePoint"
	Flags  bool   // values are sets of the bits that have names
	Values []EnumValue
	// Lookup returns the text of a value, and whether it has one.
	Lookup func(value uint64) (text string, ok bool)
}

// EnumValue is one value of an Enum.
type EnumValue struct {
	Value uint64
	C     string // the name in the C header: "TRACE_TO_LXC"
	Text  string // the text that is printed: "to-endpoint"
}
