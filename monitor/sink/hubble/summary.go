// SPDX-License-Identifier: Apache-2.0

package hubble

import (
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// tcpNames are the names of the TCP flags, in the order of their bits.
var tcpNames = [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS"}

// appendSummary appends what stands in the brackets at the end of the line that Hubble's program prints. A reason that it
// has no word for goes first.
func (f *Flow) appendSummary(e *event.Event) {
	dst := f.Summary
	if len(dst) == 0 && (f.SubType == OtherReason || f.Verdict == Audited) {
		dst = append(dst, f.Reason...)
	}
	if len(dst) > 0 {
		dst = append(dst, "; "...)
	}
	from := len(dst)
	switch f.L4.Proto {
	case packet.ProtoTCP:
		dst = append(dst, "TCP"...)
		if f.L4.HasFlags {
			dst = appendFlags(append(dst, " Flags: "...), f.L4.Flags)
		}
	case packet.ProtoUDP:
		dst = append(dst, "UDP"...)
	case packet.ProtoSCTP:
		dst = append(dst, "SCTP"...)
	case packet.ProtoICMP:
		dst = packet.AppendICMPType(append(dst, "ICMPv4 "...), f.L4.Proto, f.L4.ICMPType, f.L4.ICMPCode)
	case packet.ProtoICMPv6:
		dst = packet.AppendICMPType(append(dst, "ICMPv6 "...), f.L4.Proto, f.L4.ICMPType, f.L4.ICMPCode)
	default:
		dst = appendOther(dst, e.Packet())
	}
	if len(dst) == from && from > 0 {
		dst = dst[:from-len("; ")]
	}
	f.Summary = dst
}

func appendFlags(dst []byte, flags packet.TCPFlags) []byte {
	first := true
	for bit, name := range tcpNames {
		if flags>>bit&1 == 0 {
			continue
		}
		if !first {
			dst = append(dst, ", "...)
		}
		dst, first = append(dst, name...), false
	}
	return dst
}

// appendOther appends what a packet is that is none of the protocols that flows have fields for.
func appendOther(dst []byte, p *packet.Packet) []byte {
	if p == nil {
		return dst
	}
	if flow := p.Flow(); flow != nil {
		if flow.Fragment == packet.LaterFragment {
			dst = append(dst, "fragment of "...)
		}
		if name := packet.ProtocolName(flow.Proto); name != "" {
			return append(dst, name...)
		}
		return strconv.AppendUint(append(dst, "protocol "...), uint64(flow.Proto), 10)
	}
	if eth := p.Ethernet(); eth != nil {
		return append(dst, packet.EtherTypeName(eth.Type)...)
	}
	return dst
}
