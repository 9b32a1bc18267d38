// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// truth is a value of the logic in which a message that cannot be decoded is judged.
type truth int

const (
	isFalse truth = iota
	isOpen
	isTrue
)

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// naive judges an event by walking the tree, reading every value anew and folding nothing.
func naive(n node, e *event.Event) truth {
	switch n := n.(type) {
	case *negation:
		return isTrue - naive(n.of, e)
	case *list:
		all := isTrue
		if n.or {
			all = isFalse
		}
		for _, of := range n.of {
			if got := naive(of, e); n.or && got > all || !n.or && got < all {
				all = got
			}
		}
		return all
	}
	return naiveTerm(n.(*term), e)
}

func naiveTerm(t *term, e *event.Event) truth {
	switch t.word.about() {
	case subjectType:
		return truthOf(naiveAny(t, func(l literal) bool {
			if s, err := number(l.text); err == nil && !l.quoted {
				return s.lo <= uint64(e.Raw[0]) && uint64(e.Raw[0]) <= s.hi
			}
			for _, m := range schema.Messages {
				if m.MessageType() == e.Raw[0] && newPattern(l.text).match(m.TypeName()) {
					return true
				}
			}
			return false
		}))
	case subjectLost:
		return isFalse
	case subjectError:
		return truthOf(e.Err != nil)
	}
	if e.Err != nil {
		return isOpen
	}
	switch t.word.about() {
	case subjectCPU:
		return truthOf(e.CPU >= 0 && naiveNumber(t, uint64(e.CPU)))
	case subjectTime:
		return truthOf(naiveTime(t, e))
	case subjectNode:
		return truthOf(naiveAny(t, func(l literal) bool { return newPattern(l.text).match("") }))
	}
	if e.Msg == nil {
		return isFalse
	}
	switch t.word.about() {
	case subjectEndpoint:
		src, dst := e.Msg.Endpoints()
		return truthOf(naiveEnds(t, []uint64{src, dst}))
	case subjectField:
		return truthOf(naiveField(t, e))
	case subjectVerdict:
		return truthOf(naiveVerdict(t, e.Msg))
	case subjectPeer, subjectRule:
		return isFalse // the messages of the tests have neither
	}
	p := e.Packet()
	return truthOf(p != nil && naivePacket(t, p))
}

// naiveAny reports whether one of the term's values is it, or for != whether none is.
func naiveAny(t *term, is func(literal) bool) bool {
	for _, l := range t.values {
		if is(l) {
			return t.op != "!="
		}
	}
	return t.op == "!="
}

func naiveNumber(t *term, v uint64) bool {
	return naiveAny(t, func(l literal) bool {
		s, err := number(l.text)
		return err == nil && naiveCompare(t.op, v, s)
	})
}

func naiveCompare(op string, v uint64, s span) bool {
	switch op {
	case "<":
		return v < s.lo
	case "<=":
		return v <= s.lo
	case ">":
		return v > s.hi
	case ">=":
		return v >= s.hi
	}
	return s.lo <= v && v <= s.hi
}

// naiveEnds judges the numbers of the source and the destination.
func naiveEnds(t *term, ends []uint64) bool {
	plain := *t
	if t.op == "!=" {
		plain.op = "="
	}
	src, dst := naiveNumber(&plain, ends[0]), naiveNumber(&plain, ends[1])
	is := map[side]bool{sideEither: src || dst, sideSrc: src, sideDst: dst, sideBoth: src && dst}[t.side]
	return is == (t.op != "!=")
}

func naiveField(t *term, e *event.Event) bool {
	v := variant{name: e.Msg.TypeName(), fields: e.Msg.Fields()}
	at := v.indexes(t)
	if len(at) == 0 || t.side == sideBoth && len(at) < 2 {
		return false
	}
	plain := *t
	if t.op == "!=" {
		plain.op = "="
	}
	one, all := false, true
	for _, i := range at {
		is := naiveAny(&plain, func(l literal) bool { return naiveOne(&plain, l, e, &v.fields[i], i) })
		one, all = one || is, all && is
	}
	if t.side == sideBoth {
		one = all
	}
	return one == (t.op != "!=")
}

