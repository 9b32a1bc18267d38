/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The messages by which programs say what they do. The comment behind a code is the text that is printed for it, and
 * says what its arguments carry: an argument stands in braces where it is printed, with a word for its form. What a
 * text does not have is 0. lockstep turns the texts into Go, so a new message is one line here. The words:
 *
 *	(none)     a number in host byte order, in decimal
 *	x, hex     the same in hexadecimal, without and with 0x before it
 *	low8, low16, high16, high24   so many of its bits, from that end
 *	net, netHigh16   its low or high 16 bits, which are in network byte order
 *	ip4        an IPv4 address, the bytes as they are in the packet
 *	ip6        four bytes of an IPv6 address, as they are in the packet
 *	interface  an ifindex, printed as the interface's name
 *	state      CT_*, or the magnitude of a drop reason
 *	direction  CT_EGRESS or CT_INGRESS
 *	flags      TUPLE_F_*, in its low 8 bits
 *
 * A capture code has two texts with " | " between them: what verbose output says, and what its one line starts with.
 * A capture without the second has no such line.
 */
#ifndef __LIB_DBG_H
#define __LIB_DBG_H

#include "common.h"

/* Debug codes: subtype of a debug message. */
enum dbg_code {
	DBG_UNSPEC,
	DBG_GENERIC, /* No message, arg1={arg1} ({arg1:hex}) arg2={arg2} ({arg2:hex}) */
	/* Handing the packet to a local container. */
	DBG_LOCAL_DELIVERY, /* Attempting local delivery for container id {arg1} from seclabel {arg2} */
	/* Encapsulating the packet for another node. */
	DBG_ENCAP, /* Encapsulating to node {arg1} ({arg1:hex}) from seclabel {arg2} */
	DBG_LXC_FOUND, /* Local container found ifindex {arg1:interface} seclabel {arg2:net} */
	/* The policy has no rule that allows the packet. */
	DBG_POLICY_DENIED, /* Policy evaluation would deny packet from {arg1} to {arg2} */
	DBG_CT_LOOKUP, /* CT lookup: sport={arg1:high16} dport={arg1:low16} nexthdr={arg2:high24}
	                * flags={arg2:flags} */
	DBG_CT_LOOKUP_REV, /* CT reverse lookup: sport={arg1:high16} dport={arg1:low16} nexthdr={arg2:high24}
	                    * flags={arg2:flags} */
	/* The lookup found an entry. */
	DBG_CT_MATCH, /* CT entry found lifetime={arg1}, revnat={arg2:net} */
	DBG_CT_CREATED, /* CT created 1/2: sport={arg1:high16} dport={arg1:low16} nexthdr={arg2:high24}
	                 * flags={arg2:flags} revnat={arg3:net} */
	DBG_CT_CREATED2, /* CT created 2/2: {arg1:ip4} revnat={arg2:net} */
	DBG_ICMP6_HANDLE, /* Handling ICMPv6 type={arg1} */
	DBG_ICMP6_REQUEST, /* ICMPv6 echo request for router offset={arg1} */
	DBG_ICMP6_NS, /* ICMPv6 neighbour soliciation for address {arg1:x}:{arg2:x} */
	DBG_ICMP6_TIME_EXCEEDED, /* Sending ICMPv6 time exceeded */
	/* What the connection table says of the packet. */
	DBG_CT_VERDICT, /* CT verdict: {arg1:state}, revnat={arg2:net} */
	DBG_DECAP, /* Tunnel decap: id={arg1} flowlabel={arg2:x} */
	DBG_PORT_MAP, /* Mapping port from={arg1} to={arg2} */
	DBG_ERROR_RET, /* BPF function {arg1} returned error {arg2} */
	DBG_TO_HOST, /* Going to host, policy-skip={arg1} */
	DBG_TO_STACK, /* Going to the stack, policy-skip={arg1} */
	DBG_PKT_HASH, /* Packet hash={arg1} ({arg1:hex}), selected_service={arg2} */
	DBG_LB6_LOOKUP_MASTER, /* Master service lookup, addr.p4={arg1:x} key.dport={arg2:net} */
	DBG_LB6_LOOKUP_MASTER_FAIL, /* Master service lookup failed, addr.p2={arg1:x} addr.p3={arg2:x} */
	DBG_LB6_LOOKUP_SLAVE, /* Slave service lookup: slave={arg1}, dport={arg2:net} */
	DBG_LB6_LOOKUP_SLAVE_SUCCESS, /* Slave service lookup result: target.p4={arg1:x} port={arg2:net} */
	DBG_LB6_LOOKUP_SLAVE_V2_FAIL, /* Slave service lookup failed: slave={arg1}, dport={arg2:net} */
	DBG_LB6_LOOKUP_BACKEND_FAIL, /* Backend service lookup failed: backend_id={arg1} */
	DBG_LB6_REVERSE_NAT_LOOKUP, /* Reverse NAT lookup, index={arg1:net} */
	DBG_LB6_REVERSE_NAT, /* Performing reverse NAT, address.p4={arg1:x} port={arg2:net} */
	DBG_LB4_LOOKUP_MASTER, /* Master service lookup, addr={arg1:ip4} key.dport={arg2:net} */
	DBG_LB4_LOOKUP_MASTER_FAIL, /* Master service lookup failed */
	DBG_LB4_LOOKUP_SLAVE, /* Slave service lookup: slave={arg1}, dport={arg2:net} */
	DBG_LB4_LOOKUP_SLAVE_SUCCESS, /* Slave service lookup result: target={arg1:ip4} port={arg2:net} */
	DBG_LB4_LOOKUP_SLAVE_V2_FAIL, /* Slave service lookup failed: slave={arg1}, dport={arg2:net} */
	DBG_LB4_LOOKUP_BACKEND_FAIL, /* Backend service lookup failed: backend_id={arg1} */
	DBG_LB4_REVERSE_NAT_LOOKUP, /* Reverse NAT lookup, index={arg1:net} */
	DBG_LB4_REVERSE_NAT, /* Performing reverse NAT, address={arg1:ip4} port={arg2:net} */
	DBG_LB4_LOOPBACK_SNAT, /* Loopback SNAT from={arg1:ip4} to={arg2:ip4} */
	DBG_LB4_LOOPBACK_SNAT_REV, /* Loopback reverse SNAT from={arg1:ip4} to={arg2:ip4} */
	DBG_CT_LOOKUP4, /* CT lookup address: {arg1:ip4} */
	DBG_RR_SLAVE_SEL, /* RR slave selection hash={arg1} ({arg1:hex}), selected_service={arg2} */
	DBG_REV_PROXY_LOOKUP, /* Reverse proxy lookup sport={arg1:netHigh16} dport={arg1:net} saddr={arg2:ip4}
	                       * nexthdr={arg3} */
	DBG_REV_PROXY_FOUND, /* Reverse proxy entry found, orig-daddr={arg1:ip4} orig-dport={arg2} */
	DBG_REV_PROXY_UPDATE, /* Reverse proxy updated sport={arg1:netHigh16} dport={arg1:net} saddr={arg2:ip4}
	                       * nexthdr={arg3} */
	DBG_L4_POLICY, /* Resolved L4 policy to: {arg1:net} / {arg2:direction} */
	DBG_NETDEV_IN_CLUSTER, /* Destination is inside cluster prefix, source identity: {arg1} */
	DBG_NETDEV_ENCAP4, /* Attempting encapsulation, lookup key: {arg1:ip4}, identity: {arg2} */
	/* A lookup in the IPv4 table, in two messages: the addresses here. */
	DBG_CT_LOOKUP4_1, /* Conntrack lookup 1/2: src={arg1:ip4}:{arg3:low16} dst={arg2:ip4}:{arg3:high16} */
	/* The same lookup: protocol and flags. */
	DBG_CT_LOOKUP4_2, /* Conntrack lookup 2/2: nexthdr={arg1:high24} flags={arg1:low8} */
	DBG_CT_CREATED4, /* Conntrack create: proxy-port={arg1:high16} revnat={arg1:net} src-identity={arg2}
	                  * lb={arg3:ip4} */
	/* A lookup in the IPv6 table, in two messages: the addresses here. */
	DBG_CT_LOOKUP6_1, /* Conntrack lookup 1/2: src=[::{arg1:ip6}]:{arg3:low16}
	                   * dst=[::{arg2:ip6}]:{arg3:high16} */
	/* The same lookup: protocol and flags. */
	DBG_CT_LOOKUP6_2, /* Conntrack lookup 2/2: nexthdr={arg1:high24} flags={arg1:low8} */
	DBG_CT_CREATED6, /* Conntrack create: proxy-port={arg1:high16} revnat={arg1:net} src-identity={arg2} */
	DBG_SKIP_PROXY, /* Skipping proxy, tc_index is set={arg1:x} */
	DBG_L4_CREATE, /* Matched L4 policy; creating conntrack src={arg1} dst={arg2} dport={arg3:netHigh16}
	                * proto={arg3:low8} */
	DBG_IP_ID_MAP_FAILED4, /* Failed to map daddr={arg1:ip4} to identity */
	DBG_IP_ID_MAP_FAILED6, /* Failed to map daddr.p4=[::{arg1:ip6}] to identity */
	DBG_IP_ID_MAP_SUCCEED4, /* Successfully mapped daddr={arg1:ip4} to identity={arg2} */
	DBG_IP_ID_MAP_SUCCEED6, /* Successfully mapped daddr.p4=[::{arg1:ip6}] to identity={arg2} */
	/* An entry points to a service that has gone. */
	DBG_LB_STALE_CT, /* Stale CT entry found stale_ct.rev_nat_id={arg2}, svc.rev_nat_id={arg1} */
};

