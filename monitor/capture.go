// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"github.com/lockstep-bpf/lockstep/monitor/internal/packet"
	"github.com/lockstep-bpf/lockstep/monitor/internal/template"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// textIn returns the text that a table has for the message; nil if it has none.
func (n *DebugCapture) textIn(table []template.Text) template.Text {
	if int(n.SubType) < len(table) {
		return table[n.SubType]
	}
	return nil
}

// appendMessage appends what the message says.
func (n *DebugCapture) appendMessage(dst []byte, h *Host) []byte {
	if t := n.textIn(captureTexts[:]); t != nil {
		return appendTemplate(dst, t, &[3]uint32{n.Arg1}, h)
	}
	return appendUint(appendUint(dst, "Unknown message type=", n.SubType), " arg1=", n.Arg1)
}

// hasLine reports whether the message has a line among those about packets.
func (n *DebugCapture) hasLine() bool { return n.textIn(captureLines[:]) != nil }

// appendInfoPrefix appends what the line of the message starts with; nothing if it has none.
func (n *DebugCapture) appendInfoPrefix(dst []byte, h *Host) []byte {
	return appendTemplate(dst, n.textIn(captureLines[:]), &[3]uint32{n.Arg1}, h)
}

// DebugCaptureVerbose is a capture message as JSON prints it.
type DebugCaptureVerbose struct {
	CPUPrefix string `json:"cpu,omitempty"`
	Type      string `json:"type,omitempty"`
	Mark      string `json:"mark,omitempty"`
	Message   string `json:"message,omitempty"`
	Prefix    string `json:"prefix,omitempty"`

	Source uint16 `json:"source"`
	Bytes  uint32 `json:"bytes"`

	Summary string `json:"summary,omitempty"`
}

// DebugCaptureToVerbose returns the JSON form of a capture message, without CPU and packet. Interfaces have their names
// on this host.
func DebugCaptureToVerbose(n *DebugCapture) DebugCaptureVerbose {
	return DebugCaptureVerbose{
		Type:    "capture",
		Mark:    markText(n.Hash),
		Message: string(n.appendMessage(nil, thisHost)),
		Prefix:  string(n.appendInfoPrefix(nil, thisHost)),
		Source:  n.Source,
		Bytes:   n.Len,
	}
}

// packet returns the packet bytes of a message whose struct is n. In v1.5.3's names, which the struct keeps, Len is the
// length of the packet on the wire and OrigLen is the length that was captured.
func (n *DebugCapture) packet(data []byte) []byte { return packetOf(data, DebugCaptureLen, n.OrigLen) }

// AppendInfo appends one line about the captured packet, or nothing if it was captured at a point that has none. data
// is the message that n was decoded from.
func (n *DebugCapture) AppendInfo(dst, data []byte, o Options) []byte {
	return n.appendInfo(dst, data, &o)
}

func (n *DebugCapture) appendInfo(dst, data []byte, o *Options) []byte {
	if !n.hasLine() {
		return dst
	}
	dst = append(n.appendInfoPrefix(dst, o.host()), ": "...)
	return append(o.appendPacket(dst, n.packet(data)), '\n')
}

// AppendVerbose appends a line with what the message says and the packet, taken apart or as a hex dump. data is the
// message that n was decoded from.
func (n *DebugCapture) AppendVerbose(dst, data []byte, o Options) []byte {
	return n.appendVerbose(dst, data, &o)
}

func (n *DebugCapture) appendVerbose(dst, data []byte, o *Options) []byte {
	dst = appendOrigin(dst, o, n.Hash, n.Source)
	dst = append(appendUint(dst, " DEBUG: ", n.Len), " bytes, "...)
	dst = append(n.appendMessage(dst, o.host()), '\n')
	return AppendDissect(dst, !o.Hex, n.packet(data))
}

// AppendJSON appends a line with a JSON object in the form of [DebugCaptureVerbose]. data is the message that n was
// decoded from.
func (n *DebugCapture) AppendJSON(dst, data []byte, o Options) []byte {
	return n.appendJSON(dst, data, &o)
}

func (n *DebugCapture) appendJSON(dst, data []byte, o *Options) []byte {
	var buf [256]byte
	dst = o.appendPrefixField(append(dst, '{'))
	dst = appendHead(dst, "capture", n.Hash)
	dst = text.AppendJSONString(text.AppendKey(dst, "message"), n.appendMessage(buf[:0], o.host()))
	if n.hasLine() {
		dst = text.AppendJSONString(text.AppendKey(dst, "prefix"), n.appendInfoPrefix(buf[:0], o.host()))
	}
	dst = appendNumbers(dst, n.Source, n.Len)
	summary := packet.AppendSummary(buf[:0], n.packet(data))
	return append(text.AppendJSONString(text.AppendKey(dst, "summary"), summary), "}\n"...)
}

// DumpInfo prints one line about the captured packet to standard output, or nothing if it was captured at a point that
// has none.
func (n *DebugCapture) DumpInfo(data []byte) { write(n.AppendInfo(nil, data, Options{})) }

// DumpVerbose prints what the message says and the packet, taken apart if dissect is true, to standard output.
func (n *DebugCapture) DumpVerbose(dissect bool, data []byte, prefix string) {
	write(n.AppendVerbose(nil, data, withPrefix(prefix, dissect)))
}

// DumpJSON prints the message as JSON to standard output.
func (n *DebugCapture) DumpJSON(data []byte, cpuPrefix string) {
	write(n.AppendJSON(nil, data, withPrefix(cpuPrefix, true)))
}
