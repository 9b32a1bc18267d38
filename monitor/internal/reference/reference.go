// SPDX-License-Identifier: Apache-2.0

// Package reference takes packets apart by means of gopacket, in the straightforward way, apart from the rules of what
// is read in another way. It is what tests compare package packet with, and the yardstick of its benchmarks; no program
// uses it.
package reference

import (
	"net"
	"strconv"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// Layer is a header as gopacket decodes it.
type Layer interface {
	gopacket.Layer
	gopacket.DecodingLayer
}

// Feedback notes whether a header promised more bytes than there are, and which rules applied.
type Feedback struct {
	Truncated bool
	Rules     []string
}

// SetTruncated implements gopacket.DecodeFeedback.
func (f *Feedback) SetTruncated() { f.Truncated = true }

// NewLayer returns an empty layer of a type, or nil for one that is not decoded.
func NewLayer(typ gopacket.LayerType) Layer {
	switch typ {
	case layers.LayerTypeEthernet:
		return &layers.Ethernet{}
	case layers.LayerTypeIPv4:
		return &layers.IPv4{}
	case layers.LayerTypeIPv6:
		return &layers.IPv6{}
	case layers.LayerTypeICMPv4:
		return &layers.ICMPv4{}
	case layers.LayerTypeICMPv6:
		return &layers.ICMPv6{}
	case layers.LayerTypeTCP:
		return &layers.TCP{}
	case layers.LayerTypeUDP:
		return &layers.UDP{}
	}
	return nil
}

// Decode does what gopacket.DecodingLayerParser does, but with a new layer each time: the parser would overwrite the
// outer of two headers of a kind with the inner. It follows the rules.
func Decode(data []byte, feedback *Feedback) []Layer {
	var all []Layer
	d := decoder{feedback: feedback}
	for l := NewLayer(layers.LayerTypeEthernet); l != nil; {
		var next gopacket.LayerType
		var ok bool
		if next, data, ok = d.decode(l, data); !ok {
			break
		}
		all = append(all, l)
		if len(data) == 0 {
			break
		}
		l = NewLayer(next)
	}
	return all
}

// Dissection returns the text of each header, a line each, and the line for a truncated packet.
func Dissection(data []byte) string {
	var b strings.Builder
	var f Feedback
	for _, l := range Decode(data, &f) {
		b.WriteString(text(l) + "\n")
	}
	if f.Truncated {
		b.WriteString("  Packet has been truncated\n")
	}
	return b.String()
}

// Summary returns who talks to whom.
func Summary(data []byte) string {
	out, src, dst := "[unknown]", "", ""
	for _, l := range Decode(data, new(Feedback)) {
		switch l := l.(type) {
		case *layers.Ethernet:
			out = l.SrcMAC.String() + " -> " + l.DstMAC.String() + " " + l.EthernetType.String()
		case *layers.IPv4:
			src, dst = l.SrcIP.String(), l.DstIP.String()
			out = src + " -> " + dst
		case *layers.IPv6:
			src, dst = address(l.SrcIP), address(l.DstIP)
			out = src + " -> " + dst
		case *layers.ICMPv4:
			out = src + " -> " + dst + " " + l.TypeCode.String()
		case *layers.ICMPv6:
			out = src + " -> " + dst + " " + l.TypeCode.String()
		case *layers.UDP:
			out = join(src, uint16(l.SrcPort)) + " -> " + join(dst, uint16(l.DstPort)) + " udp"
		case *layers.TCP:
			out = join(src, uint16(l.SrcPort)) + " -> " + join(dst, uint16(l.DstPort)) + " tcp " + flagNames(l)
		}
	}
	return out
}

func join(host string, port uint16) string { return net.JoinHostPort(host, strconv.Itoa(int(port))) }

func flagNames(l *layers.TCP) string {
	var names []string
	for _, f := range []struct {
		set  bool
		name string
	}{{l.SYN, "SYN"}, {l.ACK, "ACK"}, {l.RST, "RST"}, {l.FIN, "FIN"}} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ", ")
}

// Flow and Headers are the JSON that a packet becomes.
type Flow struct {
	Src string `json:"src"`
	Dst string `json:"dst"`
}

// Headers holds the text of the innermost header of each kind, and the addresses.
type Headers struct {
	Ethernet string `json:"ethernet,omitempty"`
	IPv4     string `json:"ipv4,omitempty"`
	IPv6     string `json:"ipv6,omitempty"`
	TCP      string `json:"tcp,omitempty"`
	UDP      string `json:"udp,omitempty"`
	ICMPv4   string `json:"icmpv4,omitempty"`
	ICMPv6   string `json:"icmpv6,omitempty"`
	L2       *Flow  `json:"l2,omitempty"`
	L3       *Flow  `json:"l3,omitempty"`
	L4       *Flow  `json:"l4,omitempty"`
}

// Read takes a packet apart for JSON.
func Read(data []byte) *Headers {
	h := new(Headers)
	for _, l := range Decode(data, new(Feedback)) {
		h.add(l, text(l))
	}
	return h
}

func (h *Headers) add(l Layer, text string) {
	switch l := l.(type) {
	case *layers.Ethernet:
		h.Ethernet, h.L2 = text, newFlow(l.LinkFlow())
	case *layers.IPv4:
		h.IPv4, h.L3 = text, newFlow(l.NetworkFlow())
	case *layers.IPv6:
		h.IPv6, h.L3 = text, &Flow{address(l.SrcIP), address(l.DstIP)}
	case *layers.TCP:
		h.TCP, h.L4 = text, newFlow(l.TransportFlow())
	case *layers.UDP:
		h.UDP, h.L4 = text, newFlow(l.TransportFlow())
	case *layers.ICMPv4:
		h.ICMPv4 = text
	case *layers.ICMPv6:
		h.ICMPv6 = text
	}
}

func newFlow(f gopacket.Flow) *Flow { return &Flow{f.Src().String(), f.Dst().String()} }
