// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// DropNotifyVerbose is a drop notification as JSON prints it.
type DropNotifyVerbose struct {
	CPUPrefix string `json:"cpu,omitempty"`
	Type      string `json:"type,omitempty"`
	Mark      string `json:"mark,omitempty"`
	Reason    string `json:"reason,omitempty"`

	Source   uint16 `json:"source"`
	Bytes    uint32 `json:"bytes"`
	SrcLabel uint32 `json:"srcLabel"`
	DstLabel uint32 `json:"dstLabel"`
	DstID    uint32 `json:"dstID"`

	Summary *DissectSummary `json:"summary,omitempty"`
}

// DropNotifyToVerbose returns the JSON form of a drop notification, without CPU and packet.
func DropNotifyToVerbose(n *DropNotify) DropNotifyVerbose {
	return DropNotifyVerbose{
		Type:     "drop",
		Mark:     markText(n.Hash),
		Reason:   api.DropReason(n.SubType),
		Source:   n.Source,
		Bytes:    n.OrigLen,
		SrcLabel: n.SrcLabel,
		DstLabel: n.DstLabel,
		DstID:    n.DstID,
	}
}

// packet returns the packet bytes of a message whose struct is n.
func (n *DropNotify) packet(data []byte) []byte { return packetOf(data, DropNotifyLen, n.CapLen) }

// appendDenied appends why the packet was dropped, and of a message that is not one of v1.5.3's sessions the rule.
func (n *DropNotify) appendDenied(dst []byte, o *Options) []byte {
	dst = appendDropReason(dst, n.SubType)
	if number, ok := n.RuleNumber(); ok && o.live {
		dst = appendRule(appendUint(dst, " by rule ", number), o.host(), number)
	}
	return dst
}

// AppendInfo appends one line about the dropped packet. data is the message that n was decoded from.
func (n *DropNotify) AppendInfo(dst, data []byte, o Options) []byte {
	return n.appendInfo(dst, data, &o)
}

func (n *DropNotify) appendInfo(dst, data []byte, o *Options) []byte {
	dst = n.appendDenied(append(dst, "xx drop ("...), o)
	dst = appendMark(append(dst, ") flow "...), n.Hash)
	dst = appendUint(dst, " to endpoint ", n.DstID)
	dst = appendUint(dst, ", identity ", n.SrcLabel)
	dst = appendUint(dst, "->", n.DstLabel)
	dst = o.appendPacket(append(dst, ": "...), n.packet(data))
	return append(dst, '\n')
}

// AppendVerbose appends a line about the drop and the packet, taken apart or as a hex dump. data is the message that n
// was decoded from.
func (n *DropNotify) AppendVerbose(dst, data []byte, o Options) []byte {
	return n.appendVerbose(dst, data, &o)
}

func (n *DropNotify) appendVerbose(dst, data []byte, o *Options) []byte {
	dst = appendOrigin(dst, o, n.Hash, n.Source)
	dst = appendUint(dst, " DROP: ", n.OrigLen)
	dst = n.appendDenied(append(dst, " bytes, reason "...), o)
	dst = appendPeers(dst, n.SrcLabel, n.DstLabel, n.DstID)
	return AppendDissect(append(dst, '\n'), !o.Hex, n.packet(data))
}

// AppendJSON appends a line with a JSON object in the form of [DropNotifyVerbose]. data is the message that n was
// decoded from.
func (n *DropNotify) AppendJSON(dst, data []byte, o Options) []byte {
	return n.appendJSON(dst, data, &o)
}

func (n *DropNotify) appendJSON(dst, data []byte, o *Options) []byte {
	var buf [64]byte
	dst = o.appendPrefixField(append(dst, '{'))
	dst = appendHead(dst, "drop", n.Hash)
	dst = text.AppendJSONString(text.AppendKey(dst, "reason"), appendDropReason(buf[:0], n.SubType))
	dst = appendNumbers(dst, n.Source, n.OrigLen)
	dst = appendPeerFields(dst, n.SrcLabel, n.DstLabel, n.DstID)
	return append(appendSummaryField(dst, n.packet(data)), "}\n"...)
}

// DumpInfo prints one line about the dropped packet to standard output.
func (n *DropNotify) DumpInfo(data []byte) { write(n.AppendInfo(nil, data, Options{})) }

// DumpVerbose prints the drop and the packet, taken apart if dissect is true, to standard output.
func (n *DropNotify) DumpVerbose(dissect bool, data []byte, prefix string) {
	write(n.AppendVerbose(nil, data, withPrefix(prefix, dissect)))
}

// DumpJSON prints the notification as JSON to standard output.
func (n *DropNotify) DumpJSON(data []byte, cpuPrefix string) {
	write(n.AppendJSON(nil, data, withPrefix(cpuPrefix, true)))
}
