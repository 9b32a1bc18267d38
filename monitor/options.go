// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"os"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	dissect "github.com/lockstep-bpf/lockstep/monitor/internal/packet"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Options say what printing needs to know beside the message. The zero value is a message of CPU 0 of this host.
type Options struct {
	// CPU is the number of the CPU that sent the message.
	CPU int
	// Hex makes verbose text show the packet as a hex dump instead of taking it apart.
	Hex bool
	// Host is the host that sent the message. Nil stands for this host, with the names of its interfaces.
	Host *Host

	// prefix, if set, stands in the place of the CPU.
	prefix *string
	// full, if set, is the packet, whose line is to have all that is known of it.
	full *packet.Packet
	// live says that the message is not one of v1.5.3's sessions: its text has what that has not.
	live bool
}

// appendPacket appends what a line says of a packet in data.
func (o *Options) appendPacket(dst, data []byte) []byte {
	if o.full != nil {
		return o.full.AppendSummary(dst)
	}
	return dissect.AppendSummary(dst, data)
}

// Host is what must be known about the host that sent a message; see [event.Host].
type Host = event.Host

// thisHost is the host that prints: the documented functions have no place to say another.
var thisHost = &Host{Interfaces: new(HostInterfaces)}

// host returns the host that sent the message.
func (o *Options) host() *Host {
	if o.Host == nil {
		return thisHost
	}
	return o.Host
}

// appendInterface appends the name of an interface, or its number if it has none.
func appendInterface(dst []byte, h *Host, index uint32) []byte {
	if h.Interfaces != nil {
		if name, ok := h.Interfaces.InterfaceName(index); ok && name != "" {
			return text.AppendEscaped(dst, name)
		}
	}
	return text.AppendUint(dst, uint64(index))
}

// appendPlace appends the name of an interface, or its number, and behind it in parentheses where it leads, if that is known.
func appendPlace(dst []byte, h *Host, index uint32) []byte {
	dst = appendInterface(dst, h, index)
	if peer := h.Peer(index); peer != "" {
		dst = append(text.AppendEscaped(append(dst, " ("...), peer), ')')
	}
	return dst
}

// appendRule appends the text of a rule in parentheses, if that is known.
func appendRule(dst []byte, h *Host, number uint32) []byte {
	if rule := h.Rule(number); rule != "" {
		dst = append(text.AppendEscaped(append(dst, " ("...), rule), ')')
	}
	return dst
}

// interfaceName is appendInterface for the JSON structs.
func interfaceName(h *Host, index uint32) string { return string(appendInterface(nil, h, index)) }

// appendPrefix appends what verbose lines start with.
func (o *Options) appendPrefix(dst []byte) []byte {
	if o.prefix != nil {
		return append(dst, *o.prefix...)
	}
	return text.AppendCPU(dst, o.CPU)
}

// appendPrefixField appends the prefix as a field of a JSON object; an empty one is left out.
func (o *Options) appendPrefixField(dst []byte) []byte {
	if o.prefix != nil {
		return text.AppendStringField(dst, "cpu", *o.prefix)
	}
	return text.AppendCPUField(dst, o.CPU)
}

// withPrefix returns the options of the documented functions: this host, and a prefix instead of a CPU.
func withPrefix(prefix string, dissect bool) Options { return Options{Hex: !dissect, prefix: &prefix} }

// write writes one message to standard output, in one write, and nothing if there is nothing to print. An error has
// nowhere to go: the documented functions return none.
func write(message []byte) {
	if len(message) > 0 {
		_, _ = os.Stdout.Write(message)
	}
}

// appendUint appends a text and a number in decimal.
func appendUint[T uint8 | uint16 | uint32 | uint64](dst []byte, label string, value T) []byte {
	return text.AppendUint(append(dst, label...), uint64(value))
}

// appendMark appends a packet's mark in hex, with 0x before it.
func appendMark(dst []byte, mark uint32) []byte {
	return text.AppendMark(dst, mark)
}

// markText is appendMark for the JSON structs.
func markText(mark uint32) string { return string(appendMark(nil, mark)) }

// packetOf returns the packet bytes of a message: what follows its struct, up to the captured length. Behind that is
// the padding of the ring, which is not part of the packet.
func packetOf(data []byte, header int, captured uint32) []byte {
	if len(data) <= header {
		return nil
	}
	packet := data[header:]
	return packet[:min(uint64(len(packet)), uint64(captured))]
}
