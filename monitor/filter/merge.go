// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"math"
	"net/netip"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// merge makes one test of those that ask the same of different values: of several ports, addresses or values of a field that
// or joins, or whose contraries and joins, and of all TCP flags and of all values of a protocol.
func merge(or bool, steps []*step) []*step {
	var groups [][]*step
next:
	for _, s := range steps {
		for i, g := range groups {
			if alike(or, g[0], s) {
				groups[i] = append(g, s)
				continue next
			}
		}
		groups = append(groups, []*step{s})
	}
	kept := make([]*step, len(groups))
	for i, g := range groups {
		kept[i] = mergeAll(or, g)
	}
	return kept
}

// alike reports whether two tests can be one.
func alike(or bool, a, b *step) bool {
	if a.test == nil || b.test == nil {
		return false
	}
	x, y := a.test, b.test
	if x.bits != nil && x.op == y.op {
		return true
	}
	if a.not != b.not || a.not == or || x.side != y.side || x.field != y.field || x.side == sideBoth {
		return false
	}
	return x.isPort() && y.isPort() || x.isField() && y.isField() || x.isNet() && y.isNet() || x.op == opEndpoint && y.op == opEndpoint
}

// mergeAll returns the test that those of a group are together. All values are joined at once: a list of thousands takes no longer
// as alternatives than in one term.
func mergeAll(or bool, group []*step) *step {
	first := group[0]
	if len(group) == 1 {
		return first
	}
	x := *first.test
	switch {
	case x.bits != nil:
		all := first
		for _, s := range group[1:] {
			all = mergeBytes(or, all, s)
		}
		return all
	case x.isNet():
		var nets []network
		for _, s := range group {
			nets = append(nets, s.test.networks()...)
		}
		return &step{test: netTest(x.side, nets), not: first.not}
	}
	var numbers []spans
	for _, s := range group {
		numbers = append(numbers, s.test.numbers())
	}
	switch {
	case x.isPort():
		return &step{test: portTest(x.side, numbers...), not: first.not}
	case x.isField():
		return &step{test: fieldTest(x.field, numbers...), not: first.not}
	}
	x.set = union(numbers...)
	return &step{test: &x, not: first.not}
}

func (t *test) isPort() bool  { return t.op == opPort || t.op == opPortSet }
func (t *test) isField() bool { return t.op == opField || t.op == opFieldSet }
func (t *test) isNet() bool   { return t.op == opNet || t.op == opNetSet }

// numbers returns the numbers that pass.
func (t *test) numbers() spans {
	if t.op == opField || t.op == opPort {
		return spans{{t.only, t.only}}
	}
	return t.set
}

func (t *test) networks() []network {
	if t.op == opNet {
		return []network{t.net}
	}
	return t.nets
}

// union returns the numbers of several sets.
func union(of ...spans) spans {
	var all []span
	for _, s := range of {
		all = append(all, s...)
	}
	return set(all)
}

// mergeBytes joins two sets of values of the same byte.
func mergeBytes(or bool, a, b *step) *step {
	x, noneX := a.plainBytes()
	y, noneY := b.plainBytes()
	m := test{op: a.test.op, bits: new(bits256)}
	for i := range m.bits {
		if or {
			m.bits[i] = x[i] | y[i]
		} else {
			m.bits[i] = x[i] & y[i]
		}
	}
	if m.none = noneX && noneY; or {
		m.none = noneX || noneY
	}
	return leaf(m)
}

// plainBytes returns the values that pass with a negation applied.
func (s *step) plainBytes() (bits256, bool) {
	b := *s.test.bits
	if !s.not {
		return b, s.test.none
	}
	for i := range b {
		b[i] = ^b[i]
	}
	return b, !s.test.none
}

// portTest returns the test of ports in any of some sets.
func portTest(side side, of ...spans) *test {
	numbers := union(of...)
	if len(numbers) == 1 && numbers[0].lo == numbers[0].hi {
		return &test{op: opPort, side: side, only: numbers[0].lo}
	}
	return &test{op: opPortSet, side: side, set: numbers, ports: portsOf(numbers)}
}

// fieldTest returns the test of a field's number in any of some sets.
func fieldTest(field int, of ...spans) *test {
	numbers := union(of...)
	if len(numbers) == 1 && numbers[0].lo == numbers[0].hi {
		return &test{op: opField, field: field, only: numbers[0].lo}
	}
	return &test{op: opFieldSet, field: field, set: numbers}
}

