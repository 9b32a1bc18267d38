// SPDX-License-Identifier: Apache-2.0

package event

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Form says how much of an event is printed, and as what.
type Form uint8

// The forms.
const (
	// Info is one line for each packet that was dropped or forwarded.
	Info Form = iota
	// Debug is every message, with the packet's headers, as Cilium's DEBUG.
	Debug
	// Verbose is every message, with the packet's headers and all that is known, as Cilium's VERBOSE.
	Verbose
	// JSON is one object a line for every message.
	JSON
)

// Style says how to print events. The zero value prints one line for each packet.
type Style struct {
	Form Form
	// Hex prints the packet as a hex dump where its headers would be printed.
	Hex bool
	// Numeric prints identities as numbers, also where they have a name.
	Numeric bool
	// Facts adds to JSON what v1.5.3's JSON does not have: time, numbers beside texts, addresses, ports and flags.
	Facts bool
	// Full prints all that is known of a packet in its line, where v1.5.3's text has only addresses or nothing: protocols
	// by name, VLAN tags, fragments, tunnels, and what is malformed. It counts for events that have a time: those of
	// v1.5.3's sessions have none, and print as they did.
	Full bool
	// Dissect appends lines with what the printed headers of a packet do not say: VLAN tags, tunnels and what they
	// carry, DNS, routing protocols. The form Verbose prints them behind the packet's headers. With nil it prints
	// none. Package monitor/dissect has such a function.
	Dissect func(dst []byte, p *packet.Packet) []byte
}

// Host is what must be known about the host that sent a message. The zero value has this host's byte order, and no names
// for interfaces: they print as numbers. A Host must not change while it is in use; then it is safe for concurrent use if
// its interface names are.
type Host struct {
	// Name is the name of the host; empty if it is not known.
	Name string
	// Interfaces knows the names of the host's interfaces. With nil they print as numbers.
	Interfaces InterfaceNames
	// Peers knows where the host's interfaces lead. With nil nothing is printed about that.
	Peers PeerNames
	// Rules knows the rules of the host's datapath. With nil their numbers are printed alone.
	Rules RuleTexts
	// Order is the byte order of the host. Nil stands for that of this host.
	Order binary.ByteOrder
	// Release is the Cilium release whose wire format the host sends, such as "1.16.2"; empty for v1.5.3's.
	Release string
}

// ByteOrder returns the byte order of the host's messages. A nil Host is this host.
func (h *Host) ByteOrder() binary.ByteOrder {
	if h == nil || h.Order == nil {
		return binary.NativeEndian
	}
	return h.Order
}

// orderProbe is 1 in big-endian and 256 in little-endian order.
var orderProbe = [2]byte{0, 1}

// BigEndian reports whether the host keeps the most significant byte first. A nil Host is this host.
func (h *Host) BigEndian() bool { return h.ByteOrder().Uint16(orderProbe[:]) == 1 }

// InterfaceNames knows the names of a host's network interfaces. Implementations must be safe for concurrent use.
type InterfaceNames interface {
	// InterfaceName returns the name of the interface with an index, and whether there is one.
	InterfaceName(index uint32) (name string, ok bool)
}

// PeerNames knows what is at the other ends of a host's network interfaces, as of the cables of containers. Implementations
// must be safe for concurrent use.
type PeerNames interface {
	// PeerName returns the name of the container, the network namespace or the process that the interface with an index
	// leads to, and whether one is known.
	PeerName(index uint32) (name string, ok bool)
}

// RuleTexts knows the rules by which a datapath denies packets. Implementations must be safe for concurrent use.
type RuleTexts interface {
	// RuleText returns the rule with a number as it was written, and whether there is one.
	RuleText(number uint32) (text string, ok bool)
}

// Peer returns where an interface leads; empty if that is not known.
func (h *Host) Peer(index uint32) string {
	if h == nil || h.Peers == nil || index == 0 {
		return ""
	}
	if name, ok := h.Peers.PeerName(index); ok {
		return name
	}
	return ""
}

// Rule returns the text of a rule; empty if that is not known.
func (h *Host) Rule(number uint32) string {
	if h == nil || h.Rules == nil {
		return ""
	}
	if text, ok := h.Rules.RuleText(number); ok {
		return text
	}
	return ""
}
