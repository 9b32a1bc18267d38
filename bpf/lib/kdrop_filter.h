/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filter in the kernel: what it rejects costs little.
 */
#ifndef __LIB_KDROP_FILTER_H
#define __LIB_KDROP_FILTER_H

#include "kdrop_config.h"
#include "kdrop_packet.h"

/* What becomes of a reason: KDROP_REASON_*. Reasons beyond are shown. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, KDROP_REASONS_SUBSYS * KDROP_REASONS_EACH);
} kdrop_reasons SEC(".maps");

/* The devices to report, by name. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(key_size, 16);
	__uint(value_size, 1);
	__uint(max_entries, KDROP_FILTER_MAX);
} kdrop_devices SEC(".maps");

static __always_inline __u32 verdict_of(__u32 reason)
{
	__u32 subsys = reason >> 16, number = reason & 0xffff, *verdict;

	if (subsys >= KDROP_REASONS_SUBSYS || number >= KDROP_REASONS_EACH)
		return KDROP_REASON_SHOW;
	number += subsys * KDROP_REASONS_EACH;
	verdict = bpf_map_lookup_elem(&kdrop_reasons, &number);
	return verdict ? *verdict : KDROP_REASON_SHOW;
}

/* Whether the function is one that loses packets without a reason. */
static __always_inline bool is_loss(__u64 location)
{
	__u32 i;

	for (i = 0; i < cfg_losses && i < KDROP_LOSSES_MAX; i++) {
		if (location - cfg_loss[i].start < cfg_loss[i].end - cfg_loss[i].start)
			return true;
	}
	return false;
}

static __always_inline bool in_prefixes(const volatile struct kdrop_prefix *list, __u32 n, const __u64 addr[2])
{
	__u32 i;

	for (i = 0; i < n && i < KDROP_FILTER_MAX; i++) {
		if ((addr[0] & list[i].mask[0]) == list[i].addr[0] && (addr[1] & list[i].mask[1]) == list[i].addr[1])
			return true;
	}
	return false;
}

static __always_inline bool in_ports(const volatile __u16 *list, __u32 n, __u16 port)
{
	__u32 i;

	for (i = 0; i < n && i < KDROP_FILTER_MAX; i++) {
		if (port == list[i])
			return true;
	}
	return false;
}

static __always_inline bool in_protos(__u8 proto)
{
	__u32 i;

	for (i = 0; i < cfg_protos && i < KDROP_FILTER_MAX; i++) {
		if (proto == cfg_proto[i])
			return true;
	}
	return false;
}

static __always_inline bool match_addresses(const struct kdrop_flow *flow)
{
	if (cfg_addrs && !in_prefixes(cfg_addr, cfg_addrs, flow->src) && !in_prefixes(cfg_addr, cfg_addrs, flow->dst))
		return false;
	if (cfg_srcs && !in_prefixes(cfg_src, cfg_srcs, flow->src))
		return false;
	return !cfg_dsts || in_prefixes(cfg_dst, cfg_dsts, flow->dst);
}

static __always_inline bool match_ports(const struct kdrop_flow *flow)
{
	if (flow->ports != 1)
		return flow->ports != 0;
	if (cfg_ports && !in_ports(cfg_port, cfg_ports, flow->sport) && !in_ports(cfg_port, cfg_ports, flow->dport))
		return false;
	if (cfg_sports && !in_ports(cfg_sport, cfg_sports, flow->sport))
		return false;
	return !cfg_dports || in_ports(cfg_dport, cfg_dports, flow->dport);
}

static __noinline bool match_packet(const struct kdrop_packet *pkt)
{
	struct kdrop_flow flow = {};

	if (!cfg_addrs && !cfg_srcs && !cfg_dsts && !cfg_ports && !cfg_sports && !cfg_dports && !cfg_protos)
		return true;
	if (!read_flow(pkt, &flow))
		return false;
	if (!match_addresses(&flow))
		return false;
	if (cfg_protos && !in_protos(flow.proto))
		return false;
	return !(cfg_ports || cfg_sports || cfg_dports) || match_ports(&flow);
}

static __always_inline bool match_device(const struct sk_buff *skb, struct net_device *dev)
{
	char name[16] = {};

	if (!cfg_devices)
		return true;
	if (!dev)
		return skb != NULL; /* the reader may know the device by the number that the packet holds */
	bpf_probe_read_kernel(name, sizeof(name), &dev->name);
	return bpf_map_lookup_elem(&kdrop_devices, name) != NULL;
}

#endif /* __LIB_KDROP_FILTER_H */
