// SPDX-License-Identifier: Apache-2.0

package payload

import "github.com/lockstep-bpf/lockstep/monitor/internal/session"

// How a gob stream is built is said in package session.
const (
	// maxMessage is the longest message body that is read.
	maxMessage = MaxSize + session.MaxOverhead
	// maxStream is the longest stream of one payload that is read: definitions and a message.
	maxStream = maxMessage + maxDefinition
	// maxPrefix is the most bytes that a packed number takes.
	maxPrefix = 9

	firstUserID = 64 // ids below it are gob's own
)

// form is one of the two ways in which a Payload is sent.
type form = session.Form

const (
	plain = session.Plain
	timed = session.Timed
)

// formOf returns the form in which pl is sent: v1.5.3's unless that would lose the time.
func formOf(pl *Payload) form {
	if pl.Time != 0 {
		return timed
	}
	return plain
}

// appendMessage appends pl as a message of the form's type, as a gob.Encoder does.
func appendMessage(dst []byte, f form, pl *Payload) []byte {
	return session.AppendMessage(dst, f, (*session.Message)(pl))
}

// definitionForm returns the form whose definition under id is body, what follows the type id -id; 0 if it is neither.
func definitionForm(id int64, body []byte) form {
	if id < firstUserID || len(body) < len(session.Head) || string(body[:len(session.Head)]) != session.Head {
		return 0
	}
	body = body[len(session.Head):]
	own, n := gobInt(body)
	switch {
	case n == 0 || own != id:
		return 0
	case string(body[n:]) == session.PlainTail:
		return plain
	case string(body[n:]) == session.TimedTail:
		return timed
	}
	return 0
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