func naiveOne(t *term, l literal, e *event.Event, f *event.Field, i int) bool {
	v := e.Msg.Uint(i)
	if f.Kind == event.KindText {
		return newPattern(l.text).match(string(e.Msg.Bytes(i)))
	}
	if t.takes() == takesInterface {
		if s, err := number(l.text); err == nil && !l.quoted {
			return s.lo <= v && v <= s.hi
		}
		name, ok := schema.Interfaces.InterfaceName(uint32(v))
		return ok && v <= math.MaxUint32 && newPattern(l.text).match(name)
	}
	if f.Kind == event.KindInt {
		if s, err := signed(l.text); err == nil && !l.quoted {
			return naiveCompare(t.op, v^bias, s)
		}
		return false
	}
	if s, err := number(l.text); err == nil && !l.quoted {
		return naiveCompare(t.op, v, s)
	}
	for _, known := range f.Enum.Values {
		if p := newPattern(l.text); (p.match(known.Text) || p.match(known.C)) && naiveCompare(t.op, v, span{known.Value, known.Value}) {
			return true
		}
	}
	return false
}

// naivePacket judges terms about the packet.
func naivePacket(t *term, p *packet.Packet) bool {
	flows := p.Flows()
	switch t.scope {
	case scopeInner:
		flows = flows[min(1, len(flows)):]
	case scopeOuter:
		flows = flows[:min(1, len(flows))]
	}
	plain := *t
	if t.op == "!=" {
		plain.op = "="
	}
	found, has := false, false
	for i := range flows {
		f := &flows[i]
		if t.proto != nil && !naiveProtocol(t.proto, f) {
			continue
		}
		switch t.word.subject {
		case subjectPort:
			has = has || f.HasPorts
		case subjectICMPType, subjectICMPCode:
			has = has || f.HasICMP
		default:
			has = true
		}
		found = found || naiveFlow(&plain, f)
	}
	switch t.word.subject {
	case subjectHost, subjectNet, subjectPort, subjectProtocol, subjectVersion, subjectFlag, subjectTTL, subjectByte, subjectFragment,
		subjectICMPType, subjectICMPCode:
		return found == (t.op != "!=") && has
	}
	if t.word.subject == subjectCast && t.proto != nil {
		return found
	}
	return naiveRest(t, p)
}

func naiveProtocol(w *word, f *packet.Flow) bool {
	if w.subject == subjectVersion {
		return f.Src.Is4() == (w.number == 4)
	}
	return f.Proto == w.number
}

// naiveFlow judges the terms about the headers of IP and behind.
func naiveFlow(t *term, f *packet.Flow) bool {
	sides := func(src, dst bool) bool {
		return map[side]bool{sideEither: src || dst, sideSrc: src, sideDst: dst, sideBoth: src && dst}[t.side]
	}
	switch t.word.subject {
	case subjectHost, subjectNet:
		has := func(s bool) bool {
			a := f.Dst
			if s {
				a = f.Src
			}
			return naiveAny(t, func(l literal) bool { p, _ := prefix(l); return p.Contains(a) })
		}
		return sides(has(true), has(false))
	case subjectPort:
		has := func(v uint16) bool {
			return naiveAny(t, func(l literal) bool { s, _ := port(l); return naiveCompare(t.op, uint64(v), s) })
		}
		return f.HasPorts && sides(has(f.SrcPort), has(f.DstPort))
	case subjectByte:
		v, number := uint8(f.Flags), uint8(6)
		switch t.bytes.of.proto {
		case "icmp":
			v, number = f.ICMPType, 1
		case "icmp6":
			v, number = f.ICMPType, 58
		}
		if strings.HasSuffix(t.bytes.of.indexes[0], "code") {
			v = f.ICMPCode
		}
		return f.Proto == number && (f.HasFlags || f.HasICMP) && naiveCompare(t.bytes.op, uint64(v&t.bytes.mask), span{t.bytes.value, t.bytes.value}) == (t.bytes.op != "!=")
	case subjectCast:
		return t.proto != nil && t.proto.number == 6 && f.Dst.Is6() && f.Dst.As16()[0] == 0xff ||
			t.proto != nil && t.proto.number == 4 && f.Dst.Is4() && f.Dst.As4()[0] >= 224
	case subjectICMPType:
		return f.HasICMP && naiveAny(t, func(l literal) bool { s, _ := number(l.text); return naiveCompare(t.op, uint64(f.ICMPType), s) })
	case subjectICMPCode:
		return f.HasICMP && naiveAny(t, func(l literal) bool { s, _ := number(l.text); return naiveCompare(t.op, uint64(f.ICMPCode), s) })
	case subjectFragment:
		return f.Fragment != packet.NotFragmented
	case subjectFlag:
		return f.HasFlags && int(f.Flags)&int(t.word.number) != 0
	case subjectTTL:
		return naiveAny(t, func(l literal) bool { s, _ := number(l.text); return naiveCompare(t.op, uint64(f.TTL), s) })
	case subjectProtocol:
		if t.word.takes == takesNothing {
			return f.Proto == t.word.number
		}
		return naiveAny(t, func(l literal) bool { s, _ := ipProtocol(l); return naiveCompare(t.op, uint64(f.Proto), s) })
	case subjectVersion:
		return naiveProtocol(t.word, f)
	}
	return false
}

