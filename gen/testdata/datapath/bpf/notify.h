/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __NOTIFY_H
#define __NOTIFY_H

#include "message.h"
#include "reasons.h"

/* What a packet starts with, and what it carries. */
#define CLS_FLAG_IPV6	1	/* ipv6 */
#define CLS_FLAG_L3_DEV	2	/* l3-device */
#define CLS_FLAG_VXLAN	4	/* vxlan */
#define CLS_FLAG_GENEVE	8	/* geneve */

struct drop_notify {
	struct capture_hdr hdr;
	__u32 src_label;	/* identity of the sender */
	__u32 dst_label;	/* identity of the receiver */
	__u32 dst_id;		/* endpoint that it was meant for, 0 if none */
	__u16 line;		/* where in the source */
	__u8 file;		/* see source_names.h */
	__s8 ext_error;		/* what a helper returned */
	__u32 ifindex;
	__u8 flags;		/* CLS_FLAG_* */
	__u8 pad[3];
	__u64 ip_trace_id;	/* 0 for none */
};

/* Where a packet was seen. */
enum trace_point {
	TRACE_TO_LXC = 0,
	TRACE_TO_PROXY = 1,
	TRACE_TO_HOST = 2,
	TRACE_TO_STACK = 3,
	TRACE_TO_OVERLAY = 4,
	TRACE_FROM_LXC = 5,
	TRACE_FROM_PROXY = 6,
	TRACE_FROM_HOST = 7,
	TRACE_FROM_STACK = 8,
	TRACE_FROM_OVERLAY = 9,
	TRACE_FROM_NETWORK = 10,
	TRACE_TO_NETWORK = 11,
	TRACE_FROM_CRYPTO = 12,
	TRACE_TO_CRYPTO = 13,
};

/* Why a packet was forwarded, and whether it was encrypted. */
enum trace_reason {
	TRACE_REASON_POLICY = 0,	/* new */
	TRACE_REASON_CT_ESTABLISHED = 1,	/* established */
	TRACE_REASON_CT_REPLY = 2,	/* reply */
	TRACE_REASON_CT_RELATED = 3,	/* related */
	TRACE_REASON_CT_REOPENED = 4,	/* reopened */
	TRACE_REASON_UNKNOWN = 5,	/* unknown */
	TRACE_REASON_SRV6_ENCAP = 6,	/* srv6-encap */
	TRACE_REASON_SRV6_DECAP = 7,	/* srv6-decap */
	TRACE_REASON_ENCRYPT_OVERLAY = 8,	/* encrypt-overlay */
	TRACE_REASON_ENCRYPTED = 0x80,	/* encrypted */
};

struct trace_notify {
	struct capture_hdr hdr;
	__u32 src_label;
	__u32 dst_label;
	__u16 dst_id;
	__u8 reason;		/* enum trace_reason */
	__u8 flags;		/* CLS_FLAG_* */
	__u32 ifindex;
	__be32 orig_ip[4];
	__u64 ip_trace_id;
};

/* What of a policy matched. */
enum policy_match {
	POLICY_MATCH_NONE = 0,	/* none */
	POLICY_MATCH_L3_ONLY = 1,	/* L3-Only */
	POLICY_MATCH_L3_L4 = 2,	/* L3-L4 */
	POLICY_MATCH_L4_ONLY = 3,	/* L4-Only */
	POLICY_MATCH_ALL = 4,	/* all */
	POLICY_MATCH_L3_PROTO = 5,	/* L3-Proto */
	POLICY_MATCH_PROTO_ONLY = 6,	/* Proto-Only */
};

struct policy_verdict_notify {
	struct capture_hdr hdr;
	__u32 remote_label;
	__s32 verdict;		/* negative: denied; else a port of the proxy, or 0 */
	__u16 dst_port;
	__u8 proto;
	__u8 dir : 2,		/* 1 ingress, 2 egress */
	     ipv6 : 1,
	     match_type : 3,	/* enum policy_match */
	     audited : 1,
	     l3 : 1;
	__u8 auth_type;
	__u8 pad[3];
	__u32 cookie;
	__u32 pad2;
};

#endif
