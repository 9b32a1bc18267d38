// SPDX-License-Identifier: Apache-2.0

// Package packet takes the headers of a packet apart and prints them.
//
// It decodes what a gopacket.DecodingLayerParser (google/gopacket v1.1.19) with the layers Ethernet, IPv4, IPv6,
// ICMPv4, ICMPv6, TCP and UDP decodes, in the same order and with the same opinion of what is broken, and prints each
// header as gopacket.LayerString does; but it keeps no state, allocates nothing, and never looks outside of the packet.
// A differential fuzz test compares the two. The names of ports, protocols and Ethernet types are gopacket's, from package
// names.
//
// It differs where the parser's text contradicts the packet's bytes:
//   - Where a packet has two headers of a kind, IP in IP, each is printed for itself. A parser has one place for each
//     kind, and prints the inner header twice.
//   - The length of an IPv6 packet includes its hop-by-hop header: such a packet is truncated only if it is.
//   - An IPv6 packet of length 0 goes on to its end: BIG TCP, with and without a jumbo option.
//   - A TCP header whose options a capture cut off counts, with the options that are there.
//   - IPv4-mapped IPv6 addresses print as what they are: ::ffff:10.0.0.1.
//   - The headers in a first fragment, and behind AH and IPv6's routing, fragment and destination options headers, count.
//
// All functions are safe for concurrent use. A Layer and a Stack refer to the packet that they were read from.
package packet

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

	kinds // how many there are, with None
)

// Layer is one header of a packet and what follows it. Its slices are parts of the packet.
type Layer struct {
	Kind     Kind
	Contents []byte // the header, options included; never shorter than the fixed part of its kind
	Payload  []byte // what the header carries, cut to the length that it states

	// extended holds all that follows an IPv6 header if a hop-by-hop header comes first, else it is nil.
	extended []byte
}

// newLayer returns the header of a kind that data starts with, which decode found good and to carry
// data[payload:end].
func newLayer(k Kind, data []byte, payload, end int, s state) Layer {
	body := payload
	if k == IPv6 {
		body = ipv6Header
	}
	l := Layer{Kind: k, Contents: data[:body], Payload: data[payload:end]}
	if s&extended != 0 {
		l.extended = data[body:]
	}
	return l
}

// walker steps through the headers of a packet from the outermost inwards.
type walker struct {
	data      []byte // what is left of the packet
	next      Kind   // the header that it starts with
	truncated bool   // whether a header so far promised more bytes than the packet has
	cut       bool   // whether the end of data may be that of a capture
	fragment  bool   // whether this is the first fragment of a longer packet: headers promise what is in the others
}

// walk returns a walker for a packet that starts with an Ethernet header.
func walk(packet []byte) walker { return walker{data: packet, next: Ethernet} }

// step decodes the next header and reports whether there was one. It ends at the end of the packet, at a header that
// this package does not know, at a fragment but the first, and at the first header that is broken.
func (w *walker) step() (l Layer, ok bool) {
	payload, at, end, next, s := decode(w.next, w.data, w.cut)
	if s&short != 0 && !w.fragment {
		w.truncated = true
	}
	if s&broken != 0 {
		return Layer{}, false
	}
	w.cut = s&(short|open) != 0
	w.fragment = w.fragment || s&fragment != 0
	l = newLayer(w.next, w.data, payload, end, s)
	w.data, w.next = w.data[at:end], next
	if at == end {
		w.next = None
	}
	return l, true
}
