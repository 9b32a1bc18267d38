/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
//go:build ignore

/*
 * Programs on the kernel's own tracepoints, which tell what it does with packets: drops, and TCP's retransmissions and
 * resets. They need no interface, and see all network namespaces.
 *
 * Each comes in two variants. The verifier knows the types of the arguments of the first (tp_btf), so that it reads the
 * kernel's structs directly; the second (raw_tp) reads by a helper, for kernels that do not offer the first.
 */
#include <bpf/helpers.h>
#include <linux/bpf.h>

#include "lib/kdrop_send.h"

char __license[] SEC("license") = "Dual BSD/GPL";

/* Ask for the socket of a packet, if there is one, and for the namespace where there is no device. */
static __always_inline void find_socket(struct kdrop_event *e, const bool raw)
{
	if (!is_pointer(e->sk))
		return;
	e->family = (__u8)get(raw, e->sk, __sk_common.skc_family);
	e->state = get(raw, e->sk, __sk_common.skc_state);
	if (!e->netns)
		e->netns = netns_of(get(raw, e->sk, __sk_common.skc_net.net), raw);
}

/* Whether a buffer holds no packet of a network: what is sent between processes, or to the kernel. */
static __always_inline bool is_local(const struct kdrop_event *e)
{
	if (e->pkt.found || e->dev)
		return false;
	return e->family != AF_INET && e->family != AF_INET6;
}

/* Whether a packet is left out that the filter lets pass, since it is no loss. */
static __always_inline bool is_left_out(const struct kdrop_event *e, __u32 verdict, const bool raw)
{
	if (cfg_all)
		return false;
	switch (verdict) {
	case KDROP_REASON_LEAVE_OUT:
		return true;
	case KDROP_REASON_LOSSES:
		if (!is_loss(e->key.location))
			return true;
		break;
	case KDROP_REASON_FULL: /* what is left of a FIN in a queue is empty */
		if (!get(raw, e->skb, len))
			return true;
		break;
	}
	return is_local(e);
}

static __always_inline void reject(void)
{
	struct kdrop_totals *totals = totals_here();

	if (totals)
		count(totals->filtered);
}

/* TCP has no headers yet in what it sends: make them of what the socket knows. */
static __always_inline void make_headers(struct kdrop_event *e, struct kdrop_made *made, const bool raw)
{
	if (e->pkt.found || !is_pointer(e->sk) || !is_full_socket(e->state) || get(raw, e->sk, sk_protocol) != IPPROTO_TCP)
		return;
	if (!make_packet(e->sk, made, &e->pkt, WAY_OUT, get(raw, e->skb, len), raw))
		return;
	made_tcp(e->sk, tcp_of(made, &e->pkt), WAY_OUT, raw);
	e->flags |= KDROP_F_FROM_SOCKET;
}

static __always_inline int drop(void *ctx, struct sk_buff *skb, __u64 location, __u32 reason, struct sock *sk,
				const bool raw)
{
	struct kdrop_event e = { .skb = skb, .sk = sk, .key = { .location = location, .reason = reason } };
	struct kdrop_made made;
	__u32 verdict;

	verdict = cfg_drop_args > 2 ? verdict_of(reason) : KDROP_REASON_SHOW;
	if (verdict == KDROP_REASON_FILTER) {
		reject();
		return 0;
	}
	e.dev = device_of(skb, &e.netns, raw);
	if (!match_device(skb, e.dev)) {
		reject();
		return 0;
	}
	if (!find_packet(skb, e.dev, &e.pkt, raw)) {
		e.sk = e.sk ? e.sk : get(raw, skb, sk);
		find_socket(&e, raw);
		memset(&made, 0, sizeof(made));
		make_headers(&e, &made, raw);
	}
	if (!match_packet(&e.pkt)) {
		reject();
		return 0;
	}
	if (e.pkt.found && !(e.flags & KDROP_F_FROM_SOCKET)) { /* only now: what is rejected is to cost little */
		e.sk = e.sk ? e.sk : get(raw, skb, sk);
		find_socket(&e, raw);
	}
	if (cfg_drop_args <= 2)
		e.flags |= KDROP_F_NO_REASON;
	report(ctx, &e, is_left_out(&e, verdict, raw), raw);
	return 0;
}

/* Send what is known of a TCP segment, if the filter lets it. */
static __always_inline int tcp_event(void *ctx, struct kdrop_event *e, const bool raw)
{
	if (!match_device(e->skb, e->dev) || !match_packet(&e->pkt)) {
		reject();
		return 0;
	}
	report(ctx, e, false, raw);
	return 0;
}

