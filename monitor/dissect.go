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
// or unknown header counts. The result is never nil and does not refer to data. It takes two allocations: one for the
// structs, and one for all texts.
func GetDissectSummary(data []byte) *DissectSummary {
	var s packet.Stack
	s.Read(data)
	var room [1024]byte
	p := pieces{buf: room[:0]}
	for _, k := range summaryKinds {
		if l := s.Layer(k); l != nil {
			p.buf = l.AppendText(p.buf)
		}
		p.end()
	}
	for _, l := range [...]*packet.Layer{s.Layer(packet.Ethernet), s.Layer(s.IP), s.Ports()} {
		if l != nil {
			p.buf = l.AppendSrc(p.buf)
		}
		p.end()
		if l != nil {
			p.buf = l.AppendDst(p.buf)
		}
		p.end()
	}
	return p.summary()
}

// summaryKinds are the headers whose text a summary has, in the order of its fields.
var summaryKinds = [...]packet.Kind{
	packet.Ethernet, packet.IPv4, packet.IPv6, packet.TCP, packet.UDP, packet.ICMPv4, packet.ICMPv6,
}

// pieces are the texts of a summary, one behind the other: of each header, then the addresses.
type pieces struct {
	buf  []byte
	ends [len(summaryKinds) + 6]int
	n    int
}

// end ends a piece. It is empty if the packet does not have it.
func (p *pieces) end() {
	p.ends[p.n] = len(p.buf)
	p.n++
}

// summary returns the summary that the pieces make up. A flow without addresses stays nil.
func (p *pieces) summary() *DissectSummary {
	var texts [len(p.ends)]string
	all, from := string(p.buf), 0
	for i, end := range p.ends {
		texts[i], from = all[from:end], end
	}
	var s struct {
		DissectSummary
		flows [3]Flow
	}
	s.DissectSummary = DissectSummary{Ethernet: texts[0], IPv4: texts[1], IPv6: texts[2], TCP: texts[3], UDP: texts[4],
		ICMPv4: texts[5], ICMPv6: texts[6]}
	for i, flow := range [...]**Flow{&s.L2, &s.L3, &s.L4} {
		if src := texts[len(summaryKinds)+2*i]; src != "" {
			s.flows[i] = Flow{Src: src, Dst: texts[len(summaryKinds)+2*i+1]}
			*flow = &s.flows[i]
		}
	}
	return &s.DissectSummary
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
