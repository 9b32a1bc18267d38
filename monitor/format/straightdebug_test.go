// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// debugFormat is how the straightforward formatter prints a debug message.
type debugFormat struct {
	format string
	args   func(a [3]uint32) []any
}

// debugFormats are the texts of the debug messages once more, for fmt.
var debugFormats = map[uint8]debugFormat{
	monitor.DbgGeneric:       {"No message, arg1=%d (%#x) arg2=%d (%#x)", func(a [3]uint32) []any { return []any{a[0], a[0], a[1], a[1]} }},
	monitor.DbgLocalDelivery: {"Attempting local delivery for container id %d from seclabel %d", func(a [3]uint32) []any { return []any{a[0], a[1]} }},
	monitor.DbgEncap:         {"Encapsulating to node %d (%#x) from seclabel %d", func(a [3]uint32) []any { return []any{a[0], a[0], a[1]} }},
	monitor.DbgLxcFound:      {"Local container found ifindex %s seclabel %d", func(a [3]uint32) []any { return []any{ifname(a[0]), ntohs(a[1])} }},
	monitor.DbgPolicyDenied:  {"Policy evaluation would deny packet from %d to %d", func(a [3]uint32) []any { return []any{a[0], a[1]} }},
	monitor.DbgCtLookup:      {"CT lookup: sport=%d dport=%d nexthdr=%d flags=%s", func(a [3]uint32) []any { return []any{a[0] >> 16, a[0] & 0xffff, a[1] >> 8, flags(a[1] & 0xff)} }},
	monitor.DbgCtLookupRev:   {"CT reverse lookup: sport=%d dport=%d nexthdr=%d flags=%s", func(a [3]uint32) []any { return []any{a[0] >> 16, a[0] & 0xffff, a[1] >> 8, flags(a[1] & 0xff)} }},
	monitor.DbgCtMatch:       {"CT entry found lifetime=%d, revnat=%d", func(a [3]uint32) []any { return []any{a[0], ntohs(a[1])} }},
	monitor.DbgCtCreated: {"CT created 1/2: sport=%d dport=%d nexthdr=%d flags=%s revnat=%d", func(a [3]uint32) []any {
		return []any{a[0] >> 16, a[0] & 0xffff, a[1] >> 8, flags(a[1] & 0xff), ntohs(a[2])}
	}},
	monitor.DbgCtCreated2:            {"CT created 2/2: %s revnat=%d", func(a [3]uint32) []any { return []any{ip4(a[0]), ntohs(a[1])} }},
	monitor.DbgIcmp6Handle:           {"Handling ICMPv6 type=%d", func(a [3]uint32) []any { return []any{a[0]} }},
	monitor.DbgIcmp6Request:          {"ICMPv6 echo request for router offset=%d", func(a [3]uint32) []any { return []any{a[0]} }},
	monitor.DbgIcmp6Ns:               {"ICMPv6 neighbour soliciation for address %x:%x", func(a [3]uint32) []any { return []any{a[0], a[1]} }},
	monitor.DbgIcmp6TimeExceeded:     {"Sending ICMPv6 time exceeded", nil},
	monitor.DbgCtVerdict:             {"CT verdict: %s, revnat=%d", func(a [3]uint32) []any { return []any{ctstate(a[0]), ntohs(a[1])} }},
	monitor.DbgDecap:                 {"Tunnel decap: id=%d flowlabel=%x", func(a [3]uint32) []any { return []any{a[0], a[1]} }},
	monitor.DbgPortMap:               {"Mapping port from=%d to=%d", func(a [3]uint32) []any { return []any{a[0], a[1]} }},
	monitor.DbgErrorRet:              {"BPF function %d returned error %d", func(a [3]uint32) []any { return []any{a[0], a[1]} }},
	monitor.DbgToHost:                {"Going to host, policy-skip=%d", func(a [3]uint32) []any { return []any{a[0]} }},
	monitor.DbgToStack:               {"Going to the stack, policy-skip=%d", func(a [3]uint32) []any { return []any{a[0]} }},
	monitor.DbgPktHash:               {"Packet hash=%d (%#x), selected_service=%d", func(a [3]uint32) []any { return []any{a[0], a[0], a[1]} }},
	monitor.DbgLb6LookupMaster:       {"Master service lookup, addr.p4=%x key.dport=%d", func(a [3]uint32) []any { return []any{a[0], ntohs(a[1])} }},
	monitor.DbgLb6LookupMasterFail:   {"Master service lookup failed, addr.p2=%x addr.p3=%x", func(a [3]uint32) []any { return []any{a[0], a[1]} }},
	monitor.DbgLb6LookupSlave:        {"Slave service lookup: slave=%d, dport=%d", func(a [3]uint32) []any { return []any{a[0], ntohs(a[1])} }},
	monitor.DbgLb6LookupSlaveSuccess: {"Slave service lookup result: target.p4=%x port=%d", func(a [3]uint32) []any { return []any{a[0], ntohs(a[1])} }},
	monitor.DbgLb6LookupSlaveV2Fail:  {"Slave service lookup failed: slave=%d, dport=%d", func(a [3]uint32) []any { return []any{a[0], ntohs(a[1])} }},
	monitor.DbgLb6LookupBackendFail:  {"Backend service lookup failed: backend_id=%d", func(a [3]uint32) []any { return []any{a[0]} }},
	monitor.DbgLb6ReverseNatLookup:   {"Reverse NAT lookup, index=%d", func(a [3]uint32) []any { return []any{ntohs(a[0])} }},
	monitor.DbgLb6ReverseNat:         {"Performing reverse NAT, address.p4=%x port=%d", func(a [3]uint32) []any { return []any{a[0], ntohs(a[1])} }},
	monitor.DbgLb4LookupMaster:       {"Master service lookup, addr=%s key.dport=%d", func(a [3]uint32) []any { return []any{ip4(a[0]), ntohs(a[1])} }},
	monitor.DbgLb4LookupMasterFail:   {"Master service lookup failed", nil},
	monitor.DbgLb4LookupSlave:        {"Slave service lookup: slave=%d, dport=%d", func(a [3]uint32) []any { return []any{a[0], ntohs(a[1])} }},
	monitor.DbgLb4LookupSlaveSuccess: {"Slave service lookup result: target=%s port=%d", func(a [3]uint32) []any { return []any{ip4(a[0]), ntohs(a[1])} }},
	monitor.DbgLb4LookupSlaveV2Fail:  {"Slave service lookup failed: slave=%d, dport=%d", func(a [3]uint32) []any { return []any{a[0], ntohs(a[1])} }},
	monitor.DbgLb4LookupBackendFail:  {"Backend service lookup failed: backend_id=%d", func(a [3]uint32) []any { return []any{a[0]} }},
	monitor.DbgLb4ReverseNatLookup:   {"Reverse NAT lookup, index=%d", func(a [3]uint32) []any { return []any{ntohs(a[0])} }},
	monitor.DbgLb4ReverseNat:         {"Performing reverse NAT, address=%s port=%d", func(a [3]uint32) []any { return []any{ip4(a[0]), ntohs(a[1])} }},
	monitor.DbgLb4LoopbackSnat:       {"Loopback SNAT from=%s to=%s", func(a [3]uint32) []any { return []any{ip4(a[0]), ip4(a[1])} }},
	monitor.DbgLb4LoopbackSnatRev:    {"Loopback reverse SNAT from=%s to=%s", func(a [3]uint32) []any { return []any{ip4(a[0]), ip4(a[1])} }},
	monitor.DbgCtLookup4:             {"CT lookup address: %s", func(a [3]uint32) []any { return []any{ip4(a[0])} }},
	monitor.DbgRRSlaveSel:            {"RR slave selection hash=%d (%#x), selected_service=%d", func(a [3]uint32) []any { return []any{a[0], a[0], a[1]} }},
	monitor.DbgRevProxyLookup:        {"Reverse proxy lookup sport=%d dport=%d saddr=%s nexthdr=%d", func(a [3]uint32) []any { return []any{ntohs(a[0] >> 16), ntohs(a[0]), ip4(a[1]), a[2]} }},
	monitor.DbgRevProxyFound:         {"Reverse proxy entry found, orig-daddr=%s orig-dport=%d", func(a [3]uint32) []any { return []any{ip4(a[0]), a[1]} }},
	monitor.DbgRevProxyUpdate:        {"Reverse proxy updated sport=%d dport=%d saddr=%s nexthdr=%d", func(a [3]uint32) []any { return []any{ntohs(a[0] >> 16), ntohs(a[0]), ip4(a[1]), a[2]} }},
	monitor.DbgL4Policy:              {"Resolved L4 policy to: %d / %s", func(a [3]uint32) []any { return []any{ntohs(a[0]), direction(a[1])} }},
	monitor.DbgNetdevInCluster:       {"Destination is inside cluster prefix, source identity: %d", func(a [3]uint32) []any { return []any{a[0]} }},
	monitor.DbgNetdevEncap4:          {"Attempting encapsulation, lookup key: %s, identity: %d", func(a [3]uint32) []any { return []any{ip4(a[0]), a[1]} }},
	monitor.DbgCTLookup41:            {"Conntrack lookup 1/2: src=%s:%d dst=%s:%d", func(a [3]uint32) []any { return []any{ip4(a[0]), a[2] & 0xffff, ip4(a[1]), a[2] >> 16} }},
	monitor.DbgCTLookup42:            {"Conntrack lookup 2/2: nexthdr=%d flags=%d", func(a [3]uint32) []any { return []any{a[0] >> 8, a[0] & 0xff} }},
	monitor.DbgCTCreated4:            {"Conntrack create: proxy-port=%d revnat=%d src-identity=%d lb=%s", func(a [3]uint32) []any { return []any{a[0] >> 16, ntohs(a[0]), a[1], ip4(a[2])} }},
	monitor.DbgCTLookup61:            {"Conntrack lookup 1/2: src=[::%s]:%d dst=[::%s]:%d", func(a [3]uint32) []any { return []any{ip6w(a[0]), a[2] & 0xffff, ip6w(a[1]), a[2] >> 16} }},
	monitor.DbgCTLookup62:            {"Conntrack lookup 2/2: nexthdr=%d flags=%d", func(a [3]uint32) []any { return []any{a[0] >> 8, a[0] & 0xff} }},
	monitor.DbgCTCreated6:            {"Conntrack create: proxy-port=%d revnat=%d src-identity=%d", func(a [3]uint32) []any { return []any{a[0] >> 16, ntohs(a[0]), a[1]} }},
	monitor.DbgSkipProxy:             {"Skipping proxy, tc_index is set=%x", func(a [3]uint32) []any { return []any{a[0]} }},
	monitor.DbgL4Create:              {"Matched L4 policy; creating conntrack src=%d dst=%d dport=%d proto=%d", func(a [3]uint32) []any { return []any{a[0], a[1], ntohs(a[2] >> 16), a[2] & 0xff} }},
	monitor.DbgIPIDMapFailed4:        {"Failed to map daddr=%s to identity", func(a [3]uint32) []any { return []any{ip4(a[0])} }},
	monitor.DbgIPIDMapFailed6:        {"Failed to map daddr.p4=[::%s] to identity", func(a [3]uint32) []any { return []any{ip6w(a[0])} }},
	monitor.DbgIPIDMapSucceed4:       {"Successfully mapped daddr=%s to identity=%d", func(a [3]uint32) []any { return []any{ip4(a[0]), a[1]} }},
	monitor.DbgIPIDMapSucceed6:       {"Successfully mapped daddr.p4=[::%s] to identity=%d", func(a [3]uint32) []any { return []any{ip6w(a[0]), a[1]} }},
	monitor.DbgLbStaleCT:             {"Stale CT entry found stale_ct.rev_nat_id=%d, svc.rev_nat_id=%d", func(a [3]uint32) []any { return []any{a[1], a[0]} }},
}

