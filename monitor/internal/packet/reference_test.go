// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/json"
	"net"
	"strconv"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// reference decodes and prints by means of gopacket: what this package must agree with.
type reference struct {
	truncated bool
}

// SetTruncated implements gopacket.DecodeFeedback.
func (r *reference) SetTruncated() { r.truncated = true }

// refLayer is a header as gopacket decodes it.
type refLayer interface {
	gopacket.Layer
	gopacket.DecodingLayer
}

// newLayer returns an empty layer of a type, or nil for one that is not decoded.
func newLayer(typ gopacket.LayerType) refLayer {
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

// decode does what gopacket.DecodingLayerParser does, but with a new layer each time: the parser would overwrite the
// outer of two headers of a kind with the inner.
func (r *reference) decode(data []byte) []refLayer {
	var all []refLayer
	for l := newLayer(layers.LayerTypeEthernet); l != nil; l = newLayer(l.NextLayerType()) {
		if l.DecodeFromBytes(data, r) != nil {
			break
		}
		all = append(all, l)
		if data = l.LayerPayload(); len(data) == 0 {
			break
		}
	}
	return all
}

// dissection is AppendDissection.
func (r *reference) dissection(data []byte) string {
	var b strings.Builder
	for _, l := range r.decode(data) {
		b.WriteString(gopacket.LayerString(l) + "\n")
	}
	if r.truncated {
		b.WriteString("  Packet has been truncated\n")
	}
	return b.String()
}

// summary is AppendSummary.
func (r *reference) summary(data []byte) string {
	out, src, dst := "[unknown]", "", ""
	for _, l := range r.decode(data) {
		switch l := l.(type) {
		case *layers.Ethernet:
			out = l.SrcMAC.String() + " -> " + l.DstMAC.String() + " " + l.EthernetType.String()
		case *layers.IPv4:
			src, dst = l.SrcIP.String(), l.DstIP.String()
			out = src + " -> " + dst
		case *layers.IPv6:
			src, dst = l.SrcIP.String(), l.DstIP.String()
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

// refFlow and refSummary are the JSON that a dissection becomes.
type refFlow struct {
	Src string `json:"src"`
	Dst string `json:"dst"`
}

type refSummary struct {
	Ethernet string   `json:"ethernet,omitempty"`
	IPv4     string   `json:"ipv4,omitempty"`
	IPv6     string   `json:"ipv6,omitempty"`
	TCP      string   `json:"tcp,omitempty"`
	UDP      string   `json:"udp,omitempty"`
	ICMPv4   string   `json:"icmpv4,omitempty"`
	ICMPv6   string   `json:"icmpv6,omitempty"`
	L2       *refFlow `json:"l2,omitempty"`
	L3       *refFlow `json:"l3,omitempty"`
	L4       *refFlow `json:"l4,omitempty"`
}

// json is AppendJSON.
func (r *reference) json(data []byte) (string, error) {
	var s refSummary
	for _, l := range r.decode(data) {
		s.add(l, gopacket.LayerString(l))
	}
	out, err := json.Marshal(s)
	return string(out), err
}

func (s *refSummary) add(l refLayer, text string) {
	switch l := l.(type) {
	case *layers.Ethernet:
		s.Ethernet, s.L2 = text, newFlow(l.LinkFlow())
	case *layers.IPv4:
		s.IPv4, s.L3 = text, newFlow(l.NetworkFlow())
	case *layers.IPv6:
		s.IPv6, s.L3 = text, newFlow(l.NetworkFlow())
	case *layers.TCP:
		s.TCP, s.L4 = text, newFlow(l.TransportFlow())
	case *layers.UDP:
		s.UDP, s.L4 = text, newFlow(l.TransportFlow())
	case *layers.ICMPv4:
		s.ICMPv4 = text
	case *layers.ICMPv6:
		s.ICMPv6 = text
	}
}

func newFlow(f gopacket.Flow) *refFlow { return &refFlow{f.Src().String(), f.Dst().String()} }
