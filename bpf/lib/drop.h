/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The message that reports a dropped packet.
 */
#ifndef __LIB_DROP_H
#define __LIB_DROP_H

#include "common.h"

/* CILIUM_NOTIFY_DROP. The first len_cap bytes of the packet follow. */
struct drop_notify {
	NOTIFY_COMMON_HDR
	__u32 len_orig;		/* bytes of the packet on the wire */
	__u32 len_cap;		/* bytes of the packet that follow */
	__u32 src_label;	/* identity of the sender, 0 if unknown */
	__u32 dst_label;	/* identity of the receiver, 0 if unknown */
	__u32 dst_id;		/* endpoint that it was meant for, 0 if none */
	__u32 unused;		/* number of the rule that denies it, 0 if none does or it has none */
};

#endif /* __LIB_DROP_H */
