/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The message about a forwarded packet. The version says how far it goes: 0 up to 1.6, 1 from 1.7 on, 2 from 1.19 on. Of
 * flags there is one before 1.18, CLS_FLAG_IPV6.
 */
#ifndef __CILIUM_TRACE_H
#define __CILIUM_TRACE_H

#include "drop.h"
#include <linux/types.h>

/* Where a packet was seen. */
enum trace_point {
	TRACE_TO_LXC = 0, /* to-endpoint */
	TRACE_TO_PROXY = 1, /* to-proxy */
	TRACE_TO_HOST = 2, /* to-host */
	TRACE_TO_STACK = 3, /* to-stack */
	TRACE_TO_OVERLAY = 4, /* to-overlay */
	TRACE_FROM_LXC = 5, /* from-endpoint */
	TRACE_FROM_PROXY = 6, /* from-proxy */
	TRACE_FROM_HOST = 7, /* from-host */
	TRACE_FROM_STACK = 8, /* from-stack */
	TRACE_FROM_OVERLAY = 9, /* from-overlay */
#if CILIUM_RELEASE >= 10600
	TRACE_FROM_NETWORK = 10, /* from-network */
#endif
#if CILIUM_RELEASE >= 10802
	TRACE_TO_NETWORK = 11, /* to-network */
#endif
#if CILIUM_RELEASE >= 11705
	TRACE_FROM_CRYPTO = 12, /* from-crypto */
	TRACE_TO_CRYPTO = 13, /* to-crypto */
#endif
};

/* Why a packet was forwarded: the low 7 bits of reason. The highest says that it was encrypted. */
enum trace_reason {
	TRACE_REASON_POLICY = 0, /* new */
	TRACE_REASON_CT_ESTABLISHED = 1, /* established */
	TRACE_REASON_CT_REPLY = 2, /* reply */
	TRACE_REASON_CT_RELATED = 3, /* related */
#if CILIUM_RELEASE >= 10805
	TRACE_REASON_CT_REOPENED = 4, /* reopened */
#endif
#if CILIUM_RELEASE >= 11200
	TRACE_REASON_UNKNOWN = 5, /* unknown */
#endif
#if CILIUM_RELEASE >= 11519
	TRACE_REASON_SRV6_ENCAP = 6, /* srv6-encap */
	TRACE_REASON_SRV6_DECAP = 7, /* srv6-decap */
#endif
#if CILIUM_RELEASE >= 11600
	TRACE_REASON_ENCRYPT_OVERLAY = 8, /* encrypt-overlay */
#endif
};

/* CILIUM_NOTIFY_TRACE. The packet follows. */
struct trace_notify {
	__u8 type;		/* CILIUM_NOTIFY_* */
	__u8 subtype;		/* TRACE_TO_* and TRACE_FROM_* */
	__u16 source;		/* endpoint that the program serves */
	__u32 hash;		/* the packet's flow hash */
	__u32 len_orig;		/* bytes of the packet on the wire */
	__u16 len_cap;		/* bytes of the packet that follow; 4 bytes before 1.7, with a version of 0 */
	__u8 version;		/* which fields there are */
	__u8 ext_version;	/* bytes that a build appends; 0 for none */
	__u32 src_label;	/* identity of the sender */
	__u32 dst_label;	/* identity of the receiver */
	__u16 dst_id;		/* endpoint, or proxy port, that it goes to; 0 if none */
	__u8 reason;		/* TRACE_REASON_*, with 128 added if it was encrypted */
	__u8 flags;		/* CLS_FLAG_* */
	__u32 ifindex;		/* interface, 0 if unknown */
#if CILIUM_RELEASE >= 10700
	__u8 orig_ip[16];	/* source address before translation; IPv4 in the first 4 (version 1) */
#endif
#if CILIUM_RELEASE >= 11900
	__u64 ip_trace_id;	/* from an IP option, 0 if none (version 2) */
#endif
};

#endif /* __CILIUM_TRACE_H */
