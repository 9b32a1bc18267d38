// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"bytes"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	dissect "github.com/lockstep-bpf/lockstep/monitor/internal/packet"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// AppendEvent appends the event in a style: a line, with the packet's headers behind it as Verbose, or a JSON object. The
// stack follows where there is one.
func (n *Notify) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	if s.Form == event.JSON {
		return n.appendJSON(dst, e)
	}
	dst = n.appendLine(dst, e)
	if s.Form != event.Info {
		dst = n.appendDetails(dst, e.Raw, s)
	}
	for line := range bytes.Lines(n.Stack(e.Raw)) {
		dst = appendText(append(dst, "    "...), bytes.TrimSuffix(line, []byte{'\n'}))
		dst = append(dst, '\n')
	}
	return dst
}

// prefixes begin the lines.
var prefixes = [...]string{
	KindDrop: "xx ", KindRetransmit: ">> retransmit ", KindResetSent: "<> reset sent ", KindResetReceived: "<> reset received ",
}

// appendLine appends what happened, where, to which packet, why and whose it was:
//
//	xx NETFILTER_DROP eth1@router: 10.0.1.2:40242 -> 10.0.2.2:80 tcp SYN, length 74 in nf_hook_slow+0x8e: a rule ... dropped it
func (n *Notify) appendLine(dst []byte, e *event.Event) []byte {
	kind := Kind(n.SubType)
	if int(kind) < len(prefixes) {
		dst = append(dst, prefixes[kind]...)
	} else {
		dst = append(text.AppendUint(append(dst, "?? "...), uint64(kind)), ' ')
	}
	reason := until(n.ReasonName())
	if kind == KindDrop && len(reason) == 0 {
		reason = []byte("drop")
	}
	if len(reason) > 0 {
		dst = append(appendText(dst, reason), ' ')
	}
	dst = append(n.AppendPlace(dst), ": "...)
	dst = n.appendPacket(dst, e)
	if function := until(n.Function[:]); len(function) > 0 {
		dst = appendText(append(dst, " in "...), function)
	}
	dst = n.appendOwner(dst)
	if why := explain(reason, until(n.Function[:])); why != "" {
		dst = append(append(dst, ": "...), why...)
	}
	return append(dst, '\n')
}

// ReasonName returns the bytes of the name of the reason.
func (n *Notify) ReasonName() []byte { return until(n.Reason[:]) }

// AppendPlace appends what AppendInterface does, or "-" and the network namespace if the device is not known.
func (n *Notify) AppendPlace(dst []byte) []byte {
	at := len(dst)
	if dst = n.AppendInterface(dst); len(dst) == at {
		dst = n.appendNetNS(append(dst, '-'))
	}
	return dst
}

// InterfaceName returns the name of the device, and that of its network namespace, which is "host" for the host's.
func (n *Notify) InterfaceName() (name, netns []byte) {
	return until(n.Device[:]), until(n.NetNSName[:])
}

// AppendInterface appends the device, by its index if it has no name, and its network namespace if that is not the host's.
func (n *Notify) AppendInterface(dst []byte) []byte {
	switch device := until(n.Device[:]); {
	case len(device) > 0:
		return n.appendNetNS(appendText(dst, device))
	case n.IfIndex != 0:
		return n.appendNetNS(text.AppendUint(append(dst, "if"...), uint64(n.IfIndex)))
	}
	return dst
}

// appendNetNS appends the network namespace if it is not the host's.
func (n *Notify) appendNetNS(dst []byte) []byte {
	switch netns := until(n.NetNSName[:]); {
	case string(netns) == "host":
		return dst
	case len(netns) > 0:
		return appendText(append(dst, '@'), netns)
	case n.NetNS != 0:
		return text.AppendUint(append(dst, '@'), uint64(n.NetNS))
	}
	return dst
}

// appendPacket appends who talks to whom, through which tunnel and in which VLAN.
func (n *Notify) appendPacket(dst []byte, e *event.Event) []byte {
	p := e.Packet()
	if p == nil {
		return n.appendProtocol(dst)
	}
	dst = p.AppendSummary(dst)
	if Flags(n.Flags)&FlagAnswered != 0 {
		dst = append(dst, ", answered by it"...)
	}
	return text.AppendUint(append(dst, ", length "...), uint64(n.OrigLen))
}

// appendProtocol appends what is known of a packet of which no bytes are.
func (n *Notify) appendProtocol(dst []byte) []byte {
	switch {
	case n.Protocol != 0:
		dst = strconv.AppendUint(append(dst, "protocol 0x"...), uint64(n.Protocol), 16)
	case n.SkFamily == 1:
		dst = append(dst, "Unix socket"...)
	case n.SkFamily == 16:
		dst = append(dst, "netlink"...)
	default:
		dst = append(dst, "no packet of a network"...)
	}
	return dst
}

