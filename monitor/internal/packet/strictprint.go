// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/internal/names"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	facts "github.com/lockstep-bpf/lockstep/monitor/packet"
)

// AppendSummary appends who talks to whom, in one line without its end. What a tunnel carries comes first, and the tunnel
// behind it in brackets.
func (d *Dissection) AppendSummary(dst []byte) []byte {
	if !d.Lenient && (d.Broken || d.missing && d.n > 0) {
		return append(dst, "[error]"...)
	}
	layers := d.inner()
	dst = appendLayers(dst, layers)
	if d.tunnel == 0 {
		return dst
	}
	outer := d.outer()
	ip, udp := &outer[0], &outer[0]
	for i := range outer {
		switch outer[i].Kind {
		case IPv4, IPv6:
			ip = &outer[i]
		case UDP:
			udp = &outer[i]
		}
	}
	a := addressesOf(ip.Kind, ip.Contents)
	dst = appendEndpoint(append(dst, " [tunnel "...), a.src, uint16(udp.u16(0)))
	dst = appendEndpoint(append(dst, " -> "...), a.dst, uint16(udp.u16(2)))
	if outer[len(outer)-1].Kind == VXLAN {
		return append(dst, " vxlan]"...)
	}
	return append(dst, " geneve]"...)
}

// AppendStrictSummary appends what a Dissection's AppendSummary does of a packet without a tunnel, for a line that needs no
// more of the packet: it keeps no headers.
func AppendStrictSummary(dst, packet []byte, first Kind, lenient bool) []byte {
	eth, ip, top := -1, -1, -1
	var ipKind, topKind Kind
	for at, stop, kind, n := 0, len(packet), first, 0; at < stop && kind != None && n < maxLayers; n++ {
		var payload, end int
		var next Kind
		var s state
		switch data := packet[at:stop]; kind { // the usual ones without a call to choose the decoder
		case Ethernet:
			if payload, end, next, s = strictEthernet(data); s&broken == 0 {
				eth = at
			}
		case IPv4:
			if payload, end, next, s = strictIPv4(data); s&broken == 0 {
				ip, ipKind = at, kind
			}
		case IPv6:
			if payload, end, next, s = strictIPv6(data); s&broken == 0 {
				ip, ipKind = at, kind
			}
		case TCP:
			if payload, end, next, s = strictTCP(data); s&broken == 0 {
				top, topKind = at, kind
			}
		default:
			if payload, end, next, s = decodeStrict(kind, data); s&broken == 0 {
				top, topKind = at, kind
			}
		}
		if s&broken != 0 {
			if lenient {
				break
			}
			return append(dst, "[error]"...)
		}
		at, stop, kind = at+payload, at+end, next
	}
	switch {
	case ip >= 0 && (topKind == TCP || topKind == UDP):
		return appendConnection(dst, addressesOf(ipKind, packet[ip:]), topKind, packet[top:])
	case ip >= 0 && top >= 0:
		return appendTop(dst, addressesOf(ipKind, packet[ip:]), &Layer{Kind: topKind, Contents: packet[top:]})
	case ip >= 0:
		return appendAddresses(dst, addressesOf(ipKind, packet[ip:]))
	case eth >= 0:
		return appendLayers(dst, []Layer{{Kind: Ethernet, Contents: packet[eth:]}})
	}
	return append(dst, "[unknown]"...)
}

// appendLayers appends what the innermost headers say.
func appendLayers(dst []byte, layers []Layer) []byte {
	var eth, ip, top *Layer
	for i := range layers {
		switch l := &layers[i]; l.Kind {
		case Ethernet:
			eth = l
		case IPv4, IPv6:
			ip = l
		default:
			top = l
		}
	}
	switch {
	case ip != nil && top != nil:
		return appendTop(dst, addressesOf(ip.Kind, ip.Contents), top)
	case ip != nil:
		return appendAddresses(dst, addressesOf(ip.Kind, ip.Contents))
	case eth != nil:
		dst = append(appendMAC(dst, eth.Contents[6:12]), " -> "...)
		dst = append(appendMAC(dst, eth.Contents[:6]), ' ')
		return append(dst, etherName(eth.Contents)...)
	}
	return append(dst, "[unknown]"...)
}

func appendTop(dst []byte, a addresses, l *Layer) []byte {
	switch l.Kind {
	case TCP, UDP:
		return appendConnection(dst, a, l.Kind, l.Contents)
	case SCTP:
		dst = append(appendEndpoint(dst, a.src, uint16(l.u16(0))), " -> "...)
		return append(appendEndpoint(dst, a.dst, uint16(l.u16(2))), " sctp"...)
	case ICMPv4, ICMPv6:
		return names.AppendICMP(append(appendAddresses(dst, a), " icmp "...), l.Kind == ICMPv6, l.Contents[0], l.Contents[1])
	case IGMP:
		dst = append(append(appendAddresses(dst, a), " igmp "...), igmpType(l.Contents[0])...)
		return appendIPv4(append(dst, ' '), l.Contents[4:8])
	}
	dst = append(appendAddresses(dst, a), " vrrp VRRPv2 Advertisement "...)
	dst = text.AppendUint(dst, uint64(l.Contents[1]))
	return text.AppendUint(append(dst, ' '), uint64(l.Contents[2]))
}