// netTest returns the test of addresses in networks.
func netTest(side side, nets []network) *test {
	if len(nets) == 1 {
		return &test{op: opNet, side: side, net: nets[0]}
	}
	var nets4 []network4
	for _, n := range nets {
		if !n.ipv6 {
			nets4 = append(nets4, network4{uint32(n.address.Low), uint32(n.mask.Low)})
		}
	}
	return &test{op: opNetSet, side: side, nets: nets, nets4: nets4}
}

// networkOf returns the addresses under a prefix.
func networkOf(p netip.Prefix) network {
	n := network{address: packet.HalvesOf(p.Addr()), ipv6: p.Addr().Is6()}
	bits := p.Bits() + 128 - p.Addr().BitLen()
	n.mask.High = ones(bits)
	n.mask.Low = ones(bits - 64)
	return n
}

// ones returns a number whose highest bits, so many, are set.
func ones(bits int) uint64 {
	switch {
	case bits <= 0:
		return 0
	case bits >= 64:
		return math.MaxUint64
	}
	return math.MaxUint64 << (64 - bits)
}

// step returns what a term about headers comes to for a packet with one IP header, which is the outermost. It returns nil if
// only the predicate knows.
func (c *compiler) step(t *term) *step {
	if t.scope == scopeInner {
		return leaf(test{op: opNever})
	}
	bare := c.bare(t)
	if bare == nil {
		return nil
	}
	parts := []*step{bare}
	if t.op == "!=" {
		parts[0] = bare.negated()
		switch t.word.subject {
		case subjectPort:
			parts = append(parts, leaf(test{op: opHasPorts}))
		case subjectICMPType, subjectICMPCode:
			parts = append(parts, leaf(test{op: opICMPType, bits: bitsOf(spans{{0, 255}})}))
		}
	}
	if t.proto != nil {
		parts = append(parts, t.proto.step())
	}
	return joined(false, parts...)
}

// bare returns the step of a term without what != and the protocol before it add.
func (c *compiler) bare(t *term) *step {
	switch t.word.subject {
	case subjectHost, subjectNet:
		var nets []network
		for _, l := range t.values {
			p, _ := prefix(l)
			nets = append(nets, networkOf(p))
		}
		return &step{test: netTest(t.side, nets)}
	case subjectPort:
		numbers, _ := c.numbers(t, math.MaxUint16, port)
		return &step{test: portTest(t.side, numbers)}
	case subjectProtocol:
		if t.word.takes == takesNothing {
			return t.word.step()
		}
		numbers, _ := c.numbers(t, math.MaxUint8, ipProtocol)
		return leaf(test{op: opProto, bits: bitsOf(numbers)})
	case subjectVersion:
		return t.word.step()
	case subjectFlag:
		flags := new(bits256)
		for v := range 256 {
			if uint8(v)&t.word.number != 0 {
				flags.add(uint8(v))
			}
		}
		return leaf(test{op: opFlags, bits: flags})
	case subjectFragment:
		return leaf(test{op: opFragment})
	case subjectTTL:
		numbers, _ := c.numbers(t, math.MaxUint8, numeric)
		return leaf(test{op: opTTL, bits: bitsOf(numbers)})
	case subjectICMPType, subjectICMPCode:
		numbers, _ := c.numbers(t, math.MaxUint8, numeric)
		op := opICMPType
		if t.word.subject == subjectICMPCode {
			op = opICMPCode
		}
		return leaf(test{op: op, bits: bitsOf(numbers)})
	case subjectByte:
		return t.bytes.step()
	}
	return nil
}

// step returns the step of a word that is a protocol or a version of IP.
func (w *word) step() *step {
	if w.subject == subjectVersion {
		return &step{test: &test{op: opIPv6}, not: w.number == 4}
	}
	return leaf(test{op: opProto, bits: bitsOf(spans{{uint64(w.number), uint64(w.number)}})})
}

// step returns the step of a comparison in tcpdump's notation.
func (b *byteTest) step() *step {
	op := opFlags
	switch b.of.indexes[0] {
	case "icmptype", "icmp6type":
		op = opICMPType
	case "icmpcode", "icmp6code":
		op = opICMPCode
	}
	is := leaf(test{op: op, bits: bitsOf(b.values())})
	if op == opFlags {
		return is // only TCP has flags
	}
	proto := spans{{uint64(b.of.number), uint64(b.of.number)}}
	return joined(false, is, leaf(test{op: opProto, bits: bitsOf(proto)}))
}
