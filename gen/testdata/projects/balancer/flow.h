/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef FLOW_H
#define FLOW_H

#define MAC_LEN 6
#define ACTION_PASS 0
#define ACTION_DROP 1
#define ACTION_FORWARD 2

enum proto {
	PROTO_TCP = 6,
	PROTO_UDP = 17,
};

/* A key of the trie of prefixes. */
typedef struct prefix_t {
	__u32 prefixlen;
	__be32 addr;
} prefix;

/* What becomes of a flow. */
struct event {
	prefix from;
	__be16 port;
	__u8 action; /* ACTION_* */
	__u8 mac[MAC_LEN];
	enum proto proto;
} __attribute__((packed));

#endif