/* Capture codes: subtype of a capture message, the point where the packet was taken. */
enum dbg_capture_code {
	DBG_CAPTURE_UNSPEC,
	DBG_CAPTURE_FROM_RESERVED1,
	DBG_CAPTURE_FROM_RESERVED2,
	DBG_CAPTURE_FROM_RESERVED3,
	/* About to be delivered to an interface. */
	DBG_CAPTURE_DELIVERY, /* Delivery to ifindex {arg1} | -> {arg1:interface} */
	/* Arrived at the load balancer. */
	DBG_CAPTURE_FROM_LB, /* Incoming packet to load balancer on ifindex {arg1} | <- load-balancer
	                      * {arg1:interface} */
	/* After translation from IPv4 to IPv6. */
	DBG_CAPTURE_AFTER_V46, /* Packet after nat46 ifindex {arg1} | == v4->v6 {arg1} */
	/* After translation from IPv6 to IPv4. */
	DBG_CAPTURE_AFTER_V64, /* Packet after nat64 ifindex {arg1} | == v6->v4 {arg1} */
	/* Before the redirection to the proxy. */
	DBG_CAPTURE_PROXY_PRE, /* Packet to proxy port {arg1:net} (Pre) */
	/* After the redirection to the proxy. */
	DBG_CAPTURE_PROXY_POST, /* Packet to proxy port {arg1:net} (Post) | -> proxy port {arg1:net} */
	/* Before source NAT. */
	DBG_CAPTURE_SNAT_PRE, /* Packet going into snat engine on ifindex {arg1} */
	/* After source NAT. */
	DBG_CAPTURE_SNAT_POST, /* Packet coming from snat engine on ifindex {arg1} */
};

/* CILIUM_NOTIFY_DBG_MSG: a code and what it speaks of. */
struct debug_msg {
	NOTIFY_COMMON_HDR
	__u32 arg1;
	__u32 arg2;
	__u32 arg3;
};

/* CILIUM_NOTIFY_DBG_CAPTURE. The first len_cap bytes of the packet follow. */
struct debug_capture_msg {
	NOTIFY_COMMON_HDR
	__u32 len_orig;	/* bytes of the packet on the wire */
	__u32 len_cap;	/* bytes of the packet that follow */
	__u32 arg1;
	__u32 arg2;
};

#endif /* __LIB_DBG_H */
