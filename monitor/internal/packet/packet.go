// SPDX-License-Identifier: Apache-2.0

// Package packet takes the headers of a packet apart and prints them.
//
// It decodes what a gopacket.DecodingLayerParser (google/gopacket v1.1.19) with the layers Ethernet, IPv4, IPv6,
// ICMPv4, ICMPv6, TCP and UDP decodes, in the same order and with the same opinion of what is broken, and prints each
// header as gopacket.LayerString does; but it keeps no state, allocates nothing, and never looks outside of the packet.
// A differential fuzz test holds it to that. The names of ports, protocols and Ethernet types are gopacket's own.
//
// In one thing it differs: where a packet has two headers of a kind, IP in IP, each is printed for itself. A parser
// has one place for each kind, and prints the inner header twice.
//
// All functions are safe for concurrent use. A Layer and a Stack refer to the packet that they were read from.
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

	kinds
)

// Layer is one header of a packet and what follows it. Its slices are parts of the packet.
type Layer struct {
	Kind     Kind
	Contents []byte // the header, options included; never shorter than the fixed part of its kind
	Payload  []byte // what the header carries, cut to the length that it states

	// extended holds all that follows an IPv6 header if a hop-by-hop header comes first, else it is nil.
	extended []byte
}

// span says where a header stands in its packet, by offsets from the packet's start. It has no pointers, so that
// noting one down is a few plain stores.
type span struct {
	kind     Kind
	start    int // of the header
	body     int // where it ends
	payload  int // where what it carries starts: at body, but for hop-by-hop headers
	end      int // where that ends
	extended int // where what follows an IPv6 header ends if a hop-by-hop header comes first, else 0
}

// layer returns the header that stands at a span of a packet.
func (s *span) layer(packet []byte) Layer {
	l := Layer{Kind: s.kind, Contents: packet[s.start:s.body], Payload: packet[s.payload:s.end]}
	if s.extended != 0 {
		l.extended = packet[s.body:s.extended]
	}
	return l
}

// walker steps through the headers of a packet from the outermost inwards.
type walker struct {
	packet    []byte
	span           // the header that the last step came to
	next      Kind // the header behind it
	truncated bool // whether a header so far promised more bytes than the packet has
}

// walk returns a walker for a packet that starts with an Ethernet header. It stands before that.
func walk(packet []byte) walker {
	return walker{packet: packet, span: span{end: len(packet)}, next: Ethernet}
}

// step decodes the next header and tells whether there was one. It ends at the end of the packet, at a header that
// this package does not know, at a fragment, and at the first header that is broken.
func (w *walker) step() bool {
	if w.payload == w.end && w.kind != None {
		return false
	}
	data := w.packet[w.payload:w.end]
	w.kind, w.next, w.start, w.extended = w.next, None, w.payload, 0
	switch w.kind {
	case Ethernet:
		return w.ethernet(data)
	case IPv4:
		return w.ipv4(data)
	case IPv6:
		return w.ipv6(data)
	case TCP:
		return w.tcp(data)
	case UDP:
		return w.udp(data)
	case ICMPv4:
		return w.icmp(data, icmp4Header)
	case ICMPv6:
		return w.icmp(data, icmp6Header)
	}
	return false
}

// split ends the header after n bytes. What it carries follows, up to the end so far.
func (w *walker) split(n int) {
	w.body = w.start + n
	w.payload = w.body
}

// short notes that the packet ends too early, and says that decoding failed.
func (w *walker) short() bool {
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

func (w *walker) ethernet(data []byte) bool {
	if len(data) < ethernetHeader {
		return false // a packet this short does not count as truncated
	}
	w.split(ethernetHeader)
	switch t := int(binary.BigEndian.Uint16(data[12:])); {
	case t == etherIPv4:
		w.next = IPv4
	case t == etherIPv6:
		w.next = IPv6
	case t == etherBridged:
		w.next = Ethernet
	case t < firstEthernetType:
		w.cut(t)
	}
	return true
}

// cut cuts what the header carries to a length, and notes it if there is less.
func (w *walker) cut(length int) {
	if length > w.end-w.payload {
		w.truncated = true
		return
	}
	w.end = w.payload + length
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

func (w *walker) ipv4(data []byte) bool {
	if len(data) < ipv4Header {
		return w.short()
	}
	total, header := ipv4Length(data), int(data[0]&15)*4
	if total < ipv4Header || header < ipv4Header || header > total {
		return false
	}
	if total < len(data) {
		w.end = w.start + total
	} else if total > len(data) {
		w.truncated = true
		if header > len(data) {
			return false
		}
	}
	w.split(header)
	if header > ipv4Header && !w.ipv4Options(data[ipv4Header:header]) {
		return false
	}
	const moreFragments, offset = 1 << 13, 1<<13 - 1
	if binary.BigEndian.Uint16(data[6:])&(moreFragments|offset) == 0 {
		w.next = kindOf(data[9])
	}
	return true
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
func (w *walker) ipv4Options(opts []byte) bool {
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

func (w *walker) tcp(data []byte) bool {
	if len(data) < tcpHeader {
		return w.short()
	}
	n := int(data[12]>>4) * 4
	if n < tcpHeader {
		return false
	}
	if n > len(data) {
		return w.short()
	}
	w.split(n)
	return n == tcpHeader || w.tcpOptions(data[tcpHeader:n])
}

// tcpOptions tells whether the options are well-formed.
func (w *walker) tcpOptions(opts []byte) bool {
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

func (w *walker) udp(data []byte) bool {
	if len(data) < udpHeader {
		return w.short()
	}
	w.split(udpHeader)
	switch n := int(binary.BigEndian.Uint16(data[4:])); {
	case n == 0: // a jumbogram: all that is there
	case n < udpHeader:
		return false
	default:
		w.cut(n - udpHeader)
	}
	return true
}

func (w *walker) icmp(data []byte, header int) bool {
	if len(data) < header {
		return w.short()
	}
	w.split(header)
	return true
}
