// SPDX-License-Identifier: Apache-2.0

// Package packet takes the headers of a packet apart and prints them.
//
// It decodes what a gopacket.DecodingLayerParser (google/gopacket v1.1.19) with the layers Ethernet, IPv4, IPv6,
// ICMPv4, ICMPv6, TCP and UDP decodes, in the same order and with the same opinion of what is broken, and prints each
// header as gopacket.LayerString does; but it keeps no state, allocates nothing, and never looks outside of the packet.
// A differential fuzz test holds it to that. The names of ports, protocols and Ethernet types are gopacket's own.
//
// All functions are safe for concurrent use. A Layer refers to the bytes of the packet that it was read from.
package packet

import "encoding/binary"

// Kind says which header a Layer holds.
type Kind uint8

// The headers that this package knows. None stands for any other, and for the end of a packet.
const (
	None Kind = iota
	Ethernet
	IPv4
	IPv6
	ICMPv4
	ICMPv6
	TCP
	UDP
)

// Layer is one header of a packet and what follows it. Its slices are parts of the packet.
type Layer struct {
	Kind     Kind
	Contents []byte // the header, options included; never shorter than the fixed part of its kind
	Payload  []byte // what the header carries, cut to the length that it states

	// extended holds all that follows an IPv6 header if a hop-by-hop header comes first, else it is nil.
	extended []byte
}

// Walker yields the headers of a packet from the outermost inwards. The zero value yields nothing: use Walk.
type Walker struct {
	data      []byte
	next      Kind
	truncated bool
}

// Walk returns a Walker for a packet that starts with an Ethernet header.
func Walk(packet []byte) Walker { return Walker{data: packet, next: Ethernet} }

// Truncated tells whether a header so far promised more bytes than the packet has.
func (w *Walker) Truncated() bool { return w.truncated }

// Next decodes the next header into l and tells whether there was one. It ends at the end of the packet, at a header
// that this package does not know, at a fragment, and at the first header that is broken.
func (w *Walker) Next(l *Layer) bool {
	*l = Layer{Kind: w.next}
	var next Kind
	var ok bool
	switch w.next {
	case Ethernet:
		next, ok = w.ethernet(l)
	case IPv4:
		next, ok = w.ipv4(l)
	case IPv6:
		next, ok = w.ipv6(l)
	case TCP:
		ok = w.tcp(l)
	case UDP:
		ok = w.udp(l)
	case ICMPv4:
		ok = w.icmp(l, icmp4Header)
	case ICMPv6:
		ok = w.icmp(l, icmp6Header)
	}
	if len(l.Payload) == 0 {
		next = None
	}
	w.data, w.next = l.Payload, next
	return ok
}

// split sets the layer's header to the first n bytes, and its payload to what follows them.
func (w *Walker) split(l *Layer, n int) {
	l.Contents, l.Payload = w.data[:n], w.data[n:]
}

// short notes that the packet ends too early, and says that decoding failed.
func (w *Walker) short() bool {
	w.truncated = true
	return false
}

// Fixed header lengths in bytes.
const (
	ethernetHeader = 14
	ipv4Header     = 20
	ipv6Header     = 40
	tcpHeader      = 20
	udpHeader      = 8
	icmp4Header    = 8
	icmp6Header    = 4
)

// Ethernet types. Below firstEthernetType the field is the length of an 802.3 frame.
const (
	firstEthernetType = 0x0600
	etherIPv4         = 0x0800
	etherBridged      = 0x6558 // an Ethernet frame in an Ethernet frame
	etherIPv6         = 0x86dd
)

func (w *Walker) ethernet(l *Layer) (Kind, bool) {
	if len(w.data) < ethernetHeader {
		return None, false // a packet this short does not count as truncated
	}
	w.split(l, ethernetHeader)
	switch t := binary.BigEndian.Uint16(w.data[12:]); {
	case t < firstEthernetType:
		if int(t) > len(l.Payload) {
			w.truncated = true
		} else {
			l.Payload = l.Payload[:t]
		}
	case t == etherIPv4:
		return IPv4, true
	case t == etherIPv6:
		return IPv6, true
	case t == etherBridged:
		return Ethernet, true
	}
	return None, true
}

