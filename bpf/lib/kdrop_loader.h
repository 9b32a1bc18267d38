/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs that watch the kernel and their loader agree on.
 */
#ifndef __LIB_KDROP_LOADER_H
#define __LIB_KDROP_LOADER_H

#include <linux/types.h>

/* The most bytes of a packet that follow a message, and the fewest unless it is none: the headers that are put in front. */
#define KDROP_CAPTURE_MAX 4096
#define KDROP_CAPTURE_MIN 64

/* The most functions of a stack. */
#define KDROP_STACK_MAX 48

/* How many values there may be of each kind of filter. */
#define KDROP_FILTER_MAX 8

/* Reasons that can be told apart by the filter: by subsystem (the upper 16 bits), and in each by number. */
#define KDROP_REASONS_SUBSYS 8
#define KDROP_REASONS_EACH 256

/* How many pairs of a reason and a place are counted one by one. */
#define KDROP_COUNTS_MAX 4096

/* What becomes of a reason. */
#define KDROP_REASON_SHOW 0
#define KDROP_REASON_LEAVE_OUT 1	/* it is no loss */
#define KDROP_REASON_FILTER 2		/* the filter does not ask for it */
#define KDROP_REASON_LOSSES 3		/* it is a loss in some functions only (struct kdrop_range) */
#define KDROP_REASON_FULL 4		/* it is a loss if there are bytes that nobody has read */

/* How many functions there may be that lose packets without a reason. */
#define KDROP_LOSSES_MAX 64

/* A function of the kernel. */
struct kdrop_range {
	__u64 start;
	__u64 end;	/* behind it */
};

/* The inode numbers of namespaces, and nothing else, are from here on. */
#define KDROP_NAMESPACE_MIN 0xe0000000U

/* A period of the rate bound: 2^27 ns, 134 ms. */
#define KDROP_PERIOD_SHIFT 27

/* Addresses: both in network order, those of IPv4 as ::ffff:a.b.c.d. */
struct kdrop_prefix {
	__u64 addr[2];
	__u64 mask[2];
};

/* What is counted together. */
struct kdrop_key {
	__u64 location;
	__u32 reason;
	__u32 kind;	/* KDROP_* */
};

/* What became of the packets: each counts in one of these. */
struct kdrop_count {
	__u64 sent;	/* the reader gets it */
	__u64 limited;	/* held back by the rate bound */
	__u64 refused;	/* the ring was full */
	__u64 left_out;	/* no loss, so not sent */
};

/* The same on each CPU for what has no key. */
struct kdrop_totals {
	__u64 filtered;		/* rejected by the filter */
	__u64 refused;		/* the ring was full: the sum of all keys */
	__u64 uncounted;	/* there is no room for another key */
	__u64 period;		/* of the rate bound: the one at hand, */
	__u64 in_period;	/* how many it has had, */
	__u64 held;		/* and how many were held back since the last that was sent */
};

#endif /* __LIB_KDROP_LOADER_H */
