// SPDX-License-Identifier: Apache-2.0

// Package template has the types of the tables of texts with arguments that the generator makes of comments in headers
// (lockstep.yaml: templates), and writes those arguments that are only numbers and addresses.
package template

import (
	"math/bits"
	"net/netip"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Text is a text in parts. It is empty for a value without a text.
type Text []Part

// Part is a piece of a text, and the argument behind it.
type Part struct {
	Before string
	Arg    uint8 // its number, from 0
	As     Verb
}

// Verb says how an argument is written. Its name in the headers is that of the constant, with a small first letter.
type Verb uint8

// The verbs. bpf/lib/dbg.h says what they mean.
const (
	End       Verb = iota // no argument
	Decimal               // the number
	X                     // in hexadecimal
	Hex                   // in hexadecimal, with 0x before it
	Low8                  // the low 8 bits
	Low16                 // the low 16 bits
	High16                // the high 16 bits
	High24                // the high 24 bits
	Net                   // the low 16 bits, which are in network byte order
	NetHigh16             // the high 16 bits, which are in network byte order
	Ip4                   // an IPv4 address, in network byte order
	Ip6                   // 32 bits of an IPv6 address, in network byte order, as two groups

	// These need more than the number: callers write them.
	Interface // the name of the interface with this index
	State     // a conntrack state, or a drop reason
	Direction // a conntrack direction; nothing if it is none
	Flags     // the flags of a conntrack tuple, in the low 8 bits
	Address   // an address whose family another argument says
	Errno     // the result of a call, 0 for success
)

// IsNumber reports whether the verb needs no more than the number, so that AppendNumber writes it.
func (v Verb) IsNumber() bool { return v < Interface }

// HasOrder reports whether what AppendNumber writes depends on the byte order of the host that sent the argument.
func (v Verb) HasOrder() bool { return v >= Net && v <= Ip6 }

// AppendNumber appends an argument as its verb says, which is a number's. The argument is given as the host that sent it
// reads it; big says that this host is big-endian.
func AppendNumber(dst []byte, as Verb, v uint32, big bool) []byte {
	switch as {
	case Decimal:
	case X:
		return strconv.AppendUint(dst, uint64(v), 16)
	case Hex:
		return strconv.AppendUint(append(dst, "0x"...), uint64(v), 16)
	case Low8:
		v &= 0xff
	case Low16:
		v &= 0xffff
	case High16:
		v >>= 16
	case High24:
		v >>= 8
	case Net:
		v = uint32(fromNet16(uint16(v), big))
	case NetHigh16:
		v = uint32(fromNet16(uint16(v>>16), big))
	default:
		return appendAddress(dst, as, v, big)
	}
	return text.AppendUint(dst, uint64(v))
}

func appendAddress(dst []byte, as Verb, v uint32, big bool) []byte {
	if !big {
		v = bits.ReverseBytes32(v)
	}
	switch as {
	case Ip4:
		return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}).AppendTo(dst)
	case Ip6:
		dst = append(strconv.AppendUint(dst, uint64(v>>16), 16), ':')
		return strconv.AppendUint(dst, uint64(v&0xffff), 16)
	}
	return dst
}

func fromNet16(v uint16, big bool) uint16 {
	if big {
		return v
	}
	return bits.ReverseBytes16(v)
}
