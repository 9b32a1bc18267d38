// SPDX-License-Identifier: Apache-2.0

// Package pcapng has what the writer and the reader of pcapng files share: the numbers of the format, and the layout of
// the records in which the bytes of messages stand.
//
// A file is blocks: type (4 bytes), length (4), body, length again. A body has a fixed part and options: code (2), length
// (2), value, padded to 4 bytes.
//
// A message about a packet is an enhanced packet block, with a custom option that holds a record: what of the message
// stands before and behind the packet. Any other event is a block of a type for local use that holds one. Both begin with
// [PEN] and [Magic]; other readers skip them. (Custom blocks are no good for this: Wireshark shows each as a packet.)
package pcapng

import (
	"encoding/binary"
	"math/bits"
)

// Types of blocks.
const (
	BlockSection   = 0x0a0d0d0a
	BlockInterface = 1
	BlockPacket    = 6 // enhanced
	BlockLocal     = 0x80006c73
)

// Options of any block.
const (
	OptEnd     = 0
	OptComment = 1
	OptCustom  = 2989 // bytes that may be copied with the block
)

// Options of a section header.
const (
	OptHardware    = 2
	OptOS          = 3
	OptApplication = 4
)

// Options of an interface description.
const (
	OptName        = 2
	OptDescription = 3
	OptResolution  = 9
	OptOffset      = 14
)

// Options of an enhanced packet block.
const (
	OptFlags     = 2
	OptDropCount = 4
	OptQueue     = 6
	OptVerdict   = 7
)

// Values.
const (
	ByteOrderMagic = 0x1a2b3c4d
	Nanoseconds    = 9 // of OptResolution: a power of ten
	VerdictTC      = 1 // first byte of OptVerdict
	ActionShot     = 2 // what follows it for a drop
	Inbound        = 1 // of OptFlags
	Outbound       = 2
	LinkEthernet   = 1
	LinkRaw        = 101 // IPv4 or IPv6
)

// Sizes in bytes.
const (
	MaxOption = 65535 // the value of an option
	// MaxPacket is the longest packet that Wireshark opens.
	MaxPacket = 262144
	// MaxPart is the most bytes of a message that one block of ours holds: Wireshark refuses blocks over 16 MiB.
	MaxPart = 8 << 20
	// MaxBlock is the longest block that is read. Nobody writes longer ones.
	MaxBlock = 16 << 20
)

// Bounds on what a section makes a reader remember. A writer that has reached one begins another section.
const (
	MaxHosts = 4096  // one more than the highest number of a host
	MaxNames = 16384 // names of interfaces, of all hosts
)

// PEN is the private enterprise number of our options and blocks. It is the one that is reserved for examples: whose they are
// is said by Magic.
const PEN = 32473

// Magic follows PEN: a name, and the version of the layout.
const Magic = "lockstep1"

// Kinds of records.
const (
	RecordEvent     = 'E' // an event
	RecordPart      = 'P' // bytes of the event that follows, before those that it has itself
	RecordHost      = 'H' // a host that events refer to
	RecordInterface = 'I' // the name of an interface of a host
)

// Event is what a record of an event holds, besides the bytes of the message.
type Event struct {
	Kind int64
	CPU  int64
	Lost uint64
	Time int64
	Host uint64 // the number of its record
	// Big says that the host's byte order is big-endian. The record of a host says it too, but programs that copy packets
	// from one file to another leave that out.
	Big bool
	// Before is how many of the bytes that follow stand before the packet. In an option, the others follow it; in a
	// block of its own they are padding.
	Before uint64
}

// AppendEvent appends the fields of a record of an event.
func AppendEvent(dst []byte, e *Event) []byte {
	dst = append(dst, RecordEvent)
	dst = binary.AppendVarint(dst, e.Kind)
	dst = binary.AppendVarint(dst, e.CPU)
	dst = binary.AppendUvarint(dst, e.Lost)
	dst = binary.AppendVarint(dst, e.Time)
	big := uint64(0)
	if e.Big {
		big = 1
	}
	dst = binary.AppendUvarint(dst, e.Host<<1|big)
	return binary.AppendUvarint(dst, e.Before)
}

// ParseEvent reads the fields behind the kind of the record. It returns the bytes that follow, and false if there are too
// few.
func ParseEvent(b []byte, e *Event) (rest []byte, ok bool) {
	p := Fields{b: b, ok: true}
	e.Kind, e.CPU, e.Lost, e.Time, e.Host, e.Before = p.Int(), p.Int(), p.Uint(), p.Int(), p.Uint(), p.Uint()
	e.Host, e.Big = e.Host>>1, e.Host&1 != 0
	return p.b, p.ok && e.Before <= uint64(len(p.b))
}

// AppendText appends a text of a record.
func AppendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Fields reads the fields of a record. Behind the last, it returns zeros.
type Fields struct {
	b  []byte
	ok bool
}

// FieldsOf returns the fields in the bytes behind the kind of a record.
func FieldsOf(b []byte) Fields { return Fields{b, true} }

// OK reports whether all fields that were read were there.
func (f *Fields) OK() bool { return f.ok }

// Uint reads an unsigned number.
func (f *Fields) Uint() uint64 {
	if len(f.b) > 0 && f.b[0] < 0x80 { // most are small
		v := f.b[0]
		f.b = f.b[1:]
		return uint64(v)
	}
	if v, n := longUvarint(f.b); n > 0 {
		f.b = f.b[n:]
		return v
	}
	v, n := binary.Uvarint(f.b)
	f.take(n)
	return v
}

// longUvarint reads a number of up to 9 bytes at once, as times are. It returns 0 bytes where it cannot.
func longUvarint(b []byte) (v uint64, n int) {
	if len(b) < 9 {
		return 0, 0
	}
	x := binary.LittleEndian.Uint64(b)
	last := ^x & 0x8080808080808080 // the byte that ends the number has its upper bit clear
	n = 9
	if last != 0 {
		n = bits.TrailingZeros64(last)/8 + 1
		x &= last ^ (last - 1)
	} else if v = uint64(b[8]); v >= 0x80 {
		return 0, 0
	}
	x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
	x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
	x = x&0x000000000fffffff | x&0x0fffffff00000000>>4
	return v<<56 | x, n
}

// Int reads a signed number.
func (f *Fields) Int() int64 {
	v := f.Uint()
	return int64(v>>1) ^ -int64(v&1)
}

func (f *Fields) take(n int) {
	if n <= 0 {
		f.b, f.ok = nil, false
		return
	}
	f.b = f.b[n:]
}

// Text reads a text.
func (f *Fields) Text() string {
	n := f.Uint()
	if n > uint64(len(f.b)) {
		f.b, f.ok = nil, false
		return ""
	}
	s := string(f.b[:n])
	f.b = f.b[n:]
	return s
}
