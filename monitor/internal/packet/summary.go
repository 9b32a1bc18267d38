// SPDX-License-Identifier: Apache-2.0

package packet

import "encoding/binary"

// AppendSummary appends who talks to whom, in one line without its end:
//
//	10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN, ACK
//	[fd00::1]:53 -> [fd00::2]:40000 udp
//	10.0.0.1 -> 10.0.0.2 EchoRequest
//	10.0.0.1 -> 10.0.0.2
//	02:00:00:00:00:01 -> ff:ff:ff:ff:ff:ff ARP
//	[unknown]
//
// The innermost addresses count, where IP is carried in IP.
func AppendSummary(dst, packet []byte) []byte {
	var eth, ip, top []byte // the innermost headers, each with all that follows
	var ipKind, topKind Kind
	for w := walk(packet); w.step(); {
		switch w.kind {
		case Ethernet:
			eth = packet[w.start:]
		case IPv4, IPv6:
			ip, ipKind = packet[w.start:], w.kind
		default:
			top, topKind = packet[w.start:], w.kind
		}
	}
	switch {
	case topKind == TCP || topKind == UDP:
		return appendConnection(dst, addressesOf(ipKind, ip), topKind, top)
	case topKind != None:
		dst = append(appendAddresses(dst, addressesOf(ipKind, ip)), ' ')
		return appendTypeCode(dst, topKind, top[0], top[1])
	case ipKind != None:
		return appendAddresses(dst, addressesOf(ipKind, ip))
	case eth != nil:
		dst = append(appendMAC(dst, eth[6:12]), " -> "...)
		dst = append(appendMAC(dst, eth[:6]), ' ')
		return append(dst, etherName(eth)...)
	}
	return append(dst, "[unknown]"...)
}

// addresses are those of an IP header, of 4 or 16 bytes each.
type addresses struct{ src, dst []byte }

func addressesOf(k Kind, header []byte) addresses {
	if k == IPv4 {
		return addresses{header[12:16], header[16:20]}
	}
	return addresses{header[8:24], header[24:40]}
}

func appendIP(dst, ip []byte) []byte {
	if len(ip) == 4 {
		return appendIPv4(dst, ip)
	}
	return appendIPv6(dst, ip)
}

// appendAddresses appends source and destination.
func appendAddresses(dst []byte, a addresses) []byte {
	return appendIP(append(appendIP(dst, a.src), " -> "...), a.dst)
}

// appendConnection appends what an IP header and the TCP or UDP header behind it say.
func appendConnection(dst []byte, a addresses, k Kind, header []byte) []byte {
	dst = appendEndpoint(dst, a.src, binary.BigEndian.Uint16(header))
	dst = append(dst, " -> "...)
	dst = appendEndpoint(dst, a.dst, binary.BigEndian.Uint16(header[2:]))
	if k == UDP {
		return append(dst, " udp"...)
	}
	return append(append(dst, " tcp "...), flagNames(header[13])...)
}

// appendEndpoint appends an address and a port. An address with colons stands in brackets.
func appendEndpoint(dst, ip []byte, port uint16) []byte {
	if len(ip) == 4 || mapped(ip) {
		dst = append(appendIPv4(dst, ip[len(ip)-4:]), ':')
	} else {
		dst = append(appendIPv6(append(dst, '['), ip), ']', ':')
	}
	return appendUint(dst, uint32(port))
}

// flagNames returns the names of those TCP flags that open, confirm and end a connection.
func flagNames(flags byte) string {
	const fin, syn, rst, ack = 1, 2, 4, 16
	names := [...]string{
		"", "SYN", "ACK", "SYN, ACK", "RST", "SYN, RST", "ACK, RST", "SYN, ACK, RST",
		"FIN", "SYN, FIN", "ACK, FIN", "SYN, ACK, FIN", "RST, FIN", "SYN, RST, FIN", "ACK, RST, FIN",
		"SYN, ACK, RST, FIN",
	}
	return names[flags&syn/syn|flags&ack/ack<<1|flags&rst/rst<<2|flags&fin/fin<<3]
}

// AppendDissection appends the text of each header, a line each, and a line that says so where the packet is shorter
// than its headers promise.
func AppendDissection(dst, packet []byte) []byte {
	w := walk(packet)
	for w.step() {
		l := w.layer(packet)
		dst = append(l.AppendText(dst), '\n')
	}
	if w.truncated {
		dst = append(dst, "  Packet has been truncated\n"...)
	}
	return dst
}
