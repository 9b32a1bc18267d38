// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// debugTexts are what debug messages say, by code: see template for the parts in braces. A code that the headers name
// must have a row here; a test sees to that.
var debugTexts = [...]template{
	DbgGeneric:               "No message, arg1={a1} ({a1:0x}) arg2={a2} ({a2:0x})",
	DbgLocalDelivery:         "Attempting local delivery for container id {a1} from seclabel {a2}",
	DbgEncap:                 "Encapsulating to node {a1} ({a1:0x}) from seclabel {a2}",
	DbgLxcFound:              "Local container found ifindex {a1:interface} seclabel {a2:net}",
	DbgPolicyDenied:          "Policy evaluation would deny packet from {a1} to {a2}",
	DbgCtLookup:              "CT lookup: " + tupleText,
	DbgCtLookupRev:           "CT reverse lookup: " + tupleText,
	DbgCtMatch:               "CT entry found lifetime={a1}, revnat={a2:net}",
	DbgCtCreated:             "CT created 1/2: " + tupleText + " revnat={a3:net}",
	DbgCtCreated2:            "CT created 2/2: {a1:ip4} revnat={a2:net}",
	DbgIcmp6Handle:           "Handling ICMPv6 type={a1}",
	DbgIcmp6Request:          "ICMPv6 echo request for router offset={a1}",
	DbgIcmp6Ns:               "ICMPv6 neighbour soliciation for address {a1:x}:{a2:x}",
	DbgIcmp6TimeExceeded:     "Sending ICMPv6 time exceeded",
	DbgCtVerdict:             "CT verdict: {a1:state}, revnat={a2:net}",
	DbgDecap:                 "Tunnel decap: id={a1} flowlabel={a2:x}",
	DbgPortMap:               "Mapping port from={a1} to={a2}",
	DbgErrorRet:              "BPF function {a1} returned error {a2}",
	DbgToHost:                "Going to host, policy-skip={a1}",
	DbgToStack:               "Going to the stack, policy-skip={a1}",
	DbgPktHash:               "Packet hash={a1} ({a1:0x}), selected_service={a2}",
	DbgLb6LookupMaster:       "Master service lookup, addr.p4={a1:x} key.dport={a2:net}",
	DbgLb6LookupMasterFail:   "Master service lookup failed, addr.p2={a1:x} addr.p3={a2:x}",
	DbgLb6LookupSlave:        "Slave service lookup: slave={a1}, dport={a2:net}",
	DbgLb6LookupSlaveSuccess: "Slave service lookup result: target.p4={a1:x} port={a2:net}",
	DbgLb6LookupSlaveV2Fail:  "Slave service lookup failed: slave={a1}, dport={a2:net}",
	DbgLb6LookupBackendFail:  "Backend service lookup failed: backend_id={a1}",
	DbgLb6ReverseNatLookup:   "Reverse NAT lookup, index={a1:net}",
	DbgLb6ReverseNat:         "Performing reverse NAT, address.p4={a1:x} port={a2:net}",
	DbgLb4LookupMaster:       "Master service lookup, addr={a1:ip4} key.dport={a2:net}",
	DbgLb4LookupMasterFail:   "Master service lookup failed",
	DbgLb4LookupSlave:        "Slave service lookup: slave={a1}, dport={a2:net}",
	DbgLb4LookupSlaveSuccess: "Slave service lookup result: target={a1:ip4} port={a2:net}",
	DbgLb4LookupSlaveV2Fail:  "Slave service lookup failed: slave={a1}, dport={a2:net}",
	DbgLb4LookupBackendFail:  "Backend service lookup failed: backend_id={a1}",
	DbgLb4ReverseNatLookup:   "Reverse NAT lookup, index={a1:net}",
	DbgLb4ReverseNat:         "Performing reverse NAT, address={a1:ip4} port={a2:net}",
	DbgLb4LoopbackSnat:       "Loopback SNAT from={a1:ip4} to={a2:ip4}",
	DbgLb4LoopbackSnatRev:    "Loopback reverse SNAT from={a1:ip4} to={a2:ip4}",
	DbgCtLookup4:             "CT lookup address: {a1:ip4}",
	DbgRRSlaveSel:            "RR slave selection hash={a1} ({a1:0x}), selected_service={a2}",
	DbgRevProxyLookup:        "Reverse proxy lookup " + proxyText + " nexthdr={a3}",
	DbgRevProxyFound:         "Reverse proxy entry found, orig-daddr={a1:ip4} orig-dport={a2}",
	DbgRevProxyUpdate:        "Reverse proxy updated " + proxyText + " nexthdr={a3}",
	DbgL4Policy:              "Resolved L4 policy to: {a1:net} / {a2:direction}",
	DbgNetdevInCluster:       "Destination is inside cluster prefix, source identity: {a1}",
	DbgNetdevEncap4:          "Attempting encapsulation, lookup key: {a1:ip4}, identity: {a2}",
	DbgCTLookup41:            "Conntrack lookup 1/2: src={a1:ip4}:{a3:low16} dst={a2:ip4}:{a3:high16}",
	DbgCTLookup42:            "Conntrack lookup 2/2: " + headerFlagsText,
	DbgCTCreated4:            "Conntrack create: " + createText + " lb={a3:ip4}",
	DbgCTLookup61:            "Conntrack lookup 1/2: src=[::{a1:ip6}]:{a3:low16} dst=[::{a2:ip6}]:{a3:high16}",
	DbgCTLookup62:            "Conntrack lookup 2/2: " + headerFlagsText,
	DbgCTCreated6:            "Conntrack create: " + createText,
	DbgSkipProxy:             "Skipping proxy, tc_index is set={a1:x}",
	DbgL4Create:              "Matched L4 policy; creating conntrack src={a1} dst={a2} dport={a3:nethigh16} proto={a3:low8}",
	DbgIPIDMapFailed4:        "Failed to map daddr={a1:ip4} to identity",
	DbgIPIDMapFailed6:        "Failed to map daddr.p4=[::{a1:ip6}] to identity",
	DbgIPIDMapSucceed4:       "Successfully mapped daddr={a1:ip4} to identity={a2}",
	DbgIPIDMapSucceed6:       "Successfully mapped daddr.p4=[::{a1:ip6}] to identity={a2}",
	DbgLbStaleCT:             "Stale CT entry found stale_ct.rev_nat_id={a2}, svc.rev_nat_id={a1}",
}

