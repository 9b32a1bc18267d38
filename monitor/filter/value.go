// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/internal/nearest"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// span is the numbers from lo to hi.
type span struct{ lo, hi uint64 }

// spans is a set of numbers: sorted, apart from each other.
type spans []span

// set returns the set of the numbers in some spans.
func set(of []span) spans {
	of = slices.Clone(of)
	slices.SortFunc(of, func(a, b span) int { return cmp.Compare(a.lo, b.lo) })
	var s spans
	for _, next := range of {
		if n := len(s); n > 0 && (next.lo <= s[n-1].hi || next.lo == s[n-1].hi+1) {
			s[n-1].hi = max(s[n-1].hi, next.hi)
			continue
		}
		s = append(s, next)
	}
	return s
}

// has reports whether a number is in the set.
func (s spans) has(v uint64) bool {
	for i := range s {
		if v <= s[i].hi {
			return v >= s[i].lo
		}
	}
	return false
}

// compare returns the span of the numbers that compare with v as an operator says; false for none.
func compare(op string, v, lowest, highest uint64) (span, bool) {
	switch op {
	case "<":
		return span{lowest, v - 1}, v > lowest
	case "<=":
		return span{lowest, v}, true
	case ">":
		return span{v + 1, highest}, v < highest
	case ">=":
		return span{v, highest}, true
	}
	return span{v, v}, true
}

// backwardsError is the error of a range such as 20-10.
type backwardsError struct{ text string }

func (e *backwardsError) Error() string {
	return fmt.Sprintf("the end of the range %s is below its start", e.text)
}

// number reads a number or a range of numbers.
func number(text string) (span, error) {
	if v, err := strconv.ParseUint(text, 0, 64); err == nil {
		return span{v, v}, nil
	}
	if lo, hi, ok := strings.Cut(text, "-"); ok {
		a, err1 := strconv.ParseUint(lo, 0, 64)
		b, err2 := strconv.ParseUint(hi, 0, 64)
		if err1 == nil && err2 == nil {
			if a > b {
				return span{}, &backwardsError{text}
			}
			return span{a, b}, nil
		}
	}
	return span{}, fmt.Errorf("%q is neither a number nor a range such as 10-20", text)
}

// bias makes the order of signed numbers that of unsigned ones.
const bias = 1 << 63

// signed is number for signed numbers, with the bias added.
func signed(text string) (span, error) {
	read := func(s string) (uint64, error) {
		v, err := strconv.ParseInt(s, 0, 64)
		return uint64(v) ^ bias, err
	}
	if v, err := read(text); err == nil {
		return span{v, v}, nil
	}
	if at := strings.LastIndex(text, "-"); at > 0 {
		if text[at-1] == '-' {
			at--
		}
		a, err1 := read(text[:at])
		b, err2 := read(text[at+1:])
		if err1 == nil && err2 == nil && a <= b {
			return span{a, b}, nil
		}
	}
	return span{}, fmt.Errorf("%q is neither a number nor a range such as -20-10", text)
}

// fieldNumbers returns the numbers that a literal stands for in a field with a number. name is what the expression calls the field.
func fieldNumbers(name string, f *event.Field, l literal) ([]span, error) {
	var numeric error
	if !l.quoted {
		read := number
		if f.Kind == event.KindInt {
			read = signed
		}
		var s span
		if s, numeric = read(l.text); numeric == nil {
			return []span{s}, nil
		}
	}
	if f.Kind == event.KindBool {
		if s, ok := map[string]uint64{"true": 1, "yes": 1, "false": 0, "no": 0}[strings.ToLower(l.text)]; ok {
			return []span{{s, s}}, nil
		}
	}
	if f.Enum == nil {
		return nil, cmp.Or(numeric, fmt.Errorf("%q is not a number", l.text))
	}
	var all []span
	pattern := newPattern(l.text)
	for _, v := range f.Enum.Values {
		if pattern.match(v.Text) || pattern.match(v.C) {
			n := v.Value
			if f.Kind == event.KindInt {
				n ^= bias
			}
			all = append(all, span{n, n})
		}
	}
	if len(all) == 0 && pattern.exact {
		all = sameLetters(f, l.text)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no %s is called %q%s", name, l.text, suggest(l.text, enumTexts(f.Enum)))
	}
	return all, nil
}

// sameLetters returns the values whose text has the same letters and digits: Hubble and its metrics write POLICY_DENIED for
// "Policy denied".
func sameLetters(f *event.Field, text string) []span {
	if !strings.Contains(text, "_") {
		return nil
	}
	want := lettersOf(text)
	var all []span
	for _, v := range f.Enum.Values {
		if want != "" && lettersOf(v.Text) == want {
			n := v.Value
			if f.Kind == event.KindInt {
				n ^= bias
			}
			all = append(all, span{n, n})
		}
	}
	return all
}

// lettersOf returns the ASCII letters, in lower case, and the digits of a text.
func lettersOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, lowerASCII(text))
}

// enumTexts returns the names of values, as an expression has them.
func enumTexts(e *event.Enum) []string {
	var all []string
	for _, v := range e.Values {
		if name := cmp.Or(v.Text, v.C); name != "" {
			all = append(all, name)
		}
	}
	return all
}