// straightDebug returns what a debug message says.
func straightDebug(n *monitor.DebugMsg) string {
	f, ok := debugFormats[n.SubType]
	switch {
	case !ok && monitor.DbgCode(n.SubType).String() != fmt.Sprint(n.SubType):
		return own(n.AppendJSON(nil, monitor.Options{Host: recorded})).Message // newer than this table
	case !ok:
		return fmt.Sprintf("Unknown message type=%d arg1=%d arg2=%d", n.SubType, n.Arg1, n.Arg2)
	case f.args == nil:
		return f.format
	}
	return fmt.Sprintf(f.format, f.args([3]uint32{n.Arg1, n.Arg2, n.Arg3})...)
}

// own returns the texts of a message as it prints them itself.
func own(object []byte) (m struct{ Message, Prefix string }) {
	if err := json.Unmarshal(object, &m); err != nil {
		panic(err)
	}
	return m
}

// Arguments as a little-endian host sends them.

func ntohs(v uint32) uint16 { return uint16(v)<<8 | uint16(v)>>8 }

func ip4(v uint32) string { return net.IP(binary.LittleEndian.AppendUint32(nil, v)).String() }

func ip6w(v uint32) string {
	b := binary.LittleEndian.AppendUint32(nil, v)
	return fmt.Sprintf("%x:%x", binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]))
}

func ifname(v uint32) string { return fmt.Sprint(v) }

func direction(v uint32) string { return map[uint32]string{0: "egress", 1: "ingress"}[v] }

func ctstate(v uint32) string {
	if s, ok := map[uint32]string{0: "New", 1: "Established", 2: "Reply", 3: "Related"}[v]; ok {
		return s
	}
	return api.DropReason(uint8(v))
}

func flags(v uint32) string {
	var names []string
	for bit, name := range []string{"IN", "RELATED", "SERVICE"} {
		if v&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
