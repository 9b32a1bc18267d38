// SPDX-License-Identifier: Apache-2.0

package filter

import (
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
	equal := t.op != "!="
	return onPacket(func(p *packet.Packet) bool {
		tunnels, any := p.Tunnels(), false
		for i := range tunnels {
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
