/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Identities: who an address belongs to, by the longest prefix that the loader has named.
 */
#ifndef __LIB_IDENTITY_H
#define __LIB_IDENTITY_H

#include <bpf/helpers.h>

#include "dbg.h"
#include "notify.h"
#include "packet.h"

#define IDENTITY_PREFIXES_MAX 65536

/* The first prefixlen bits of the address (network order) count. */
struct prefix4 {
	__u32 prefixlen;
	__be32 addr;
};

struct prefix6 {
	__u32 prefixlen;
	struct address addr;
};

struct identity {
	__u32 id;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct prefix4);
	__type(value, struct identity);
	__uint(max_entries, IDENTITY_PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} identities4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct prefix6);
	__type(value, struct identity);
	__uint(max_entries, IDENTITY_PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} identities6 SEC(".maps");

/* 1 once a prefix has an identity, so that the search costs nothing where none has. The loader sets it. */
volatile __u32 identities_set;

/* The identity of an address, 0 if no prefix holds it. */
static __always_inline __u32 identity_of(const struct address *addr, bool ipv6)
{
	const struct identity *found;

	if (ipv6) {
		struct prefix6 key = { .prefixlen = 128, .addr = *addr };

		found = bpf_map_lookup_elem(&identities6, &key);
	} else {
		struct prefix4 key = { .prefixlen = 32, .addr = addr->word[0] };

		found = bpf_map_lookup_elem(&identities4, &key);
	}
	return found ? found->id : 0;
}

static __always_inline void debug_identity(struct __sk_buff *skb, const struct packet *pkt)
{
	const __be32 *daddr = pkt->flow.daddr.word;
	enum dbg_code found = pkt->flow.ipv6 ? DBG_IP_ID_MAP_SUCCEED6 : DBG_IP_ID_MAP_SUCCEED4;
	enum dbg_code failed = pkt->flow.ipv6 ? DBG_IP_ID_MAP_FAILED6 : DBG_IP_ID_MAP_FAILED4;

	debug(skb, pkt->dst_id ? found : failed, pkt->flow.ipv6 ? daddr[3] : daddr[0], pkt->dst_id, 0);
}

/* Find both ends' identities. */
static __noinline int identify(struct __sk_buff *skb, struct packet *pkt)
{
	if (identities_set) {
		pkt->src_id = identity_of(&pkt->flow.saddr, pkt->flow.ipv6);
		pkt->dst_id = identity_of(&pkt->flow.daddr, pkt->flow.ipv6);
	}
	debug_identity(skb, pkt);
	return 0;
}

#endif /* __LIB_IDENTITY_H */
