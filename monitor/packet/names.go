// SPDX-License-Identifier: Apache-2.0

package packet

import "github.com/lockstep-bpf/lockstep/monitor/internal/names"

// IP protocol numbers.
const (
	ProtoHopByHop           = 0
	ProtoICMP               = 1
	ProtoIGMP               = 2
	ProtoIPv4               = 4
	ProtoTCP                = 6
	ProtoUDP                = 17
	ProtoDCCP               = 33
	ProtoIPv6               = 41
	ProtoRouting            = 43
	ProtoFragment           = 44
	ProtoGRE                = 47
	ProtoESP                = 50
	ProtoAH                 = 51
	ProtoICMPv6             = 58
	ProtoNoNext             = 59
	ProtoDestinationOptions = 60
	ProtoOSPF               = 89
	ProtoIPIPOld            = 94
	ProtoEtherIP            = 97
	ProtoPIM                = 103
	ProtoVRRP               = 112
	ProtoSCTP               = 132
	ProtoMobility           = 135
	ProtoUDPLite            = 136
	ProtoMPLS               = 137
)

// protocolNames are the names of IP protocols, as they are common on command lines and in /etc/protocols.
var protocolNames = [...]string{
	ProtoHopByHop: "hopopt", ProtoICMP: "icmp", ProtoIGMP: "igmp", 3: "ggp", ProtoIPv4: "ipip", 5: "st", ProtoTCP: "tcp",
	8: "egp", 9: "igp", 12: "pup", ProtoUDP: "udp", 20: "hmp", 22: "xns-idp", 27: "rdp", 29: "iso-tp4", ProtoDCCP: "dccp",
	36: "xtp", 37: "ddp", 38: "idpr-cmtp", ProtoIPv6: "ipv6", ProtoRouting: "ipv6-route", ProtoFragment: "ipv6-frag",
	45: "idrp", 46: "rsvp", ProtoGRE: "gre", ProtoESP: "esp", ProtoAH: "ah", 57: "skip", ProtoICMPv6: "icmp6",
	ProtoNoNext: "ipv6-nonxt", ProtoDestinationOptions: "ipv6-opts", 73: "rspf", 81: "vmtp", 88: "eigrp", ProtoOSPF: "ospf",
	93: "ax.25", ProtoIPIPOld: "ipencap", ProtoEtherIP: "etherip", 98: "encap", ProtoPIM: "pim", 108: "ipcomp", ProtoVRRP: "vrrp",
	115: "l2tp", 124: "isis", ProtoSCTP: "sctp", 133: "fc", ProtoMobility: "mobility-header", ProtoUDPLite: "udplite",
	ProtoMPLS: "mpls-in-ip", 138: "manet", 139: "hip", 140: "shim6", 141: "wesp", 142: "rohc", 143: "ethernet",
}

// ProtocolName returns the name of an IP protocol in lower case, as "tcp" and "icmp6", or "" if it has none.
func ProtocolName(number uint8) string {
	if int(number) < len(protocolNames) {
		return protocolNames[number]
	}
	return ""
}

// ProtocolNumber returns the number of the IP protocol with a name, and whether there is one. It knows "ipv6-icmp" and
// "icmpv6" for "icmp6".
func ProtocolNumber(name string) (number uint8, ok bool) {
	if name == "icmpv6" || name == "ipv6-icmp" {
		return ProtoICMPv6, true
	}
	for n, s := range protocolNames {
		if s == name && name != "" {
			return uint8(n), true
		}
	}
	return 0, false
}

// HasPorts reports whether an IP protocol has ports.
func HasPorts(proto uint8) bool {
	switch proto {
	case ProtoTCP, ProtoUDP, ProtoDCCP, ProtoSCTP, ProtoUDPLite:
		return true
	}
	return false
}

// EtherTypeName returns the name of an Ethernet type, as "ARP", or "" if it has none.
func EtherTypeName(etherType uint16) string {
	if name := names.EtherType(etherType); etherType >= firstEtherType && name != "UnknownEthernetType" {
		return name
	}
	return ""
}

// PortName returns the name that a TCP or UDP port is registered under, or "".
func PortName(proto uint8, port uint16) string {
	switch proto {
	case ProtoTCP:
		return names.TCPPort(port)
	case ProtoUDP:
		return names.UDPPort(port)
	}
	return ""
}

// PortNumber returns the TCP or UDP port that is registered under a name, the lowest if there are several, and whether
// there is one.
func PortNumber(name string) (port uint16, ok bool) { return names.PortNumber(name) }

// AppendICMPType appends the name of the type of an ICMP or ICMPv6 message, with its code where that has a meaning, or
// numbers.
func AppendICMPType(dst []byte, proto, icmpType, icmpCode uint8) []byte {
	return names.AppendICMP(dst, proto == ProtoICMPv6, icmpType, icmpCode)
}
