// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/monitor/internal/role"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// subject is what a term asks about.
type subject uint8

const (
	subjectHost subject = iota
	subjectNet
	subjectPort
	subjectProtocol // number of the protocol behind IP
	subjectVersion  // 4 or 6
	subjectARP
	subjectVLAN
	subjectEther
	subjectFlag
	subjectFragment
	subjectTunnel
	subjectVNI
	subjectICMPType
	subjectICMPCode
	subjectTTL
	subjectByte      // a comparison in tcpdump's notation
	subjectLength    // of the packet on the wire
	subjectCast      // broadcast and multicast: number is 1 for broadcast alone
	subjectEtherType // the type in the Ethernet header, or that of a VLAN tag
	subjectTruncated
	subjectMalformed
	subjectPacket
	subjectType
	subjectEndpoint
	subjectField // fields of the message
	subjectCPU
	subjectTime
	subjectNode
	subjectLost
	subjectError
	subjectPeer // where the interface leads
	subjectRule // the number or the text of the rule that denied the packet
	subjectVerdict
)

// values says what kind of values a word takes.
type values uint8

const (
	takesNothing values = iota
	takesMaybe          // numbers, or none for "any"
	takesAddress
	takesMAC
	takesPort
	takesProtocol
	takesEtherType
	takesNumber
	takesType
	takesField // what the field's table says
	takesInterface
	takesPeer
	takesRule
	takesText
	takesTime
	takesVerdict
)

// section is a part of the description of the language.
type section uint8

const (
	sectionPacket section = iota
	sectionFlags
	sectionEvent
)

// word is a word of the language that begins a term.
type word struct {
	name    string
	args    string // what follows it, for the description
	help    string
	section section
	subject subject
	takes   values
	sides   bool        // src and dst may stand before it
	roles   []role.Role // of subjectField: the sender's first
	number  uint8       // of a protocol, a version, or the bit of a flag
}

// words is the vocabulary, in the order of the description. The parser and the description read it.
var words = slices.Concat(packetWords, protocolWords(), flagWords, eventWords)

