// SPDX-License-Identifier: Apache-2.0

package names

import "github.com/lockstep-bpf/lockstep/monitor/internal/text"

// icmpType is how an ICMP type prints.
type icmpType struct {
	name  string
	codes []string // names of its codes from 0; nil if the type gives the code no meaning
}

// icmp4Types are the ICMPv4 types that have names, by number.
var icmp4Types = [...]icmpType{
	0: {"EchoReply", nil},
	3: {"DestinationUnreachable", []string{
		"Net", "Host", "Protocol", "Port", "FragmentationNeeded", "SourceRoutingFailed", "NetUnknown",
		"HostUnknown", "SourceIsolated", "NetAdminProhibited", "HostAdminProhibited", "NetTOS", "HostTOS",
		"CommAdminProhibited", "HostPrecedence", "PrecedenceCutoff",
	}},
	4:  {"SourceQuench", nil},
	5:  {"Redirect", []string{"Net", "Host", "TOS+Net", "TOS+Host"}},
	8:  {"EchoRequest", nil},
	9:  {"RouterAdvertisement", nil},
	10: {"RouterSolicitation", nil},
	11: {"TimeExceeded", []string{"TTLExceeded", "FragmentReassemblyTimeExceeded"}},
	12: {"ParameterProblem", []string{"PointerIndicatesError", "MissingOption", "BadLength"}},
	13: {"TimestampRequest", nil},
	14: {"TimestampReply", nil},
	15: {"InfoRequest", nil},
	16: {"InfoReply", nil},
	17: {"AddressMaskRequest", nil},
	18: {"AddressMaskReply", nil},
}

// icmp6Types are the ICMPv6 types that have names, by number.
var icmp6Types = [...]icmpType{
	1: {"DestinationUnreachable", []string{
		"NoRouteToDst", "AdminProhibited", "BeyondScopeOfSrc", "AddressUnreachable", "PortUnreachable",
		"SrcAddressFailedPolicy", "RejectRouteToDst",
	}},
	2: {"PacketTooBig", nil},
	3: {"TimeExceeded", []string{"HopLimitExceeded", "FragmentReassemblyTimeExceeded"}},
	4: {"ParameterProblem", []string{
		"ErroneousHeaderField", "UnrecognizedNextHeader", "UnrecognizedIPv6Option",
	}},
	128: {"EchoRequest", nil},
	129: {"EchoReply", nil},
	133: {"RouterSolicitation", nil},
	134: {"RouterAdvertisement", nil},
	135: {"NeighborSolicitation", nil},
	136: {"NeighborAdvertisement", nil},
	137: {"Redirect", nil},
}

// AppendICMP appends type and code of an ICMP header, or of an ICMPv6 header: names where there are any.
func AppendICMP(dst []byte, v6 bool, typ, code byte) []byte {
	types := icmp4Types[:]
	if v6 {
		types = icmp6Types[:]
	}
	if int(typ) >= len(types) || types[typ].name == "" {
		dst = text.AppendUint(dst, uint64(typ))
		return append(text.AppendUint(append(dst, '('), uint64(code)), ')')
	}
	t := &types[typ]
	dst = append(dst, t.name...)
	switch {
	case int(code) < len(t.codes):
		return append(append(append(dst, '('), t.codes[code]...), ')')
	case t.codes == nil && code == 0:
		return dst
	}
	return append(text.AppendUint(append(dst, "(Code: "...), uint64(code)), ')')
}
