/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From bytes to struct packet: link layer, network layer, and how they follow each other. Every parse_* function
 * returns 0, or the drop reason of the fault it found.
 */
#ifndef __LIB_PARSE_H
#define __LIB_PARSE_H

#include <bpf/endian.h>
#include <linux/if_ether.h>

#include "common.h"
#include "config.h"
#include "cursor.h"
#include "packet.h"
#include "parse_ip.h"
#include "parse_l4.h"

/* A frame may be wrapped in so many VLAN tags. */
#define VLAN_DEPTH_MAX 4

/* What the first attempt at a packet wants to read directly, and the last one: no header lies further back. */
#define PULL_FIRST 128
#define PULL_LAST 4096

static __always_inline bool is_vlan(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) || proto == bpf_htons(ETH_P_8021AD) ||
	       proto == bpf_htons(ETH_P_QINQ1);
}

/* Note a tag, of which the outer two count. A tag with VLAN 0 only carries a priority. */
static __always_inline void note_vlan(struct packet *pkt, __u16 tci)
{
	if (!pkt->vlan)
		pkt->vlan = tci & VLAN_VID_MASK;
	else if (!pkt->inner)
		pkt->inner = tci & VLAN_VID_MASK;
}

/* The tag that the kernel, or the device, has taken out of the packet. */
static __always_inline void note_tag(struct __sk_buff *skb, struct packet *pkt)
{
	pkt->vlan = 0;
	pkt->inner = 0;
	pkt->tag_proto = 0;
	if (pkt->no_l2 || !skb->vlan_present)
		return;
	pkt->tag_proto = (__be16)skb->vlan_proto;
	pkt->tag_tci = bpf_htons((__u16)skb->vlan_tci);
	note_vlan(pkt, (__u16)skb->vlan_tci);
}

static __always_inline int parse_vlans(struct cursor *c, struct packet *pkt)
{
	struct vlan_hdr *vlan;
	int i;

	for (i = 0; i < VLAN_DEPTH_MAX && is_vlan(pkt->l3_proto); i++) {
		vlan = cursor_take(c, sizeof(*vlan));
		if (!vlan)
			return DROP_INVALID;
		note_vlan(pkt, bpf_ntohs(vlan->h_vlan_tci));
		pkt->l3_proto = vlan->h_vlan_encapsulated_proto;
	}
	return is_vlan(pkt->l3_proto) ? DROP_UNSUPPORTED_L2 : 0;
}

static __always_inline int parse_ether(struct cursor *c, struct packet *pkt)
{
	struct ethhdr *eth = cursor_take(c, sizeof(*eth));

	if (!eth)
		return DROP_INVALID;
	pkt->l3_proto = eth->h_proto;
	if (eth->h_source[0] & 1) /* a group cannot send */
		return DROP_INVALID_SMAC;
	if (bpf_ntohs(eth->h_proto) < ETH_P_802_3_MIN)
		return cfg_strict ? DROP_UNSUPPORTED_L2 : 0;
	return parse_vlans(c, pkt);
}

/* Carry over what the IP headers say of the fragment. True if the packet has a header behind them. */
static __always_inline bool note_fragment(struct packet *pkt, const struct payload *p)
{
	pkt->kind = PACKET_TRACKED;
	pkt->fragment = p->fragment;
	pkt->frag_id = p->id;
	return p->fragment != FRAGMENT_LATER;
}

static __always_inline int parse_ip4(struct cursor *c, struct packet *pkt)
{
	struct payload *p = reset_payload(pkt);
	int ret = parse_ip4_packet(c, &pkt->flow, p);

	pkt->has_flow = p->known;
	if (ret < 0 || !note_fragment(pkt, p))
		return ret;
	return p->proto == IPPROTO_ICMP ? parse_icmp(c, pkt) : parse_l4(c, pkt);
}

static __always_inline int parse_ip6(struct cursor *c, struct packet *pkt)
{
	struct payload *p = reset_payload(pkt);
	int ret = parse_ip6_packet(c, &pkt->flow, p);

	pkt->has_flow = p->known;
	if (ret < 0 || !note_fragment(pkt, p))
		return ret;
	return p->proto == IPPROTO_ICMPV6 ? parse_icmpv6(c, pkt) : parse_l4(c, pkt);
}

static __always_inline int parse_l3(struct cursor *c, struct packet *pkt)
{
	switch (pkt->l3_proto) {
	case bpf_htons(ETH_P_IP):
		return parse_ip4(c, pkt);
	case bpf_htons(ETH_P_IPV6):
		return parse_ip6(c, pkt);
	case bpf_htons(ETH_P_ARP):
		return 0;
	}
	return cfg_strict ? DROP_UNKNOWN_L3 : 0;
}

static __always_inline int parse_frame(struct cursor *c, struct packet *pkt)
{
	int ret = 0;

	if (!pkt->no_l2)
		ret = parse_ether(c, pkt);
	if (ret < 0)
		return ret;
	cursor_settle(c);
	return parse_l3(c, pkt);
}

/*
 * Parse what can be read directly. dir, no_l2 and now are the caller's. What was found goes into the packet and not to
 * the caller, so that the verifier need not follow the rest of the program once for each fault.
 */
static __noinline int parse_linear(struct __sk_buff *skb, struct packet *pkt)
{
	struct cursor c;

	cursor_init(&c, skb);
	pkt->kind = PACKET_OTHER;
	pkt->has_flow = 0;
	pkt->fragment = FRAGMENT_NONE;
	pkt->l3_proto = (__be16)skb->protocol;
	note_tag(skb, pkt);
	pkt->fault = (__s16)parse_frame(&c, pkt);
	pkt->flow.vlan = pkt->vlan;
	pkt->flow.inner = pkt->inner;
	pkt->quoted.vlan = pkt->vlan;
	pkt->quoted.inner = pkt->inner;
	return 0;
}

/* Make the first bytes of the packet readable directly. False if there is nothing more to make so. */
static __always_inline bool pull(struct __sk_buff *skb, __u32 want)
{
	__u32 linear = skb->data_end - skb->data;

	if (want > skb->len)
		want = skb->len;
	return linear < want && !bpf_skb_pull_data(skb, want);
}

/*
 * Parse the packet. A fault in one that is not linear may only be that its headers lie further back: bring them
 * in and look again.
 */
static __always_inline int parse_packet(struct __sk_buff *skb, struct packet *pkt)
{
	pull(skb, PULL_FIRST);
	parse_linear(skb, pkt);
	if (pkt->fault < 0 && pull(skb, PULL_LAST))
		parse_linear(skb, pkt);
	return pkt->fault;
}

#endif /* __LIB_PARSE_H */
