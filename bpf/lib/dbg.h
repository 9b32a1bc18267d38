/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The messages by which programs say what they do. The comment behind a code tells what its arguments carry;
 * what one does not name is 0. An argument is a host-order integer unless it says otherwise; "IPv4" and "bytes"
 * stand for the address's own bytes, as they are in the packet.
 */
#ifndef __LIB_DBG_H
#define __LIB_DBG_H

#include "common.h"

/* Debug codes: subtype of a debug message. */
enum dbg_code {
	DBG_UNSPEC,
	DBG_GENERIC, /* arg1, arg2: free */
	/* Handing the packet to a local container. */
	DBG_LOCAL_DELIVERY, /* arg1: container id; arg2: source identity */
	/* Encapsulating the packet for another node. */
	DBG_ENCAP, /* arg1: tunnel endpoint; arg2: source identity */
	DBG_LXC_FOUND, /* arg1: ifindex; arg2: identity (network order) */
	/* The policy has no rule that allows the packet. */
	DBG_POLICY_DENIED, /* arg1: source identity; arg2: destination identity */
	DBG_CT_LOOKUP, /* arg1: sport << 16 | dport; arg2: nexthdr << 8 | TUPLE_F_* */
	DBG_CT_LOOKUP_REV, /* arg1: sport << 16 | dport; arg2: nexthdr << 8 | TUPLE_F_* */
	/* The lookup found an entry. */
	DBG_CT_MATCH, /* arg1: lifetime; arg2: reverse NAT index (network order) */
	DBG_CT_CREATED, /* arg1: sport << 16 | dport; arg2: nexthdr << 8 | TUPLE_F_*;
			 * arg3: reverse NAT index (network order) */
	DBG_CT_CREATED2, /* arg1: IPv4 address; arg2: reverse NAT index (network order) */
	DBG_ICMP6_HANDLE, /* arg1: ICMPv6 type */
	DBG_ICMP6_REQUEST, /* arg1: offset of the ICMPv6 header */
	DBG_ICMP6_NS, /* arg1: bytes 0 to 3 of the address; arg2: bytes 4 to 7 */
	DBG_ICMP6_TIME_EXCEEDED,
	/* What the connection table says of the packet. */
	DBG_CT_VERDICT, /* arg1: CT_*, or a drop reason; arg2: reverse NAT index (network order) */
	DBG_DECAP, /* arg1: tunnel id; arg2: flow label */
	DBG_PORT_MAP, /* arg1: port from; arg2: port to */
	DBG_ERROR_RET, /* arg1: number of the function; arg2: its result */
	DBG_TO_HOST, /* arg1: whether policy is skipped */
	DBG_TO_STACK, /* arg1: whether policy is skipped */
	DBG_PKT_HASH, /* arg1: hash; arg2: the service chosen */
	DBG_LB6_LOOKUP_MASTER, /* arg1: bytes 12 to 15 of the address; arg2: port (network order) */
	DBG_LB6_LOOKUP_MASTER_FAIL, /* arg1: bytes 4 to 7 of the address; arg2: bytes 8 to 11 */
	DBG_LB6_LOOKUP_SLAVE, /* arg1: slave; arg2: port (network order) */
	DBG_LB6_LOOKUP_SLAVE_SUCCESS, /* arg1: bytes 12 to 15 of the target; arg2: port (network order) */
	DBG_LB6_LOOKUP_SLAVE_V2_FAIL, /* arg1: slave; arg2: port (network order) */
	DBG_LB6_LOOKUP_BACKEND_FAIL, /* arg1: backend id */
	DBG_LB6_REVERSE_NAT_LOOKUP, /* arg1: reverse NAT index (network order) */
	DBG_LB6_REVERSE_NAT, /* arg1: bytes 12 to 15 of the address; arg2: port (network order) */
	DBG_LB4_LOOKUP_MASTER, /* arg1: IPv4 address; arg2: port (network order) */
	DBG_LB4_LOOKUP_MASTER_FAIL,
	DBG_LB4_LOOKUP_SLAVE, /* arg1: slave; arg2: port (network order) */
	DBG_LB4_LOOKUP_SLAVE_SUCCESS, /* arg1: IPv4 address of the target; arg2: port (network order) */
	DBG_LB4_LOOKUP_SLAVE_V2_FAIL, /* arg1: slave; arg2: port (network order) */
	DBG_LB4_LOOKUP_BACKEND_FAIL, /* arg1: backend id */
	DBG_LB4_REVERSE_NAT_LOOKUP, /* arg1: reverse NAT index (network order) */
	DBG_LB4_REVERSE_NAT, /* arg1: IPv4 address; arg2: port (network order) */
	DBG_LB4_LOOPBACK_SNAT, /* arg1: IPv4 address before; arg2: IPv4 address after */
	DBG_LB4_LOOPBACK_SNAT_REV, /* arg1: IPv4 address before; arg2: IPv4 address after */
	DBG_CT_LOOKUP4, /* arg1: IPv4 address */
	DBG_RR_SLAVE_SEL, /* arg1: hash; arg2: the slave chosen */
	DBG_REV_PROXY_LOOKUP, /* arg1: sport << 16 | dport (both network order); arg2: IPv4 source; arg3: nexthdr */
	DBG_REV_PROXY_FOUND, /* arg1: IPv4 destination before; arg2: its port */
	DBG_REV_PROXY_UPDATE, /* arg1: sport << 16 | dport (both network order); arg2: IPv4 source; arg3: nexthdr */
	DBG_L4_POLICY, /* arg1: port (network order); arg2: CT_INGRESS or CT_EGRESS */
	DBG_NETDEV_IN_CLUSTER, /* arg1: source identity */
	DBG_NETDEV_ENCAP4, /* arg1: IPv4 address looked up; arg2: source identity */
	/* A lookup in the IPv4 table, in two messages: the addresses here. */
	DBG_CT_LOOKUP4_1, /* arg1: IPv4 source; arg2: IPv4 destination; arg3: dport << 16 | sport */
	/* The same lookup: protocol and flags. */
	DBG_CT_LOOKUP4_2, /* arg1: nexthdr << 8 | TUPLE_F_* */
	DBG_CT_CREATED4, /* arg1: reverse NAT index (low half, network order); arg2: source identity;
			  * arg3: IPv4 address of the load balancer */
	/* A lookup in the IPv6 table, in two messages: the addresses here. */
	DBG_CT_LOOKUP6_1, /* arg1: last four bytes of the source; arg2: of the destination; arg3: dport << 16 | sport */
	/* The same lookup: protocol and flags. */
	DBG_CT_LOOKUP6_2, /* arg1: nexthdr << 8 | TUPLE_F_* */
	DBG_CT_CREATED6, /* arg1: reverse NAT index (low half, network order); arg2: source identity */
	DBG_SKIP_PROXY, /* arg1: tc_index */
	DBG_L4_CREATE, /* arg1: source identity; arg2: destination identity;
			* arg3: dport (network order) << 16 | protocol */
	DBG_IP_ID_MAP_FAILED4, /* arg1: IPv4 destination */
	DBG_IP_ID_MAP_FAILED6, /* arg1: last four bytes of the destination */
	DBG_IP_ID_MAP_SUCCEED4, /* arg1: IPv4 destination; arg2: identity */
	DBG_IP_ID_MAP_SUCCEED6, /* arg1: last four bytes of the destination; arg2: identity */
	/* An entry points to a service that has gone. */
	DBG_LB_STALE_CT, /* arg1: reverse NAT index of the service; arg2: of the entry */
};

