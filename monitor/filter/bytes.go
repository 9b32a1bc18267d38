// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// byteName is a name that tcpdump has for bits or a value of a byte.
type byteName struct {
	name  string
	value uint8
}

// byteAccess is a byte of a header that tcpdump's notation reads: tcp[tcpflags].
type byteAccess struct {
	proto   string
	indexes []string // the byte's offset and its name
	number  uint8    // of the protocol
	names   []byteName
	read    func(*packet.Flow) (uint8, bool)
}

var byteAccesses = []byteAccess{
	{"tcp", []string{"tcpflags", "13"}, packet.ProtoTCP, []byteName{
		{"tcp-fin", 1}, {"tcp-syn", 2}, {"tcp-rst", 4}, {"tcp-push", 8}, {"tcp-psh", 8}, {"tcp-ack", 16}, {"tcp-urg", 32}, {"tcp-ece", 64}, {"tcp-cwr", 128},
	}, func(f *packet.Flow) (uint8, bool) { return uint8(f.Flags), f.HasFlags }},
	{"icmp", []string{"icmptype", "0"}, packet.ProtoICMP, []byteName{
		{"icmp-echoreply", 0}, {"icmp-unreach", 3}, {"icmp-sourcequench", 4}, {"icmp-redirect", 5}, {"icmp-echo", 8},
		{"icmp-routeradvert", 9}, {"icmp-routersolicit", 10}, {"icmp-timxceed", 11}, {"icmp-paramprob", 12}, {"icmp-tstamp", 13},
		{"icmp-tstampreply", 14}, {"icmp-ireq", 15}, {"icmp-ireqreply", 16}, {"icmp-maskreq", 17}, {"icmp-maskreply", 18},
	}, icmpType},
	{"icmp", []string{"icmpcode", "1"}, packet.ProtoICMP, nil, icmpCode},
	{"icmp6", []string{"icmp6type", "0"}, packet.ProtoICMPv6, []byteName{
		{"icmp6-packettoobig", 2}, {"icmp6-timeexceeded", 3}, {"icmp6-parameterproblem", 4}, {"icmp6-echo", 128}, {"icmp6-echoreply", 129},
		{"icmp6-routersolicit", 133}, {"icmp6-routeradvert", 134}, {"icmp6-neighborsolicit", 135}, {"icmp6-neighboradvert", 136},
		{"icmp6-redirect", 137},
	}, icmpType},
	{"icmp6", []string{"icmp6code", "1"}, packet.ProtoICMPv6, nil, icmpCode},
}

func icmpType(f *packet.Flow) (uint8, bool) { return f.ICMPType, f.HasICMP }
func icmpCode(f *packet.Flow) (uint8, bool) { return f.ICMPCode, f.HasICMP }

// byteTest is a comparison in tcpdump's notation: tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn.
type byteTest struct {
	of    *byteAccess
	mask  uint8
	op    string
	value uint64
}

// String returns the comparison as it can be written.
func (b *byteTest) String() string {
	return fmt.Sprintf("%s[%s] & 0x%x %s 0x%x", b.of.proto, b.of.indexes[0], b.mask, b.op, b.value)
}

// holds reports whether a value of the byte compares as asked.
func (b *byteTest) holds(v uint8) bool {
	masked := uint64(v & b.mask)
	switch b.op {
	case "!=":
		return masked != b.value
	case "<":
		return masked < b.value
	case "<=":
		return masked <= b.value
	case ">":
		return masked > b.value
	case ">=":
		return masked >= b.value
	}
	return masked == b.value
}

// values returns the values of the byte with which the comparison holds.
func (b *byteTest) values() spans {
	var all []span
	for v := range uint64(256) {
		if b.holds(uint8(v)) {
			all = append(all, span{v, v})
		}
	}
	return set(all)
}

// test returns the test of a flow.
func (b *byteTest) test() flowTest {
	values, of := b.values(), b.of
	return func(f *packet.Flow) bool {
		v, ok := of.read(f)
		return ok && f.Proto == of.number && values.has(uint64(v))
	}
}

// byteScanner reads a comparison in tcpdump's notation.
type byteScanner struct {
	expr string
	at   int
	of   *byteAccess
}

