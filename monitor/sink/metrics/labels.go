// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"github.com/lockstep-bpf/lockstep/monitor/packet"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// protocol returns the protocol as Hubble's metrics have it.
func protocol(f *hubble.Flow) string {
	if l := f.L7; l != nil {
		switch {
		case l.DNS != nil:
			return "DNS"
		case l.HTTP != nil:
			return "HTTP"
		case l.Kafka != nil:
			return "Kafka"
		}
		return "Unknown L7"
	}
	switch f.L4.Proto {
	case packet.ProtoTCP:
		return "TCP"
	case packet.ProtoUDP:
		return "UDP"
	case packet.ProtoSCTP:
		return "SCTP"
	case packet.ProtoICMP:
		return "ICMPv4"
	case packet.ProtoICMPv6:
		return "ICMPv6"
	}
	return "Unknown L4"
}

// points are the names of the places of traces, by number.
var points = [...]string{
	"to-endpoint", "to-proxy", "to-host", "to-stack", "to-overlay", "from-endpoint", "from-proxy", "from-host", "from-stack",
	"from-overlay", "from-network", "to-network", "from-crypto", "to-crypto",
}

// typeOf returns the type and the subtype of a flow.
func typeOf(f *hubble.Flow) (kind, subtype string) {
	switch f.EventType {
	case hubble.EventDrop:
		return "Drop", ""
	case hubble.EventTrace:
		if uint64(f.SubType) < uint64(len(points)) {
			return "Trace", points[f.SubType]
		}
		return "Trace", "other"
	case hubble.EventCapture:
		return "Capture", ""
	case hubble.EventVerdict:
		return "PolicyVerdict", ""
	case hubble.EventSock:
		return "TraceSock", ""
	case hubble.EventLog:
		return "L7", protocol(f)
	case hubble.EventKernel:
		return "Kernel", f.Reason
	}
	return "Unknown", ""
}

// verdict returns the name of the verdict.
func verdict(f *hubble.Flow) string { return hubble.VerdictName(f.Verdict) }

// reason returns the reason of a drop: Hubble's name, or the sender's words.
func reason(f *hubble.Flow) string {
	if name := hubble.ReasonName(f.DropReason); name != "" {
		return name
	}
	if f.Reason != "" {
		return f.Reason
	}
	return "DROP_REASON_UNKNOWN"
}