var packetWords = []word{
	{name: "host", args: "ADDRESS", help: "the address of either end; a prefix too", subject: subjectHost, takes: takesAddress, sides: true},
	{name: "net", args: "PREFIX", help: "an address within a prefix: 10.0.0.0/8, 10.1, fd00::/8", subject: subjectNet, takes: takesAddress, sides: true},
	{name: "port", args: "PORT", help: "the TCP, UDP or SCTP port of either end: a number, a range 80-90, or a name", subject: subjectPort, takes: takesPort, sides: true},
	{name: "portrange", args: "PORT-PORT", help: "a port within a range", subject: subjectPort, takes: takesPort, sides: true},
	{name: "proto", args: "PROTOCOL", help: "the protocol carried by IP: a number, or a name", subject: subjectProtocol, takes: takesProtocol},
	{name: "ip", help: "IPv4", subject: subjectVersion, number: 4},
	{name: "ip4", help: "IPv4", subject: subjectVersion, number: 4},
	{name: "ip6", help: "IPv6", subject: subjectVersion, number: 6},
	{name: "arp", help: "ARP", subject: subjectARP},
	{name: "ether", args: "host MAC", help: "the Ethernet address of either end; ether src MAC, ether dst MAC", subject: subjectEther, takes: takesMAC, sides: true},
	{name: "ether proto", args: "TYPE", help: "the type in the Ethernet header, or of a VLAN tag: a number, or " + orList(etherTypeNames()),
		subject: subjectEtherType, takes: takesEtherType},
	{name: "broadcast", help: "sent to the Ethernet broadcast address; ether broadcast too", subject: subjectCast, number: 1},
	{name: "multicast", help: "sent to an Ethernet group address, broadcast included; ip multicast and ip6 multicast: to such an IP address",
		subject: subjectCast},
	{name: "vlan", args: "[ID]", help: "a VLAN tag, or one with this id", subject: subjectVLAN, takes: takesMaybe},
	{name: "fragment", help: "a fragment of an IP packet", subject: subjectFragment},
	{name: "ttl", args: "NUMBER", help: "the time to live, or the hop limit", subject: subjectTTL, takes: takesNumber},
	{name: "len", args: "NUMBER", help: "the length of the packet on the wire in bytes, as the message says it", subject: subjectLength, takes: takesNumber},
	{name: "less", args: "NUMBER", help: "len <= NUMBER", subject: subjectLength, takes: takesNumber},
	{name: "greater", args: "NUMBER", help: "len >= NUMBER", subject: subjectLength, takes: takesNumber},
	{name: "icmptype", args: "NUMBER", help: "the type of ICMP or ICMPv6", subject: subjectICMPType, takes: takesNumber},
	{name: "icmpcode", args: "NUMBER", help: "the code of ICMP or ICMPv6", subject: subjectICMPCode, takes: takesNumber},
	{name: "tunnel", help: "a packet in a packet", subject: subjectTunnel},
	{name: "vxlan", args: "[ID]", help: "a packet in VXLAN, or in that with this VNI", subject: subjectTunnel, takes: takesMaybe, number: uint8(packet.TunnelVXLAN)},
	{name: "geneve", args: "[ID]", help: "a packet in Geneve, or in that with this VNI", subject: subjectTunnel, takes: takesMaybe, number: uint8(packet.TunnelGeneve)},
	{name: "mpls", args: "[LABEL]", help: "a packet with MPLS labels, or with this label at the bottom", subject: subjectTunnel, takes: takesMaybe, number: uint8(packet.TunnelMPLS)},
	{name: "vni", args: "ID", help: "the id of a tunnel: VXLAN's and Geneve's VNI, the key of GRE, an MPLS label",
		subject: subjectVNI, takes: takesNumber},
	{name: "truncated", help: "a packet with truncated headers", subject: subjectTruncated},
	{name: "malformed", help: "a packet with a header that is wrong", subject: subjectMalformed},
	{name: "packet", help: "an event that has packet bytes", subject: subjectPacket},
}

// protocolWords returns a word for each protocol that has a name.
func protocolWords() []word {
	all := make([]word, len(protocols))
	for i, p := range protocols {
		all[i] = word{name: p.name, help: "protocol " + p.help(), subject: subjectProtocol, number: p.number}
	}
	return all
}

var flagWords = []word{
	{name: "fin", help: "TCP with the flag FIN", section: sectionFlags, subject: subjectFlag, number: uint8(packet.FIN)},
	{name: "syn", help: "TCP with the flag SYN", section: sectionFlags, subject: subjectFlag, number: uint8(packet.SYN)},
	{name: "rst", help: "TCP with the flag RST", section: sectionFlags, subject: subjectFlag, number: uint8(packet.RST)},
	{name: "psh", help: "TCP with the flag PSH", section: sectionFlags, subject: subjectFlag, number: uint8(packet.PSH)},
	{name: "ack", help: "TCP with the flag ACK", section: sectionFlags, subject: subjectFlag, number: uint8(packet.ACK)},
	{name: "urg", help: "TCP with the flag URG", section: sectionFlags, subject: subjectFlag, number: uint8(packet.URG)},
	{name: "ece", help: "TCP with the flag ECE", section: sectionFlags, subject: subjectFlag, number: uint8(packet.ECE)},
	{name: "cwr", help: "TCP with the flag CWR", section: sectionFlags, subject: subjectFlag, number: uint8(packet.CWR)},
}

