// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"github.com/lockstep-bpf/lockstep/monitor/internal/packet"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// captureText is what is printed about a capture message.
type captureText struct {
	verbose template
	info    string // what its line starts with, before the argument; a capture without this has no line
	verb    string // how the argument prints there, as in a template
}

// captureTexts are what capture messages say, by code. A code that the headers name must have a row here, unless it is
// reserved; a test sees to that.
var captureTexts = [...]captureText{
	DbgCaptureDelivery:  {"Delivery to ifindex {a1}", "-> ", "interface"},
	DbgCaptureFromLb:    {"Incoming packet to load balancer on ifindex {a1}", "<- load-balancer ", "interface"},
	DbgCaptureAfterV46:  {"Packet after nat46 ifindex {a1}", "== v4->v6 ", ""},
	DbgCaptureAfterV64:  {"Packet after nat64 ifindex {a1}", "== v6->v4 ", ""},
	DbgCaptureProxyPre:  {"Packet to proxy port {a1:net} (Pre)", "", ""},
	DbgCaptureProxyPost: {"Packet to proxy port {a1:net} (Post)", "-> proxy port ", "net"},
	DbgCaptureSnatPre:   {"Packet going into snat engine on ifindex {a1}", "", ""},
	DbgCaptureSnatPost:  {"Packet coming from snat engine on ifindex {a1}", "", ""},
}

// text returns what is printed about the message; all empty for a code that is not known.
func (n *DebugCapture) text() *captureText {
	if int(n.SubType) < len(captureTexts) {
		return &captureTexts[n.SubType]
	}
	return &captureTexts[DbgCaptureUnspec]
}

// appendMessage appends what the message says.
func (n *DebugCapture) appendMessage(dst []byte, h *Host) []byte {
	if t := n.text(); t.verbose != "" {
		return t.verbose.append(dst, n.arguments(h))
	}
	return appendUint(appendUint(dst, "Unknown message type=", n.SubType), " arg1=", n.Arg1)
}

// appendInfoPrefix appends what the line of the message starts with; nothing if it has none.
func (n *DebugCapture) appendInfoPrefix(dst []byte, h *Host) []byte {
	t := n.text()
	if t.info == "" {
		return dst
	}
	return n.arguments(h).append(append(dst, t.info...), t.verb, n.Arg1)
}

func (n *DebugCapture) arguments(h *Host) *arguments {
	return &arguments{values: [3]uint32{n.Arg1, n.Arg2}, host: h}
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
	if n.text().info == "" {
		return dst
	}
	dst = append(n.appendInfoPrefix(dst, o.host()), ": "...)
	return append(packet.AppendSummary(dst, n.packet(data)), '\n')
}

// AppendVerbose appends a line with what the message says and the packet, taken apart or as a hex dump. data is the
// message that n was decoded from.
func (n *DebugCapture) AppendVerbose(dst, data []byte, o Options) []byte {
	dst = appendOrigin(dst, &o, n.Hash, n.Source)
	dst = append(appendUint(dst, " DEBUG: ", n.Len), " bytes, "...)
	dst = append(n.appendMessage(dst, o.host()), '\n')
	return AppendDissect(dst, !o.Hex, n.packet(data))
}

// AppendJSON appends a line with a JSON object in the form of [DebugCaptureVerbose]. data is the message that n was
// decoded from.
func (n *DebugCapture) AppendJSON(dst, data []byte, o Options) []byte {
	var buf [256]byte
	dst = o.appendPrefixField(append(dst, '{'))
	dst = appendHead(dst, "capture", n.Hash)
	dst = text.AppendJSONString(text.AppendKey(dst, "message"), n.appendMessage(buf[:0], o.host()))
	if n.text().info != "" {
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
