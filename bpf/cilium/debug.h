/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Debug and capture messages.
 */
#ifndef __CILIUM_DEBUG_H
#define __CILIUM_DEBUG_H

#include "release.h"
#include <linux/types.h>

/* What a debug message says. Its text has its arguments in braces: bpf/lib/dbg.h lists the words for their forms. */
enum debug_code {
	DBG_UNSPEC = 0,
#if CILIUM_RELEASE < 12000
	DBG_GENERIC = 1, /* No message, arg1={arg1} ({arg1:hex}) arg2={arg2} ({arg2:hex}) */
#else
	DBG_GENERIC = 1, /* No message, arg1={arg1} ({arg1:hex}) arg2={arg2} ({arg2:hex}) arg3={arg3} ({arg3:hex}) */
#endif
	DBG_LOCAL_DELIVERY = 2, /* Attempting local delivery for container id {arg1} from seclabel {arg2} */
	DBG_ENCAP = 3, /* Encapsulating to node {arg1} ({arg1:hex}) from seclabel {arg2} */
	DBG_LXC_FOUND = 4, /* Local container found ifindex {arg1:interface} seclabel {arg2:net} */
	DBG_POLICY_DENIED = 5, /* Policy evaluation would deny packet from {arg1} to {arg2} */
	DBG_CT_LOOKUP = 6, /* CT lookup: sport={arg1:high16} dport={arg1:low16} nexthdr={arg2:high24} flags={arg2:flags} */
	DBG_CT_LOOKUP_REV = 7, /* CT reverse lookup: sport={arg1:high16} dport={arg1:low16} nexthdr={arg2:high24} flags={arg2:flags} */
	DBG_CT_MATCH = 8, /* CT entry found lifetime={arg1}, revnat={arg2:net} */
	DBG_CT_CREATED = 9, /* CT created 1/2: sport={arg1:high16} dport={arg1:low16} nexthdr={arg2:high24} flags={arg2:flags} revnat={arg3:net} */
	DBG_CT_CREATED2 = 10, /* CT created 2/2: {arg1:ip4} revnat={arg2:net} */
	DBG_ICMP6_HANDLE = 11, /* Handling ICMPv6 type={arg1} */
	DBG_ICMP6_REQUEST = 12, /* ICMPv6 echo request for router offset={arg1} */
#if CILIUM_RELEASE < 12000
	DBG_ICMP6_NS = 13, /* ICMPv6 neighbour soliciation for address {arg1:x}:{arg2:x} */
#else
	DBG_ICMP6_NS = 13, /* ICMPv6 neighbour solicitation for address {arg1:x}:{arg2:x} */
#endif
	DBG_ICMP6_TIME_EXCEEDED = 14, /* Sending ICMPv6 time exceeded */
	DBG_CT_VERDICT = 15, /* CT verdict: {arg1:state}, revnat={arg2:net} */
	DBG_DECAP = 16, /* Tunnel decap: id={arg1} flowlabel={arg2:x} */
	DBG_PORT_MAP = 17, /* Mapping port from={arg1} to={arg2} */
	DBG_ERROR_RET = 18, /* BPF function {arg1} returned error {arg2} */
	DBG_TO_HOST = 19, /* Going to host, policy-skip={arg1} */
	DBG_TO_STACK = 20, /* Going to the stack, policy-skip={arg1} */
	DBG_PKT_HASH = 21, /* Packet hash={arg1} ({arg1:hex}), selected_service={arg2} */
#if CILIUM_RELEASE < 11100
	DBG_LB6_LOOKUP_FRONTEND = 22, /* Master service lookup, addr.p4={arg1:x} key.dport={arg2:net} */
#else
	DBG_LB6_LOOKUP_FRONTEND = 22, /* Frontend service lookup, addr.p4={arg1:x} key.dport={arg2:net} */
#endif
#if CILIUM_RELEASE < 11100
	DBG_LB6_LOOKUP_FRONTEND_FAIL = 23, /* Master service lookup failed, addr.p2={arg1:x} addr.p3={arg2:x} */
#else
	DBG_LB6_LOOKUP_FRONTEND_FAIL = 23, /* Frontend service lookup failed, addr.p2={arg1:x} addr.p3={arg2:x} */
#endif
#if CILIUM_RELEASE < 10802
	DBG_LB6_LOOKUP_BACKEND_SLOT = 24, /* Slave service lookup: slave={arg1}, dport={arg2:net} */
#else
	DBG_LB6_LOOKUP_BACKEND_SLOT = 24, /* Service backend slot lookup: slot={arg1}, dport={arg2:net} */
#endif
#if CILIUM_RELEASE < 10802
	DBG_LB6_LOOKUP_BACKEND_SLOT_SUCCESS = 25, /* Slave service lookup result: target.p4={arg1:x} port={arg2:net} */
#else
	DBG_LB6_LOOKUP_BACKEND_SLOT_SUCCESS = 25, /* Service backend slot lookup result: target.p4={arg1:x} port={arg2:net} */
#endif
#if CILIUM_RELEASE < 10802
	DBG_LB6_LOOKUP_BACKEND_SLOT_V2_FAIL = 26, /* Slave service lookup failed: slave={arg1}, dport={arg2:net} */
#else
	DBG_LB6_LOOKUP_BACKEND_SLOT_V2_FAIL = 26, /* Service backend slot lookup failed: slot={arg1}, dport={arg2:net} */
#endif
	DBG_LB6_LOOKUP_BACKEND_FAIL = 27, /* Backend service lookup failed: backend_id={arg1} */
	DBG_LB6_REVERSE_NAT_LOOKUP = 28, /* Reverse NAT lookup, index={arg1:net} */
	DBG_LB6_REVERSE_NAT = 29, /* Performing reverse NAT, address.p4={arg1:x} port={arg2:net} */
#if CILIUM_RELEASE < 11100
	DBG_LB4_LOOKUP_FRONTEND = 30, /* Master service lookup, addr={arg1:ip4} key.dport={arg2:net} */
#else
	DBG_LB4_LOOKUP_FRONTEND = 30, /* Frontend service lookup, addr={arg1:ip4} key.dport={arg2:net} */
#endif
#if CILIUM_RELEASE < 11100
	DBG_LB4_LOOKUP_FRONTEND_FAIL = 31, /* Master service lookup failed */
#else
	DBG_LB4_LOOKUP_FRONTEND_FAIL = 31, /* Frontend service lookup failed */
#endif
#if CILIUM_RELEASE < 10802
	DBG_LB4_LOOKUP_BACKEND_SLOT = 32, /* Slave service lookup: slave={arg1}, dport={arg2:net} */
#else
	DBG_LB4_LOOKUP_BACKEND_SLOT = 32, /* Service backend slot lookup: slot={arg1}, dport={arg2:net} */
#endif
#if CILIUM_RELEASE < 10802
	DBG_LB4_LOOKUP_BACKEND_SLOT_SUCCESS = 33, /* Slave service lookup result: target={arg1:ip4} port={arg2:net} */
#else
	DBG_LB4_LOOKUP_BACKEND_SLOT_SUCCESS = 33, /* Service backend slot lookup result: target={arg1:ip4} port={arg2:net} */
#endif
#if CILIUM_RELEASE < 10802
	DBG_LB4_LOOKUP_BACKEND_SLOT_V2_FAIL = 34, /* Slave service lookup failed: slave={arg1}, dport={arg2:net} */
#else
	DBG_LB4_LOOKUP_BACKEND_SLOT_V2_FAIL = 34, /* Service backend slot lookup failed: slot={arg1}, dport={arg2:net} */
#endif
	DBG_LB4_LOOKUP_BACKEND_FAIL = 35, /* Backend service lookup failed: backend_id={arg1} */
	DBG_LB4_REVERSE_NAT_LOOKUP = 36, /* Reverse NAT lookup, index={arg1:net} */
	DBG_LB4_REVERSE_NAT = 37, /* Performing reverse NAT, address={arg1:ip4} port={arg2:net} */
	DBG_LB4_LOOPBACK_SNAT = 38, /* Loopback SNAT from={arg1:ip4} to={arg2:ip4} */
	DBG_LB4_LOOPBACK_SNAT_REV = 39, /* Loopback reverse SNAT from={arg1:ip4} to={arg2:ip4} */
	DBG_CT_LOOKUP4 = 40, /* CT lookup address: {arg1:ip4} */
#if CILIUM_RELEASE < 10802
	DBG_RR_BACKEND_SLOT_SEL = 41, /* RR slave selection hash={arg1} ({arg1:hex}), selected_service={arg2} */
#else
	DBG_RR_BACKEND_SLOT_SEL = 41, /* RR backend slot selection hash={arg1} ({arg1:hex}), selected_service={arg2} */
#endif
	DBG_REV_PROXY_LOOKUP = 42, /* Reverse proxy lookup sport={arg1:netHigh16} dport={arg1:net} saddr={arg2:ip4} nexthdr={arg3} */
	DBG_REV_PROXY_FOUND = 43, /* Reverse proxy entry found, orig-daddr={arg1:ip4} orig-dport={arg2} */
	DBG_REV_PROXY_UPDATE = 44, /* Reverse proxy updated sport={arg1:netHigh16} dport={arg1:net} saddr={arg2:ip4} nexthdr={arg3} */
	DBG_L4_POLICY = 45, /* Resolved L4 policy to: {arg1:net} / {arg2:direction} */
	DBG_NETDEV_IN_CLUSTER = 46, /* Destination is inside cluster prefix, source identity: {arg1} */
	DBG_NETDEV_ENCAP4 = 47, /* Attempting encapsulation, lookup key: {arg1:ip4}, identity: {arg2} */
	DBG_CT_LOOKUP4_1 = 48, /* Conntrack lookup 1/2: src={arg1:ip4}:{arg3:low16} dst={arg2:ip4}:{arg3:high16} */
#if CILIUM_RELEASE < 11400
	DBG_CT_LOOKUP4_2 = 49, /* Conntrack lookup 2/2: nexthdr={arg1:high24} flags={arg1:low8} */
#else
	DBG_CT_LOOKUP4_2 = 49, /* Conntrack lookup 2/2: nexthdr={arg1:high24} flags={arg1:low8} dir={arg2} scope={arg3} */
#endif
	DBG_CT_CREATED4 = 50, /* Conntrack create: proxy-port={arg1:high16} revnat={arg1:net} src-identity={arg2} lb={arg3:ip4} */
	DBG_CT_LOOKUP6_1 = 51, /* Conntrack lookup 1/2: src=[::{arg1:ip6}]:{arg3:low16} dst=[::{arg2:ip6}]:{arg3:high16} */
#if CILIUM_RELEASE < 11400
	DBG_CT_LOOKUP6_2 = 52, /* Conntrack lookup 2/2: nexthdr={arg1:high24} flags={arg1:low8} */
#else
	DBG_CT_LOOKUP6_2 = 52, /* Conntrack lookup 2/2: nexthdr={arg1:high24} flags={arg1:low8} dir={arg2} scope={arg3} */
#endif
	DBG_CT_CREATED6 = 53, /* Conntrack create: proxy-port={arg1:high16} revnat={arg1:net} src-identity={arg2} */
	DBG_SKIP_PROXY = 54, /* Skipping proxy, tc_index is set={arg1:x} */
	DBG_L4_CREATE = 55, /* Matched L4 policy; creating conntrack src={arg1} dst={arg2} dport={arg3:netHigh16} proto={arg3:low8} */
#if CILIUM_RELEASE < 10800
	DBG_IP_ID_MAP_FAILED4 = 56, /* Failed to map daddr={arg1:ip4} to identity */
#else
	DBG_IP_ID_MAP_FAILED4 = 56, /* Failed to map addr={arg1:ip4} to identity */
#endif
#if CILIUM_RELEASE < 10800
	DBG_IP_ID_MAP_FAILED6 = 57, /* Failed to map daddr.p4=[::{arg1:ip6}] to identity */
#else
	DBG_IP_ID_MAP_FAILED6 = 57, /* Failed to map addr.p4=[::{arg1:ip6}] to identity */
#endif
#if CILIUM_RELEASE < 10800
	DBG_IP_ID_MAP_SUCCEED4 = 58, /* Successfully mapped daddr={arg1:ip4} to identity={arg2} */
#else
	DBG_IP_ID_MAP_SUCCEED4 = 58, /* Successfully mapped addr={arg1:ip4} to identity={arg2} */
#endif
#if CILIUM_RELEASE < 10800
	DBG_IP_ID_MAP_SUCCEED6 = 59, /* Successfully mapped daddr.p4=[::{arg1:ip6}] to identity={arg2} */
#else
	DBG_IP_ID_MAP_SUCCEED6 = 59, /* Successfully mapped addr.p4=[::{arg1:ip6}] to identity={arg2} */
#endif
#if CILIUM_RELEASE >= 10502
	DBG_LB_STALE_CT = 60, /* Stale CT entry found stale_ct.rev_nat_id={arg2}, svc.rev_nat_id={arg1} */
#endif
#if CILIUM_RELEASE >= 10600
	DBG_INHERIT_IDENTITY = 61, /* Inheriting identity={arg1} from stack */
#endif
#if CILIUM_RELEASE >= 10900
	DBG_SK_LOOKUP4 = 62, /* Socket lookup: src={arg1:ip4}:{arg3:low16} dst={arg2:ip4}:{arg3:high16} */
	DBG_SK_LOOKUP6 = 63, /* Socket lookup: src=[::{arg1:ip6}]:{arg3:low16} dst=[::{arg2:ip6}]:{arg3:high16} */
	DBG_SK_ASSIGN = 64, /* Socket assign: {arg1:errno} */
#endif
#if CILIUM_RELEASE >= 11200
	DBG_L7_LB = 65, /* L7 LB from {arg1:ip4} to {arg2:ip4}: proxy port {arg3} */
#endif
#if CILIUM_RELEASE >= 11500
	DBG_SKIP_POLICY = 66,
#endif
#if CILIUM_RELEASE >= 11900
	DBG_LB6_LOOPBACK_SNAT = 67, /* Loopback SNAT from.p4={arg1:x} to.p4={arg2:x} */
	DBG_LB6_LOOPBACK_SNAT_REV = 68, /* Loopback reverse SNAT from.p4={arg1:x} to.p4={arg2:x} */
#endif
};

