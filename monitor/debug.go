// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// appendMessage appends what the message says, as text without its line.
func (n *DebugMsg) appendMessage(dst []byte, h *Host) []byte {
	if int(n.SubType) < len(debugTexts) && debugTexts[n.SubType] != nil {
		return appendTemplate(dst, debugTexts[n.SubType], &[3]uint32{n.Arg1, n.Arg2, n.Arg3}, h)
	}
	dst = appendUint(dst, "Unknown message type=", n.SubType)
	return appendUint(appendUint(dst, " arg1=", n.Arg1), " arg2=", n.Arg2)
}

// AppendInfo appends nothing: debug messages have no place among the lines about packets.
func (n *DebugMsg) AppendInfo(dst, _ []byte, _ Options) []byte { return dst }

// AppendVerbose appends a line with what the message says.
func (n *DebugMsg) AppendVerbose(dst []byte, o Options) []byte {
	dst = append(appendOrigin(dst, &o, n.Hash, n.Source), " DEBUG: "...)
	return append(n.appendMessage(dst, o.host()), '\n')
}

// AppendJSON appends a line with a JSON object: cpu, type and message.
func (n *DebugMsg) AppendJSON(dst []byte, o Options) []byte {
	var buf [256]byte
	dst = text.AppendStringField(o.appendPrefixField(append(dst, '{')), "type", "debug")
	dst = text.AppendJSONString(text.AppendKey(dst, "message"), n.appendMessage(buf[:0], o.host()))
	return append(dst, "}\n"...)
}

// DumpInfo prints nothing: debug messages are about processing packets, not about sending them.
func (n *DebugMsg) DumpInfo(data []byte) { write(n.AppendInfo(nil, data, Options{})) }

// Dump prints a line with what the message says to standard output.
func (n *DebugMsg) Dump(prefix string) { write(n.AppendVerbose(nil, withPrefix(prefix, true))) }

// DumpJSON prints the message as JSON to standard output.
func (n *DebugMsg) DumpJSON(cpuPrefix string) { write(n.AppendJSON(nil, withPrefix(cpuPrefix, true))) }