static __always_inline int retransmit(void *ctx, struct sock *sk, struct sk_buff *skb, const bool raw)
{
	struct kdrop_event e = { .skb = skb, .sk = sk, .key = { .kind = KDROP_RETRANSMIT } };
	struct tcp_skb_cb *cb = (void *)&skb->cb;
	struct kdrop_made made = {};
	struct tcphdr *tcp;
	__u32 seq = 0;
	__u8 flags = 0;

	find_socket(&e, raw);
	if (!make_packet(sk, &made, &e.pkt, WAY_OUT, get(raw, skb, len), raw))
		return 0;
	e.flags = KDROP_F_FROM_SOCKET;
	tcp = tcp_of(&made, &e.pkt);
	made_tcp(sk, tcp, WAY_OUT, raw);
	bpf_probe_read_kernel(&seq, sizeof(seq), &cb->seq);
	bpf_probe_read_kernel(&flags, sizeof(flags), (__u8 *)cb + kernel_offset(cb->tcp_flags));
	tcp->seq = bpf_htonl(seq);
	tcp->flags = flags;
	return tcp_event(ctx, &e, raw);
}

/* skb is the packet that is answered; NULL if the reset ends a connection by the will of this side. */
static __always_inline int reset_sent(void *ctx, struct sock *sk, struct sk_buff *skb, __u32 reason, const bool raw)
{
	struct kdrop_event e = {
		.skb = skb, .sk = sk, .key = { .kind = KDROP_RESET_SENT, .reason = reason },
	};
	struct kdrop_made made = {};
	struct tcphdr *tcp;

	if (is_pointer(skb))
		e.dev = device_of(skb, &e.netns, raw);
	find_socket(&e, raw);
	if (is_pointer(skb) && find_packet(skb, e.dev, &e.pkt, raw)) {
		e.flags = KDROP_F_ANSWERED;
		return tcp_event(ctx, &e, raw);
	}
	e.skb = NULL;
	if (!is_pointer(sk) || !make_packet(sk, &made, &e.pkt, WAY_OUT, 0, raw))
		return 0;
	e.flags = KDROP_F_FROM_SOCKET;
	tcp = tcp_of(&made, &e.pkt);
	made_tcp(sk, tcp, WAY_OUT, raw);
	tcp->flags = TCP_FLAG_RST;
	return tcp_event(ctx, &e, raw);
}

static __always_inline int reset_received(void *ctx, struct sock *sk, const bool raw)
{
	struct kdrop_event e = { .sk = sk, .key = { .kind = KDROP_RESET_RECEIVED } };
	struct kdrop_made made = {};
	struct tcphdr *tcp;

	find_socket(&e, raw);
	if (!make_packet(sk, &made, &e.pkt, WAY_IN, 0, raw))
		return 0;
	e.flags = KDROP_F_FROM_SOCKET;
	tcp = tcp_of(&made, &e.pkt);
	made_tcp(sk, tcp, WAY_IN, raw);
	tcp->flags = TCP_FLAG_RST;
	return tcp_event(ctx, &e, raw);
}

/* Arguments that the kernel at hand may not have. */
#define drop_reason(ctx) (cfg_drop_args > 2 ? (__u32)(ctx)[2] : 0)
#define drop_socket(ctx) (cfg_drop_args > 3 ? (struct sock *)(ctx)[3] : NULL)
#define reset_reason(ctx) (cfg_reset_args > 2 ? (__u32)(ctx)[2] : 0)

SEC("tp_btf/kfree_skb") int kdrop_drop(__u64 *ctx)
{
	return drop(ctx, (struct sk_buff *)ctx[0], ctx[1], drop_reason(ctx), drop_socket(ctx), false);
}

SEC("raw_tp/kfree_skb") int kdrop_drop_raw(__u64 *ctx)
{
	return drop(ctx, (struct sk_buff *)ctx[0], ctx[1], drop_reason(ctx), drop_socket(ctx), true);
}

SEC("tp_btf/tcp_retransmit_skb") int kdrop_retransmit(__u64 *ctx)
{
	return retransmit(ctx, (struct sock *)ctx[0], (struct sk_buff *)ctx[1], false);
}

SEC("raw_tp/tcp_retransmit_skb") int kdrop_retransmit_raw(__u64 *ctx)
{
	return retransmit(ctx, (struct sock *)ctx[0], (struct sk_buff *)ctx[1], true);
}

SEC("tp_btf/tcp_send_reset") int kdrop_reset_sent(__u64 *ctx)
{
	return reset_sent(ctx, (struct sock *)ctx[0], (struct sk_buff *)ctx[1], reset_reason(ctx), false);
}

SEC("raw_tp/tcp_send_reset") int kdrop_reset_sent_raw(__u64 *ctx)
{
	return reset_sent(ctx, (struct sock *)ctx[0], (struct sk_buff *)ctx[1], reset_reason(ctx), true);
}

SEC("tp_btf/tcp_receive_reset") int kdrop_reset_received(__u64 *ctx)
{
	return reset_received(ctx, (struct sock *)ctx[0], false);
}

SEC("raw_tp/tcp_receive_reset") int kdrop_reset_received_raw(__u64 *ctx)
{
	return reset_received(ctx, (struct sock *)ctx[0], true);
}
