/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The message about a dropped packet. It has grown three times, each time at its end: the version says how far it goes.
 * Up to 1.11 it has 32 bytes, of which the last four are unused. 1.12 wrote line, file and ext_error into those, with the
 * same version, 1; 1.13 added ifindex, with that version too. 1.18 sends version 2, 1.19 version 3.
 */
#ifndef __CILIUM_DROP_H
#define __CILIUM_DROP_H

#include "drop_reason.h"
#include "source_file.h"
#include <linux/types.h>

/* What a packet starts with, and what it carries. */
#define CLS_FLAG_IPV6 1   /* ipv6 */
#define CLS_FLAG_L3_DEV 2 /* l3-device */
#define CLS_FLAG_VXLAN 4  /* vxlan */
#define CLS_FLAG_GENEVE 8 /* geneve */

/* CILIUM_NOTIFY_DROP. The packet follows. */
struct drop_notify {
	__u8 type;		/* CILIUM_NOTIFY_* */
	__u8 subtype;		/* DROP_*, or REASON_* */
	__u16 source;		/* endpoint that the program serves */
	__u32 hash;		/* the packet's flow hash */
	__u32 len_orig;		/* bytes of the packet on the wire */
	__u16 len_cap;		/* bytes of the packet that follow; 4 bytes before 1.7, with a version of 0 */
	__u8 version;		/* which fields there are */
	__u8 ext_version;	/* bytes that a build appends; 0 for none */
	__u32 src_label;	/* identity of the sender */
	__u32 dst_label;	/* identity of the receiver */
	__u32 dst_id;		/* endpoint that it was meant for, 0 if none */
#if CILIUM_RELEASE < 11200
	__u32 unused;
#else
	__u16 line;		/* where in the source it was dropped (since 1.12) */
	__u8 file;		/* FILE_* (since 1.12) */
	__s8 ext_error;		/* what a helper returned, 0 if none did (since 1.12) */
#endif
#if CILIUM_RELEASE >= 11300
	__u32 ifindex;		/* interface, 0 if unknown (since 1.13) */
#endif
#if CILIUM_RELEASE >= 11800
	__u8 flags;		/* CLS_FLAG_* (version 2) */
	__u8 pad[3];
#endif
#if CILIUM_RELEASE >= 11900
	__u64 ip_trace_id;	/* from an IP option, 0 if none (version 3) */
#endif
};

#endif /* __CILIUM_DROP_H */