const truncated = "  Packet has been truncated\n"

// AppendText appends the text of each header, a line each, and a line that says so where the packet is shorter than its
// headers promise.
func (d *Dissection) AppendText(dst []byte) []byte {
	for i := range d.layers[:d.n] {
		dst = append(d.layers[i].appendMore(dst, "\t{"), '\n')
		if i+1 == d.cut {
			dst = append(dst, truncated...)
		}
	}
	if d.Truncated {
		dst = append(dst, truncated...)
	}
	if d.Broken {
		dst = append(appendError(append(dst, "  Failed to decode layer: "...), d.failed, d.rest), '\n')
	}
	return dst
}

// Known reports whether the headers of the packet, or of the tunnel that it is in, can all be decoded.
func (d *Dissection) Known() bool { return d.n > 0 && (!d.Broken || d.Lenient || d.inTunnel()) }

// inTunnel reports whether what cannot be decoded is in a tunnel, or the header of one.
func (d *Dissection) inTunnel() bool { return d.tunnel > 0 || d.failed >= VXLAN }

// AppendJSON appends the headers as a JSON object: the text of each under its name, the addresses, and those of the tunnel
// under the key tunnel.
func (d *Dissection) AppendJSON(dst []byte) []byte {
	if d.Broken && d.tunnel > 0 { // the packet in the tunnel, which counts, is not known
		return appendObject(dst, d.layers[:d.tunnel-1])
	}
	dst = appendObject(dst, d.inner())
	if d.tunnel == 0 {
		return dst
	}
	dst = append(comma(dst[:len(dst)-1]), `"tunnel":`...)
	return append(appendObject(dst, d.outer()), '}')
}

func appendObject(dst []byte, layers []Layer) []byte {
	dst = append(dst, '{')
	for _, k := range jsonKinds {
		if l := lastOf(layers, func(have Kind) bool { return have == k }); l != nil {
			dst = append(comma(dst), kindNames[k].field...)
			dst = append(l.appendMore(dst, `\t{`), '"')
		}
	}
	dst = appendFlow(dst, `"l2":{"src":"`, lastOf(layers, func(k Kind) bool { return k == Ethernet }))
	dst = appendFlow(dst, `"l3":{"src":"`, lastOf(layers, func(k Kind) bool { return k == IPv4 || k == IPv6 }))
	dst = appendFlow(dst, `"l4":{"src":"`, lastOf(layers, func(k Kind) bool { return k == TCP || k == UDP || k == SCTP }))
	return append(dst, '}')
}

func lastOf(layers []Layer, want func(Kind) bool) *Layer {
	for i := len(layers) - 1; i >= 0; i-- {
		if want(layers[i].Kind) {
			return &layers[i]
		}
	}
	return nil
}

// appendMore is appendText for the headers of a Dissection.
func (l *Layer) appendMore(dst []byte, open string) []byte {
	switch {
	case l.Kind == TCP:
		dst = l.appendLater(dst, open)
		dst = strconv.AppendBool(append(dst[:len(dst)-1], " Multipath="...), multipath(l.Contents[tcpHeader:]))
		return append(dst, '}')
	case l.Kind < SCTP:
		return l.appendLater(dst, open)
	}
	dst = append(append(dst, l.Kind.String()...), open...)
	if l.Kind == IGMP {
		return l.appendIGMP(dst)
	}
	dst = append(appendSlice(append(dst, "Contents="...), l.Contents), " Payload="...)
	dst = appendSlice(dst, l.Payload)
	switch l.Kind {
	case SCTP:
		dst = appendPort(append(dst, " SrcPort="...), l.u16(0), names.LaterPort(facts.ProtoSCTP, uint16(l.u16(0))))
		dst = appendPort(append(dst, " DstPort="...), l.u16(2), names.LaterPort(facts.ProtoSCTP, uint16(l.u16(2))))
		dst = appendField(dst, " VerificationTag=", binary.BigEndian.Uint32(l.Contents[4:]))
		dst = appendField(dst, " Checksum=", binary.BigEndian.Uint32(l.Contents[8:]))
	case VRRP:
		dst = l.appendVRRP(dst)
	case VXLAN:
		dst = l.appendVXLAN(dst)
	case Geneve:
		dst = l.appendGeneve(dst)
	}
	return append(dst, '}')
}

func (l *Layer) appendIGMP(dst []byte) []byte {
	h := l.Contents
	dst = append(append(dst, "Contents=[] Payload=[] Type="...), igmpType(h[0])...)
	dst = appendSeconds(append(dst, " MaxResponseTime="...), h[1])
	dst = appendField(dst, " Checksum=", l.u16(2))
	dst = appendIPv4(append(dst, " GroupAddress="...), h[4:8])
	return append(dst, " Version=0}"...)
}

