// SPDX-License-Identifier: Apache-2.0

package event

import (
	"bytes"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Message is a decoded message.
type Message interface {
	Record

	// MessageType returns the first byte of the message.
	MessageType() uint8
	// TypeName returns the name of the message type, as --type and JSON have it: "drop".
	TypeName() string
	// Capture says where the packet is that the message is about. It is the zero value for a message without one.
	Capture() Capture
	// Endpoints returns the ids of the endpoints that the message comes from and goes to; 0 for none.
	Endpoints() (source, destination uint64)
	// AppendEvent appends the event, whose message it is, as a style says, with the end of each line. It appends
	// nothing if the message has no line in that style.
	AppendEvent(dst []byte, e *Event, style *Style) []byte
}

// Placed is a Message about a packet at a network interface of its host. The interface is one of the namespace that the host's
// names are from.
type Placed interface {
	// InterfaceIndex returns the index of the interface, 0 if it is not known.
	InterfaceIndex() uint32
}

// Named is a Message that contains the name of its network interface, which can be in any network namespace of its host.
// [InterfaceNames] has the interfaces of one of them, in which another interface can have the same index.
type Named interface {
	// InterfaceName returns the name of the interface, and that of its network namespace. They are empty if not known.
	InterfaceName() (name, netns []byte)
	// AppendInterface appends the interface as lines of text have it: its name, followed by "@" and its network namespace
	// if that is not the host's. It appends nothing if the interface is not known.
	AppendInterface(dst []byte) []byte
}

// Ruled is a Message about a packet that a rule can have denied.
type Ruled interface {
	// RuleNumber returns the number of the rule that denied the packet, or would have. It is false if none did, and if its
	// number is not known.
	RuleNumber() (number uint32, ok bool)
}

// Explained is a Message that has facts which its JSON does not contain, because Cilium's JSON of it does not. Outputs that
// add facts to JSON append them.
type Explained interface {
	// AppendFacts appends members of a JSON object, each with a comma before it.
	AppendFacts(dst []byte) []byte
}

// Separated is a Message that says itself whether a line stands before it where packets are printed. Before others there
// is one in the forms Debug and Verbose if they hold a packet.
type Separated interface {
	Separated(s *Style) bool
}

// Printer appends an event in a style. Messages are Printers, and errors of decoders can be: others print with the CPU and
// the text of the error.
type Printer interface {
	AppendEvent(dst []byte, e *Event, style *Style) []byte
}

// Capture says where the packet of a message is. The lengths are in bytes.
type Capture struct {
	Offset   int         // where in the message's bytes the packet begins: the size of its struct; 0 for no packet
	Original uint32      // the length of the packet on the wire
	Captured uint32      // how many bytes of it follow the struct; padding of a ring may follow them
	Link     packet.Link // what the packet starts with
}

// Of returns the packet bytes in a message's own bytes: what follows the struct, up to the captured length. It returns
// nil if there are none.
func (c Capture) Of(raw []byte) []byte {
	if c.Offset == 0 || len(raw) <= c.Offset {
		return nil
	}
	data := raw[c.Offset:]
	return data[:min(uint64(len(data)), uint64(c.Captured))]
}

// Record is a struct whose fields are described by a table. The generator writes these methods (lockstep.yaml: describe).
type Record interface {
	// Fields returns the table: the same for all values of a type. It must not be changed.
	Fields() []Field
	// Uint returns the value of the field with an index in the table, if it is a number: those of KindInt are
	// sign-extended, those of KindBool are 0 or 1. It returns 0 for other fields.
	Uint(field int) uint64
	// Bytes returns the value of the field with an index in the table, if it is KindBytes or KindText. It returns nil
	// for other fields. The bytes are the record's; those of a KindText field may go on behind its text: see Text.
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

// Text returns the value of a KindText field: its bytes up to the first NUL. It shares the record's memory.
func Text(r Record, field int) []byte {
	b := r.Bytes(field)
	if end := bytes.IndexByte(b, 0); end >= 0 {
		return b[:end]
	}
	return b
}

// Field describes one field of a record.
type Field struct {
	Name string    // the name in JSON and filters: "srcLabel"
	C    string    // the name in the C header: "src_label"
	Doc  string    // the comment in the C header
	Kind FieldKind // what the value is
	Bits uint16    // the width of the value in C, in bits
	Enum *Enum     // the names of the values, or the texts that a KindText field can have; nil if they have none
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
