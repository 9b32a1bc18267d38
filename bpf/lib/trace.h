/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The message that reports a forwarded packet, the points where it is seen, and why it passed.
 */
#ifndef __LIB_TRACE_H
#define __LIB_TRACE_H

#include "conntrack.h"

/* Observation points: subtype of a trace notification. */
enum trace_point {
	/* Handed to a local endpoint. */
	TRACE_TO_LXC,		/* to-endpoint */
	/* Redirected to the proxy. */
	TRACE_TO_PROXY,		/* to-proxy */
	/* Handed to this host's own namespace. */
	TRACE_TO_HOST,		/* to-host */
	/* Left to the kernel's stack. */
	TRACE_TO_STACK,		/* to-stack */
	/* Sent into the tunnel. */
	TRACE_TO_OVERLAY,	/* to-overlay */
	/* Come out of a local endpoint. */
	TRACE_FROM_LXC,		/* from-endpoint */
	/* Come back from the proxy. */
	TRACE_FROM_PROXY,	/* from-proxy */
	/* Come from this host's own namespace. */
	TRACE_FROM_HOST,	/* from-host */
	/* Come from the kernel's stack. */
	TRACE_FROM_STACK,	/* from-stack */
	/* Come out of the tunnel. */
	TRACE_FROM_OVERLAY,	/* from-overlay */
};

/*
 * Why the packet passed: its conntrack state, or the policy where there is none yet. This program's own reasons have
 * numbers far from those that others may add.
 */
enum trace_reason {
	TRACE_REASON_POLICY = CT_NEW,			/* new */
	TRACE_REASON_CT_ESTABLISHED = CT_ESTABLISHED,	/* established */
	TRACE_REASON_CT_REPLY = CT_REPLY,		/* reply */
	TRACE_REASON_CT_RELATED = CT_RELATED,		/* related */
	/* A rule denies the packet, and the program does not enforce the policy: pad is the rule's number. */
	TRACE_REASON_DENIED = 160,			/* denied */
	/* There is something wrong with the packet: pad is the magnitude of the drop reason. */
	TRACE_REASON_MALFORMED = 161,			/* malformed */
};

/*
 * How much of the traffic a program reports: its aggregation level. A level holds back all that a lower one does.
 * Drops and faults are reported at every level.
 */
enum trace_aggregate {
	/* Every packet. */
	TRACE_AGGREGATE_NONE = 0,	/* none */
	/* No packet where it comes from (the from-* points), only where it goes. */
	TRACE_AGGREGATE_RX = 1,		/* receive */
	/*
	 * Of a connection in the table, only the packet that opens it, those with a TCP flag that its direction
	 * has not shown yet, and one packet every few seconds while it is active.
	 */
	TRACE_AGGREGATE_ACTIVE_CT = 3,	/* active */
};

/* CILIUM_NOTIFY_TRACE. The first len_cap bytes of the packet follow. */
struct trace_notify {
	NOTIFY_COMMON_HDR
	__u32 len_orig;		/* bytes of the packet on the wire */
	__u32 len_cap;		/* bytes of the packet that follow */
	__u32 src_label;	/* identity of the sender, 0 if unknown */
	__u32 dst_label;	/* identity of the receiver, 0 if unknown */
	__u16 dst_id;		/* endpoint that it goes to, 0 if none */
	__u8 reason;		/* TRACE_REASON_* */
	__u8 pad;		/* what belongs to the reason, see there: 0, or up to 255 */
	__u32 ifindex;		/* interface that it goes to or came from, 0 if unknown */
};

#endif /* __LIB_TRACE_H */
