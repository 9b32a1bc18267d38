/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The filter in the kernel: what it rejects costs little.
 */
#ifndef __LIB_KDROP_FILTER_H
#define __LIB_KDROP_FILTER_H

#include "kdrop_config.h"
#include "kdrop_packet.h"

static __always_inline __u32 verdict_of(__u32 reason)
{
	__u32 subsys = reason >> 16, number = reason & 0xffff, index;

	if (subsys >= KDROP_REASONS_SUBSYS || number >= KDROP_REASONS_EACH)
		return KDROP_REASON_SHOW;
	index = subsys * KDROP_REASONS_EACH + number;
	barrier_var(index);
	index &= KDROP_REASONS_SUBSYS * KDROP_REASONS_EACH - 1; /* the verifier of Linux 6.1 does not see that it is so */
	return cfg_reason[index];
}

/* Whether the function is one that loses packets without a reason: a binary search. */
__noinline int is_loss(__u64 location)
{
	__u32 i = 0, step;

#pragma unroll
	for (step = KDROP_LOSSES_MAX / 2; step; step /= 2) {
		if (i + step < cfg_losses && cfg_loss[i + step].start <= location)
			i += step;
	}
	return location >= cfg_loss[i].start && location < cfg_loss[i].end;
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

/* Whether the filter asks for anything that is in the headers of packets. */
static __always_inline bool asks_for_headers(void)
{
	return cfg_addrs || cfg_srcs || cfg_dsts || cfg_ports || cfg_sports || cfg_dports || cfg_protos;
}

static __always_inline bool match_flow(const struct kdrop_flow *flow)
{
	if (!match_addresses(flow))
		return false;
	if (cfg_protos && !in_protos(flow->proto))
		return false;
	return !(cfg_ports || cfg_sports || cfg_dports) || match_ports(flow);
}

/*
 * Whether the filter lets the packet pass whose IP header is at an address of the kernel, which is a number for the verifier:
 * so that it checks this function once, whatever calls it, as each that is not static.
 */
__noinline int match_headers(__u64 ip, __u32 protocol)
{
	struct kdrop_flow flow = {};

	return read_flow((const void *)ip, protocol, &flow) && match_flow(&flow);
}

/* The same for headers that were made of a socket, if there are any. */
static __noinline bool match_made(const struct kdrop_made *made, const struct kdrop_packet *pkt)
{
	struct kdrop_flow flow = {};

	if (!pkt->found)
		return false;
	made_flow(made, pkt, &flow);
	return match_flow(&flow);
}

/* Whether a packet is on one of the devices asked for. */
static __always_inline bool match_device(struct sk_buff *skb, const bool raw)
{
	struct net_device *dev = get(raw, skb, dev);
	__u64 name[2] = {};
	__u32 i, netns;

	if (!is_pointer(dev))
		return true; /* the reader may know the device by the number that the packet holds */
	if (raw) {
		bpf_probe_read_kernel(name, sizeof(name), &dev->name);
	} else {
		name[0] = ((__u64 *)&dev->name)[0];
		name[1] = ((__u64 *)&dev->name)[1];
	}
	for (i = 0; i < cfg_devices && i < KDROP_FILTER_MAX; i++) {
		if (name[0] == cfg_device[i][0] && name[1] == cfg_device[i][1])
			return true;
	}
	return !device_of(skb, &netns, raw); /* something else is in its place */
}

/* Whether a network namespace is one of those asked for. One that is not known, 0, is none of them. */
static __always_inline bool match_namespace(__u32 netns)
{
	__u32 i;

	for (i = 0; i < cfg_namespaces && i < KDROP_FILTER_MAX; i++) {
		if (netns == cfg_namespace[i])
			return true;
	}
	return false;
}

/* The network namespace of a packet: that of its device, or of its socket where it has none. */
static __always_inline __u32 namespace_of(struct sk_buff *skb, struct sock *sk, const bool raw)
{
	__u32 netns;

	device_of(skb, &netns, raw);
	if (netns)
		return netns;
	sk = sk ? sk : get(raw, skb, sk);
	return is_pointer(sk) ? netns_of(peek(sk, __sk_common.skc_net.net), true) : 0;
}

#endif /* __LIB_KDROP_FILTER_H */
