// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"net/netip"
	"strconv"
	"strings"
)

// template is the text of a message with its arguments in braces, {a1} to {a3}. Without more the argument prints in
// decimal; behind a colon stands how else:
//
//	x          in hex
//	0x         in hex, with 0x before it
//	low8       its low 8 bits
//	low16      its low 16 bits
//	high16     its high 16 bits
//	high24     its high 24 bits
//	net        its low 16 bits, which are in network byte order
//	nethigh16  its high 16 bits, which are in network byte order
//	ip4        an IPv4 address, in network byte order
//	ip6        32 bits of an IPv6 address, in network byte order, as two groups
//	interface  the name of an interface, given its index
//	state      a conntrack state, or a drop reason
//	direction  a conntrack direction; nothing if it is none
//	flags      the flags of a conntrack tuple, in its low 8 bits
type template string

// arguments are what a message carries, as the host that sent it reads them.
type arguments struct {
	values [3]uint32
	host   *Host
}

// append appends the text with the arguments in it.
func (t template) append(dst []byte, a *arguments) []byte {
	for s := string(t); ; {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			return append(dst, s...)
		}
		end := open + strings.IndexByte(s[open:], '}')
		arg, verb, _ := strings.Cut(s[open+1:end], ":")
		dst = a.append(append(dst, s[:open]...), verb, a.values[arg[1]-'1'])
		s = s[end+1:]
	}
}

// append appends one argument.
func (a *arguments) append(dst []byte, verb string, v uint32) []byte {
	switch verb {
	case "":
		return appendUint(dst, "", v)
	case "x":
		return strconv.AppendUint(dst, uint64(v), 16)
	case "0x":
		return appendMark(dst, v)
	case "low8":
		return appendUint(dst, "", v&0xff)
	case "low16":
		return appendUint(dst, "", v&0xffff)
	case "high16":
		return appendUint(dst, "", v>>16)
	case "high24":
		return appendUint(dst, "", v>>8)
	}
	return a.appendMeaning(dst, verb, v)
}

// appendMeaning appends an argument that is not just a number.
func (a *arguments) appendMeaning(dst []byte, verb string, v uint32) []byte {
	switch verb {
	case "net":
		return appendUint(dst, "", fromNet16(a.host, uint16(v)))
	case "nethigh16":
		return appendUint(dst, "", fromNet16(a.host, uint16(v>>16)))
	case "ip4":
		v = fromNet32(a.host, v)
		return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}).AppendTo(dst)
	case "ip6":
		v = fromNet32(a.host, v)
		dst = append(strconv.AppendUint(dst, uint64(v>>16), 16), ':')
		return strconv.AppendUint(dst, uint64(v&0xffff), 16)
	case "interface":
		return appendInterface(dst, a.host, v)
	case "state":
		return appendState(dst, v)
	case "direction":
		name, _ := CtDirection(v).Name()
		return append(dst, name...)
	case "flags":
		return appendFlags(dst, TupleFlags(v))
	}
	panic("monitor: template with the unknown verb " + verb) // a test tries all templates
}

// appendState appends the name of a conntrack state. A lookup that failed returns a drop reason in its place.
func appendState(dst []byte, v uint32) []byte {
	if name, ok := CtState(v).Name(); ok {
		return append(dst, name...)
	}
	return appendDropReason(dst, uint8(v))
}

// appendFlags appends the names of the flags that are set, the lowest bit first. Bits without a name do not show.
func appendFlags(dst []byte, f TupleFlags) []byte {
	var named TupleFlags
	for rest := f; rest != 0; rest &= rest - 1 {
		bit := rest & -rest
		if _, ok := bit.Name(); ok {
			named |= bit
		}
	}
	dst, _ = named.AppendText(dst)
	return dst
}
