// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/internal/names"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// AppendText appends the header as gopacket.LayerString prints it. All of it is ASCII; the only control character is
// the tab behind the name.
func (l *Layer) AppendText(dst []byte) []byte { return l.appendText(dst, "\t{") }

// appendText is AppendText with the text between name and fields to choose.
func (l *Layer) appendText(dst []byte, open string) []byte { return l.appendHeader(dst, open, false) }

// appendLater is appendText with the names of ports that IANA has given since.
func (l *Layer) appendLater(dst []byte, open string) []byte { return l.appendHeader(dst, open, true) }

func (l *Layer) appendHeader(dst []byte, open string, later bool) []byte {
	dst = append(append(dst, l.Kind.String()...), open...)
	dst = append(appendSlice(append(dst, "Contents="...), l.Contents), " Payload="...)
	dst = appendSlice(dst, l.Payload)
	switch l.Kind {
	case Ethernet:
		dst = l.appendEthernet(dst)
	case IPv4:
		dst = l.appendIPv4(dst)
	case IPv6:
		dst = l.appendIPv6(dst)
	case TCP:
		dst = l.appendTCP(dst, later)
	case UDP:
		dst = l.appendUDP(dst, later)
	case ICMPv4, ICMPv6:
		dst = l.appendICMP(dst)
	}
	return append(dst, '}')
}

// String returns the name of the header.
func (k Kind) String() string { return kindNames[k].name }

// kindNames are the names of the headers, and the beginnings of their fields in JSON.
var kindNames = [...]struct{ name, field string }{
	None: {"None", ""}, Ethernet: {"Ethernet", `"ethernet":"`}, IPv4: {"IPv4", `"ipv4":"`}, IPv6: {"IPv6", `"ipv6":"`},
	ICMPv4: {"ICMPv4", `"icmpv4":"`}, ICMPv6: {"ICMPv6", `"icmpv6":"`}, TCP: {"TCP", `"tcp":"`}, UDP: {"UDP", `"udp":"`},
	SCTP: {"SCTP", `"sctp":"`}, IGMP: {"IGMP", `"igmp":"`}, VRRP: {"VRRPv2", `"vrrp":"`}, VXLAN: {"VXLAN", `"vxlan":"`},
	Geneve: {"Geneve", `"geneve":"`},
}

// jsonKinds are the headers in the order in which JSON has them.
var jsonKinds = [...]Kind{Ethernet, IPv4, IPv6, TCP, UDP, SCTP, ICMPv4, ICMPv6, VRRP, IGMP, VXLAN, Geneve}

func (l *Layer) appendEthernet(dst []byte) []byte {
	dst = l.AppendSrc(append(dst, " SrcMAC="...))
	dst = l.AppendDst(append(dst, " DstMAC="...))
	dst = append(append(dst, " EthernetType="...), etherName(l.Contents)...)
	length := l.u16(12)
	if length >= firstEthernetType {
		length = 0
	}
	return appendField(dst, " Length=", length)
}

// etherName returns the name of the Ethernet type in a header.
func etherName(header []byte) string {
	t := binary.BigEndian.Uint16(header[12:])
	if t < firstEthernetType {
		return names.EtherType(0)
	}
	return names.EtherType(t)
}

func (l *Layer) appendIPv4(dst []byte) []byte {
	h := l.Contents
	dst = appendField(dst, " Version=", uint32(h[0]>>4))
	dst = appendField(dst, " IHL=", uint32(h[0]&15))
	dst = appendField(dst, " TOS=", uint32(h[1]))
	dst = appendField(dst, " Length=", uint32(l.ipv4Total()))
	dst = appendField(dst, " Id=", l.u16(4))
	dst = appendIPv4Flags(append(dst, " Flags="...), h[6]>>5)
	dst = appendField(dst, " FragOffset=", l.u16(6)&0x1fff)
	dst = appendField(dst, " TTL=", uint32(h[8]))
	dst = append(append(dst, " Protocol="...), names.IPProtocol(h[9])...)
	dst = appendField(dst, " Checksum=", l.u16(10))
	dst = l.AppendSrc(append(dst, " SrcIP="...))
	dst = l.AppendDst(append(dst, " DstIP="...))
	return appendOptions(dst, h[ipv4Header:], IPv4)
}

