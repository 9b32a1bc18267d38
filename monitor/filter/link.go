// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"math"
	"net/netip"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

func isARP(p *packet.Packet) bool {
	_, ok := p.ARP()
	return ok
}

// vlan compiles vlan.
func (c *compiler) vlan(t *term) (predicate, error) {
	ids, err := c.numbers(t, 4095, numeric)
	if len(t.values) == 0 {
		return onPacket(func(p *packet.Packet) bool { return len(p.VLANs()) > 0 }), nil
	}
	equal := t.op != "!="
	return onPacket(func(p *packet.Packet) bool {
		tags := p.VLANs()
		for i := range tags {
			if ids.has(uint64(tags[i].ID)) {
				return equal
			}
		}
		return len(tags) > 0 && !equal
	}), err
}

// vni compiles vni.
func (c *compiler) vni(t *term) (predicate, error) {
	ids, err := c.numbers(t, math.MaxUint32, numeric)
	equal, kind := t.op != "!=", packet.TunnelKind(0)
	if t.word.subject == subjectTunnel {
		kind = packet.TunnelKind(t.word.number)
	}
	return onPacket(func(p *packet.Packet) bool {
		tunnels, any := p.Tunnels(), false
		for i := range tunnels {
			if kind != packet.NoTunnel && tunnels[i].Kind != kind {
				continue
			}
			if tunnels[i].HasID && ids.has(uint64(tunnels[i].ID)) {
				return equal
			}
			any = any || tunnels[i].HasID
		}
		return any && !equal
	}), err
}

// tunnel compiles tunnel and the words of kinds of tunnels.
func (c *compiler) tunnel(t *term) (predicate, error) {
	kind := packet.TunnelKind(t.word.number)
	if len(t.values) > 0 {
		return c.vni(t)
	}
	return onPacket(func(p *packet.Packet) bool {
		tunnels := p.Tunnels()
		for i := range tunnels {
			if kind == packet.NoTunnel || tunnels[i].Kind == kind {
				return true
			}
		}
		return false
	}), nil
}

// orARP makes a predicate about addresses one that is about those in ARP packets too.
func (t *term) orARP(flows predicate, has func(netip.Addr) bool) predicate {
	if t.proto != nil || t.scope == scopeInner {
		return flows
	}
	side, equal := t.side, t.op != "!="
	return func(e *event.Event) bool {
		if flows(e) {
			return true
		}
		p := e.Packet()
		if p == nil || len(p.Flows()) > 0 {
			return false
		}
		arp, ok := p.ARP()
		if !ok {
			return false
		}
		src, dst := has(arp.Sender), has(arp.Target)
		is := src || dst
		switch side {
		case sideSrc:
			is = src
		case sideDst:
			is = dst
		case sideBoth:
			is = src && dst
		}
		return is == equal
	}
}

// etherType compiles ether proto.
func (c *compiler) etherType(t *term) (predicate, error) {
	types, err := c.numbers(t, math.MaxUint16, etherType)
	equal := t.op != "!="
	return onPacket(func(p *packet.Packet) bool {
		e := p.Ethernet()
		if e == nil {
			return false
		}
		is := types.has(uint64(e.Type))
		for _, tag := range p.VLANs() {
			is = is || tag.Tunnels == 0 && types.has(uint64(tag.Type))
		}
		return is == equal
	}), err
}

// length compiles len, less and greater.
func (c *compiler) length(t *term) (predicate, error) {
	bound := *t
	switch {
	case t.word.name != "len" && (t.op != "=" || len(t.values) != 1):
		return nil, &Error{c.expr, t.pos, t.end, fmt.Sprintf("%s must be followed by a number: for comparisons write len", t.word.name)}
	case t.word.name == "less":
		bound.op = "<="
	case t.word.name == "greater":
		bound.op = ">="
	}
	lengths, err := c.numbers(&bound, math.MaxUint32, numeric)
	equal := t.op != "!="
	return func(e *event.Event) bool {
		return e.Packet() != nil && lengths.has(uint64(e.Msg.Capture().Original)) == equal
	}, err
}

// cast compiles broadcast and multicast without a protocol: they are about the Ethernet address.
func (t *term) cast() predicate {
	all := t.word.number == 1
	return onPacket(func(p *packet.Packet) bool {
		e := p.Ethernet()
		if e == nil {
			return false
		}
		if all {
			return e.Dst == packet.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
		}
		return e.Dst[0]&1 != 0
	})
}

// multicastTest returns the test of ip multicast and ip6 multicast.
func (w *word) multicastTest() flowTest {
	if w.number == 4 {
		return func(f *packet.Flow) bool { return f.Dst.Is4() && f.Dst.As4()[0] >= 224 }
	}
	return func(f *packet.Flow) bool { return f.Dst.Is6() && f.Dst.As16()[0] == 0xff }
}
