// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"encoding/binary"
	"math/bits"
)

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
const (
	// maxOverhead is more than a Payload message needs beside Data: the length (9), the id (2), five
	// distances and the end (6), the length of Data (5), and four numbers (36).
	maxOverhead = 80
	// maxMessage is the longest message body that is read.
	maxMessage = MaxSize + maxOverhead
	// maxStream is the longest stream of one payload that is read: definitions and a message.
	maxStream = maxMessage + maxDefinition
	// maxPrefix is the most bytes that a packed number takes.
	maxPrefix = 9

	firstUserID = 64 // ids below it are gob's own
	ownID       = 65 // the id under which this package sends a Payload without a time
	timedID     = 66 // the id under which it sends one with a time
)

// The definition of Payload between and behind the two places where its id stands: a struct type (field 2 of
// gob's wireType) with a name, an id and its fields, each with a name and one of gob's own ids: 5 for bytes,
// 2 for signed and 3 for unsigned numbers.
const (
	definitionHead = "\x03\x01\x01\x07Payload\x01"
	definitionBody = "\x01\x04Data\x01\x0a\x00" + "\x01\x03CPU\x01\x04\x00" +
		"\x01\x04Lost\x01\x06\x00" + "\x01\x04Type\x01\x04\x00"
	definitionTail = "\x00\x01\x04" + definitionBody + "\x00\x00"
	timedTail      = "\x00\x01\x05" + definitionBody + "\x01\x04Time\x01\x04\x00" + "\x00\x00"
	// definition is the whole message under ownID: its length, the negated id, and the above with the id.
	definition = "\x38" + "\xff\x81" + definitionHead + "\xff\x82" + definitionTail
	// timedDefinition is that of a Payload with a time, under timedID.
	timedDefinition = "\x41" + "\xff\x83" + definitionHead + "\xff\x84" + timedTail
)

// form is one of the two ways in which a Payload is sent: with v1.5.3's fields, or with the time too. The value is the
// number of the last field; 0 is neither.
type form int

const (
	plain form = 3
	timed form = 4
)

// formOf returns the form in which pl is sent: v1.5.3's unless that would lose the time.
func formOf(pl *Payload) form {
	if pl.Time != 0 {
		return timed
	}
	return plain
}

func (f form) definition() string {
	if f == timed {
		return timedDefinition
	}
	return definition
}

func (f form) id() int64 {
	if f == timed {
		return timedID
	}
	return ownID
}

// definitionForm returns the form whose definition under id is body, what follows the type id -id; 0 if it is neither.
func definitionForm(id int64, body []byte) form {
	if id < firstUserID || len(body) < len(definitionHead) || string(body[:len(definitionHead)]) != definitionHead {
		return 0
	}
	body = body[len(definitionHead):]
	own, n := gobInt(body)
	switch {
	case n == 0 || own != id:
		return 0
	case string(body[n:]) == definitionTail:
		return plain
	case string(body[n:]) == timedTail:
		return timed
	}
	return 0
}

// appendMessage appends pl as a message of the form's type, as a gob.Encoder does.
func appendMessage(dst []byte, f form, pl *Payload) []byte {
	var scratch [2 * maxOverhead]byte
	head := appendInt(scratch[:0], f.id())
	last := -1
	field := func(b []byte, n int) []byte {
		b = append(b, byte(n-last))
		last = n
		return b
	}
	if len(pl.Data) > 0 {
		head = appendUint(field(head, 0), uint64(len(pl.Data)))
	}
	tail := head[len(head):]
	if pl.CPU != 0 {
		tail = appendInt(field(tail, 1), int64(pl.CPU))
	}
	if pl.Lost != 0 {
		tail = appendUint(field(tail, 2), pl.Lost)
	}
	if pl.Type != 0 {
		tail = appendInt(field(tail, 3), int64(pl.Type))
	}
	if pl.Time != 0 && f == timed {
		tail = appendInt(field(tail, 4), pl.Time)
	}
	tail = append(tail, 0)
	dst = appendUint(dst, uint64(len(head)+len(pl.Data)+len(tail)))
	return append(append(append(dst, head...), pl.Data...), tail...)
}

