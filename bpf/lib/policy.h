/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Policy: which packets are denied. A rule names the other end by a prefix or by an identity, seen from the endpoint:
 * the sender of what comes in, the receiver of what goes out. The first level that has a rule for the packet decides:
 *
 *	prefix				the longest one
 *	identity, protocol, port
 *	identity, protocol
 *	identity
 *	protocol, port			any identity
 *	protocol			any identity
 *	nothing				every packet
 *
 * What no rule matches is allowed.
 */
#ifndef __LIB_POLICY_H
#define __LIB_POLICY_H

#include <bpf/endian.h>
#include <bpf/helpers.h>

#include "identity.h"
#include "loader.h"
#include "packet.h"

#define POLICY_RULES_MAX 65536

/* A rule's place. What it does not ask for is 0. */
struct policy_key {
	__u32 identity;
	__be16 port;	/* destination port */
	__u8 proto;
	__u8 dir;	/* CT_INGRESS or CT_EGRESS */
};

struct policy_rule {
	__u8 deny;	/* 1 to deny, 0 to allow */
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
	__type(value, struct policy_rule);
	__uint(max_entries, POLICY_RULES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} policy_prefixes4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct policy_prefix6);
	__type(value, struct policy_rule);
	__uint(max_entries, POLICY_RULES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} policy_prefixes6 SEC(".maps");

/*
 * Which levels have rules: bit n stands for the level that asks for the properties n (POLICY_BY_*). The loader sets
 * it when it has added a rule, so that a level without rules costs nothing.
 */
volatile __u32 policy_levels;

static __always_inline const struct policy_rule *find_prefix_rule(const struct packet *pkt)
{
	const struct address *peer = pkt->dir == CT_INGRESS ? &pkt->flow.saddr : &pkt->flow.daddr;

	if (pkt->flow.ipv6) {
		struct policy_prefix6 key = { .prefixlen = 32 + 128, .dir = pkt->dir, .addr = *peer };

		return bpf_map_lookup_elem(&policy_prefixes6, &key);
	} else {
		struct policy_prefix4 key = { .prefixlen = 32 + 32, .dir = pkt->dir, .addr = peer->word[0] };

		return bpf_map_lookup_elem(&policy_prefixes4, &key);
	}
}

/* The rule of one level, given by the properties it asks for. */
static __always_inline const struct policy_rule *find_rule(const struct packet *pkt, __u32 level)
{
	struct policy_key key = { .dir = pkt->dir };

	if (level & POLICY_BY_PREFIX)
		return find_prefix_rule(pkt);
	if (level & POLICY_BY_IDENTITY)
		key.identity = pkt->dir == CT_INGRESS ? pkt->src_id : pkt->dst_id;
	if (level & POLICY_BY_PROTO)
		key.proto = pkt->flow.proto;
	if (level & POLICY_BY_PORT)
		key.port = pkt->flow.dport;
	return bpf_map_lookup_elem(&policy, &key);
}

/* Whether a level can have a rule for the packet: unknown identities have none, and neither has ICMP ports. */
static __always_inline bool level_applies(const struct packet *pkt, __u32 level)
{
	__u32 peer = pkt->dir == CT_INGRESS ? pkt->src_id : pkt->dst_id;

	if ((level & POLICY_BY_IDENTITY) && !peer)
		return false;
	return !(level & POLICY_BY_PORT) || pkt->flow.proto == IPPROTO_TCP || pkt->flow.proto == IPPROTO_UDP;
}

/* What a rule of a level says: 0, or the drop reason that tells the level. */
static __always_inline int rule_says(struct __sk_buff *skb, struct packet *pkt,
				     const struct policy_rule *rule, __u32 level)
{
	if (level & POLICY_BY_PREFIX)
		return rule->deny ? DROP_POLICY_CIDR : 0;
	if (!(level & POLICY_BY_PROTO))
		return rule->deny ? DROP_POLICY : 0;
	if (rule->deny)
		return DROP_POLICY_L4;
	pkt->l4_rule = 1;
	debug(skb, DBG_L4_POLICY, pkt->flow.dport, pkt->dir, 0);
	return 0;
}

/* Try one level; return from the caller if it decides. */
#define POLICY_TRY(level)                                                     \
	if ((levels & 1 << (level)) && level_applies(pkt, (level))) {         \
		rule = find_rule(pkt, (level));                               \
		if (rule)                                                     \
			return rule_says(skb, pkt, rule, (level));            \
	}

/* 0, or DROP_POLICY*. */
static __noinline int policy_verdict(struct __sk_buff *skb, struct packet *pkt)
{
	__u32 levels = policy_levels;
	const struct policy_rule *rule;

	POLICY_TRY(POLICY_BY_PREFIX);
	POLICY_TRY(POLICY_BY_IDENTITY | POLICY_BY_PROTO | POLICY_BY_PORT);
	POLICY_TRY(POLICY_BY_IDENTITY | POLICY_BY_PROTO);
	POLICY_TRY(POLICY_BY_IDENTITY);
	POLICY_TRY(POLICY_BY_PROTO | POLICY_BY_PORT);
	POLICY_TRY(POLICY_BY_PROTO);
	POLICY_TRY(0);
	return 0;
}

#endif /* __LIB_POLICY_H */
