/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs in the kernel and their readers in user space agree on: message types, the head of every
 * message, drop reasons, conntrack directions and tuple flags.
 *
 * These headers are the only place where any of it is written. lockstep turns them into Go: a comment behind a
 * constant is the text that Go prints for it, a comment above explains it. Numbers travel, so they are never
 * reused: add at the end, and retire a code by keeping its line.
 *
 * The packet bytes behind a message start with an Ethernet header. Where the device has none, one of zeros with the
 * packet's EtherType is put in front, so that a reader need not know the device: it counts in len_cap, which says what
 * follows, and not in len_orig, which says what was on the wire.
 */
#ifndef __LIB_COMMON_H
#define __LIB_COMMON_H

#include <linux/types.h>
#include <linux/pkt_cls.h>

/* How many bytes of a packet follow a notification at the most, unless the program is told otherwise. */
#define TRACE_PAYLOAD_LEN 128

/*
 * Message types: the first byte of every message. 0 to 128 are the datapath's, 129 to 255 the agent's. The text
 * is the name that selects the type on a command line.
 */
enum notify_type {
	CILIUM_NOTIFY_UNSPEC,
	/* A packet was dropped: struct drop_notify, then packet bytes. */
	CILIUM_NOTIFY_DROP,		/* drop */
	/* A program says what it does: struct debug_msg. */
	CILIUM_NOTIFY_DBG_MSG,		/* debug */
	/* A packet as it passes a point in a program: struct debug_capture_msg, then packet bytes. */
	CILIUM_NOTIFY_DBG_CAPTURE,	/* capture */
	/* A packet was forwarded: struct trace_notify, then packet bytes. */
	CILIUM_NOTIFY_TRACE,		/* trace */
};

/*
 * The head of every message, in the byte order of the host that sends it. The meaning of subtype depends on
 * the type: a debug code, a capture code, an observation point, or the magnitude of a drop reason. hash is the same for
 * all packets of a connection, in both directions and at all points; 0 if the packet belongs to none.
 */
#define NOTIFY_COMMON_HDR                                      \
	__u8 type;     /* CILIUM_NOTIFY_* */                   \
	__u8 subtype;  /* what happened, by type */            \
	__u16 source;  /* endpoint that the program serves */  \
	__u32 hash;    /* number of the packet's flow */

/*
 * Drop reasons. A program returns the negative number; a drop notification carries its magnitude in subtype.
 * REASON_FORWARDED and TC_ACT_SHOT can stand in the same place.
 */
#define REASON_FORWARDED 0 /* Success */

#define DROP_INVALID_SMAC            (-130) /* Invalid source mac */
#define DROP_INVALID_DMAC            (-131) /* Invalid destination mac */
#define DROP_INVALID_SIP             (-132) /* Invalid source ip */
#define DROP_POLICY                  (-133) /* Policy denied (L3) */
#define DROP_INVALID                 (-134) /* Invalid packet */
#define DROP_CT_INVALID_HDR          (-135) /* CT: Truncated or invalid header */
#define DROP_CT_MISSING_ACK          (-136) /* CT: Missing TCP ACK flag */
#define DROP_CT_UNKNOWN_PROTO        (-137) /* CT: Unknown L4 protocol */
#define DROP_CT_CANT_CREATE_         (-138) /* CT: Can't create entry from packet */
#define DROP_UNKNOWN_L3              (-139) /* Unsupported L3 protocol */
#define DROP_MISSED_TAIL_CALL        (-140) /* Missed tail call */
#define DROP_WRITE_ERROR             (-141) /* Error writing to packet */
#define DROP_UNKNOWN_L4              (-142) /* Unknown L4 protocol */
#define DROP_UNKNOWN_ICMP_CODE       (-143) /* Unknown ICMPv4 code */
#define DROP_UNKNOWN_ICMP_TYPE       (-144) /* Unknown ICMPv4 type */
#define DROP_UNKNOWN_ICMP6_CODE      (-145) /* Unknown ICMPv6 code */
#define DROP_UNKNOWN_ICMP6_TYPE      (-146) /* Unknown ICMPv6 type */
#define DROP_NO_TUNNEL_KEY           (-147) /* Error retrieving tunnel key */
#define DROP_NO_TUNNEL_OPT_          (-148) /* Error retrieving tunnel options */
#define DROP_INVALID_GENEVE_         (-149) /* Invalid Geneve option */
#define DROP_UNKNOWN_TARGET          (-150) /* Unknown L3 target address */
#define DROP_NON_LOCAL               (-151) /* Not a local target address */
#define DROP_NO_LXC                  (-152) /* No matching local container found */
#define DROP_CSUM_L3                 (-153) /* Error while correcting L3 checksum */
#define DROP_CSUM_L4                 (-154) /* Error while correcting L4 checksum */
#define DROP_CT_CREATE_FAILED        (-155) /* CT: Map insertion failed */
#define DROP_INVALID_EXTHDR          (-156) /* Invalid IPv6 extension header */
#define DROP_FRAG_NOSUPPORT          (-157) /* IP fragmentation not supported */
#define DROP_NO_SERVICE              (-158) /* Service backend not found */
#define DROP_POLICY_L4               (-159) /* Policy denied (L4) */
#define DROP_NO_TUNNEL_ENDPOINT      (-160) /* No tunnel/encapsulation endpoint (datapath BUG!) */
#define DROP_PROXYMAP_CREATE_FAILED_ (-161) /* Failed to insert into proxymap */
#define DROP_POLICY_CIDR             (-162) /* Policy denied (CIDR) */
#define DROP_UNKNOWN_CT              (-163) /* Unknown connection tracking state */
#define DROP_HOST_UNREACHABLE        (-164) /* Local host is unreachable */
#define DROP_NO_CONFIG               (-165) /* No configuration available to perform policy decision */
#define DROP_UNSUPPORTED_L2          (-166) /* Unsupported L2 protocol */
#define DROP_NAT_NO_MAPPING          (-167) /* No mapping for NAT masquerade */
#define DROP_NAT_UNSUPP_PROTO        (-168) /* Unsupported protocol for NAT masquerade */

/* Directions of a connection, seen from the endpoint. */
#define CT_EGRESS 0  /* egress */
#define CT_INGRESS 1 /* ingress */
/* A connection to a service address, before a backend is chosen. */
#define CT_SERVICE 2

/*
 * Flags of a conntrack tuple. Outgoing is the absence of TUPLE_F_IN, so TUPLE_F_OUT is a name for no flag.
 */
#define TUPLE_F_OUT 0
#define TUPLE_F_IN 1      /* IN */
#define TUPLE_F_RELATED 2 /* RELATED */
#define TUPLE_F_SERVICE 4 /* SERVICE */

#endif /* __LIB_COMMON_H */
