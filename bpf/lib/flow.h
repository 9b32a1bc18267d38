/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The number of a flow: one for all packets of a connection, whichever way they go, at whatever point of whatever host
 * of the same byte order they are seen.
 */
#ifndef __LIB_FLOW_H
#define __LIB_FLOW_H

#include <bpf/helpers.h>

#include "packet.h"

/* Spread every bit of a word over all of it. */
static __always_inline __u32 flow_mix(__u32 word)
{
	word ^= word >> 16;
	word *= 0x9e3779b1; /* odd, and its bits are as irregular as those of the golden ratio, which it is */
	word ^= word >> 13;
	word *= 0x85ebca77;
	return word ^ word >> 16;
}

/* One end of a flow. */
static __always_inline __u32 flow_end(const struct address *addr, __be16 port, bool ipv6)
{
	__u32 sum = flow_mix(addr->word[0] + port);

	if (!ipv6)
		return sum;
	sum = flow_mix(sum + addr->word[1]);
	sum = flow_mix(sum + addr->word[2]);
	return flow_mix(sum + addr->word[3]);
}

/* Never 0. The sum of the ends is the same in both directions. */
static __always_inline __u32 flow_id(const struct flow *flow)
{
	__u32 ends = flow_end(&flow->saddr, flow->sport, flow->ipv6) + flow_end(&flow->daddr, flow->dport, flow->ipv6);
	__u32 id = flow_mix(ends + ((__u32)flow->vlan << 20 ^ (__u32)flow->inner << 8 ^ flow->proto));

	return id ? id : 1;
}

#endif /* __LIB_FLOW_H */
