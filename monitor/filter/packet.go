// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"math"
	"net/netip"
	"slices"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// flowTest reports whether a flow matches.
type flowTest func(*packet.Flow) bool

// packet compiles a term about the packet.
func (c *compiler) packet(t *term, v *variant) (code, error) {
	test, err := c.flow(t)
	if err != nil {
		return code{}, err
	}
	var run predicate
	var fast *step
	if test != nil {
		if run = t.overFlows(test); v.mode != unknown {
			fast = c.step(t)
		}
		if t.isAddress() {
			has, _ := c.addresses(t)
			run = t.orARP(run, has)
		}
	} else if run, err = c.wholePacket(t); err != nil {
		return code{}, err
	}
	if v.mode == unknown {
		return constant(false), nil // without a decoder there is no packet
	}
	return code{run: run, cost: costPacket, fast: fast}, nil
}

// flow compiles a term about the headers of IP and what is behind it. It returns nil for others.
func (c *compiler) flow(t *term) (flowTest, error) {
	var test flowTest
	var err error
	switch t.word.subject {
	case subjectHost, subjectNet:
		test, err = c.address(t)
	case subjectPort:
		test, err = c.port(t)
	case subjectProtocol:
		test, err = c.protocol(t)
	case subjectVersion:
		test = t.word.protocolTest()
	case subjectFlag:
		bit := packet.TCPFlags(t.word.number)
		test = func(f *packet.Flow) bool { return f.HasFlags && f.Flags&bit != 0 }
	case subjectByte:
		test = t.bytes.test()
	case subjectCast:
		if t.proto != nil {
			return t.proto.multicastTest(), nil
		}
		return nil, nil
	case subjectFragment:
		test = func(f *packet.Flow) bool { return f.Fragment != packet.NotFragmented }
	case subjectICMPType, subjectICMPCode:
		test, err = c.icmp(t)
	case subjectTTL:
		var numbers spans
		numbers, err = c.numbers(t, math.MaxUint8, numeric)
		test = func(f *packet.Flow) bool { return numbers.has(uint64(f.TTL)) }
	default:
		return nil, nil
	}
	if err != nil || t.proto == nil {
		return test, err
	}
	of, inner := t.proto.protocolTest(), test
	return func(f *packet.Flow) bool { return of(f) && inner(f) }, nil
}

// overFlows returns a predicate that reports whether one of the flows that the term is about passes the test; for !=, whether
// there is one that the term can be about, and none passes.
func (t *term) overFlows(test flowTest) predicate {
	first, last := 0, packet.MaxFlows
	switch t.scope {
	case scopeOuter:
		last = 1
	case scopeInner:
		first = 1
	}
	if t.op == "!=" {
		return notOverFlows(test, t.applies(), first, last)
	}
	return func(e *event.Event) bool {
		p := e.Packet()
		if p == nil {
			return false
		}
		flows := p.Flows()
		for i := first; i < len(flows) && i < last; i++ {
			if test(&flows[i]) {
				return true
			}
		}
		return false
	}
}

// notOverFlows is overFlows for !=.
func notOverFlows(test, applies flowTest, first, last int) predicate {
	return func(e *event.Event) bool {
		p := e.Packet()
		if p == nil {
			return false
		}
		flows, any := p.Flows(), false
		for i := first; i < len(flows) && i < last; i++ {
			if test(&flows[i]) {
				return false
			}
			any = any || applies(&flows[i])
		}
		return any
	}
}

// applies returns a test that reports whether a flow has what the term compares.
func (t *term) applies() flowTest {
	of := func(*packet.Flow) bool { return true }
	if t.proto != nil {
		of = t.proto.protocolTest()
	}
	switch t.word.subject {
	case subjectPort:
		return func(f *packet.Flow) bool { return f.HasPorts && of(f) }
	case subjectICMPType, subjectICMPCode:
		return func(f *packet.Flow) bool { return f.HasICMP && of(f) }
	}
	return of
}

// protocolTest returns the test of a word that is a protocol or a version of IP.
func (w *word) protocolTest() flowTest {
	number := w.number
	switch {
	case w.subject == subjectVersion && number == 4:
		return func(f *packet.Flow) bool { return f.Src.Is4() }
	case w.subject == subjectVersion:
		return func(f *packet.Flow) bool { return f.Src.Is6() }
	}
	return func(f *packet.Flow) bool { return f.Proto == number }
}

// isAddress reports whether the term is about IP addresses.
func (t *term) isAddress() bool {
	return t.word.subject == subjectHost || t.word.subject == subjectNet
}

// address compiles host and net.
func (c *compiler) address(t *term) (flowTest, error) {
	has, err := c.addresses(t)
	return t.ends(
		func(f *packet.Flow) bool { return has(f.Src) },
		func(f *packet.Flow) bool { return has(f.Dst) },
	), err
}