// appendOwner appends the process that holds the socket, and its container.
func (n *Notify) appendOwner(dst []byte) []byte {
	process, container := until(n.Process[:]), until(n.Container[:])
	if n.PID != 0 {
		dst = appendText(append(dst, ", process "...), process)
		dst = append(text.AppendUint(append(dst, " ("...), uint64(n.PID)), ')')
	}
	if len(container) > 0 {
		dst = appendText(append(dst, ", in "...), container)
	}
	return dst
}

// appendDetails appends the fields that the line does not have, and the packet.
func (n *Notify) appendDetails(dst, raw []byte, s *event.Style) []byte {
	dst = append(text.AppendCPU(dst, int(n.CPU)), " MARK "...)
	dst = text.AppendMark(dst, n.Hash)
	dst = text.AppendUint(append(dst, " KERNEL: ifindex "...), uint64(n.IfIndex))
	dst = text.AppendUint(append(dst, ", came in by "...), uint64(n.InIfIndex))
	dst = text.AppendUint(append(dst, ", netns "...), uint64(n.NetNS))
	if n.SkFamily != 0 {
		dst = text.AppendUint(append(dst, ", socket "...), n.Socket)
		dst = text.AppendUint(append(dst, " of uid "...), uint64(n.UID))
		dst = text.AppendUint(append(dst, ", cgroup "...), n.Cgroup)
	}
	dst = appendText(append(dst, ", while "...), until(n.Task[:]))
	dst = text.AppendUint(append(dst, " ("...), uint64(n.TaskPID))
	dst = append(dst, ") ran"...)
	if n.Flags != 0 {
		dst, _ = Flags(n.Flags).AppendText(append(dst, ", flags "...)) // never fails
	}
	dst = append(dst, '\n')
	data := n.Capture().Of(raw)
	if s.Hex {
		return text.AppendHexDump(dst, data)
	}
	return dissect.AppendDissection(dst, data)
}

// appendJSON appends a JSON object: what is known of the event, as text where there is one. The numbers of all fields, and
// what the packet's headers say, are the printer's to add.
func (n *Notify) appendJSON(dst []byte, e *event.Event) []byte {
	dst = text.AppendCPUField(append(dst, '{'), int(n.CPU))
	dst = text.AppendStringField(dst, "type", n.TypeName())
	for i := range notifyFields {
		dst = n.appendField(dst, i)
	}
	dst = text.AppendStringField(dst, "text", explain(n.ReasonName(), until(n.Function[:])))
	if p := e.Packet(); p != nil {
		var buf [256]byte
		dst = text.AppendJSONString(text.AppendKey(dst, "summary"), p.AppendSummary(buf[:0]))
	}
	if stack := n.Stack(e.Raw); len(stack) > 0 {
		dst = append(text.AppendKey(dst, "stack"), '[')
		for line := range bytes.Lines(stack) {
			if dst[len(dst)-1] != '[' {
				dst = append(dst, ',')
			}
			dst = text.AppendJSONString(dst, bytes.TrimSuffix(line, []byte{'\n'}))
		}
		dst = append(dst, ']')
	}
	return append(dst, "}\n"...)
}

// appendField appends a field that is known: one that is text or has names, the location, and the process.
func (n *Notify) appendField(dst []byte, field int) []byte {
	f := &notifyFields[field]
	v := n.Uint(field)
	switch {
	case f.Kind == event.KindText:
		if value := until(n.Bytes(field)); len(value) > 0 {
			dst = text.AppendJSONString(text.AppendKey(dst, f.Name), value)
		}
	case f.Enum != nil && v == 0 && f.Enum.Flags:
	case f.Enum != nil:
		if name, ok := f.Enum.Lookup(v); ok {
			return text.AppendJSONString(text.AppendKey(dst, f.Name), name)
		}
		dst = text.AppendUintField(dst, f.Name, v)
	case f.Name == "location" && v != 0:
		dst = strconv.AppendUint(append(text.AppendKey(dst, f.Name), `"0x`...), v, 16)
		dst = append(dst, '"')
	case f.Name == "pid" && v != 0, f.Name == "bytes":
		dst = text.AppendUintField(dst, f.Name, v)
	}
	return dst
}

// appendText appends text that comes from the kernel, without what a terminal could obey.
func appendText(dst, s []byte) []byte {
	for _, b := range s {
		if b < ' ' || b > '~' {
			return text.AppendEscaped(dst, string(s))
		}
	}
	return append(dst, s...)
}
