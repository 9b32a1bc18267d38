/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef FLOWS_H
#define FLOWS_H

#include <linux/types.h>

/* What becomes of a packet. */
enum verdict {
	VERDICT_PASS,
	VERDICT_BLOCK,
};

/* A key of the trie of blocked networks. */
struct prefix {
	__u32 bits;	/* how many bits of the address count */
	__be32 addr;
};

/* Sent for every packet. */
struct flow {
	enum verdict verdict;
	__be32 saddr;
	__be32 daddr;
	__u32 bytes;
};

#endif
