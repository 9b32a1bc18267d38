// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// An expression is compiled twice: to closures, which know every packet, and to instructions, which are for packets with one
// IP header, as most have. Those read a packet once, ask several addresses or ports at a time, and jump over what an
// answer makes superfluous.

// opcode says what an instruction tests.
type opcode uint8

const (
	opRun opcode = iota // the predicate
	opField
	opFieldSet
	opEndpoint
	// From here on the packet is asked.
	opPort
	opPortSet
	opNet
	opNetSet
	opProto
	opTTL
	opFlags
	opICMPType
	opICMPCode
	opIPv6
	opFragment
	opHasPorts
	opNever // false for all packets with one IP header
)

// test is what an instruction tests. Which of its members count depends on the opcode.
type test struct {
	op    opcode
	side  side
	truth uint8 // of side: bit 0 for neither end, bit 1 for the source, bit 2 for the destination, bit 3 for both
	field int
	only  uint64   // opField, opPort: the only number of numbers
	set   spans    // of fields, endpoints and ports
	ports *ports   // opPortSet: set
	bits  *bits256 // the values of a byte that pass; of opFlags and ICMP's only where the header is there
	none  bool     // opFlags, ICMP: the answer where the header is not there
	net   network  // opNet
	nets  []network
	nets4 []network4 // those of nets that are of IPv4
	run   predicate  // opRun
}

// bits256 is a set of bytes.
type bits256 [4]uint64

func (b *bits256) has(v uint8) bool { return b[v>>6]>>(v&63)&1 != 0 }

func (b *bits256) add(v uint8) { b[v>>6] |= 1 << (v & 63) }

// ports is a set of ports.
type ports [1 << 16 / 64]uint64

func (p *ports) has(v uint16) bool { return p[v>>6]>>(v&63)&1 != 0 }

// portsOf returns the ports of a set.
func portsOf(s spans) *ports {
	p := new(ports)
	for _, of := range s {
		for v := of.lo; v <= min(of.hi, 1<<16-1); v++ {
			p[v>>6] |= 1 << (v & 63)
		}
	}
	return p
}

// bitsOf returns the numbers of a set below 256.
func bitsOf(s spans) *bits256 {
	b := new(bits256)
	for v := range 256 {
		if s.has(uint64(v)) {
			b.add(uint8(v))
		}
	}
	return b
}

// network is the addresses under a prefix.
type network struct {
	address, mask packet.Halves
	ipv6          bool
}

// network4 is a network of IPv4.
type network4 struct{ address, mask uint32 }

func (n *network) has(a *packet.Halves) bool {
	return (a.Low^n.address.Low)&n.mask.Low|(a.High^n.address.High)&n.mask.High == 0
}

// instruction is a test and where to go on: an index, or yes or no.
type instruction struct {
	test
	is, not int
}

// The ends of a machine.
const (
	endNo  = -1
	endYes = -2
)

// machine is the instructions of an expression.
type machine []instruction

// match reports whether an event matches. Packets that the machine does not know are left to the predicate. It runs the
// instructions up to the first that asks the packet, which most events do not come to.
func (m machine) match(e *event.Event, slow predicate) bool {
	if m[0].op >= opPort {
		return m.matchPacket(e, 0, slow)
	}
	for at := 0; at >= 0; {
		in := &m[at]
		var is bool
		switch in.op {
		case opField:
			is = e.Msg.Uint(in.field) == in.only
		case opFieldSet:
			is = in.set.has(e.Msg.Uint(in.field))
		case opEndpoint:
			src, dst := e.Msg.Endpoints()
			is = in.ends(in.set.has(src), in.set.has(dst))
		case opRun:
			is = in.run(e)
		default:
			return m.matchPacket(e, at, slow)
		}
		if at = in.not; is {
			at = in.is
		}
		if at == endYes {
			return true
		}
	}
	return false
}

// matchPacket goes on with a machine where it asks the packet.
func (m machine) matchPacket(e *event.Event, at int, slow predicate) bool {
	whole := e.Packet()
	if whole == nil {
		return slow(e)
	}
	p := whole.Plain()
	if p == nil {
		return slow(e)
	}
	for at >= 0 {
		in := &m[at]
		var is bool
		switch in.op {
		case opPort:
			is = p.HasPorts && in.ends(p.SrcPort == uint16(in.only), p.DstPort == uint16(in.only))
		case opPortSet:
			is = p.HasPorts && in.ends(in.ports.has(p.SrcPort), in.ports.has(p.DstPort))
		case opNet:
			is = p.IPv6 == in.net.ipv6 && in.ends(in.net.has(&p.Src), in.net.has(&p.Dst))
		case opNetSet:
			is = in.askNets(p)
		case opProto:
			is = in.bits.has(p.Proto)
		case opFlags:
			if is = in.none; p.HasFlags {
				is = in.bits.has(uint8(p.Flags))
			}
		case opField:
			is = e.Msg.Uint(in.field) == in.only
		case opFieldSet:
			is = in.set.has(e.Msg.Uint(in.field))
		case opEndpoint:
			src, dst := e.Msg.Endpoints()
			is = in.ends(in.set.has(src), in.set.has(dst))
		case opRun:
			is = in.run(e)
		default:
			is = in.asks(p)
		}
		if at = in.not; is {
			at = in.is
		}
	}
	return at == endYes
}

