// SPDX-License-Identifier: Apache-2.0

package packet

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
	var eth, ip, top, l Layer
	for w := Walk(packet); w.Next(&l); {
		switch l.Kind {
		case Ethernet:
			eth = l
		case IPv4, IPv6:
			ip = l
		default:
			top = l
		}
	}
	switch {
	case top.Kind != None:
		return appendConnection(dst, &ip, &top)
	case ip.Kind != None:
		return appendAddresses(dst, &ip)
	case eth.Kind != None:
		dst = append(appendAddresses(dst, &eth), ' ')
		return append(dst, eth.etherName()...)
	}
	return append(dst, "[unknown]"...)
}

// appendAddresses appends source and destination of an Ethernet or IP header.
func appendAddresses(dst []byte, l *Layer) []byte {
	return l.AppendDst(append(l.AppendSrc(dst), " -> "...))
}

// appendConnection appends what an IP header and the header behind it say.
func appendConnection(dst []byte, ip, top *Layer) []byte {
	if top.Kind == ICMPv4 || top.Kind == ICMPv6 {
		return top.appendTypeCode(append(appendAddresses(dst, ip), ' '))
	}
	start := len(dst)
	dst = top.AppendSrc(append(bracket(ip.AppendSrc(dst), start), ':'))
	dst = append(dst, " -> "...)
	start = len(dst)
	dst = top.AppendDst(append(bracket(ip.AppendDst(dst), start), ':'))
	if top.Kind == UDP {
		return append(dst, " udp"...)
	}
	return appendTCPFlags(append(dst, " tcp "...), top.Contents[13])
}

// bracket puts the address that starts at an offset of dst in brackets if it has colons, as a port follows it.
func bracket(dst []byte, start int) []byte {
	for _, b := range dst[start:] {
		if b == ':' {
			dst = append(dst, 0)
			copy(dst[start+1:], dst[start:])
			dst[start] = '['
			return append(dst, ']')
		}
	}
	return dst
}

// appendTCPFlags appends the names of those flags that open, confirm and end a connection.
func appendTCPFlags(dst []byte, flags byte) []byte {
	const fin, syn, rst, ack = 1, 2, 4, 16
	sep := ""
	for _, f := range [...]struct {
		bit  byte
		name string
	}{{syn, "SYN"}, {ack, "ACK"}, {rst, "RST"}, {fin, "FIN"}} {
		if flags&f.bit != 0 {
			dst = append(append(dst, sep...), f.name...)
			sep = ", "
		}
	}
	return dst
}

// AppendDissection appends the text of each header, a line each, and a line that says so where the packet is shorter
// than its headers promise.
func AppendDissection(dst, packet []byte) []byte {
	var l Layer
	w := Walk(packet)
	for w.Next(&l) {
		dst = append(l.AppendText(dst), '\n')
	}
	if w.Truncated() {
		dst = append(dst, "  Packet has been truncated\n"...)
	}
	return dst
}