var eventWords = []word{
	{name: "type", args: "TYPE", help: "the message type: a name, or a number", section: sectionEvent, subject: subjectType, takes: takesType},
	{name: "reason", args: "REASON", help: "why a packet was dropped: a text, with * and ?, or a number. A name that is unknown is refused if it is like a known one; " +
		"others may be those of other kernels",

		section: sectionEvent, subject: subjectField, takes: takesField, roles: []role.Role{role.Reason}},
	{name: "verdict", args: "VERDICT", help: "what became of the packet or the request, by Hubble's names: forwarded, dropped, ...; see Verdicts below",
		section: sectionEvent, subject: subjectVerdict, takes: takesVerdict},
	{name: "state", args: "STATE", help: "what the connection table knows of a packet: new, established, ...",
		section: sectionEvent, subject: subjectField, takes: takesField, roles: []role.Role{role.State}},
	{name: "point", args: "POINT", help: "where a packet was seen: to-endpoint, from-network, ...",
		section: sectionEvent, subject: subjectField, takes: takesField, roles: []role.Role{role.Point}},
	{name: "iface", args: "NAME", help: "the network interface: a name, with * and ?, or an index; for drops of the kernel also NAME@NAMESPACE",
		section: sectionEvent, subject: subjectField, takes: takesInterface, roles: []role.Role{role.Interface}},
	{name: "peer", args: "NAME", help: "the container, network namespace or process that the interface leads to, with * and ?",
		section: sectionEvent, subject: subjectPeer, takes: takesPeer},
	{name: "rule", args: "RULE", help: "the rule that denied the packet: its number, or its text, with * and ?",
		section: sectionEvent, subject: subjectRule, takes: takesRule},
	{name: "endpoint", args: "ID", help: "the id of the endpoint that a message comes from or goes to",
		section: sectionEvent, subject: subjectEndpoint, takes: takesNumber, sides: true},
	{name: "identity", args: "ID", help: "the security identity of either end",
		section: sectionEvent, subject: subjectField, takes: takesField, sides: true, roles: []role.Role{role.SrcIdentity, role.DstIdentity}},
	{name: "cpu", args: "NUMBER", help: "the CPU that sent the event", section: sectionEvent, subject: subjectCPU, takes: takesNumber},
	{name: "node", args: "NAME", help: "the name of the host that sent the event, with * and ?",
		section: sectionEvent, subject: subjectNode, takes: takesText},
	{name: "time", args: "TIME", help: "when the event happened: a time of day 12:05, a range 12:00-12:30, a date, or a date and time " +
		"2026-11-27T12:05; local time, unless Z or an offset such as +01:00 follows. An unknown time never matches", section: sectionEvent, subject: subjectTime, takes: takesTime},
	{name: "lost", help: "events that were lost; they pass every filter", section: sectionEvent, subject: subjectLost},
	{name: "undecodable", help: "messages that cannot be decoded", section: sectionEvent, subject: subjectError},
}

// byteWord is the word of comparisons in tcpdump's notation.
var byteWord = &word{name: "tcp[tcpflags]", subject: subjectByte}

// yields reports whether a field of the word's name stands before the word.
func (w *word) yields(v *vocabulary) bool {
	switch w.subject {
	case subjectPeer, subjectRule:
		return v.hasField(w.name)
	case subjectTime: // the member "time" of the kernel's drops is the monotonic clock's, and has another name
		return v.hasFieldNamed(w.name)
	}
	return false
}

// findWord returns the word of a name.
func findWord(name string) *word {
	for i := range words {
		if words[i].name == name {
			return &words[i]
		}
	}
	return nil
}

// qualifier is a word that stands before another.
type qualifier struct{ name, help string }

var qualifiers = []qualifier{
	{"src", "only the source; from means the same"},
	{"dst", "only the destination; to means the same"},
	{"inner", "only the packet inside of a tunnel, before a word or parentheses"},
	{"outer", "only the outermost packet, before a word or parentheses"},
}

// isQualifier reports whether a name is that of a qualifier.
func isQualifier(name string) bool {
	return name == "from" || name == "to" || slices.ContainsFunc(qualifiers, func(q qualifier) bool { return q.name == name })
}