// naiveRest judges terms that are about no flow's ends.
func naiveRest(t *term, p *packet.Packet) bool {
	data := p.Data()
	switch t.word.subject {
	case subjectPacket:
		return true
	case subjectLength:
		op := map[string]string{"less": "<=", "greater": ">=", "len": t.op}[t.word.name]
		return naiveNumber(&term{op: op, values: t.values}, uint64(len(data)))
	case subjectCast:
		return data[0]&1 == 1 && (t.word.number == 0 || string(data[:6]) == "\xff\xff\xff\xff\xff\xff")
	case subjectEtherType:
		is := naiveAny(&term{op: "=", values: t.values}, func(l literal) bool {
			s, _ := etherType(l)
			for at := 12; ; at += 4 {
				v := uint64(data[at])<<8 | uint64(data[at+1])
				if naiveCompare(strings.Replace(t.op, "!=", "=", 1), v, s) {
					return true
				}
				if v != 0x8100 {
					return false
				}
			}
		})
		return is == (t.op != "!=")
	case subjectEther:
		text := func(b []byte) bool {
			return naiveAny(&term{op: "=", values: t.values}, func(l literal) bool { a, _ := mac(l); return string(a[:]) == string(b) })
		}
		if len(data) < 12 {
			return false
		}
		is := t.side != sideSrc && text(data[:6]) || t.side != sideDst && text(data[6:12])
		return is == (t.op == "=")
	}
	return naiveVLAN(t, p.Data())
}

// naiveVLAN judges vlan.
func naiveVLAN(t *term, data []byte) bool {
	tags, found := 0, false
	for at := 12; len(data) > at+3 && data[at] == 0x81 && data[at+1] == 0; at += 4 {
		id := uint64(data[at+2]&0xf)<<8 | uint64(data[at+3])
		tags++
		found = found || len(t.values) == 0
		for _, l := range t.values {
			s, _ := number(l.text)
			found = found || naiveCompare(t.op, id, s)
		}
	}
	if t.op == "!=" {
		return tags > 0 && !found
	}
	return t.word.subject == subjectVLAN && found
}

// TestAgainstNaive compares the compiled form with the plain evaluator, on random expressions and events.
func TestAgainstNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := 5000
	if testing.Short() {
		n = 1500
	}
	compiled, matched := 0, 0
	for range n {
		expr := randomExpr(r, 3)
		f, err := Compile(expr, schema)
		if err != nil {
			continue
		}
		tree, err := parse(expr, newVocabulary(schema))
		if err != nil {
			t.Fatal(err)
		}
		compiled++
		for range 10 {
			e := randomEvent(r)
			want := naive(tree, e) != isFalse
			if got := f.Match(e); got != want {
				t.Fatalf("%s: %v, want %v, for %d %+v, CPU %d, error %v", expr, got, want, e.Raw[0], e.Msg, e.CPU, e.Err)
			}
			if want {
				matched++
			}
		}
	}
	if compiled < n/2 || matched < compiled || matched > 9*compiled {
		t.Errorf("%d of %d expressions compiled, %d of %d events matched: the test sees too little", compiled, n, matched, 10*compiled)
	}
}

