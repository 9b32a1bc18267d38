// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// traceSummaries say where a packet comes from or goes to, by observation point. A number follows those that end in a
// blank: that of the endpoint.
var traceSummaries = [...]string{
	TraceToLxc:       "-> endpoint ",
	TraceToProxy:     "-> proxy",
	TraceToHost:      "-> host from",
	TraceToStack:     "-> stack",
	TraceToOverlay:   "-> overlay",
	TraceFromLxc:     "<- endpoint ",
	TraceFromProxy:   "<- proxy",
	TraceFromHost:    "<- host",
	TraceFromStack:   "<- stack",
	TraceFromOverlay: "<- overlay",
}

// appendSummary appends where the packet comes from or goes to.
func (n *TraceNotify) appendSummary(dst []byte) []byte {
	if int(n.ObsPoint) >= len(traceSummaries) {
		return append(dst, "unknown trace"...)
	}
	dst = append(dst, traceSummaries[n.ObsPoint]...)
	switch n.ObsPoint {
	case TraceToLxc:
		dst = appendUint(dst, "", n.DstID)
	case TraceFromLxc:
		dst = appendUint(dst, "", n.Source)
	}
	return dst
}

// TraceNotifyVerbose is a trace notification as JSON prints it.
type TraceNotifyVerbose struct {
	CPUPrefix        string `json:"cpu,omitempty"`
	Type             string `json:"type,omitempty"`
	Mark             string `json:"mark,omitempty"`
	Ifindex          string `json:"ifindex,omitempty"`
	State            string `json:"state,omitempty"`
	ObservationPoint string `json:"observationPoint"`
	TraceSummary     string `json:"traceSummary"`

	Source   uint16 `json:"source"`
	Bytes    uint32 `json:"bytes"`
	SrcLabel uint32 `json:"srcLabel"`
	DstLabel uint32 `json:"dstLabel"`
	DstID    uint16 `json:"dstID"`

	Summary *DissectSummary `json:"summary,omitempty"`
}

// TraceNotifyToVerbose returns the JSON form of a trace notification, without CPU and packet. The interface has its
// name on this host.
func TraceNotifyToVerbose(n *TraceNotify) TraceNotifyVerbose {
	return TraceNotifyVerbose{
		Type:             "trace",
		Mark:             markText(n.Hash),
		Ifindex:          interfaceName(thisHost, n.Ifindex),
		State:            string(n.appendState(nil)),
		ObservationPoint: TracePoint(n.ObsPoint).String(),
		TraceSummary:     string(n.appendSummary(nil)),
		Source:           n.Source,
		Bytes:            n.OrigLen,
		SrcLabel:         n.SrcLabel,
		DstLabel:         n.DstLabel,
		DstID:            n.DstID,
	}
}

// packet returns the packet bytes of a message whose struct is n.
func (n *TraceNotify) packet(data []byte) []byte { return packetOf(data, TraceNotifyLen, n.CapLen) }

// appendState appends why the packet passed, and for the reasons that are this project's own what belongs to them.
func (n *TraceNotify) appendState(dst []byte) []byte {
	dst = appendTraceReason(dst, n.Reason)
	switch n.Reason {
	case TraceReasonDenied:
		dst = appendUint(dst, " by rule ", uint32(n.Pad))
		if n.Pad == highestRule {
			dst = append(dst, " or later"...)
		}
	case TraceReasonMalformed:
		dst = append(dst, " ("...)
		dst = append(appendDropReason(dst, n.Pad), ')')
	}
	return dst
}

// appendDenied appends the state, with the text of the rule that denies the packet if that is known.
func (n *TraceNotify) appendDenied(dst []byte, h *Host) []byte {
	dst = n.appendState(dst)
	if number, ok := n.RuleNumber(); ok {
		dst = appendRule(dst, h, number)
	}
	return dst
}

// AppendInfo appends one line about the forwarded packet. data is the message that n was decoded from.
func (n *TraceNotify) AppendInfo(dst, data []byte, o Options) []byte {
	return n.appendInfo(dst, data, &o)
}

func (n *TraceNotify) appendInfo(dst, data []byte, o *Options) []byte {
	dst = n.appendSummary(dst)
	dst = appendMark(append(dst, " flow "...), n.Hash)
	dst = appendUint(dst, " identity ", n.SrcLabel)
	dst = appendUint(dst, "->", n.DstLabel)
	dst = n.appendDenied(append(dst, " state "...), o.host())
	dst = appendPlace(append(dst, " ifindex "...), o.host(), n.Ifindex)
	dst = o.appendPacket(append(dst, ": "...), n.packet(data))
	return append(dst, '\n')
}

// AppendVerbose appends a line about where the packet was seen and the packet, taken apart or as a hex dump. data is
// the message that n was decoded from.
func (n *TraceNotify) AppendVerbose(dst, data []byte, o Options) []byte {
	return n.appendVerbose(dst, data, &o)
}

func (n *TraceNotify) appendVerbose(dst, data []byte, o *Options) []byte {
	dst = appendOrigin(dst, o, n.Hash, n.Source)
	dst = appendTracePoint(append(dst, ' '), n.ObsPoint)
	dst = appendUint(dst, ": ", n.OrigLen)
	dst = appendUint(dst, " bytes (", n.CapLen)
	dst = n.appendDenied(append(dst, " captured), state "...), o.host())
	if n.Ifindex != 0 {
		dst = appendPlace(append(dst, ", interface "...), o.host(), n.Ifindex)
	}
	dst = appendPeers(dst, n.SrcLabel, n.DstLabel, uint32(n.DstID))
	return AppendDissect(append(dst, '\n'), !o.Hex, n.packet(data))
}

// AppendJSON appends a line with a JSON object in the form of [TraceNotifyVerbose]. data is the message that n was
// decoded from.
func (n *TraceNotify) AppendJSON(dst, data []byte, o Options) []byte {
	return n.appendJSON(dst, data, &o)
}

func (n *TraceNotify) appendJSON(dst, data []byte, o *Options) []byte {
	dst = o.appendPrefixField(append(dst, '{'))
	dst = appendHead(dst, "trace", n.Hash)
	var buf [64]byte
	dst = text.AppendJSONString(text.AppendKey(dst, "ifindex"), appendInterface(buf[:0], o.host(), n.Ifindex))
	dst = text.AppendJSONString(text.AppendKey(dst, "state"), n.appendState(buf[:0]))
	dst = text.AppendJSONString(text.AppendKey(dst, "observationPoint"), appendTracePoint(buf[:0], n.ObsPoint))
	dst = text.AppendJSONString(text.AppendKey(dst, "traceSummary"), n.appendSummary(buf[:0]))
	dst = appendNumbers(dst, n.Source, n.OrigLen)
	dst = appendPeerFields(dst, n.SrcLabel, n.DstLabel, uint32(n.DstID))
	return append(appendSummaryField(dst, n.packet(data)), "}\n"...)
}

// DumpInfo prints one line about the forwarded packet to standard output.
func (n *TraceNotify) DumpInfo(data []byte) { write(n.AppendInfo(nil, data, Options{})) }

// DumpVerbose prints where the packet was seen and the packet, taken apart if dissect is true, to standard output.
func (n *TraceNotify) DumpVerbose(dissect bool, data []byte, prefix string) {
	write(n.AppendVerbose(nil, data, withPrefix(prefix, dissect)))
}

// DumpJSON prints the notification as JSON to standard output.
func (n *TraceNotify) DumpJSON(data []byte, cpuPrefix string) {
	write(n.AppendJSON(nil, data, withPrefix(cpuPrefix, true)))
}
