// SPDX-License-Identifier: Apache-2.0

// Package session writes payloads as a gob session, the stream of an agent's protocol 1.2 and of recordings, as a
// gob.Encoder would.
//
// A gob stream is a sequence of messages, each a length in bytes and a body. A body starts with a type id:
// negative in the definition of the type with the id's absolute value, otherwise that of the value that
// follows. Numbers are packed:
//
//	unsigned  below 128 in one byte; else a byte with the negated count of bytes, then those, most
//	          significant first
//	signed    bit 0 set for a complemented number, the number in the bits above, sent as unsigned
//
// A struct is a list of fields, each the distance from the field before (from -1 at first) and a value;
// fields that are zero are not sent; a distance of 0 ends the list.
package session

import (
	"encoding/binary"
	"math/bits"
)

const (
	// MaxOverhead is more than a Payload message needs beside Data: the length (9), the id (2), five
	// distances and the end (6), the length of Data (5), and four numbers (36).
	MaxOverhead = 80

	ownID   = 65 // the id under which this package sends a Payload without a time
	timedID = 66 // the id under which it sends one with a time
)

// Message has the fields of payload.Payload, to which it can be converted.
type Message struct {
	Data []byte
	CPU  int
	Lost uint64
	Type int
	Time int64
}

// The definition of Payload between and behind the two places where its id stands: a struct type (field 2 of
// gob's wireType) with a name, an id and its fields, each with a name and one of gob's own ids: 5 for bytes,
// 2 for signed and 3 for unsigned numbers. Head is what stands between the ids, the tails are what stands behind them.
const (
	Head           = "\x03\x01\x01\x07Payload\x01"
	definitionBody = "\x01\x04Data\x01\x0a\x00" + "\x01\x03CPU\x01\x04\x00" +
		"\x01\x04Lost\x01\x06\x00" + "\x01\x04Type\x01\x04\x00"
	PlainTail = "\x00\x01\x04" + definitionBody + "\x00\x00"
	TimedTail = "\x00\x01\x05" + definitionBody + "\x01\x04Time\x01\x04\x00" + "\x00\x00"
	// definition is the whole message under ownID: its length, the negated id, and the above with the id.
	definition = "\x38" + "\xff\x81" + Head + "\xff\x82" + PlainTail
	// timedDefinition is that of a Payload with a time, under timedID.
	timedDefinition = "\x41" + "\xff\x83" + Head + "\xff\x84" + TimedTail
)

// Form is one of the two ways in which a Payload is sent: with v1.5.3's fields, or with the time too. The value is the
// number of the last field; 0 is neither.
type Form int

// The forms.
const (
	Plain Form = 3
	Timed Form = 4
)

// Definition returns the message that a session has before the first payload of the form.
func (f Form) Definition() string {
	if f == Timed {
		return timedDefinition
	}
	return definition
}

// ID returns the id of the form's type.
func (f Form) ID() int64 {
	if f == Timed {
		return timedID
	}
	return ownID
}

// AppendMessage appends pl as a message of the form's type, as a gob.Encoder does.
func AppendMessage(dst []byte, f Form, pl *Message) []byte {
	var scratch [2 * MaxOverhead]byte
	head := AppendInt(scratch[:0], f.ID())
	last := -1
	field := func(b []byte, n int) []byte {
		b = append(b, byte(n-last))
		last = n
		return b
	}
	if len(pl.Data) > 0 {
		head = AppendUint(field(head, 0), uint64(len(pl.Data)))
	}
	tail := head[len(head):]
	if pl.CPU != 0 {
		tail = AppendInt(field(tail, 1), int64(pl.CPU))
	}
	if pl.Lost != 0 {
		tail = AppendUint(field(tail, 2), pl.Lost)
	}
	if pl.Type != 0 {
		tail = AppendInt(field(tail, 3), int64(pl.Type))
	}
	if pl.Time != 0 && f == Timed {
		tail = AppendInt(field(tail, 4), pl.Time)
	}
	tail = append(tail, 0)
	dst = AppendUint(dst, uint64(len(head)+len(pl.Data)+len(tail)))
	return append(append(append(dst, head...), pl.Data...), tail...)
}

// AppendUint appends an unsigned number.
func AppendUint(dst []byte, v uint64) []byte {
	if v < 0x80 {
		return append(dst, byte(v))
	}
	n := (bits.Len64(v) + 7) / 8
	var be [8]byte
	binary.BigEndian.PutUint64(be[:], v)
	return append(append(dst, byte(-n)), be[8-n:]...)
}

// AppendInt appends a signed number.
func AppendInt(dst []byte, v int64) []byte {
	return AppendUint(dst, uint64(v<<1)^uint64(v>>63))
}