// Parts that several debug messages share.
const (
	tupleText       = "sport={a1:high16} dport={a1:low16} nexthdr={a2:high24} flags={a2:flags}"
	proxyText       = "sport={a1:nethigh16} dport={a1:net} saddr={a2:ip4}"
	headerFlagsText = "nexthdr={a1:high24} flags={a1:low8}"
	createText      = "proxy-port={a1:high16} revnat={a1:net} src-identity={a2}"
)

// appendMessage appends what the message says, as text without its line.
func (n *DebugMsg) appendMessage(dst []byte, h *Host) []byte {
	a := arguments{values: [3]uint32{n.Arg1, n.Arg2, n.Arg3}, host: h}
	if int(n.SubType) < len(debugTexts) && debugTexts[n.SubType] != "" {
		return debugTexts[n.SubType].append(dst, &a)
	}
	dst = appendUint(dst, "Unknown message type=", n.SubType)
	return template(" arg1={a1} arg2={a2}").append(dst, &a)
}

// AppendInfo appends nothing: debug messages have no place among the lines about packets.
func (n *DebugMsg) AppendInfo(dst, _ []byte, _ Options) []byte { return dst }

// AppendVerbose appends a line with what the message says.
func (n *DebugMsg) AppendVerbose(dst []byte, o Options) []byte {
	dst = append(appendOrigin(dst, &o, n.Hash, n.Source), " DEBUG: "...)
	return append(n.appendMessage(dst, o.host()), '\n')
}

// AppendJSON appends a line with a JSON object: cpu, type and message.
func (n *DebugMsg) AppendJSON(dst []byte, o Options) []byte {
	var buf [256]byte
	dst = text.AppendStringField(o.appendPrefixField(append(dst, '{')), "type", "debug")
	dst = text.AppendJSONString(text.AppendKey(dst, "message"), n.appendMessage(buf[:0], o.host()))
	return append(dst, "}\n"...)
}

// DumpInfo prints nothing: debug messages are about processing packets, not about sending them.
func (n *DebugMsg) DumpInfo(data []byte) { write(n.AppendInfo(nil, data, Options{})) }

// Dump prints a line with what the message says to standard output.
func (n *DebugMsg) Dump(prefix string) { write(n.AppendVerbose(nil, withPrefix(prefix, true))) }

// DumpJSON prints the message as JSON to standard output.
func (n *DebugMsg) DumpJSON(cpuPrefix string) { write(n.AppendJSON(nil, withPrefix(cpuPrefix, true))) }
