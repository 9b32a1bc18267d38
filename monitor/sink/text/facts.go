// SPDX-License-Identifier: Apache-2.0

package text

import (
	"net/netip"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/role"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// appendFacts adds to the JSON object at the end of dst, which begins at from, what v1.5.3's JSON has as text or not at all:
// "reasonCode", "peer", "rule" and "ruleText", "fields" with every number of the message's struct, and "packet" with what its headers say, as numbers.
func appendFacts(dst []byte, from int, e *event.Event, reasons *role.Cache) []byte {
	if len(dst) < from+2 || dst[len(dst)-2] != '}' || e.Msg == nil {
		return dst
	}
	dst = dst[:len(dst)-2]
	if at := reasonOf(e.Msg, reasons); at >= 0 && e.Msg.Fields()[at].Kind != event.KindText {
		if code := e.Msg.Uint(at); e.Msg.Fields()[at].Kind == event.KindInt {
			dst = strconv.AppendInt(text.AppendKey(dst, "reasonCode"), int64(code), 10)
		} else {
			dst = text.AppendUintField(dst, "reasonCode", code)
		}
	}
	dst = appendNames(dst, e)
	if m, ok := e.Msg.(event.Explained); ok {
		dst = m.AppendFacts(dst)
	}
	dst = appendFields(dst, e.Msg.Fields(), e.Msg)
	if p := e.Packet(); p != nil {
		dst = appendPacket(append(text.AppendKey(dst, "packet"), '{'), e, p)
	}
	return append(dst, "}\n"...)
}

// appendNames adds where the interface leads and which rule denied the packet, where that is known.
func appendNames(dst []byte, e *event.Event) []byte {
	if m, ok := e.Msg.(event.Placed); ok {
		if peer := e.Host.Peer(m.InterfaceIndex()); peer != "" {
			dst = text.AppendStringField(dst, "peer", peer)
		}
	}
	if m, ok := e.Msg.(event.Ruled); ok {
		if number, ok := m.RuleNumber(); ok {
			dst = text.AppendUintField(dst, "rule", uint64(number))
			if rule := e.Host.Rule(number); rule != "" {
				dst = text.AppendStringField(dst, "ruleText", rule)
			}
		}
	}
	return dst
}

// reasonOf returns the index of the field with the reason of a drop, or -1. known may be nil.
func reasonOf(m event.Message, known *role.Cache) int {
	if known == nil {
		return role.Find(m.Fields(), role.Reason)
	}
	return known.Find(m)
}

// appendFields adds the fields of a C struct. Those of other messages are in their JSON already.
func appendFields(dst []byte, fields []event.Field, m event.Message) []byte {
	open := false
	for i := range fields {
		f := &fields[i]
		if f.C == "" || f.Kind == event.KindBytes || f.Kind == event.KindText {
			continue
		}
		if !open {
			dst = append(text.AppendKey(dst, "fields"), '{')
			open = true
		}
		v := m.Uint(i)
		if int64(v) < 0 && f.Kind == event.KindInt {
			dst = append(text.AppendKey(dst, f.Name), '-')
			dst = text.AppendUint(dst, -v)
			continue
		}
		dst = text.AppendUintField(dst, f.Name, v)
	}
	if open {
		dst = append(dst, '}')
	}
	return dst
}

// appendPacket adds what the headers of a packet say: of the innermost flow, and in "outer" of the outermost.
func appendPacket(dst []byte, e *event.Event, p *packet.Packet) []byte {
	dst = text.AppendUintField(dst, "length", uint64(e.Msg.Capture().Original))
	dst = text.AppendUintField(dst, "captured", uint64(len(p.Data())))
	if vlans := p.VLANs(); len(vlans) > 0 {
		dst = text.AppendUintField(dst, "vlan", uint64(vlans[0].ID))
	}
	if tunnels := p.Tunnels(); len(tunnels) > 0 {
		t := &tunnels[len(tunnels)-1]
		dst = text.AppendStringField(dst, "tunnel", t.Kind.String())
		if t.HasID {
			dst = text.AppendUintField(dst, "tunnelID", uint64(t.ID))
		}
	}
	flows := p.Flows()
	if len(flows) > 0 {
		dst = appendFlow(dst, &flows[len(flows)-1])
	}
	if len(flows) > 1 {
		dst = append(appendFlow(append(text.AppendKey(dst, "outer"), '{'), &flows[0]), '}')
	}
	return append(dst, '}')
}

// appendFlow adds what an IP header and the header behind it say.
func appendFlow(dst []byte, f *packet.Flow) []byte {
	version := uint64(4)
	if f.IsIPv6() {
		version = 6
	}
	dst = text.AppendUintField(dst, "ipVersion", version)
	dst = appendAddress(text.AppendKey(dst, "src"), f.Src)
	dst = appendAddress(text.AppendKey(dst, "dst"), f.Dst)
	dst = text.AppendUintField(dst, "proto", uint64(f.Proto))
	dst = text.AppendStringField(dst, "protocol", protocolName(f.Proto))
	dst = text.AppendUintField(dst, "ttl", uint64(f.TTL))
	if f.HasPorts {
		dst = text.AppendUintField(dst, "srcPort", uint64(f.SrcPort))
		dst = text.AppendUintField(dst, "dstPort", uint64(f.DstPort))
	}
	if f.HasFlags {
		dst = text.AppendUintField(dst, "tcpFlags", uint64(f.Flags))
		dst = append(appendFlags(append(text.AppendKey(dst, "flags"), '"'), f.Flags), '"')
	}
	if f.HasICMP {
		dst = text.AppendUintField(dst, "icmpType", uint64(f.ICMPType))
		dst = text.AppendUintField(dst, "icmpCode", uint64(f.ICMPCode))
	}
	if f.Fragment != packet.NotFragmented {
		dst = text.AppendStringField(dst, "fragment", f.Fragment.String())
	}
	return dst
}

func appendAddress(dst []byte, a netip.Addr) []byte {
	return append(a.AppendTo(append(dst, '"')), '"')
}

// protocolName returns the name of a protocol in lower case, empty for one that is rare.
func protocolName(proto uint8) string {
	switch proto {
	case packet.ProtoTCP:
		return "tcp"
	case packet.ProtoUDP:
		return "udp"
	case packet.ProtoICMP:
		return "icmp"
	case packet.ProtoICMPv6:
		return "icmp6"
	case packet.ProtoSCTP:
		return "sctp"
	}
	return ""
}

// flagNames are the names of the TCP flags, from the lowest bit up.
var flagNames = [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS"}

// appendFlags appends the names of TCP flags.
func appendFlags(dst []byte, flags packet.TCPFlags) []byte {
	first := true
	for i, name := range flagNames {
		if flags>>i&1 == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		dst = append(dst, name...)
		first = false
	}
	return dst
}
