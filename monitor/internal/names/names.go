// SPDX-License-Identifier: Apache-2.0

// Package names has the names of Ethernet types, IP protocols, TCP and UDP ports, and DNS types: those that google/gopacket
// and miekg/dns print. The tables are static data: they take no time at the start of a program, and only the memory that
// is looked at. Tests compare them with those of the two modules.
package names

import (
	"math/bits"
	"sort"
)

// EtherType returns the name of an Ethernet type: "UnknownEthernetType" if it has none.
func EtherType(t uint16) string {
	switch t {
	case 0x0000:
		return "LLC"
	case 0x01a2:
		return "NortelDiscovery"
	case 0x0800:
		return "IPv4"
	case 0x0806:
		return "ARP"
	case 0x2000:
		return "CiscoDiscovery"
	case 0x6558:
		return "TransparentEthernetBridging"
	case 0x8100, 0x88a8:
		return "Dot1Q"
	case 0x86dd:
		return "IPv6"
	case 0x880b:
		return "PPP"
	case 0x8847:
		return "MPLSUnicast"
	case 0x8848:
		return "MPLSMulticast"
	case 0x8863:
		return "PPPoEDiscovery"
	case 0x8864:
		return "PPPoESession"
	case 0x888e:
		return "EAPOL"
	case 0x88be:
		return "ERSPAN Type II"
	case 0x88cc:
		return "LinkLayerDiscovery"
	case 0x9000:
		return "EthernetCTP"
	}
	return "UnknownEthernetType"
}

// IPProtocol returns the name of an IP protocol: "UnknownIPProtocol" if it has none.
func IPProtocol(p uint8) string {
	if int(p) < len(ipProtocols) && ipProtocols[p] != "" {
		return ipProtocols[p]
	}
	return "UnknownIPProtocol"
}

var ipProtocols = [...]string{
	0: "IPv6HopByHop", 1: "ICMPv4", 2: "IGMP", 4: "IPv4", 6: "TCP", 17: "UDP", 27: "RUDP", 41: "IPv6", 43: "IPv6Routing",
	44: "IPv6Fragment", 47: "GRE", 50: "IPSecESP", 51: "IPSecAH", 58: "ICMPv6", 59: "NoNextHeader",
	60: "IPv6Destination", 89: "OSPF", 94: "IPv4", 97: "EtherIP", 112: "VRRP", 132: "SCTP", 136: "UDPLite", 137: "MPLS",
}

// TCPPort returns the name of a TCP port, or "".
func TCPPort(port uint16) string { return portName(port, tcpOnly) }

// UDPPort returns the name of a UDP port, or "".
func UDPPort(port uint16) string { return portName(port, udpOnly) }

// A port's names in portNames: the length in the lower six bits of a byte, then the name. The upper bits say that the
// name is that for one of the protocols only; if they are both set, a second name follows, which is that for UDP.
const (
	tcpOnly  = 0x80
	udpOnly  = 0x40
	twoNames = tcpOnly | udpOnly
)

// portName returns the name of a port for one protocol.
func portName(port uint16, protocol byte) string {
	word, bit := portBits[port>>6], uint64(1)<<(port&63)
	if word&bit == 0 {
		return ""
	}
	at := int(portOffsets[int(portRanks[port>>6])+bits.OnesCount64(word&(bit-1))])
	head := portNames[at]
	switch {
	case head&twoNames == 0 || head&twoNames == protocol:
	case head&twoNames != twoNames:
		return ""
	case protocol == udpOnly:
		at += 1 + int(head&63)
		head = portNames[at]
	}
	return portNames[at+1 : at+1+int(head&63)]
}

// PortNumber returns the lowest port that has a name, for TCP or else for UDP, and whether there is one. It looks through
// the whole table.
func PortNumber(name string) (port uint16, ok bool) {
	if name == "" {
		return 0, false
	}
	for w, word := range portBits {
		for ; word != 0; word &= word - 1 {
			port = uint16(w<<6 | bits.TrailingZeros64(word))
			if TCPPort(port) == name || UDPPort(port) == name {
				return port, true
			}
		}
	}
	return 0, false
}

// DNSType returns the name of a DNS type, or "".
func DNSType(t uint16) string {
	i := sort.Search(len(dnsTypes), func(i int) bool { return dnsTypes[i].number >= t })
	if i < len(dnsTypes) && dnsTypes[i].number == t {
		return dnsTypes[i].name
	}
	return ""
}

// dnsTypes are the DNS types with a name, in the order of their numbers.
var dnsTypes = [...]struct {
	number uint16
	name   string
}{
	{0, "None"}, {1, "A"}, {2, "NS"}, {3, "MD"}, {4, "MF"}, {5, "CNAME"}, {6, "SOA"}, {7, "MB"}, {8, "MG"},
	{9, "MR"}, {10, "NULL"}, {12, "PTR"}, {13, "HINFO"}, {14, "MINFO"}, {15, "MX"}, {16, "TXT"}, {17, "RP"},
	{18, "AFSDB"}, {19, "X25"}, {20, "ISDN"}, {21, "RT"}, {23, "NSAP-PTR"}, {24, "SIG"}, {25, "KEY"}, {26, "PX"},
	{27, "GPOS"}, {28, "AAAA"}, {29, "LOC"}, {30, "NXT"}, {31, "EID"}, {32, "NIMLOC"}, {33, "SRV"}, {34, "ATMA"},
	{35, "NAPTR"}, {36, "KX"}, {37, "CERT"}, {39, "DNAME"}, {41, "OPT"}, {42, "APL"}, {43, "DS"}, {44, "SSHFP"},
	{45, "IPSECKEY"}, {46, "RRSIG"}, {47, "NSEC"}, {48, "DNSKEY"}, {49, "DHCID"}, {50, "NSEC3"},
	{51, "NSEC3PARAM"}, {52, "TLSA"}, {53, "SMIMEA"}, {55, "HIP"}, {56, "NINFO"}, {57, "RKEY"}, {58, "TALINK"},
	{59, "CDS"}, {60, "CDNSKEY"}, {61, "OPENPGPKEY"}, {62, "CSYNC"}, {63, "ZONEMD"}, {64, "SVCB"}, {65, "HTTPS"},
	{99, "SPF"}, {100, "UINFO"}, {101, "UID"}, {102, "GID"}, {103, "UNSPEC"}, {104, "NID"}, {105, "L32"},
	{106, "L64"}, {107, "LP"}, {108, "EUI48"}, {109, "EUI64"}, {128, "NXNAME"}, {249, "TKEY"}, {250, "TSIG"},
	{251, "IXFR"}, {252, "AXFR"}, {253, "MAILB"}, {254, "MAILA"}, {255, "ANY"}, {256, "URI"}, {257, "CAA"},
	{258, "AVC"}, {260, "AMTRELAY"}, {261, "RESINFO"}, {32768, "TA"}, {32769, "DLV"}, {65535, "Reserved"},
}