// randomExpr returns an expression, most often one that compiles.
func randomExpr(r *rand.Rand, depth int) string {
	if depth > 0 {
		switch r.IntN(5) {
		case 0:
			return "not (" + randomExpr(r, depth-1) + ")"
		case 1, 2:
			return "(" + randomExpr(r, depth-1) + ") and (" + randomExpr(r, depth-1) + ")"
		case 3:
			return "(" + randomExpr(r, depth-1) + ") or (" + randomExpr(r, depth-1) + ")"
		}
	}
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	n := strconv.Itoa(r.IntN(4))
	op := pick("", "= ", "!= ", "< ", "<= ", "> ", ">= ")
	equal := pick("", "= ", "!= ")
	sides := pick("", "src ", "dst ", "src and dst ", "src or dst ")
	scope := pick("", "", "inner ", "outer ")
	values := pick(n, n, "{0, 2-3}", "1 or 3")
	if strings.ContainsAny(op, "<>!") {
		values = n
	}
	switch r.IntN(24) {
	case 23:
		return "verdict " + equal + pick("dropped", "forwarded", "{audit, dropped}", "*ed", "error")
	case 22:
		return "time " + op + pick("12:05", "12:05:30.5", "2026-11-27", "2026-11-27T12:05:30")
	case 18:
		return scope + "tcp[tcpflags] " + pick("", "& 2 ", "& (tcp-syn|tcp-ack) ") + pick("= 2", "!= 0", "< 16", "= tcp-syn", ">= 0x10")
	case 19:
		return pick("len ", "ether proto ") + op + pick("50", "0x800", "60", "100")
	case 20:
		return pick("less 60", "greater 58", "multicast", "broadcast", "ip multicast", "ether proto arp", "fragment")
	case 21:
		return pick("port 80 and not 443", "src net 10.0.0.0/31 and not 10.0.0.1", "port (1 or 2)", "tcp port (80 or 443) and not 80", "arp host 10.0.0.1",
			"icmp[icmptype] < 2", "icmp6[icmp6code] != 80", "icmptype "+op+n, "icmpcode "+op+"80", "ip6 multicast")
	case 0:
		return "type " + equal + pick("drop", "trace", "1", "{drop, 200}", "0-100")
	case 1:
		return "reason " + equal + pick(`"Policy*"`, "unused", n)
	case 2:
		return "state " + equal + pick("new", "{new, reply}", "re*", n)
	case 3:
		return sides + "endpoint " + op + values
	case 4:
		return sides + "identity " + op + values
	case 5:
		return "iface " + equal + pick("eth0", "lxc*", n)
	case 6:
		return "cpu " + op + values
	case 7:
		return pick("srcLabel ", "drop.srcLabel ", "trace.dst_label ") + op + values
	case 8:
		return "delta " + op + pick("-2", "1", "0")
	case 9:
		return "dns.query " + equal + pick("web*", "a", `"b*"`)
	case 10:
		return pick("lost", "undecodable", "packet")
	case 11:
		return scope + sides + "host " + equal + pick("10.0.0.1", "{10.0.0.2, 192.168.0.0/16}", "{fd00::2, 10.0.0.1}", "fd00::/8")
	case 12:
		return scope + pick("", "tcp ", "udp ", "ip ", "ip6 ") + sides + "port " + op + pick("1", "2", "80", "http")
	case 13:
		return scope + pick("tcp", "udp", "ip", "ip6", "proto 6", "proto != udp", "icmp", "icmp6", "proto {1, 6}")
	case 14:
		return "ether " + pick("host ", "src ", "dst ") + equal + pick("02:00:00:00:00:01", "02:00:00:00:00:02")
	}
	if r.IntN(2) == 0 {
		return scope + pick("syn", "rst", "ttl "+op+"64", "ttl 1-63")
	}
	return scope + sides + "net " + equal + pick("10.0.0.0/8", "10.0.0.0/31", "192.168")
}

// letters has a letter for each event that a filter matches: a for the first event.
func letters(f *Filter, events []*event.Event) (all string) {
	for i, e := range events {
		if f.Match(e) {
			all += string(rune('a' + i))
		}
	}
	return all
}

// wantNoAllocs checks that a filter allocates nothing for any of the events.
func wantNoAllocs(t *testing.T, f *Filter, events []*event.Event) {
	t.Helper()
	for i, e := range events {
		if n := testing.AllocsPerRun(10, func() { f.Match(e) }); n != 0 {
			t.Errorf("%s, event %d: %v allocations", f, i, n)
		}
	}
}