// addresses returns a function that reports whether an address is one of those that the term asks for.
func (c *compiler) addresses(t *term) (func(netip.Addr) bool, error) {
	if t.ordered() {
		return nil, c.operatorError(t)
	}
	var hosts []netip.Addr
	var nets []netip.Prefix
	for _, l := range t.values {
		p, err := prefix(l)
		if err != nil {
			return nil, c.literalError(l, err)
		}
		if p.IsSingleIP() {
			hosts = append(hosts, p.Addr())
		} else {
			nets = append(nets, p)
		}
	}
	switch {
	case len(hosts) == 1 && len(nets) == 0:
		only := hosts[0]
		return func(a netip.Addr) bool { return a == only }, nil
	case len(hosts) == 0 && len(nets) == 1:
		return nets[0].Contains, nil
	}
	return func(a netip.Addr) bool {
		for i := range hosts {
			if hosts[i] == a {
				return true
			}
		}
		for i := range nets {
			if nets[i].Contains(a) {
				return true
			}
		}
		return false
	}, nil
}

// port compiles port.
func (c *compiler) port(t *term) (flowTest, error) {
	numbers, err := c.numbers(t, math.MaxUint16, port)
	if len(numbers) == 1 && numbers[0].lo == numbers[0].hi {
		only := uint16(numbers[0].lo)
		if t.side == sideEither {
			return func(f *packet.Flow) bool { return f.HasPorts && (f.SrcPort == only || f.DstPort == only) }, err
		}
		return t.ends(
			func(f *packet.Flow) bool { return f.SrcPort == only && f.HasPorts },
			func(f *packet.Flow) bool { return f.DstPort == only && f.HasPorts },
		), err
	}
	return t.ends(
		func(f *packet.Flow) bool { return f.HasPorts && numbers.has(uint64(f.SrcPort)) },
		func(f *packet.Flow) bool { return f.HasPorts && numbers.has(uint64(f.DstPort)) },
	), err
}

// ends joins the tests of the two ends as the term says.
func (t *term) ends(src, dst flowTest) flowTest {
	switch t.side {
	case sideSrc:
		return src
	case sideDst:
		return dst
	case sideBoth:
		return func(f *packet.Flow) bool { return src(f) && dst(f) }
	}
	return func(f *packet.Flow) bool { return src(f) || dst(f) }
}

// numeric is number for a literal.
func numeric(l literal) (span, error) { return number(l.text) }

// icmp compiles icmptype and icmpcode.
func (c *compiler) icmp(t *term) (flowTest, error) {
	numbers, err := c.numbers(t, math.MaxUint8, numeric)
	if t.word.subject == subjectICMPCode {
		return func(f *packet.Flow) bool { return f.HasICMP && numbers.has(uint64(f.ICMPCode)) }, err
	}
	return func(f *packet.Flow) bool { return f.HasICMP && numbers.has(uint64(f.ICMPType)) }, err
}

// protocol compiles proto and the words of protocols.
func (c *compiler) protocol(t *term) (flowTest, error) {
	if t.word.takes == takesNothing {
		return t.word.protocolTest(), nil
	}
	numbers, err := c.numbers(t, math.MaxUint8, ipProtocol)
	return func(f *packet.Flow) bool { return numbers.has(uint64(f.Proto)) }, err
}

// wholePacket compiles a term about what is before IP, or about the packet as a whole.
func (c *compiler) wholePacket(t *term) (predicate, error) {
	switch t.word.subject {
	case subjectARP:
		return onPacket(isARP), nil
	case subjectTunnel:
		return c.tunnel(t)
	case subjectVNI:
		return c.vni(t)
	case subjectVLAN:
		return c.vlan(t)
	case subjectTruncated:
		return onPacket(func(p *packet.Packet) bool { return p.Truncated() != packet.NoPart }), nil
	case subjectMalformed:
		return onPacket(func(p *packet.Packet) bool { return p.Malformed() != packet.NoFault }), nil
	case subjectEther:
		return c.ether(t)
	case subjectEtherType:
		return c.etherType(t)
	case subjectLength:
		return c.length(t)
	case subjectCast:
		return t.cast(), nil
	}
	return onPacket(func(*packet.Packet) bool { return true }), nil
}

func onPacket(test func(*packet.Packet) bool) predicate {
	return func(e *event.Event) bool {
		p := e.Packet()
		return p != nil && test(p)
	}
}

// ether compiles ether host, src and dst.
func (c *compiler) ether(t *term) (predicate, error) {
	if t.ordered() {
		return nil, c.operatorError(t)
	}
	var all []packet.MAC
	for _, l := range t.values {
		a, err := mac(l)
		if err != nil {
			return nil, c.literalError(l, err)
		}
		all = append(all, a)
	}
	side, equal := t.side, t.op == "="
	return onPacket(func(p *packet.Packet) bool {
		e := p.Ethernet()
		if e == nil {
			return false
		}
		is := side != sideSrc && slices.Contains(all, e.Dst) || side != sideDst && slices.Contains(all, e.Src)
		return is == equal
	}), nil
}
