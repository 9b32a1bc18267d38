// SPDX-License-Identifier: Apache-2.0

package packet

// Part is a part of a packet.
type Part uint8

// The parts.
const (
	NoPart        Part = iota
	PartEthernet       // an Ethernet header or a VLAN tag
	PartIP             // an IP header
	PartExtension      // an extension header of IPv6, or AH
	PartTransport      // the header behind IP
	PartTunnel         // the header of a tunnel
	PartPayload        // what follows the headers
)

var partNames = [...]string{"none", "ethernet", "ip", "extension", "transport", "tunnel", "payload"}

// String returns the name of the part in lower case, and "none" for NoPart.
func (p Part) String() string {
	if int(p) < len(partNames) {
		return partNames[p]
	}
	return "unknown"
}

// Fault is an error in the headers of a packet.
type Fault uint8

// The errors that are found.
const (
	NoFault          Fault = iota
	IPVersion              // the version in an IP header is not the one that was announced
	IPHeaderLength         // an IPv4 header length is below 20 bytes, or greater than the packet's
	IPLength               // an IPv4 total length is smaller than the header, or the packet does not fit in what carries it
	IPOptions              // an IPv4 option does not fit in the header
	ExtensionLength        // an extension header does not fit in the packet
	ExtensionOptions       // an option does not fit in a hop-by-hop or destination options header
	ExtensionCount         // there are more than 16 extension headers
	JumboLength            // a jumbo length is below 65536 or above 2 GiB, or the header states another
	FragmentLength         // a fragment ends behind 65535 bytes, or one that is not the last has no multiple of 8 bytes
	TransportShort         // the packet ends in the header behind IP
	TCPHeaderLength        // a TCP header length is below 20 bytes, or greater than the packet's
	TCPOptions             // a TCP option does not fit in the header
	UDPLength              // a UDP length is below 8 bytes, or greater than the packet's
	TunnelShort            // the packet ends in the header of a tunnel
	TunnelOptions          // a Geneve option does not fit in the header
)

var faultTexts = [...]string{
	"", "wrong IP version", "wrong IP header length", "wrong IP length", "broken IP option",
	"wrong extension header length", "broken extension header option", "too many extension headers",
	"wrong jumbo length", "wrong fragment length", "packet ends in transport header", "wrong TCP header length",
	"broken TCP option", "wrong UDP length", "packet ends in tunnel header", "broken tunnel option",
}

// String returns what is wrong, as "wrong TCP header length". It returns "" for NoFault.
func (f Fault) String() string {
	if int(f) < len(faultTexts) {
		return faultTexts[f]
	}
	return "unknown error"
}