// lexBytes returns the comparison whose first word ends at a bracket.
func lexBytes(expr string, pos, bracket int) (token, error) {
	s := &byteScanner{expr: expr, at: bracket + 1}
	if err := s.access(pos, bracket); err != nil {
		return token{}, err
	}
	b := &byteTest{of: s.of, mask: 0xff}
	if s.take("&&") {
		return token{}, s.fail(s.at-2, "a comparison must follow %s[...]: tcp[tcpflags] & tcp-syn != 0", s.of.proto)
	}
	if s.take("&") {
		mask, err := s.group()
		if err != nil {
			return token{}, err
		}
		b.mask = uint8(mask)
	}
	for _, op := range []string{"==", "!=", "<=", ">=", "=", "<", ">"} {
		if s.take(op) {
			b.op = strings.Replace(op, "==", "=", 1)
			break
		}
	}
	if b.op == "" {
		return token{}, s.fail(s.at, "a comparison must follow %s[...]: tcp[tcpflags] & tcp-syn != 0", s.of.proto)
	}
	var err error
	if b.value, err = s.group(); err != nil {
		return token{}, err
	}
	return token{kind: tokenBytes, text: expr[pos:s.at], pos: pos, end: s.at, bytes: b}, nil
}

// fail returns an error about what stands at a place.
func (s *byteScanner) fail(at int, format string, args ...any) error {
	return &Error{s.expr, at, min(at+1, len(s.expr)), fmt.Sprintf(format, args...)}
}

// take reads a text that may stand next.
func (s *byteScanner) take(text string) bool {
	at := s.at + spaces(s.expr[s.at:])
	if !strings.HasPrefix(s.expr[at:], text) {
		return false
	}
	s.at = at + len(text)
	return true
}

// word reads a name or a number.
func (s *byteScanner) word() (text string, pos int) {
	pos = s.at + spaces(s.expr[s.at:])
	end := pos
	for end < len(s.expr) && (s.expr[end] == '-' || s.expr[end] >= '0' && s.expr[end] <= '9' || lower(s.expr[end]) >= 'a' && lower(s.expr[end]) <= 'z') {
		end++
	}
	s.at = end
	return strings.ToLower(s.expr[pos:end]), pos
}

// access reads what is between the brackets.
func (s *byteScanner) access(pos, bracket int) error {
	proto := strings.ToLower(s.expr[pos:bracket])
	index, at := s.word()
	if s.take(":") {
		if size, _ := s.word(); size != "1" {
			index += ":" + size
		}
	}
	closed := s.take("]")
	for i := range byteAccesses {
		if a := &byteAccesses[i]; closed && a.proto == proto && slices.Contains(a.indexes, index) {
			s.of = a
			return nil
		}
	}
	return &Error{s.expr, pos, max(s.at, at), byteAdvice(proto, index)}
}

// byteAdvice says what to write in place of bytes that are not read.
func byteAdvice(proto, index string) string {
	word := map[string]string{
		"ip 8": "ttl", "ip6 7": "ttl", "ip 9": "proto", "ip6 6": "proto", "ip 6:2": "fragment", "ip 2:2": "len, less or greater",
		"tcp 0:2": "src port", "tcp 2:2": "dst port", "udp 0:2": "src port", "udp 2:2": "dst port",
		"ip 12:4": "src host or src net", "ip 16:4": "dst host or dst net", "ether 0": "broadcast or multicast",
		"ip6 40": "icmp6[icmp6type]", "ip6 41": "icmp6[icmp6code]",
	}[proto+" "+index]
	if word != "" {
		return fmt.Sprintf("%s[%s] is not read by its offset: the word is %s", proto, index, word)
	}
	return "of bytes by offset only tcp[tcpflags], icmp[icmptype], icmp[icmpcode], icmp6[icmp6type] and icmp6[icmp6code] are read; " +
		"other headers have words, such as port, ttl, proto, fragment and vni"
}

// group reads names and numbers that are joined by |, in parentheses or without.
func (s *byteScanner) group() (uint64, error) {
	open := s.take("(")
	var all uint64
	for {
		text, pos := s.word()
		v, err := strconv.ParseUint(text, 0, 8)
		if i := slices.IndexFunc(s.of.names, func(n byteName) bool { return n.name == text }); i >= 0 {
			v, err = uint64(s.of.names[i].value), nil
		}
		if err != nil {
			return 0, &Error{s.expr, pos, max(s.at, pos), fmt.Sprintf("%q is neither a number up to 255 nor a name of %s[%s]%s", text, s.of.proto,
				s.of.indexes[0], suggest(text, s.of.nameList()))}
		}
		all |= v
		at := s.at
		if s.take("||") { // another term
			s.at = at
		} else if s.take("|") {
			if !open {
				return 0, s.fail(s.at-1, "values joined by | must be in parentheses: (tcp-syn|tcp-ack)")
			}
			continue
		}
		if open && !s.take(")") {
			return 0, s.fail(s.at, "a closing parenthesis is missing: (tcp-syn|tcp-ack)")
		}
		return all, nil
	}
}

// nameList returns the names of the byte's values.
func (a *byteAccess) nameList() []string {
	var all []string
	for _, n := range a.names {
		all = append(all, n.name)
	}
	return all
}
