// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"strconv"
)

// AppendText appends the flow in one line without its end: who talks to whom, and what with.
//
//	10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN, ACK
//	[fd00::1]:53 -> [fd00::2]:40000 udp first fragment
//	10.0.0.1 -> 10.0.0.2 udp fragment at 1480
//	10.0.0.1 -> 10.0.0.2 EchoRequest
//	10.0.0.1 -> 10.0.0.2 esp spi 0x1f2e3d4c
//	10.0.0.1 -> 10.0.0.2 protocol 253
func (f *Flow) AppendText(dst []byte) []byte {
	dst = append(f.appendEnd(dst, f.Src, f.SrcPort), " -> "...)
	dst = append(f.appendEnd(dst, f.Dst, f.DstPort), ' ')
	switch {
	case f.HasICMP:
		dst = AppendICMPType(dst, f.Proto, f.ICMPType, f.ICMPCode)
	default:
		dst = AppendProtocol(dst, f.Proto)
	}
	if f.HasFlags {
		if flags := f.Flags & (SYN | ACK | RST | FIN); flags != 0 {
			dst = flags.AppendText(append(dst, ' '))
		}
	}
	switch {
	case f.HasSPI:
		dst = appendHex(append(dst, " spi 0x"...), uint64(f.SPI), 8)
	case f.HasKey:
		dst = appendHex(append(dst, " key 0x"...), uint64(f.Key), 1)
	}
	switch f.Fragment {
	case FirstFragment:
		dst = append(dst, " first fragment"...)
	case LaterFragment:
		dst = strconv.AppendUint(append(dst, " fragment at "...), uint64(f.FragmentOffset), 10)
	}
	return dst
}

// String returns what AppendText appends.
func (f *Flow) String() string { return string(f.AppendText(nil)) }

// appendEnd appends an address, with a port if the flow has ports.
func (f *Flow) appendEnd(dst []byte, a netip.Addr, port uint16) []byte {
	if f.HasPorts {
		return netip.AddrPortFrom(a, port).AppendTo(dst)
	}
	return a.AppendTo(dst)
}

// AppendText appends the names of the flags with commas between them: "SYN, ACK". Those that open, confirm and end a
// connection come first.
func (f TCPFlags) AppendText(dst []byte) []byte {
	separator := ""
	for i := range tcpFlagNames {
		if n := &tcpFlagNames[i]; f&n.flag != 0 {
			dst = append(append(dst, separator...), n.name...)
			separator = ", "
		}
	}
	return dst
}

// String returns what AppendText appends.
func (f TCPFlags) String() string { return string(f.AppendText(nil)) }

var tcpFlagNames = [...]struct {
	flag TCPFlags
	name string
}{
	{SYN, "SYN"}, {ACK, "ACK"}, {RST, "RST"}, {FIN, "FIN"}, {PSH, "PSH"}, {URG, "URG"}, {ECE, "ECE"}, {CWR, "CWR"}, {NS, "NS"},
}

// AppendProtocol appends the name of an IP protocol, or "protocol " and its number if it has none.
func AppendProtocol(dst []byte, number uint8) []byte {
	if name := ProtocolName(number); name != "" {
		return append(dst, name...)
	}
	return strconv.AppendUint(append(dst, "protocol "...), uint64(number), 10)
}

// AppendText appends the address as hexadecimal digits with colons.
func (m MAC) AppendText(dst []byte) []byte {
	for i, b := range m {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = appendHex(dst, uint64(b), 2)
	}
	return dst
}

// String returns what AppendText appends.
func (m MAC) String() string { return string(m.AppendText(nil)) }

// AppendText appends the kind of the tunnel and its id: "vxlan 42".
func (t *Tunnel) AppendText(dst []byte) []byte {
	dst = append(dst, t.Kind.String()...)
	if t.HasID {
		dst = strconv.AppendUint(append(dst, ' '), uint64(t.ID), 10)
	}
	return dst
}

// AppendText appends the tag: "vlan 100", with its priority if that is not 0.
func (v *VLAN) AppendText(dst []byte) []byte {
	dst = strconv.AppendUint(append(dst, "vlan "...), uint64(v.ID), 10)
	if v.Priority != 0 {
		dst = strconv.AppendUint(append(dst, " priority "...), uint64(v.Priority), 10)
	}
	return dst
}