// port returns the ports that a literal stands for.
func port(l literal) (span, error) {
	if p, ok := servicePort(strings.ToLower(l.text)); ok {
		return span{uint64(p), uint64(p)}, nil
	}
	s, err := number(l.text)
	var backwards *backwardsError
	if errors.As(err, &backwards) {
		return s, err
	}
	if err != nil {
		names := make([]string, 0, len(services))
		for _, known := range services {
			names = append(names, known.name)
		}
		if near := nearest.Names(l.text, names); len(near) > 0 {
			return s, fmt.Errorf("%q is neither a port nor a known service; did you mean %s?", l.text, orList(near))
		}
		return s, fmt.Errorf("%q is not a port, a range such as 80-90, or a known service", l.text)
	}
	if s.hi > math.MaxUint16 {
		return s, fmt.Errorf("%s is not a port: ports go up to 65535", l.text)
	}
	return s, nil
}

// ipProtocol returns the protocols that a literal stands for.
func ipProtocol(l literal) (span, error) {
	if n, ok := protocolNumber(strings.ToLower(l.text)); ok {
		return span{uint64(n), uint64(n)}, nil
	}
	s, err := number(l.text)
	if err != nil {
		names := make([]string, 0, len(protocols))
		for _, known := range protocols {
			names = append(names, known.name)
		}
		return s, fmt.Errorf("%q is not a protocol%s", l.text, suggest(l.text, names))
	}
	if s.hi > math.MaxUint8 {
		return s, fmt.Errorf("%s is not a protocol: they go up to 255", l.text)
	}
	return s, nil
}

// etherType returns the Ethernet types that a literal stands for.
func etherType(l literal) (span, error) {
	for _, known := range etherTypes {
		if strings.EqualFold(known.name, l.text) {
			return span{uint64(known.number), uint64(known.number)}, nil
		}
	}
	s, err := number(l.text)
	if err != nil {
		return s, fmt.Errorf("%q is not an Ethernet type such as 0x88cc%s", l.text, suggest(l.text, etherTypeNames()))
	}
	return s, nil
}

// prefix returns the prefix that a literal stands for: an address, a prefix, or the beginning of an IPv4 address.
func prefix(l literal) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(l.text); err == nil {
		if a.Zone() != "" {
			return netip.Prefix{}, errors.New("packets have no zones: remove the part from the % on")
		}
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	if p, err := netip.ParsePrefix(l.text); err == nil {
		if p != p.Masked() {
			return p, fmt.Errorf("%s has bits set after the prefix: write %s or %s", l.text, p.Masked(), p.Addr())
		}
		return p, nil
	}
	short, length, sized := strings.Cut(l.text, "/")
	bytes := strings.Count(short, ".") + 1
	if bytes < 4 {
		bits := 8 * bytes
		whole := short + strings.Repeat(".0", 4-bytes)
		if n, err := strconv.Atoi(length); sized && err == nil {
			bits = n
		}
		if p, err := netip.ParsePrefix(whole + "/" + strconv.Itoa(bits)); err == nil && p == p.Masked() {
			return p, nil
		}
	}
	if host, port, ok := addressPort(l.text); ok {
		return netip.Prefix{}, fmt.Errorf("%q is an address with a port: write host %s and port %s", l.text, host, port)
	}
	return netip.Prefix{}, fmt.Errorf("%q is neither an address, such as 10.0.0.1 or fd00::1, nor a prefix, such as 10.0.0.0/8 (names are not looked up)", l.text)
}

// mac returns the Ethernet address that a literal stands for.
func mac(l literal) (a [6]byte, err error) {
	hw, err := net.ParseMAC(l.text)
	if err != nil || len(hw) != len(a) {
		return a, fmt.Errorf("%q is not an Ethernet address such as 0e:4d:71:c0:1a:01", l.text)
	}
	return [6]byte(hw), nil
}

// pattern is a text in which * stands for any characters and ? for one. Letters match whatever their case is, if they are
// ASCII.
type pattern struct {
	text  string // in lower case
	exact bool   // without * and ?
}

func newPattern(text string) pattern {
	return pattern{lowerASCII(text), !strings.ContainsAny(text, "*?")}
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = lower(c)
	}
	return string(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// match reports whether a text fits the pattern.
func (p pattern) match(s string) bool { return matchGlob(p, s) }

// matchBytes is match for bytes.
func (p pattern) matchBytes(s []byte) bool { return matchGlob(p, s) }

// matchGlob goes through both once, and back to behind the last * where they differ.
func matchGlob[T string | []byte](p pattern, s T) bool {
	if p.exact && len(p.text) != len(s) {
		return false
	}
	at, star, from := 0, -1, 0
	for i := 0; i < len(s); {
		switch {
		case at < len(p.text) && p.text[at] == '*':
			star, from = at, i
			at++
		case at < len(p.text) && (p.text[at] == '?' || p.text[at] == lower(s[i])):
			at++
			i++
		case star >= 0:
			from++
			at, i = star+1, from
		default:
			return false
		}
	}
	for at < len(p.text) && p.text[at] == '*' {
		at++
	}
	return at == len(p.text)
}
