// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/internal/names"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

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
	eth, ip, ipKind, top, topKind := innermost(packet)
	switch {
	case topKind == TCP || topKind == UDP:
		return appendConnection(dst, addressesOf(ipKind, packet[ip:]), topKind, packet[top:])
	case topKind != None:
		dst = append(appendAddresses(dst, addressesOf(ipKind, packet[ip:])), ' ')
		return names.AppendICMP(dst, topKind == ICMPv6, packet[top], packet[top+1])
	case ipKind != None:
		return appendAddresses(dst, addressesOf(ipKind, packet[ip:]))
	case eth >= 0:
		header := packet[eth:]
		dst = append(appendMAC(dst, header[6:12]), " -> "...)
		dst = append(appendMAC(dst, header[:6]), ' ')
		return append(dst, etherName(header)...)
	}
	return append(dst, "[unknown]"...)
}

// innermost returns the offsets and kinds of the innermost headers of a packet: that of Ethernet, which is negative if
// there is none, that of IP, and that behind IP. It is a walker for every line that is printed, without a call to
// choose the decoder.
func innermost(packet []byte) (eth, ip int, ipKind Kind, top int, topKind Kind) {
	eth = -1
	ipState := open // of the innermost IP header: it may not say where the packet ends, or not be there up to that
	for from, stop, kind := 0, len(packet), Ethernet; ; {
		var at, end int
		var next Kind
		var s state
		switch data := packet[from:stop]; kind {
		case Ethernet:
			if at, end, next, s = decodeEthernet(data); s&broken == 0 {
				eth = from
			}
		case IPv4:
			if _, at, end, next, s = decodeIPv4(data); s&broken == 0 {
				ip, ipKind, ipState = from, kind, s
			}
		case IPv6:
			if _, at, end, next, s = decodeIPv6(data); s&broken == 0 {
				ip, ipKind, ipState = from, kind, s
			}
		default:
			if _, _, _, _, s = decode(kind, data, ipState&(short|open) != 0); s&broken != 0 {
				kind = None
			}
			return eth, ip, ipKind, from, kind
		}
		if s&broken != 0 || at == end {
			return eth, ip, ipKind, 0, None
		}
		from, stop, kind = from+at, from+end, next
	}
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
	return append(dst, tcpText(header[13])...)
}

// appendEndpoint appends an address and a port. An address with colons stands in brackets.
func appendEndpoint(dst, ip []byte, port uint16) []byte {
	if len(ip) == 4 {
		dst = append(appendIPv4(dst, ip), ':')
	} else {
		dst = append(appendIPv6(append(dst, '['), ip), ']', ':')
	}
	return text.AppendUint(dst, uint64(port))
}

// tcpText returns what follows the endpoints: the protocol, and those flags that open, confirm and end a
// connection.
func tcpText(flags byte) string {
	const fin, syn, rst, ack = 1, 2, 4, 16
	return tcpTexts[flags&syn/syn|flags&ack/ack<<1|flags&rst/rst<<2|flags&fin/fin<<3]
}

// tcpTexts has the text for each set of SYN (1), ACK (2), RST (4) and FIN (8).
var tcpTexts = [...]string{
	" tcp ", " tcp SYN", " tcp ACK", " tcp SYN, ACK", " tcp RST", " tcp SYN, RST", " tcp ACK, RST",
	" tcp SYN, ACK, RST", " tcp FIN", " tcp SYN, FIN", " tcp ACK, FIN", " tcp SYN, ACK, FIN", " tcp RST, FIN",
	" tcp SYN, RST, FIN", " tcp ACK, RST, FIN", " tcp SYN, ACK, RST, FIN",
}

// AppendDissection appends the text of each header, a line each, and a line that says so where the packet is shorter
// than its headers promise.
func AppendDissection(dst, packet []byte) []byte {
	w := walk(packet)
	for l, ok := w.step(); ok; l, ok = w.step() {
		dst = append(l.AppendText(dst), '\n')
	}
	if w.truncated {
		dst = append(dst, "  Packet has been truncated\n"...)
	}
	return dst
}