// ipv4Total returns the total length of an IPv4 packet, in the way of ipv4Length.
func (l *Layer) ipv4Total() int {
	if n := l.u16(2); n != 0 {
		return int(n)
	}
	return len(l.Contents) + len(l.Payload)
}

func appendIPv4Flags(dst []byte, flags byte) []byte {
	sep := ""
	for i, name := range [...]string{"Evil", "DF", "MF"} {
		if flags&(4>>i) != 0 {
			dst = append(append(dst, sep...), name...)
			sep = "|"
		}
	}
	return dst
}

func (l *Layer) appendIPv6(dst []byte) []byte {
	h := l.Contents
	first := binary.BigEndian.Uint32(h)
	dst = appendField(dst, " Version=", first>>28)
	dst = appendField(dst, " TrafficClass=", first>>20&0xff)
	dst = appendField(dst, " FlowLabel=", first&0xfffff)
	dst = appendField(dst, " Length=", l.u16(4))
	dst = append(append(dst, " NextHeader="...), names.IPProtocol(h[6])...)
	dst = appendField(dst, " HopLimit=", uint32(h[7]))
	dst = l.AppendSrc(append(dst, " SrcIP="...))
	dst = l.AppendDst(append(dst, " DstIP="...))
	dst = append(dst, " HopByHop="...)
	if l.extended == nil {
		return append(dst, "nil"...)
	}
	return appendHopByHop(dst, l.extended)
}

// appendHopByHop appends a hop-by-hop header and what follows it, in the way of a struct within LayerString.
func appendHopByHop(dst, data []byte) []byte {
	size := int(data[1])*8 + 8
	dst = append(appendSlice(append(dst, "{ Contents="...), data[:size]), " Payload="...)
	dst = appendSlice(dst, data[size:])
	dst = append(append(dst, " NextHeader="...), names.IPProtocol(data[0])...)
	dst = appendField(dst, " HeaderLength=", uint32(data[1]))
	dst = appendField(dst, " ActualLength=", uint32(size))
	return append(appendHopOptions(append(dst, " Options="...), data, size), '}')
}

func appendHopOptions(dst, data []byte, size int) []byte {
	count := 0
	for off := 2; off < size; off += hopOptionLength(data[off:]) {
		count++
	}
	if count > maxElements {
		return appendCount(dst, count)
	}
	dst = append(dst, '[')
	for off := 2; off < size; {
		if off > 2 {
			dst = append(dst, ", "...)
		}
		n := hopOptionLength(data[off:])
		dst = appendHopOption(dst, data[off:off+n])
		off += n
	}
	return append(dst, ']')
}

func appendHopOption(dst, opt []byte) []byte {
	var kind, length byte
	var data []byte
	if opt[0] != hopPad1 {
		kind, length, data = opt[0], opt[1], opt[2:]
	}
	dst = appendField(dst, "{OptionType=", uint32(kind))
	dst = appendField(dst, " OptionLength=", uint32(length))
	dst = appendField(dst, " ActualLength=", uint32(len(opt)))
	dst = appendSlice(append(dst, " OptionData="...), data)
	return append(dst, " OptionAlignment=[0 0]}"...)
}

func (l *Layer) appendTCP(dst []byte, later bool) []byte {
	h := l.Contents
	dst = appendPort(append(dst, " SrcPort="...), l.u16(0), portName(protoTCP, l.u16(0), later))
	dst = appendPort(append(dst, " DstPort="...), l.u16(2), portName(protoTCP, l.u16(2), later))
	dst = appendField(dst, " Seq=", binary.BigEndian.Uint32(h[4:]))
	dst = appendField(dst, " Ack=", binary.BigEndian.Uint32(h[8:]))
	dst = appendField(dst, " DataOffset=", uint32(h[12]>>4))
	for i := range tcpFlagTexts {
		dst = append(dst, tcpFlagTexts[i][l.u16(12)>>i&1]...)
	}
	dst = appendField(dst, " Window=", l.u16(14))
	dst = appendField(dst, " Checksum=", l.u16(16))
	dst = appendField(dst, " Urgent=", l.u16(18))
	opts := h[tcpHeader:]
	if int(h[12]>>4)*4 > len(h) {
		opts = wholeOptions(opts)
	}
	return appendOptions(dst, opts, TCP)
}

