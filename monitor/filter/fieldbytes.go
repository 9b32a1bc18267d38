// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// bytesValue is a value of a field with bytes: a prefix, or the bytes themselves.
type bytesValue struct {
	prefix netip.Prefix
	bytes  string // where the prefix is not valid
}

// is reports whether bytes are the value. A field with room for an IPv6 address has an IPv4 address in its first four
// bytes, with zeros behind it, or mapped to IPv6.
func (v *bytesValue) is(b []byte) bool {
	if !v.prefix.IsValid() {
		return string(b) == v.bytes
	}
	a, ok := netip.AddrFromSlice(b)
	if !ok {
		return false
	}
	if v.prefix.Addr().Is4() && a.Is6() {
		if [12]byte(b[4:]) == [12]byte{} {
			a = netip.AddrFrom4([4]byte(b))
		}
		a = a.Unmap()
	}
	return v.prefix.Contains(a)
}

// literalBytes returns the bytes or the addresses that a value of a field with bytes stands for.
func literalBytes(text string) (bytesValue, error) {
	if p, err := prefix(literal{text: text}); err == nil && strings.ContainsAny(text, ".:") {
		return bytesValue{prefix: p}, nil
	} else if _, wrong := netip.ParsePrefix(text); wrong == nil {
		return bytesValue{}, err
	}
	digits := strings.NewReplacer(":", "", "-", "").Replace(strings.TrimPrefix(text, "0x"))
	b := make([]byte, 0, len(digits)/2)
	for len(digits) >= 2 {
		v, err := strconv.ParseUint(digits[:2], 16, 8)
		if err != nil {
			break
		}
		b, digits = append(b, byte(v)), digits[2:]
	}
	if digits != "" || len(b) == 0 {
		return bytesValue{}, fmt.Errorf("%q is not an address, a prefix, or bytes such as 0x0a1b", text)
	}
	return bytesValue{bytes: string(b)}, nil
}
