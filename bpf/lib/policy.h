/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Policy: which packets are denied. A rule names the other end by a prefix or by an identity, seen from the endpoint:
 * the sender of what comes in, the receiver of what goes out. The first of these that has a rule for the packet decides:
 *
 *	the longest prefix
 *	the identity
 *	any end
 *
 * and of its rules the first that there is of these:
 *
 *	VLAN, protocol, port
 *	protocol, port
 *	VLAN, protocol
 *	protocol
 *	VLAN
 *	nothing more
 *
 * The prefixes that hold a longer one have rules for it too: the loader enters them with those of the longer one. For
 * ICMP the type of the message stands for the port. What no rule matches is allowed.
 */
#ifndef __LIB_POLICY_H
#define __LIB_POLICY_H

#include <bpf/endian.h>
#include <bpf/helpers.h>

#include "identity.h"
#include "loader.h"
#include "packet.h"

#define POLICY_RULES_MAX 262144
#define POLICY_PREFIXES_MAX 65536

/* A rule's place. What it does not ask for is 0. */
struct policy_key {
	__u32 peer;	/* an identity, or the number of a prefix */
	__be16 port;	/* destination port, or POLICY_ICMP_TYPE and a type in host order */
	__u16 vlan;	/* the outermost */
	__u8 proto;
	__u8 dir;	/* CT_INGRESS or CT_EGRESS */
	__u8 by;	/* POLICY_BY_PREFIX, POLICY_BY_IDENTITY, or 0: what peer is */
	__u8 pad;
};

struct policy_rule {
	__u16 number;	/* 0 for none */
	__u8 deny;	/* 1 to deny, 0 to allow */
	__u8 pad;
};

/* A prefix that rules ask for. */
struct policy_peer {
	__u32 number;
};

/* The direction stands before the address, so that each has prefixes of its own: prefixlen counts its 32 bits. */
struct policy_prefix4 {
	__u32 prefixlen;
	__u32 dir;
	__be32 addr;
};

struct policy_prefix6 {
	__u32 prefixlen;
	__u32 dir;
	struct address addr;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct policy_key);
	__type(value, struct policy_rule);
	__uint(max_entries, POLICY_RULES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} policy SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct policy_prefix4);
	__type(value, struct policy_peer);
	__uint(max_entries, POLICY_PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} policy_prefixes4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct policy_prefix6);
	__type(value, struct policy_peer);
	__uint(max_entries, POLICY_PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} policy_prefixes6 SEC(".maps");

/* How many packets each rule has denied, or would have, by its number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, POLICY_COUNTERS);
} policy_denied SEC(".maps");

/*
 * Which levels have rules: bit n stands for the level that asks for the properties n (POLICY_BY_*). The loader sets
 * it when it has added a rule, so that a level without rules costs nothing.
 */
volatile __u32 policy_levels;

/* The levels that ask for a prefix: bits 8 to 15 and 24 to 31. */
#define LEVELS_BY_PREFIX 0xff00ff00

/* The number of the longest prefix that holds the other end, 0 if none does. */
static __always_inline __u32 find_prefix(const struct packet *pkt)
{
	const struct address *end = pkt->dir == CT_INGRESS ? &pkt->flow.saddr : &pkt->flow.daddr;
	const struct policy_peer *peer;

	if (!pkt->has_flow)
		return 0;
	if (pkt->flow.ipv6) {
		struct policy_prefix6 key = { .prefixlen = 32 + 128, .dir = pkt->dir, .addr = *end };

		peer = bpf_map_lookup_elem(&policy_prefixes6, &key);
	} else {
		struct policy_prefix4 key = { .prefixlen = 32 + 32, .dir = pkt->dir, .addr = end->word[0] };

		peer = bpf_map_lookup_elem(&policy_prefixes4, &key);
	}
	return peer ? peer->number : 0;
}

