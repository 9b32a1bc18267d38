// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"github.com/lockstep-bpf/lockstep/monitor/internal/packet"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// DissectSummary bundles the headers of a packet for JSON. A header that the packet does not have is empty or nil.
type DissectSummary struct {
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

// Flow holds the source and the destination of one header: MAC addresses, IP addresses or ports.
type Flow struct {
	Src string `json:"src"`
	Dst string `json:"dst"`
}

// GetDissectSummary takes a packet apart, which starts with its Ethernet header. What could be decoded before a broken
// or unknown header counts. The result is never nil and does not refer to data.
func GetDissectSummary(data []byte) *DissectSummary {
	var s packet.Stack
	s.Read(data)
	return &DissectSummary{
		Ethernet: layerText(&s, packet.Ethernet),
		IPv4:     layerText(&s, packet.IPv4),
		IPv6:     layerText(&s, packet.IPv6),
		TCP:      layerText(&s, packet.TCP),
		UDP:      layerText(&s, packet.UDP),
		ICMPv4:   layerText(&s, packet.ICMPv4),
		ICMPv6:   layerText(&s, packet.ICMPv6),
		L2:       flowOf(&s, packet.Ethernet),
		L3:       flowOf(&s, s.IP),
		L4:       portsOf(&s),
	}
}

// layerText returns the text of a header, or nothing if the packet does not have it.
func layerText(s *packet.Stack, k packet.Kind) string {
	l := s.Layer(k)
	if l == nil {
		return ""
	}
	var buf [512]byte
	return string(l.AppendText(buf[:0]))
}

// flowOf returns the addresses of a header, or nil if the packet does not have it.
func flowOf(s *packet.Stack, k packet.Kind) *Flow {
	l := s.Layer(k)
	if l == nil {
		return nil
	}
	var src, dst [64]byte
	return &Flow{Src: string(l.AppendSrc(src[:0])), Dst: string(l.AppendDst(dst[:0]))}
}

// portsOf returns the ports of a packet, or nil if it has none.
func portsOf(s *packet.Stack) *Flow {
	if s.Top != packet.TCP && s.Top != packet.UDP {
		return nil
	}
	return flowOf(s, s.Top)
}

// GetConnectionSummary says in one line who talks to whom in a packet, which starts with its Ethernet header:
//
//   - 10.0.0.1:2000 -> 10.0.0.2:80 tcp SYN
//   - 10.0.0.1 -> 10.0.0.2 EchoRequest
//   - 02:00:00:00:00:01 -> 02:00:00:00:00:02 ARP
//   - [unknown]
//
// To append it to a buffer without allocation, use [AppendConnectionSummary].
func GetConnectionSummary(data []byte) string {
	var buf [128]byte
	return string(AppendConnectionSummary(buf[:0], data))
}

// AppendConnectionSummary appends what [GetConnectionSummary] returns.
func AppendConnectionSummary(dst, data []byte) []byte { return packet.AppendSummary(dst, data) }

// Dissect prints the packet data to standard output, in one write: a line for each header if dissect is true, a hex
// dump of it if not.
func Dissect(dissect bool, data []byte) { write(AppendDissect(nil, dissect, data)) }

// AppendDissect appends what [Dissect] prints.
func AppendDissect(dst []byte, dissect bool, data []byte) []byte {
	if dissect {
		return packet.AppendDissection(dst, data)
	}
	return text.AppendHexDump(dst, data)
}