/* Capture codes: subtype of a capture message, the point where the packet was taken. */
enum dbg_capture_code {
	DBG_CAPTURE_UNSPEC,
	DBG_CAPTURE_FROM_RESERVED1,
	DBG_CAPTURE_FROM_RESERVED2,
	DBG_CAPTURE_FROM_RESERVED3,
	/* About to be delivered to an interface. */
	DBG_CAPTURE_DELIVERY, /* arg1: ifindex */
	/* Arrived at the load balancer. */
	DBG_CAPTURE_FROM_LB, /* arg1: ifindex */
	/* After translation from IPv4 to IPv6. */
	DBG_CAPTURE_AFTER_V46, /* arg1: ifindex */
	/* After translation from IPv6 to IPv4. */
	DBG_CAPTURE_AFTER_V64, /* arg1: ifindex */
	/* Before the redirection to the proxy. */
	DBG_CAPTURE_PROXY_PRE, /* arg1: proxy port (network order) */
	/* After the redirection to the proxy. */
	DBG_CAPTURE_PROXY_POST, /* arg1: proxy port (network order) */
	/* Before source NAT. */
	DBG_CAPTURE_SNAT_PRE, /* arg1: ifindex */
	/* After source NAT. */
	DBG_CAPTURE_SNAT_POST, /* arg1: ifindex */
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
