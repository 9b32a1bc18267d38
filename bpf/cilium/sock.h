/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The message about the translation of a socket's address, and that of the recorder.
 */
#ifndef __CILIUM_SOCK_H
#define __CILIUM_SOCK_H

#include "release.h"
#include <linux/types.h>

/* Where a socket's address was seen. */
#if CILIUM_RELEASE >= 11300
enum xlate_point {
	XLATE_UNKNOWN = 0, /* unknown */
	XLATE_PRE_DIRECTION_FWD = 1, /* pre-xlate-fwd */
	XLATE_POST_DIRECTION_FWD = 2, /* post-xlate-fwd */
	XLATE_PRE_DIRECTION_REV = 3, /* pre-xlate-rev */
	XLATE_POST_DIRECTION_REV = 4, /* post-xlate-rev */
};
#endif

/* The protocol of a socket. */
#if CILIUM_RELEASE >= 11300
enum sock_protocol {
	L4_PROTOCOL_UNKNOWN = 0, /* unknown */
	L4_PROTOCOL_TCP = 1, /* tcp */
	L4_PROTOCOL_UDP = 2, /* udp */
};
#endif

/* CILIUM_NOTIFY_TRACE_SOCK. */
#if CILIUM_RELEASE >= 11900
struct trace_sock_notify {
	__u8 type;		/* CILIUM_NOTIFY_* */
	__u8 xlate_point;	/* XLATE_* */
	__u8 l4_proto;		/* L4_PROTOCOL_* */
	__u8 ipv6;		/* bit 0: the address is IPv6 */
	__u16 dst_port;
	__u16 pad;
	__u64 sock_cookie;
	__u64 cgroup_id;
	__u8 dst_ip[16];	/* IPv4 in the first 4 */
};
#endif

/* The same up to 1.18. */
struct trace_sock_notify_v1 {
	__u8 type;		/* CILIUM_NOTIFY_* */
	__u8 xlate_point;	/* XLATE_* */
	__u8 dst_ip[16];
	__u16 dst_port;
	__u64 sock_cookie;
	__u64 cgroup_id;
	__u8 l4_proto;		/* L4_PROTOCOL_* */
	__u8 ipv6;		/* bit 0: the address is IPv6 */
} __attribute__((packed));

/* CILIUM_NOTIFY_CAPTURE, of the recorder. The packet follows. */
struct capture_msg {
	__u8 type;		/* CILIUM_NOTIFY_* */
	__u8 subtype;		/* direction: 1 ingress, 2 egress */
	__u16 source;		/* number of the rule */
	__u32 hash;
	__u64 tv_boot;		/* nanoseconds since boot */
	__u32 len_cap;		/* bytes of the packet that follow */
	__u32 len_orig;		/* bytes of the packet on the wire */
};

#endif /* __CILIUM_SOCK_H */
