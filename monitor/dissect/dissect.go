// SPDX-License-Identifier: Apache-2.0

// Package dissect dissects packets in more depth than package packet: VLAN tags, tunnels and the packets in them, DNS, MLD,
// IGMP, ARP, SCTP, routing protocols and all others that google/gopacket knows.
//
// It is for commands, not for libraries: gopacket's tables cost each program that imports them 2 MB, and 5 ms at the start.
package dissect

import (
	"encoding/binary"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Append appends a line for each header of a packet that Cilium v1.5.3's text of the packet does not have, which ends at
// the first header other than Ethernet, IP, ICMP, TCP and UDP. It appends nothing for a packet that has no others. Cut
// and hostile packets give what is there. No character from the packet can control a terminal.
//
// It is what a verbose [github.com/lockstep-bpf/lockstep/monitor/event.Style] has as Dissect.
func Append(dst []byte, p *packet.Packet) []byte {
	d := dissector{dst: dst, p: p}
	if hasMore(p) {
		d.layers(p.Data(), firstLayer(p), true)
	}
	d.own()
	if f := p.Malformed(); f != packet.NoFault {
		d.dst = append(append(append(d.dst, "  Packet is malformed: "...), f.String()...), '\n')
	}
	return d.dst
}

// firstLayer returns what the packet starts with.
func firstLayer(p *packet.Packet) gopacket.LayerType {
	data := p.Data()
	switch {
	case p.Link() == packet.LinkEthernet:
		return layers.LayerTypeEthernet
	case len(data) > 0 && data[0]>>4 == 6:
		return layers.LayerTypeIPv6
	}
	return layers.LayerTypeIPv4
}

// hasMore reports whether a packet may have headers whose lines are gopacket's. For most packets it has not, which need not
// be taken apart twice then.
func hasMore(p *packet.Packet) bool {
	flows, tunnels := p.Flows(), p.Tunnels()
	if len(flows) == 0 || len(tunnels) >= len(flows) || len(p.VLANs()) > 0 {
		_, arp := p.ARP()
		return !arp || len(p.VLANs()) > 0
	}
	for i := range tunnels {
		if tunnels[i].Kind != packet.TunnelIPIP {
			return true
		}
	}
	f := &flows[len(flows)-1]
	switch {
	case f.Extended:
		return true
	case f.Fragment == packet.LaterFragment, f.Proto == packet.ProtoICMP:
		return false
	case f.Proto == packet.ProtoTCP:
		return followsTCP(f.SrcPort) || followsTCP(f.DstPort)
	case f.Proto == packet.ProtoUDP:
		return followsUDP(f.SrcPort) || followsUDP(f.DstPort)
	}
	return true
}

// followsTCP reports whether gopacket takes apart what TCP carries on a port. TLS is left out: but for the start of a
// connection it is encrypted, and most segments do not start with a record.
func followsTCP(port uint16) bool {
	t := layers.TCPPort(port).LayerType()
	return t != gopacket.LayerTypePayload && t != layers.LayerTypeTLS && t != layers.LayerTypeDNS
}

func followsUDP(port uint16) bool {
	t := layers.UDPPort(port).LayerType()
	return t != gopacket.LayerTypePayload && t != layers.LayerTypeDNS
}

// dissector appends the lines of one packet.
type dissector struct {
	dst   []byte
	p     *packet.Packet
	depth int
}

// maxDepth is how many times a payload is looked at anew.
const maxDepth = 4

// layers appends what gopacket makes of data, which starts with a header of a type. With known, the headers that v1.5.3's
// text has are left out, up to the first that it does not have.
func (d *dissector) layers(data []byte, first gopacket.LayerType, known bool) {
	if d.depth++; d.depth > maxDepth {
		return
	}
	all := gopacket.NewPacket(data, first, gopacket.DecodeOptions{NoCopy: true}).Layers()
	for i, l := range all {
		switch l.LayerType() {
		case layers.LayerTypeEthernet, layers.LayerTypeIPv4, layers.LayerTypeIPv6, layers.LayerTypeICMPv4,
			layers.LayerTypeICMPv6, layers.LayerTypeTCP, layers.LayerTypeUDP:
			if !known {
				d.line(l)
			}
		case layers.LayerTypeIPv6HopByHop: // in the text of IPv6
		case layers.LayerTypeIPv6Routing, layers.LayerTypeIPv6Fragment, layers.LayerTypeIPv6Destination, layers.LayerTypeIPSecAH:
			d.line(l)
		case gopacket.LayerTypePayload, gopacket.LayerTypeFragment, gopacket.LayerTypeDecodeFailure:
			if i > 0 && isVXLAN(all[i-1]) {
				d.layers(all[i-1].LayerPayload(), layers.LayerTypeVXLAN, false)
			}
		default:
			known = false
			if !isOwn(l.LayerType()) {
				d.line(l)
			}
		}
	}
}

// isVXLAN reports whether a header is that of UDP to the port that Linux and Cilium use for VXLAN.
func isVXLAN(l gopacket.Layer) bool {
	const port = 8472
	u, ok := l.(*layers.UDP)
	return ok && u.DstPort == port && len(u.Payload) > 8 && u.Payload[0]&8 != 0
}

// isOwn reports whether gopacket's lines for a header are left out: they show less than ours, or nothing where a capture ends
// early.
func isOwn(t gopacket.LayerType) bool {
	switch t {
	case layers.LayerTypeARP, layers.LayerTypeDNS, layers.LayerTypeIGMP, layers.LayerTypeTLS,
		layers.LayerTypeMLDv1MulticastListenerQuery, layers.LayerTypeMLDv1MulticastListenerReport,
		layers.LayerTypeMLDv1MulticastListenerDone, layers.LayerTypeMLDv2MulticastListenerQuery,
		layers.LayerTypeMLDv2MulticastListenerReport:
		return true
	}
	return false
}

// line appends a header as gopacket prints it.
func (d *dissector) line(l gopacket.Layer) {
	name, rest, _ := cutTab(gopacket.LayerString(l))
	d.dst = append(text.AppendEscaped(d.dst, name), '\t')
	d.dst = append(text.AppendEscaped(d.dst, rest), '\n')
}

// cutTab splits the name of a header from its fields.
func cutTab(s string) (name, rest string, ok bool) {
	for i := range len(s) {
		if s[i] == '\t' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// own appends the lines that are not gopacket's.
func (d *dissector) own() {
	if a, ok := d.p.ARP(); ok {
		d.dst = append(a.AppendText(append(d.dst, "ARP\t{"...)), "}\n"...)
	}
	flows := d.p.Flows()
	for i := range flows {
		f := &flows[i]
		switch {
		case f.Fragment == packet.LaterFragment:
		case f.Proto == packet.ProtoIGMP:
			d.igmp(d.p.Transport(i))
		case f.Proto == packet.ProtoICMPv6 && f.HasICMP:
			d.mld(d.p.Transport(i))
		case f.HasPorts && (isDNS(f.SrcPort) || isDNS(f.DstPort)):
			d.dns(f, d.p.Payload(i))
		}
	}
	if q := d.p.Quoted(); q != nil {
		d.dst = append(q.AppendText(append(d.dst, "Quoted\t{"...)), "}\n"...)
	}
}

// isDNS reports whether a port is one of DNS, mDNS or LLMNR.
func isDNS(port uint16) bool { return port == 53 || port == 5353 || port == 5355 }

// dns appends the DNS message in the payload of a flow.
func (d *dissector) dns(f *packet.Flow, data []byte) {
	switch f.Proto {
	case packet.ProtoTCP:
		if len(data) < 2 || int(binary.BigEndian.Uint16(data)) < dnsHeader {
			return
		}
		data = data[2:]
	case packet.ProtoUDP:
	default:
		return
	}
	d.dst = appendDNS(d.dst, data)
}
