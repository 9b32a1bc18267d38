// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/netip"
	"slices"

	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// packetFilter is a source without the packets that a filter for drops would reject, as the kernel does it: so the same flags
// ask for the same packets of interfaces and of drops.
type packetFilter struct {
	source.Source
	filter   *kdrop.Filter
	ended    func()      // at the end of the source
	host     *event.Host // that sends
	rejected uint64

	decoder monitor.Decoder
}

// Next waits for the next event that the filter lets pass; see source.Source.
func (f *packetFilter) Next(e *event.Event) error {
	for {
		if err := f.Source.Next(e); err != nil {
			f.ended()
			return err
		}
		e.Host = f.host
		if e.Kind != event.Sample || f.all() {
			return nil
		}
		f.decoder.Decode(e)
		pass := matchesPacket(f.filter, e.Packet())
		e.SetMessage(nil, nil)
		if pass {
			return nil
		}
		f.rejected++
	}
}

// all tells that the filter lets all packets pass.
func (f *packetFilter) all() bool {
	k := f.filter
	return len(k.Addrs)+len(k.Srcs)+len(k.Dsts)+len(k.Ports)+len(k.SrcPorts)+len(k.DstPorts)+len(k.Protocols) == 0
}

// matchesPacket reports whether the outermost IP header of a packet is what a filter asks for. A later fragment, which has no
// ports, matches every port.
func matchesPacket(f *kdrop.Filter, p *packet.Packet) bool {
	if p == nil || len(p.Flows()) == 0 {
		return false
	}
	flow := &p.Flows()[0]
	in := func(list []netip.Prefix, addrs ...netip.Addr) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(p netip.Prefix) bool { return slices.ContainsFunc(addrs, p.Contains) })
	}
	port := func(list []uint16, ports ...uint16) bool {
		return len(list) == 0 || flow.Fragment == packet.LaterFragment ||
			flow.HasPorts && slices.ContainsFunc(list, func(p uint16) bool { return slices.Contains(ports, p) })
	}
	return in(f.Addrs, flow.Src, flow.Dst) && in(f.Srcs, flow.Src) && in(f.Dsts, flow.Dst) &&
		port(f.Ports, flow.SrcPort, flow.DstPort) && port(f.SrcPorts, flow.SrcPort) && port(f.DstPorts, flow.DstPort) &&
		(len(f.Protocols) == 0 || slices.Contains(f.Protocols, flow.Proto))
}