// asks runs a test of a packet that is not among the most frequent.
func (t *test) asks(p *packet.Plain) bool {
	switch t.op {
	case opTTL:
		return t.bits.has(p.TTL)
	case opICMPType, opICMPCode:
		if !p.HasICMP {
			return t.none
		}
		if t.op == opICMPCode {
			return t.bits.has(p.ICMPCode)
		}
		return t.bits.has(p.ICMPType)
	case opIPv6:
		return p.IPv6
	case opFragment:
		return p.Fragment
	case opHasPorts:
		return p.HasPorts
	}
	return false
}

// ends joins the answers about the two ends.
func (t *test) ends(src, dst bool) bool {
	at := t.truth
	if src {
		at >>= 1
	}
	if dst {
		at >>= 2
	}
	return at&1 != 0
}

func (t *test) askNets(p *packet.Plain) bool {
	src, dst := false, false
	if !p.IPv6 {
		from, to := uint32(p.Src.Low), uint32(p.Dst.Low)
		for _, n := range t.nets4 {
			src, dst = src || (from^n.address)&n.mask == 0, dst || (to^n.address)&n.mask == 0
		}
		return t.ends(src, dst)
	}
	for i := range t.nets {
		if n := &t.nets[i]; n.ipv6 {
			src, dst = src || n.has(&p.Src), dst || n.has(&p.Dst)
		}
	}
	return t.ends(src, dst)
}

// step is a part of an expression on the way to instructions: a test, or steps that are joined.
type step struct {
	test *test // nil for joined steps
	not  bool  // of the test
	or   bool
	of   []*step
}

// truths is the truth table of each side.
var truths = [...]uint8{sideEither: 0b1110, sideSrc: 0b1010, sideDst: 0b1100, sideBoth: 0b1000}

// leaf returns the step of a test.
func leaf(t test) *step { return &step{test: &t} }

// negated returns the contrary of a step.
func (s *step) negated() *step {
	if s.test != nil {
		return &step{test: s.test, not: !s.not}
	}
	n := &step{or: !s.or}
	for _, of := range s.of {
		n.of = append(n.of, of.negated())
	}
	return n
}

// joined returns steps joined by and, or by or, with what can be one test merged.
func joined(or bool, of ...*step) *step {
	all := &step{or: or}
	for _, s := range of {
		if s.test == nil && s.or == or {
			all.of = append(all.of, s.of...)
		} else {
			all.of = append(all.of, s)
		}
	}
	all.of = merge(or, all.of)
	if len(all.of) == 1 {
		return all.of[0]
	}
	slices.SortStableFunc(all.of, func(a, b *step) int { return a.cost() - b.cost() })
	if fields := slices.IndexFunc(all.of, (*step).asksPacket); !or && fields > 1 {
		// A rejection by the packet is worth more than the second field: once it is read, each test of it costs little.
		packets := slices.DeleteFunc(slices.Clone(all.of[fields:]), func(s *step) bool { return !s.asksPacket() })
		rest := slices.DeleteFunc(slices.Clone(all.of[1:]), (*step).asksPacket)
		all.of = slices.Concat(all.of[:1], packets, rest)
	}
	return all
}

// asksPacket reports whether a step is about the headers of the packet alone.
func (s *step) asksPacket() bool {
	if s.test != nil {
		return s.test.op >= opPort
	}
	return !slices.ContainsFunc(s.of, func(of *step) bool { return !of.asksPacket() })
}

// cost says how long a step takes, relative to others.
func (s *step) cost() int {
	if s.test == nil {
		all := 0
		for _, of := range s.of {
			all += of.cost()
		}
		return all
	}
	switch s.test.op {
	case opRun:
		return 100
	case opField, opFieldSet, opEndpoint:
		return 10
	case opNetSet:
		return 20 + len(s.test.nets)
	}
	return 20
}

// assemble returns the instructions of a step.
func assemble(s *step) machine {
	var m machine
	m.add(s, endYes, endNo)
	slices.Reverse(m)
	for i := range m { // indexes count from the end so far
		m[i].is, m[i].not = forward(m[i].is, len(m)), forward(m[i].not, len(m))
	}
	return m
}

func forward(at, n int) int {
	if at < 0 {
		return at
	}
	return n - 1 - at
}

// add appends a step's instructions, the last first, and returns the index of the first.
func (m *machine) add(s *step, is, not int) int {
	if s.test != nil {
		if s.not {
			is, not = not, is
		}
		in := instruction{*s.test, is, not}
		in.truth = truths[in.side]
		*m = append(*m, in)
		return len(*m) - 1
	}
	next := not
	if !s.or {
		next = is
	}
	for _, of := range slices.Backward(s.of) {
		if s.or {
			next = m.add(of, is, next)
		} else {
			next = m.add(of, next, not)
		}
	}
	return next
}