func igmpType(t byte) string {
	switch t {
	case 0x11:
		return "IGMP Membership Query"
	case 0x12:
		return "IGMPv1 Membership Report"
	case 0x16:
		return "IGMPv2 Membership Report"
	case 0x22:
		return "IGMPv3 Membership Report"
	case 0x17:
		return "Leave Group"
	}
	return ""
}

// appendSeconds appends the time that an IGMP header states, which is in tenths of a second, as a time.Duration prints.
func appendSeconds(dst []byte, t byte) []byte {
	tenths := uint64(t)
	if t&0x80 != 0 {
		tenths = uint64((t&0x70>>4 | 0x10) << (t&15 + 3)) // the byte overflows, as gopacket's does
	}
	switch {
	case tenths == 0:
		return append(dst, "0s"...)
	case tenths < 10:
		return append(text.AppendUint(dst, tenths*100), "ms"...)
	}
	dst = text.AppendUint(dst, tenths/10)
	if tenths%10 != 0 {
		dst = text.AppendUint(append(dst, '.'), tenths%10)
	}
	return append(dst, 's')
}

func (l *Layer) appendVRRP(dst []byte) []byte {
	h := l.Contents
	dst = appendField(dst, " Version=", uint32(h[0]>>4))
	dst = appendField(append(dst, " Type=VRRPv2 Advertisement"...), " VirtualRtrID=", uint32(h[1]))
	dst = appendField(dst, " Priority=", uint32(h[2]))
	dst = appendField(dst, " CountIPAddr=", uint32(h[3]))
	dst = append(append(dst, " AuthType="...), [...]string{"No Authentication", "Reserved", "Reserved", ""}[min(h[4], 3)]...)
	dst = appendField(dst, " AdverInt=", uint32(h[5]))
	if len(h) >= 8 {
		dst = appendField(dst, " Checksum=", l.u16(6))
	}
	dst = append(dst, " IPAddress="...)
	count := int(h[3])
	if count > maxElements {
		return appendCount(dst, count)
	}
	dst = append(dst, '[')
	for i := 0; i < count && len(h) >= 12+4*i; i++ {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendIPv4(dst, h[8+4*i:12+4*i])
	}
	return append(dst, ']')
}

func (l *Layer) appendVXLAN(dst []byte) []byte {
	h := l.Contents
	dst = strconv.AppendBool(append(dst, " ValidIDFlag="...), h[0]&8 != 0)
	dst = appendField(dst, " VNI=", binary.BigEndian.Uint32(h[4:])>>8)
	dst = strconv.AppendBool(append(dst, " GBPExtension="...), h[0]&0x80 != 0)
	dst = strconv.AppendBool(append(dst, " GBPDontLearn="...), h[1]&0x40 != 0)
	dst = strconv.AppendBool(append(dst, " GBPApplied="...), h[1]&0x80 != 0)
	return appendField(dst, " GBPGroupPolicyID=", l.u16(2))
}

func (l *Layer) appendGeneve(dst []byte) []byte {
	h := l.Contents
	dst = appendField(dst, " Version=", uint32(h[0]>>7))
	dst = appendField(dst, " OptionsLength=", uint32(h[0]&0x3f)*4)
	dst = strconv.AppendBool(append(dst, " OAMPacket="...), h[1]&0x80 != 0)
	dst = strconv.AppendBool(append(dst, " CriticalOption="...), h[1]&0x40 != 0)
	dst = append(append(dst, " Protocol="...), names.EtherType(uint16(l.u16(2)))...)
	dst = appendField(dst, " VNI=", binary.BigEndian.Uint32(h[4:])>>8)
	dst = append(dst, " Options="...)
	count := 0
	for at := 8; at < len(h); at += geneveOption(h[at:]) {
		count++
	}
	if count > maxElements {
		return appendCount(dst, count)
	}
	dst = append(dst, '[')
	for at := 8; at < len(h); at += geneveOption(h[at:]) {
		if at > 8 {
			dst = append(dst, ", "...)
		}
		o := h[at : at+geneveOption(h[at:])]
		dst = appendField(dst, "{Class=", uint32(binary.BigEndian.Uint16(o)))
		dst = appendField(dst, " Type=", uint32(o[2]))
		dst = appendField(dst, " Flags=", uint32(o[3]>>5))
		dst = appendField(dst, " Length=", uint32(len(o)))
		dst = append(appendSlice(append(dst, " Data="...), o[4:]), '}')
	}
	return append(dst, ']')
}

// multipath reports whether checked TCP options have one of MPTCP.
func multipath(opts []byte) bool {
	const mptcp = 30
	for len(opts) > 0 && opts[0] != optEnd {
		if opts[0] == mptcp {
			return true
		}
		opts = opts[optionLength(opts):]
	}
	return false
}