// tcpFlagTexts has what is printed for each flag, from the lowest bit on: clear and set.
var tcpFlagTexts = [...][2]string{
	{" FIN=false", " FIN=true"}, {" SYN=false", " SYN=true"}, {" RST=false", " RST=true"},
	{" PSH=false", " PSH=true"}, {" ACK=false", " ACK=true"}, {" URG=false", " URG=true"},
	{" ECE=false", " ECE=true"}, {" CWR=false", " CWR=true"}, {" NS=false", " NS=true"},
}

func (l *Layer) appendUDP(dst []byte, later bool) []byte {
	dst = appendPort(append(dst, " SrcPort="...), l.u16(0), portName(protoUDP, l.u16(0), later))
	dst = appendPort(append(dst, " DstPort="...), l.u16(2), portName(protoUDP, l.u16(2), later))
	dst = appendField(dst, " Length=", l.u16(4))
	return appendField(dst, " Checksum=", l.u16(6))
}

func (l *Layer) appendICMP(dst []byte) []byte {
	dst = names.AppendICMP(append(dst, " TypeCode="...), l.Kind == ICMPv6, l.Contents[0], l.Contents[1])
	dst = appendField(dst, " Checksum=", l.u16(2))
	if l.Kind == ICMPv6 {
		return append(dst, " TypeBytes=[]"...)
	}
	dst = appendField(dst, " Id=", l.u16(4))
	return appendField(dst, " Seq=", l.u16(6))
}

// AppendSrc appends the source address of an Ethernet or IP header, or the source port of a TCP or UDP header.
func (l *Layer) AppendSrc(dst []byte) []byte {
	switch l.Kind {
	case Ethernet:
		return appendMAC(dst, l.Contents[6:12])
	case IPv4:
		return appendIPv4(dst, l.Contents[12:16])
	case IPv6:
		return appendIPv6(dst, l.Contents[8:24])
	}
	return text.AppendUint(dst, uint64(l.u16(0)))
}

// AppendDst appends the destination in the way of AppendSrc.
func (l *Layer) AppendDst(dst []byte) []byte {
	switch l.Kind {
	case Ethernet:
		return appendMAC(dst, l.Contents[:6])
	case IPv4:
		return appendIPv4(dst, l.Contents[16:20])
	case IPv6:
		return appendIPv6(dst, l.Contents[24:40])
	}
	return text.AppendUint(dst, uint64(l.u16(2)))
}

// u16 returns the 16 bits in network byte order at an offset of the header.
func (l *Layer) u16(off int) uint32 { return uint32(binary.BigEndian.Uint16(l.Contents[off:])) }

// portName returns the name of a port of TCP or UDP, "" if it has none.
func portName(protocol uint8, port uint32, later bool) string {
	switch {
	case later:
		return names.LaterPort(protocol, uint16(port))
	case protocol == protoTCP:
		return names.TCPPort(uint16(port))
	}
	return names.UDPPort(uint16(port))
}

// appendPort appends a port, with its name in parentheses if it has one.
func appendPort(dst []byte, port uint32, name string) []byte {
	dst = text.AppendUint(dst, uint64(port))
	if name == "" {
		return dst
	}
	return append(append(append(dst, '('), name...), ')')
}

// maxElements is how many elements of a list are printed one by one. Of a longer one, only their number is.
const maxElements = 4

// appendSlice appends bytes as LayerString prints a slice.
func appendSlice(dst, data []byte) []byte {
	if len(data) > maxElements {
		return appendCount(dst, len(data))
	}
	return appendBytes(dst, data, ", ")
}

func appendCount(dst []byte, n int) []byte {
	return append(strconv.AppendInt(append(dst, "[.."...), int64(n), 10), "..]"...)
}

// appendBytes appends the bytes as decimal numbers in brackets.
func appendBytes(dst, data []byte, sep string) []byte {
	dst = append(dst, '[')
	for i, b := range data {
		if i > 0 {
			dst = append(dst, sep...)
		}
		dst = text.AppendUint(dst, uint64(b))
	}
	return append(dst, ']')
}