/* Where a packet was captured: what verbose output says, and what the line about the packet starts with. */
enum capture_code {
	DBG_CAPTURE_UNSPEC = 0,
	DBG_CAPTURE_FROM_RESERVED1 = 1,
	DBG_CAPTURE_FROM_RESERVED2 = 2,
	DBG_CAPTURE_FROM_RESERVED3 = 3,
	DBG_CAPTURE_DELIVERY = 4, /* Delivery to ifindex {arg1} | -> {arg1:interface} */
	DBG_CAPTURE_FROM_LB = 5, /* Incoming packet to load balancer on ifindex {arg1} | <- load-balancer {arg1:interface} */
	DBG_CAPTURE_AFTER_V46 = 6, /* Packet after nat46 ifindex {arg1} | == v4->v6 {arg1} */
	DBG_CAPTURE_AFTER_V64 = 7, /* Packet after nat64 ifindex {arg1} | == v6->v4 {arg1} */
	DBG_CAPTURE_PROXY_PRE = 8, /* Packet to proxy port {arg1:net} (Pre) */
	DBG_CAPTURE_PROXY_POST = 9, /* Packet to proxy port {arg1:net} (Post) | -> proxy port {arg1:net} */
	DBG_CAPTURE_SNAT_PRE = 10, /* Packet going into snat engine on ifindex {arg1} */
	DBG_CAPTURE_SNAT_POST = 11, /* Packet coming from snat engine on ifindex {arg1} */
};