/* What rules for ports compare, 0 if the packet has nothing of the kind. */
static __always_inline __be16 policy_port(const struct packet *pkt)
{
	if (pkt->flow.proto == (pkt->flow.ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return POLICY_ICMP_TYPE | pkt->icmp_type;
	return pkt->flow.dport;
}

/* The rule of one level, given by the properties it asks for. */
static __always_inline const struct policy_rule *find_rule(const struct packet *pkt, __u32 peer, __u32 level)
{
	struct policy_key key = {
		.peer = peer,
		.dir = pkt->dir,
		.by = level & (POLICY_BY_PREFIX | POLICY_BY_IDENTITY),
	};

	if (level & POLICY_BY_VLAN)
		key.vlan = pkt->vlan;
	if (level & POLICY_BY_PROTO)
		key.proto = pkt->flow.proto;
	if (level & POLICY_BY_PORT)
		key.port = policy_port(pkt);
	return bpf_map_lookup_elem(&policy, &key);
}

/*
 * Whether a level can have a rule for the packet. A malformed one may have no addresses or no protocol. What keeps the
 * link running is only denied by the type of the message.
 */
static __always_inline bool level_applies(const struct packet *pkt, __u32 level)
{
	if ((level & POLICY_BY_VLAN) && !pkt->vlan)
		return false;
	if ((level & POLICY_BY_PROTO) && !pkt->has_flow)
		return false;
	if (level & POLICY_BY_PORT)
		return policy_port(pkt) != 0;
	return pkt->kind != PACKET_CONTROL;
}

/* What a rule of a level says: 0, or the drop reason that tells the level. */
static __always_inline int rule_says(struct __sk_buff *skb, struct packet *pkt,
				     const struct policy_rule *rule, __u32 level)
{
	__u32 number = rule->number;
	__u64 *denied;

	if (!rule->deny) {
		if (level & POLICY_BY_PROTO) {
			pkt->l4_rule = 1;
			debug(skb, DBG_L4_POLICY, pkt->flow.dport, pkt->dir, 0);
		}
		return 0;
	}
	pkt->rule = rule->number;
	denied = bpf_map_lookup_elem(&policy_denied, &number);
	if (denied)
		__sync_fetch_and_add(denied, 1);
	if (level & POLICY_BY_PREFIX)
		return DROP_POLICY_CIDR;
	return level & POLICY_BY_PROTO ? DROP_POLICY_L4 : DROP_POLICY;
}

/* Try one level; return from the caller if it decides. */
#define POLICY_TRY(level)                                                     \
	if ((levels & 1U << (level)) && level_applies(pkt, (level))) {        \
		rule = find_rule(pkt, peer, (level));                         \
		if (rule)                                                     \
			return rule_says(skb, pkt, rule, (level));            \
	}

/* Try the levels of one kind of peer. */
#define POLICY_TRY_ALL(by)                                                      \
	do {                                                                    \
		POLICY_TRY((by) | POLICY_BY_VLAN | POLICY_BY_PROTO | POLICY_BY_PORT); \
		POLICY_TRY((by) | POLICY_BY_PROTO | POLICY_BY_PORT);            \
		POLICY_TRY((by) | POLICY_BY_VLAN | POLICY_BY_PROTO);            \
		POLICY_TRY((by) | POLICY_BY_PROTO);                             \
		POLICY_TRY((by) | POLICY_BY_VLAN);                              \
		POLICY_TRY(by);                                                 \
	} while (0)

/* 0, or DROP_POLICY*. */
static __noinline int policy_verdict(struct __sk_buff *skb, struct packet *pkt)
{
	__u32 levels = policy_levels, peer;
	const struct policy_rule *rule;

	if (!levels)
		return 0;
	if (levels & LEVELS_BY_PREFIX) {
		peer = find_prefix(pkt);
		if (peer)
			POLICY_TRY_ALL(POLICY_BY_PREFIX);
	}
	peer = pkt->dir == CT_INGRESS ? pkt->src_id : pkt->dst_id;
	if (peer)
		POLICY_TRY_ALL(POLICY_BY_IDENTITY);
	peer = 0;
	POLICY_TRY_ALL(0);
	return 0;
}

#endif /* __LIB_POLICY_H */