// AppendText appends what the packet says: "10.0.0.1 asks for 10.0.0.2", "10.0.0.2 is at 02:00:00:00:00:02".
func (a *ARP) AppendText(dst []byte) []byte {
	const request, reply = 1, 2
	dst = a.Sender.AppendTo(dst)
	switch a.Operation {
	case request:
		return a.Target.AppendTo(append(dst, " asks for "...))
	case reply:
		return a.SenderMAC.AppendText(append(dst, " is at "...))
	}
	return strconv.AppendUint(append(dst, " operation "...), uint64(a.Operation), 10)
}

// AppendSummary appends the packet in one line without its end: VLAN tags, the innermost flow, the tunnels that carry
// it, and what is wrong with it.
//
//	10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN
//	vlan 100 10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN
//	10.1.0.1:40000 -> 10.1.0.2:80 tcp SYN [vxlan 42 192.168.0.1:54321 -> 192.168.0.2:4789 udp]
//	10.0.0.1:40000 -> 10.0.0.2:80 tcp (wrong TCP header length)
//	10.0.0.1 -> 10.0.0.2 DestinationUnreachable(Port) for 10.0.0.2:4000 -> 10.0.0.1:53 udp
//	arp 10.0.0.1 asks for 10.0.0.2
//	02:00:00:00:00:01 -> ff:ff:ff:ff:ff:ff LinkLayerDiscovery
//	[unknown]
func (p *Packet) AppendSummary(dst []byte) []byte {
	p.parse()
	vlans := p.vlans[:p.nvlans]
	for i := range vlans {
		dst = append(vlans[i].AppendText(dst), ' ')
	}
	dst = p.appendTalk(dst)
	for i := int(p.ntunnels) - 1; i >= 0; i-- {
		t := &p.tunnels[i]
		dst = t.AppendText(append(dst, " ["...))
		if t.Outer >= 0 && int(t.Outer) != int(p.nflows)-1 && (i == 0 || p.tunnels[i-1].Outer != t.Outer) {
			dst = p.flows[t.Outer].AppendText(append(dst, ' '))
		}
		dst = append(dst, ']')
	}
	if p.fault != NoFault {
		dst = append(append(append(dst, " ("...), p.fault.String()...), ')')
	}
	return dst
}

// appendTalk appends the innermost of the packet's headers.
func (p *Packet) appendTalk(dst []byte) []byte {
	if p.nflows > 0 {
		dst = p.flows[p.nflows-1].AppendText(dst)
		if p.quotes {
			dst = p.quoted.AppendText(append(dst, " for "...))
		}
		return dst
	}
	if a, ok := p.ARP(); ok {
		return a.AppendText(append(dst, "arp "...))
	}
	if p.nframes == 0 {
		return append(dst, "[unknown]"...)
	}
	e := &p.frames[p.nframes-1]
	dst = append(e.Src.AppendText(dst), " -> "...)
	dst = append(e.Dst.AppendText(dst), ' ')
	switch name := EtherTypeName(e.Type); {
	case name != "":
		return append(dst, name...)
	case e.Type == 0 && p.cut == NoPart && p.fault == NoFault:
		return append(dst, "LLC"...)
	case e.Type == 0:
		return append(dst, "[cut]"...)
	}
	return appendHex(append(dst, "type 0x"...), uint64(e.Type), 4)
}

// AppendText appends the Ethernet header: "02:00:00:00:00:01 -> ff:ff:ff:ff:ff:ff".
func (e *Ethernet) AppendText(dst []byte) []byte {
	return e.Dst.AppendText(append(e.Src.AppendText(dst), " -> "...))
}

// appendHex appends a number in hexadecimal with at least some number of digits.
func appendHex(dst []byte, v uint64, digits int) []byte {
	const hex = "0123456789abcdef"
	for i := 15; i >= 0; i-- {
		if d := v >> (4 * i); d != 0 || i < digits {
			dst = append(dst, hex[d&15])
		}
	}
	return dst
}
