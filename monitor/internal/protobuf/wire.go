// SPDX-License-Identifier: Apache-2.0

// Package protobuf reads and writes messages of Protocol Buffers, and prints them as JSON. It has what Hubble's API needs.
package protobuf

import (
	"encoding/binary"
	"errors"
	"math"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// The wire types of Protocol Buffers.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// The functions below append fields of Protocol Buffers. Like those, they append nothing for a zero, unless the name says so.

// AppendTag appends the number and the wire type of a field.
func AppendTag(dst []byte, number int, wire uint64) []byte {
	return binary.AppendUvarint(dst, uint64(number)<<3|wire)
}

// AppendUint appends a number.
func AppendUint(dst []byte, number int, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return binary.AppendUvarint(AppendTag(dst, number, wireVarint), v)
}

// AppendBool appends a true.
func AppendBool(dst []byte, number int, v bool) []byte {
	if !v {
		return dst
	}
	return append(AppendTag(dst, number, wireVarint), 1)
}

// AppendString appends a text.
func AppendString[S string | []byte](dst []byte, number int, s S) []byte {
	if len(s) == 0 {
		return dst
	}
	return AppendListed(dst, number, s)
}

// AppendListed appends an element of a list of texts, also an empty one.
func AppendListed[S string | []byte](dst []byte, number int, s S) []byte {
	if !utf8.ValidString(string(s)) { // clients refuse the whole message otherwise; the conversion copies nothing
		return AppendListed(dst, number, strings.ToValidUTF8(string(s), "\ufffd"))
	}
	dst = binary.AppendUvarint(AppendTag(dst, number, wireBytes), uint64(len(s)))
	return append(dst, s...)
}

// AppendMessage appends a message that is encoded already.
func AppendMessage(dst []byte, number int, msg []byte) []byte {
	dst = binary.AppendUvarint(AppendTag(dst, number, wireBytes), uint64(len(msg)))
	return append(dst, msg...)
}

// AppendDouble appends a floating-point number.
func AppendDouble(dst []byte, number int, v float64) []byte {
	if v == 0 {
		return dst
	}
	return binary.LittleEndian.AppendUint64(AppendTag(dst, number, wire64), math.Float64bits(v))
}

// Begin begins a message in a field. End ends it; at is what Begin returned.
func Begin(dst []byte, number int) (_ []byte, at int) {
	dst = append(AppendTag(dst, number, wireBytes), 0)
	return dst, len(dst)
}

// End ends the message that began at a place.
func End(dst []byte, at int) []byte {
	size := len(dst) - at
	if size < 0x80 {
		dst[at-1] = byte(size)
		return dst
	}
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(size))
	dst = append(dst, length[:n-1]...)
	copy(dst[at+n-1:], dst[at:at+size])
	copy(dst[at-1:], length[:n])
	return dst
}

// AppendWrapped appends a number that can be absent, also a zero.
func AppendWrapped(dst []byte, number int, v uint64) []byte {
	dst, at := Begin(dst, number)
	return End(AppendUint(dst, 1, v), at)
}

// AppendTime appends a time, in nanoseconds since 1970; nothing for 0, which is an unknown one.
func AppendTime(dst []byte, number int, ns int64) []byte {
	if ns == 0 {
		return dst
	}
	seconds, rest := ns/1e9, ns%1e9
	if rest < 0 {
		seconds, rest = seconds-1, rest+1e9
	}
	dst, at := Begin(dst, number)
	return End(AppendUint(AppendUint(dst, 1, uint64(seconds)), 2, uint64(rest)), at)
}

// AppendAddr appends an address as text.
func AppendAddr(dst []byte, number int, a netip.Addr) []byte {
	if !a.IsValid() {
		return dst
	}
	dst, at := Begin(dst, number)
	return End(a.AppendTo(dst), at)
}

// AppendMAC appends an Ethernet address as text.
func AppendMAC(dst []byte, number int, mac [6]byte) []byte {
	dst, at := Begin(dst, number)
	for i, b := range mac {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, "0123456789abcdef"[b>>4], "0123456789abcdef"[b&15])
	}
	return End(dst, at)
}

// Value is a field as it stands in a message: a number, or bytes.
type Value struct {
	Number int
	Wire   uint8
	Uint   uint64
	Bytes  []byte
}

var errWire = errors.New("not a message of Protocol Buffers")

// Next reads the first field of a message and returns the rest.
func Next(msg []byte) (v Value, rest []byte, err error) {
	tag, n := binary.Uvarint(msg)
	if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
		return Value{}, nil, errWire
	}
	v.Number, v.Wire, msg = int(tag>>3), uint8(tag&7), msg[n:]
	switch v.Wire {
	case wireVarint:
		if v.Uint, n = binary.Uvarint(msg); n <= 0 {
			return Value{}, nil, errWire
		}
		return v, msg[n:], nil
	case wire64:
		if len(msg) < 8 {
			return Value{}, nil, errWire
		}
		v.Uint = binary.LittleEndian.Uint64(msg)
		return v, msg[8:], nil
	case wire32:
		if len(msg) < 4 {
			return Value{}, nil, errWire
		}
		v.Uint = uint64(binary.LittleEndian.Uint32(msg))
		return v, msg[4:], nil
	case wireBytes:
		size, n := binary.Uvarint(msg)
		if n <= 0 || size > uint64(len(msg)-n) {
			return Value{}, nil, errWire
		}
		v.Bytes = msg[n : n+int(size)]
		return v, msg[n+int(size):], nil
	}
	return Value{}, nil, errWire
}

// Each calls f for each field of a message, until it fails.
func Each(msg []byte, f func(Value) error) error {
	for len(msg) > 0 {
		v, rest, err := Next(msg)
		if err != nil {
			return err
		}
		if err := f(v); err != nil {
			return err
		}
		msg = rest
	}
	return nil
}

// Time returns the nanoseconds since 1970 of a time, which is bounded to those that have such a number.
func (v Value) Time() (int64, error) {
	var seconds, nanos int64
	err := Each(v.Bytes, func(v Value) error {
		switch v.Number {
		case 1:
			seconds = int64(v.Uint)
		case 2:
			nanos = int64(v.Uint)
		}
		return nil
	})
	switch {
	case err != nil || nanos < 0 || nanos >= 1e9:
		return 0, errWire
	case seconds > math.MaxInt64/1_000_000_000-1:
		return math.MaxInt64, nil
	case seconds < math.MinInt64/1_000_000_000+1:
		return math.MinInt64, nil
	}
	return seconds*1_000_000_000 + nanos, nil
}

// Uints returns the numbers of a list, which are packed or stand one by one.
func (v Value) Uints(dst []uint64) ([]uint64, error) {
	if v.Wire == wireVarint {
		return append(dst, v.Uint), nil
	}
	for b := v.Bytes; len(b) > 0; {
		u, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errWire
		}
		dst, b = append(dst, u), b[n:]
	}
	return dst, nil
}