/* The state of a connection. */
enum ct_state {
	CT_NEW = 0, /* New */
	CT_ESTABLISHED = 1, /* Established */
	CT_REPLY = 2, /* Reply */
	CT_RELATED = 3, /* Related */
};

/* The direction of a connection. */
enum ct_direction {
	CT_EGRESS = 0, /* egress */
	CT_INGRESS = 1, /* ingress */
};

/* Flags of a connection's tuple. Cilium prints the first by the name of its opposite. */
enum tuple_flag {
	TUPLE_F_IN = 1, /* OUT */
	TUPLE_F_RELATED = 2, /* RELATED */
};

/* CILIUM_NOTIFY_DBG_MSG. */
struct debug_msg {
	__u8 type;		/* CILIUM_NOTIFY_* */
	__u8 subtype;		/* DBG_* */
	__u16 source;		/* endpoint that the program serves */
	__u32 hash;		/* the packet's flow hash */
	__u32 arg1;
	__u32 arg2;
	__u32 arg3;
};

/* CILIUM_NOTIFY_DBG_CAPTURE. The packet follows. */
struct debug_capture_msg {
	__u8 type;		/* CILIUM_NOTIFY_* */
	__u8 subtype;		/* DBG_CAPTURE_* */
	__u16 source;		/* endpoint that the program serves */
	__u32 hash;		/* the packet's flow hash */
	__u32 len_orig;		/* bytes of the packet on the wire */
	__u16 len_cap;		/* bytes of the packet that follow; 4 bytes before 1.7, with a version of 0 */
	__u8 version;		/* which fields there are */
	__u8 ext_version;	/* bytes that a build appends; 0 for none */
	__u32 arg1;
	__u32 arg2;
};

#endif /* __CILIUM_DEBUG_H */
