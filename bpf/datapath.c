/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
//go:build ignore

/*
 * The tc datapath: it looks at every packet that passes an interface, tells what happens to it, and, if it is told to
 * enforce, drops what is denied.
 */
#include <bpf/helpers.h>
#include <linux/bpf.h>

#include "lib/config.h"
#include "lib/ct.h"
#include "lib/flow.h"
#include "lib/frag.h"
#include "lib/identity.h"
#include "lib/notify.h"
#include "lib/parse.h"
#include "lib/policy.h"

char __license[] SEC("license") = "Dual BSD/GPL";

/* Say what the parser found that has a message of its own. */
static __always_inline void debug_icmpv6(struct __sk_buff *skb, const struct packet *pkt)
{
	if (!pkt->flow.ipv6 || pkt->flow.proto != IPPROTO_ICMPV6 || pkt->fragment == FRAGMENT_LATER)
		return;
	debug(skb, DBG_ICMP6_HANDLE, pkt->icmp_type, 0, 0);
	if (pkt->icmp_type == ICMPV6_NEIGH_SOLICIT)
		debug(skb, DBG_ICMP6_NS, pkt->target[0], pkt->target[1], 0);
}

/* Where the packet goes, or where it comes from: the program is at the border between the wire and the stack. */
static __always_inline enum trace_point where(const struct packet *pkt)
{
	if (pkt->dir == CT_INGRESS)
		return cfg_endpoint ? TRACE_TO_LXC : TRACE_TO_STACK;
	return cfg_endpoint ? TRACE_FROM_LXC : TRACE_FROM_STACK;
}

static __always_inline void debug_pass(struct __sk_buff *skb, const struct packet *pkt, enum ct_state state)
{
	if (pkt->dir == CT_EGRESS) {
		if (cfg_debug)
			send_capture(skb, pkt, DBG_CAPTURE_DELIVERY, skb->ifindex);
	} else if (cfg_endpoint) {
		debug(skb, DBG_LOCAL_DELIVERY, cfg_endpoint, pkt->src_id, 0);
	} else {
		debug(skb, DBG_TO_STACK, state == CT_REPLY || state == CT_RELATED, 0, 0);
	}
}

/* Let the packet go on to the next program, or to the stack or the wire. extra belongs to the reason. */
static __noinline int pass(struct __sk_buff *skb, const struct packet *pkt, enum trace_reason reason, __u32 extra)
{
	debug_pass(skb, pkt, (enum ct_state)reason);
	if (reason < TRACE_REASON_DENIED &&
	    (pkt->quiet || (pkt->dir == CT_EGRESS && cfg_aggregation >= TRACE_AGGREGATE_RX)))
		return TC_ACT_UNSPEC;
	send_trace_notify(skb, pkt, where(pkt), reason, extra);
	return TC_ACT_UNSPEC;
}

static __always_inline int drop(struct __sk_buff *skb, const struct packet *pkt, int reason)
{
	send_drop_notify(skb, pkt, reason);
	return TC_ACT_SHOT;
}

/* Ask the policy. 0, or the reason why the packet is denied. */
static __always_inline int judge(struct __sk_buff *skb, struct packet *pkt)
{
	int reason = policy_verdict(skb, pkt);

	if (reason < 0 && !cfg_enforce)
		debug(skb, DBG_POLICY_DENIED, pkt->src_id, pkt->dst_id, 0);
	return reason;
}

/*
 * A packet that is truncated or malformed, or that the connection table cannot take. It does not get around the policy,
 * as far as that can be asked about it.
 */
static __always_inline int fault(struct __sk_buff *skb, struct packet *pkt, int reason)
{
	int denied = 0;

	debug(skb, DBG_CT_VERDICT, -reason, 0, 0);
	if (reason != DROP_CT_CREATE_FAILED)
		denied = judge(skb, pkt);
	if (cfg_enforce && denied < 0)
		return drop(skb, pkt, denied);
	if (cfg_enforce && cfg_strict)
		return drop(skb, pkt, reason);
	return pass(skb, pkt, TRACE_REASON_MALFORMED, -reason);
}

/* A packet that is IP and has a flow, or that is an ICMP error. */
static __always_inline int handle_ip(struct __sk_buff *skb, struct packet *pkt)
{
	int state = CT_NEW, reason, denied = 0;

	if (pkt->kind != PACKET_CONTROL) {
		state = ct_lookup(skb, pkt);
		if (state < 0)
			return fault(skb, pkt, state);
		debug(skb, DBG_CT_VERDICT, state, 0, 0);
	}
	/* Answers to what was allowed are allowed. */
	if (state != CT_REPLY && state != CT_RELATED)
		denied = judge(skb, pkt);
	if (denied < 0 && cfg_enforce)
		return drop(skb, pkt, denied);
	if (state == CT_NEW && !pkt->in_table && pkt->kind == PACKET_TRACKED) {
		reason = ct_create(skb, pkt);
		if (reason < 0)
			return fault(skb, pkt, reason);
	}
	if (denied < 0)
		return pass(skb, pkt, TRACE_REASON_DENIED, pkt->rule);
	return pass(skb, pkt, (enum trace_reason)state, 0);
}

static __always_inline int handle(struct __sk_buff *skb, struct packet *pkt)
{
	int ret = parse_packet(skb, pkt);

	if (ret == 0 && pkt->fragment != FRAGMENT_NONE)
		ret = resolve_fragment(pkt);
	if (pkt->has_flow) {
		pkt->flow_id = flow_id(pkt->kind == PACKET_ERROR ? &pkt->quoted : &pkt->flow);
		identify(skb, pkt);
	}
	if (ret < 0)
		return fault(skb, pkt, ret);
	debug_icmpv6(skb, pkt);
	if (pkt->kind == PACKET_OTHER)
		return pass(skb, pkt, TRACE_REASON_POLICY, 0);
	return handle_ip(skb, pkt);
}

static __always_inline int start(struct __sk_buff *skb, __u8 dir, __u8 no_l2)
{
	__u32 zero = 0;
	struct packet *pkt = bpf_map_lookup_elem(&packet_scratch, &zero);

	if (!pkt)
		return TC_ACT_UNSPEC; /* an array has all its elements */
	memset(pkt, 0, sizeof(*pkt));
	pkt->dir = dir;
	pkt->no_l2 = no_l2;
	pkt->time = bpf_ktime_get_ns();
	pkt->now = (__u32)(pkt->time / 1000000000);
	return handle(skb, pkt);
}

/* A program for each direction, and for devices with and without a link-layer header. */

SEC("tc") int lockstep_ingress(struct __sk_buff *skb)
{
	return start(skb, CT_INGRESS, 0);
}

SEC("tc") int lockstep_egress(struct __sk_buff *skb)
{
	return start(skb, CT_EGRESS, 0);
}

SEC("tc") int lockstep_ingress_l3(struct __sk_buff *skb)
{
	return start(skb, CT_INGRESS, 1);
}

SEC("tc") int lockstep_egress_l3(struct __sk_buff *skb)
{
	return start(skb, CT_EGRESS, 1);
}