// parseStream decodes a stream of one Payload: its definition, in one of the forms, and its message. It reports
// false, and leaves pl alone, for anything unusual.
func parseStream(b []byte, pl *Payload) bool {
	def, body, rest := cutMessage(b)
	f := definitionForm(-def, body)
	if def >= 0 || f == 0 {
		return false
	}
	id, body, rest := cutMessage(rest)
	return id == -def && len(rest) == 0 && parseMessage(body, f, pl)
}

// cutMessage cuts the first message off b, and returns its type id, what follows that, and what follows the
// message. The id is 0 where there is no whole message.
func cutMessage(b []byte) (id int64, body, rest []byte) {
	size, prefix := gobUint(b)
	if prefix == 0 || size > uint64(len(b)-prefix) {
		return 0, nil, nil
	}
	b, rest = b[prefix:prefix+int(size)], b[prefix+int(size):]
	id, n := gobInt(b)
	return id, b[n:], rest
}

// parseMessage decodes the fields of a Payload of a form. It reports false, and
// leaves pl alone, for anything unusual, right or wrong: that is for gob.Decoder to judge. It is on the way of every
// event, so it is in one piece.
func parseMessage(b []byte, f form, pl *Payload) bool {
	var data []byte
	var numbers [timed + 1]uint64 // by field
	for field := -1; ; {
		if len(b) == 0 || b[0] > byte(timed)+1 {
			return false
		}
		delta := int(b[0])
		b = b[1:]
		if delta == 0 {
			break
		}
		field += delta
		v, n := gobUint(b)
		if n == 0 || field > int(f) {
			return false
		}
		b = b[n:]
		if field > 0 {
			numbers[field] = v
			continue
		}
		if v > MaxSize || v > uint64(len(b)) {
			return false
		}
		data, b = b[:v], b[v:]
	}
	cpu, kind := gobSigned(numbers[1]), gobSigned(numbers[3])
	if len(b) != 0 || int64(int(cpu)) != cpu || int64(int(kind)) != kind {
		return false
	}
	pl.Data = append(pl.Data[:0], data...)
	pl.CPU, pl.Lost, pl.Type, pl.Time = int(cpu), numbers[2], int(kind), gobSigned(numbers[4])
	return true
}

// gobUint decodes the unsigned number at the start of b and returns it with its length in bytes, 0 where b is
// too short or no number starts so.
func gobUint(b []byte) (uint64, int) {
	if len(b) == 0 {
		return 0, 0
	}
	if b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	n := uintLen(b[0])
	if n > maxPrefix || n > len(b) {
		return 0, 0
	}
	var v uint64
	for _, c := range b[1:n] {
		v = v<<8 | uint64(c)
	}
	return v, n
}

// uintLen returns how many bytes an unsigned number takes whose first byte is first; over maxPrefix no number
// starts so.
func uintLen(first byte) int {
	if first < 0x80 {
		return 1
	}
	return 1 - int(int8(first))
}

// gobInt is gobUint for signed numbers.
func gobInt(b []byte) (int64, int) {
	u, n := gobUint(b)
	return gobSigned(u), n
}

// gobSigned returns the signed number that is sent as u.
func gobSigned(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// appendUint appends an unsigned number.
func appendUint(dst []byte, v uint64) []byte {
	if v < 0x80 {
		return append(dst, byte(v))
	}
	n := (bits.Len64(v) + 7) / 8
	var be [8]byte
	binary.BigEndian.PutUint64(be[:], v)
	return append(append(dst, byte(-n)), be[8-n:]...)
}

// appendInt appends a signed number.
func appendInt(dst []byte, v int64) []byte {
	return appendUint(dst, uint64(v<<1)^uint64(v>>63))
}
