/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments: only the first one has ports, so they are kept for the others.
 */
#ifndef __LIB_FRAG_H
#define __LIB_FRAG_H

#include <bpf/helpers.h>

#include "common.h"
#include "packet.h"

#define FRAGMENTS_MAX 8192

/* How long the rest of a packet is waited for, in seconds: as long as a receiver may keep the first fragment. */
#define FRAGMENT_LIFETIME 60

/* What all fragments of a packet have in common. */
struct frag_key {
	struct address saddr;
	struct address daddr;
	__u32 id;	/* as it is in the packet */
	__u8 proto;
	__u8 ipv6;
	__u8 dir;
	__u8 pad;
	__u16 vlan;
	__u16 inner;
};

struct frag_ports {
	__u32 expires;	/* seconds since boot */
	__be16 sport;
	__be16 dport;
	__u8 kind;	/* PACKET_* */
	__u8 icmp_type;
	__u16 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct frag_key);
	__type(value, struct frag_ports);
	__uint(max_entries, FRAGMENTS_MAX);
} fragments SEC(".maps");

/* What the others are: of an ICMP error, only the first fragment has the quote. */
static __always_inline __u8 rest_kind(__u8 kind)
{
	return kind == PACKET_ERROR ? PACKET_ERROR_OTHER : kind;
}

/* Take the ports over. False if the first fragment has not been seen. */
static __always_inline bool frag_recall(const struct frag_key *key, struct packet *pkt)
{
	const struct frag_ports *ports = bpf_map_lookup_elem(&fragments, key);

	if (!ports || pkt->now >= ports->expires)
		return false;
	pkt->flow.sport = ports->sport;
	pkt->flow.dport = ports->dport;
	pkt->kind = ports->kind;
	pkt->icmp_type = ports->icmp_type;
	return true;
}

static __always_inline void frag_remember(const struct frag_key *key, const struct packet *pkt)
{
	struct frag_ports ports = {
		.expires = pkt->now + FRAGMENT_LIFETIME,
		.sport = pkt->flow.sport,
		.dport = pkt->flow.dport,
		.kind = rest_kind(pkt->kind),
		.icmp_type = pkt->icmp_type,
	};

	bpf_map_update_elem(&fragments, key, &ports, BPF_ANY);
}

/*
 * Give every fragment the ports of its packet. 0, or DROP_FRAG_NOSUPPORT for one that comes before the first: nothing
 * can be said of it.
 */
static __noinline int resolve_fragment(struct packet *pkt)
{
	struct frag_key key = {
		.saddr = pkt->flow.saddr,
		.daddr = pkt->flow.daddr,
		.id = pkt->frag_id,
		.proto = pkt->flow.proto,
		.ipv6 = pkt->flow.ipv6,
		.dir = pkt->dir,
		.vlan = pkt->vlan,
		.inner = pkt->inner,
	};

	if (pkt->fragment == FRAGMENT_LATER)
		return frag_recall(&key, pkt) ? 0 : DROP_FRAG_NOSUPPORT;
	frag_remember(&key, pkt);
	return 0;
}

#endif /* __LIB_FRAG_H */
