// SPDX-License-Identifier: Apache-2.0

package packet

import "net/netip"

// Flow is one IP header, and the header behind it and its extension headers as far as it is there.
type Flow struct {
	// Src and Dst are 4-byte addresses for IPv4 and 16-byte addresses for IPv6, ::ffff:10.0.0.1 too.
	Src, Dst netip.Addr

	// SrcPort and DstPort are those of TCP, UDP, UDP-Lite, SCTP or DCCP; they count only if HasPorts is set.
	SrcPort, DstPort uint16
	// Proto is the number of the protocol behind the IP header and its extension headers. If the bytes end in front
	// of the number, it is that of the extension header that is not there.
	Proto uint8
	// TTL is the time to live, or the hop limit.
	TTL uint8
	// TOS is the type of service, or the traffic class: the DSCP in the upper six bits and ECN in the lower two.
	TOS uint8

	HasPorts bool // SrcPort and DstPort are there
	HasFlags bool // Flags is there
	HasSeq   bool // Seq, Ack and Window are there
	HasICMP  bool // ICMPType and ICMPCode are there
	HasEcho  bool // EchoID and EchoSeq are there
	HasSPI   bool // SPI is there
	HasKey   bool // Key is there
	// Extended says that extension headers, or an AH header, are between the IP header and Proto.
	Extended bool

	// Flags are the TCP flags; they count only if HasFlags is set.
	Flags TCPFlags
	// Window is the TCP window without its scale; it counts only if HasSeq is set.
	Window uint16
	// Seq and Ack are the TCP sequence and acknowledgement numbers; they count only if HasSeq is set.
	Seq, Ack uint32

	// ICMPType and ICMPCode are those of ICMP or ICMPv6; they count only if HasICMP is set.
	ICMPType, ICMPCode uint8
	// EchoID and EchoSeq are those of an echo request or reply; they count only if HasEcho is set.
	EchoID, EchoSeq uint16

	// SPI is the security parameters index of ESP or AH, the outermost if there are both; it counts only if HasSPI
	// is set.
	SPI uint32
	// Key is the key of GRE; it counts only if HasKey is set.
	Key uint32

	// Fragment says which part of a packet this is.
	Fragment Fragment
	// FragmentOffset is where in the packet's payload a fragment starts, in bytes.
	FragmentOffset uint16
	// ID is what the fragments of a packet have in common: the identification of an IPv4 header or an IPv6 fragment
	// header. It is 0 for IPv6 without one.
	ID uint32
	// DontFragment is IPv4's flag.
	DontFragment bool

	// Length is the length of the IP packet in bytes, headers included, as it states it; 0 if it does not: a packet
	// that a network card is still to cut, or BIG TCP without jumbo option.
	Length uint32
	// FlowLabel is that of IPv6.
	FlowLabel uint32

	network, transport, payload, end int32 // offsets in the packet
}

// IsIPv6 reports whether the flow's header is that of IPv6.
func (f *Flow) IsIPv6() bool { return f.Src.Is6() }

// IsTCP reports whether the flow is of TCP.
func (f *Flow) IsTCP() bool { return f.Proto == ProtoTCP }

// IsUDP reports whether the flow is of UDP.
func (f *Flow) IsUDP() bool { return f.Proto == ProtoUDP }

// IsICMP reports whether the flow is of ICMP or ICMPv6.
func (f *Flow) IsICMP() bool { return f.Proto == ProtoICMP || f.Proto == ProtoICMPv6 }

// Fragment says which part of a packet an IP header belongs to.
type Fragment uint8

// The parts.
const (
	NotFragmented Fragment = iota // the whole packet
	FirstFragment                 // the first fragment: the headers behind IP's are in it
	LaterFragment                 // another fragment: it has no ports
)

// String returns "none", "first" or "later".
func (f Fragment) String() string {
	switch f {
	case NotFragmented:
		return "none"
	case FirstFragment:
		return "first"
	}
	return "later"
}

// TCPFlags is a set of TCP flags.
type TCPFlags uint16

// The TCP flags.
const (
	FIN TCPFlags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	NS // also known as AE
)

// Has reports whether all the given flags are set.
func (f TCPFlags) Has(flags TCPFlags) bool { return f&flags == flags }