// IP protocol numbers.
const (
	protoHopByHop = 0
	protoICMPv4   = 1
	protoIPv4     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoICMPv6   = 58
	protoIPIP     = 94
)

// kindOf returns the header that an IP protocol number announces.
func kindOf(proto byte) Kind {
	switch proto {
	case protoTCP:
		return TCP
	case protoUDP:
		return UDP
	case protoICMPv4:
		return ICMPv4
	case protoICMPv6:
		return ICMPv6
	case protoIPv4, protoIPIP:
		return IPv4
	case protoIPv6:
		return IPv6
	}
	return None
}

func (w *Walker) ipv4(l *Layer) (Kind, bool) {
	data := w.data
	if len(data) < ipv4Header {
		return None, w.short()
	}
	total, header := ipv4Length(data), int(data[0]&15)*4
	if total < ipv4Header || header < ipv4Header || header > total {
		return None, false
	}
	if total < len(data) {
		w.data = data[:total]
	} else if total > len(data) {
		w.truncated = true
		if header > len(data) {
			return None, false
		}
	}
	w.split(l, header)
	if !w.ipv4Options(l.Contents[ipv4Header:]) {
		return None, false
	}
	const moreFragments, offset = 1 << 13, 1<<13 - 1
	if binary.BigEndian.Uint16(data[6:])&(moreFragments|offset) != 0 {
		return None, true
	}
	return kindOf(data[9]), true
}

// ipv4Length returns the total length of an IPv4 packet. A length of 0 is what a segment has that the network card
// is still to cut (TSO): then the bytes at hand are its length, as far as 16 bits hold it.
func ipv4Length(data []byte) int {
	if n := binary.BigEndian.Uint16(data[2:]); n != 0 {
		return int(n)
	}
	return int(uint16(len(data)))
}

// ipv4Options tells whether the options are well-formed.
func (w *Walker) ipv4Options(opts []byte) bool {
	for len(opts) > 0 {
		switch opts[0] {
		case optEnd:
			return true
		case optNop:
			opts = opts[1:]
			continue
		}
		if len(opts) < 2 || len(opts) < int(opts[1]) {
			return w.short()
		}
		if opts[1] <= 2 {
			return false
		}
		opts = opts[opts[1]:]
	}
	return true
}

func (w *Walker) tcp(l *Layer) bool {
	if len(w.data) < tcpHeader {
		return w.short()
	}
	n := int(w.data[12]>>4) * 4
	if n < tcpHeader {
		return false
	}
	if n > len(w.data) {
		return w.short()
	}
	w.split(l, n)
	return w.tcpOptions(l.Contents[tcpHeader:])
}

// tcpOptions tells whether the options are well-formed.
func (w *Walker) tcpOptions(opts []byte) bool {
	for len(opts) > 0 {
		switch opts[0] {
		case optEnd:
			return true
		case optNop:
			opts = opts[1:]
			continue
		}
		if len(opts) < 2 {
			return w.short()
		}
		if opts[1] < 2 {
			return false
		}
		if int(opts[1]) > len(opts) {
			return w.short()
		}
		opts = opts[opts[1]:]
	}
	return true
}

func (w *Walker) udp(l *Layer) bool {
	if len(w.data) < udpHeader {
		return w.short()
	}
	w.split(l, udpHeader)
	switch n := int(binary.BigEndian.Uint16(w.data[4:])); {
	case n == 0: // a jumbogram: all that is there
	case n < udpHeader:
		return false
	case n > len(w.data):
		w.truncated = true
	default:
		l.Payload = w.data[udpHeader:n]
	}
	return true
}

func (w *Walker) icmp(l *Layer, header int) bool {
	if len(w.data) < header {
		return w.short()
	}
	w.split(l, header)
	return true
}
