/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
//go:build ignore

/*
 * Programs on the kernel's own tracepoints, which tell what it does with packets: drops, and TCP's retransmissions and
 * resets. They need no interface, and see all network namespaces.
 *
 * Each comes in two variants. The verifier knows the types of the arguments of the first (tp_btf), so that the filter reads
 * the kernel's structs directly; the second (raw_tp) reads by a helper, for kernels that do not offer the first.
 */
#include <bpf/helpers.h>
#include <linux/bpf.h>

#include "lib/kdrop_send.h"

char __license[] SEC("license") = "Dual BSD/GPL";

/* Ask for the socket of a packet, if there is one, and for the namespace where there is no device. */
static __always_inline void find_socket(struct kdrop_event *e)
{
	if (!is_pointer(e->sk))
		return;
	e->family = (__u8)peek(e->sk, __sk_common.skc_family);
	e->state = peek(e->sk, __sk_common.skc_state);
	if (!e->netns)
		e->netns = netns_of(peek(e->sk, __sk_common.skc_net.net), true);
}

/* Ask for the device of a packet that was dropped, and for the socket. */
static __always_inline void find_owner(struct kdrop_event *e)
{
	e->dev = device_of(e->skb, &e->netns, true);
	e->sk = e->sk ? e->sk : peek(e->skb, sk);
	find_socket(e);
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

static __always_inline int reject(void)
{
	struct kdrop_totals *totals = totals_here();

	if (totals)
		count(totals->filtered);
	return 0;
}

/* TCP has no headers yet in what it sends: make them of what the socket knows. */
static __always_inline void make_headers(struct kdrop_event *e, struct kdrop_made *made)
{
	if (e->pkt.found || !is_pointer(e->sk) || !is_full_socket(e->state) || peek(e->sk, sk_protocol) != IPPROTO_TCP)
		return;
	if (!make_packet(e->sk, made, &e->pkt, WAY_OUT, peek(e->skb, len)))
		return;
	made_tcp(e->sk, tcp_of(made, &e->pkt), WAY_OUT);
	e->flags |= KDROP_F_FROM_SOCKET;
}

/* Arguments that the kernel at hand may not have. */
#define drop_reason(ctx) (cfg_drop_args > 2 ? (__u32)(ctx)[2] : 0)
#define drop_socket(ctx) (cfg_drop_args > 3 ? (struct sock *)(ctx)[3] : NULL)
#define reset_reason(ctx) (cfg_reset_args > 2 ? (__u32)(ctx)[2] : 0)

/*
 * Report a packet whose headers, if it has any, the filter lets pass. False if it has none, and the filter rejects what its
 * socket knows.
 */
static __always_inline bool report_found(__u64 *ctx, const struct kdrop_packet *pkt, __u32 verdict, const bool raw)
{
	struct kdrop_event e = {
		.skb = (struct sk_buff *)ctx[0], .sk = drop_socket(ctx),
		.key = { .location = ctx[1], .reason = drop_reason(ctx) }, .pkt = *pkt,
	};
	struct kdrop_made made;
	struct kdrop_place at;
	__u32 found = pkt->found;

	barrier_var(found); /* read once: the verifier then knows below whether the packet is one that was made */
	if (!found) {
		find_owner(&e);
		memset(&made, 0, sizeof(made));
		make_headers(&e, &made);
		if (asks_for_headers() && !match_made(&made, &e.pkt))
			return false;
	}
	if (cfg_drop_args <= 2)
		e.flags |= KDROP_F_NO_REASON;
	if (!is_to_be_sent(&e, &at, is_left_out(&e, verdict, raw)))
		return true;
	if (found) { /* none of this matters before */
		find_owner(&e);
		find_link(e.skb, e.dev, &e.pkt, raw);
	}
	send_counted(ctx, &e, &at, raw);
	return true;
}

/* These have a stack of their own: that of drop is small. */
static __noinline bool report_drop(__u64 *ctx, const struct kdrop_packet *pkt, __u32 verdict)
{
	return report_found(ctx, pkt, verdict, false);
}

static __noinline bool report_drop_raw(__u64 *ctx, const struct kdrop_packet *pkt, __u32 verdict)
{
	return report_found(ctx, pkt, verdict, true);
}

/* What the filter rejects is to cost little: the cheapest question comes first, and nothing else is done before it. */
static __always_inline int drop(__u64 *ctx, struct sk_buff *skb, const bool raw)
{
	__u32 verdict = cfg_drop_args > 2 ? verdict_of(drop_reason(ctx)) : KDROP_REASON_SHOW;
	struct kdrop_packet pkt = {};

	if (verdict == KDROP_REASON_FILTER)
		return reject();
	if (cfg_devices && !match_device(skb, raw))
		return reject();
	if (cfg_namespaces && !match_namespace(namespace_of(skb, drop_socket(ctx), raw)))
		return reject();
	find_network(skb, &pkt, raw);
	if (pkt.found && asks_for_headers() && !match_headers((__u64)pkt.start, pkt.protocol))
		return reject();
	return (raw ? report_drop_raw : report_drop)(ctx, &pkt, verdict) ? 0 : reject();
}

/* Send what is known of a TCP segment, if the filter lets it. made is NULL if the packet is a real one. */
static __always_inline int tcp_event(void *ctx, struct kdrop_event *e, const struct kdrop_made *made)
{
	struct kdrop_place at;

	if (cfg_devices && !(e->skb && (!e->dev || match_device(e->skb, true))))
		return reject();
	if (cfg_namespaces && !match_namespace(e->netns))
		return reject();
	if (asks_for_headers() &&
	    !(made ? match_made(made, &e->pkt) : match_headers((__u64)e->pkt.start + e->pkt.network, e->pkt.protocol)))
		return reject();
	if (is_to_be_sent(e, &at, false))
		send_counted(ctx, e, &at, true);
	return 0;
}

static __always_inline int retransmit(void *ctx, struct sock *sk, struct sk_buff *skb)
{
	struct kdrop_event e = { .skb = skb, .sk = sk, .key = { .kind = KDROP_RETRANSMIT } };
	struct tcp_skb_cb *cb = (void *)&skb->cb;
	struct kdrop_made made = {};
	struct tcphdr *tcp;
	__u32 seq = 0;
	__u8 flags = 0;

	find_socket(&e);
	if (!make_packet(sk, &made, &e.pkt, WAY_OUT, peek(skb, len)))
		return 0;
	e.flags = KDROP_F_FROM_SOCKET;
	tcp = tcp_of(&made, &e.pkt);
	made_tcp(sk, tcp, WAY_OUT);
	bpf_probe_read_kernel(&seq, sizeof(seq), &cb->seq);
	bpf_probe_read_kernel(&flags, sizeof(flags), (__u8 *)cb + kernel_offset(cb->tcp_flags));
	tcp->seq = bpf_htonl(seq);
	tcp->flags = flags;
	return tcp_event(ctx, &e, &made);
}

/* skb is the packet that is answered; NULL if the reset ends a connection by the will of this side. */
static __always_inline int reset_sent(void *ctx, struct sock *sk, struct sk_buff *skb, __u32 reason)
{
	struct kdrop_event e = {
		.skb = skb, .sk = sk, .key = { .kind = KDROP_RESET_SENT, .reason = reason },
	};
	struct kdrop_made made = {};
	struct tcphdr *tcp;

	if (is_pointer(skb))
		e.dev = device_of(skb, &e.netns, true);
	find_socket(&e);
	if (is_pointer(skb))
		find_network(skb, &e.pkt, true);
	if (e.pkt.found) {
		find_link(skb, e.dev, &e.pkt, true);
		e.flags = KDROP_F_ANSWERED;
		return tcp_event(ctx, &e, NULL);
	}
	e.skb = NULL;
	if (!is_pointer(sk) || !make_packet(sk, &made, &e.pkt, WAY_OUT, 0))
		return 0;
	e.flags = KDROP_F_FROM_SOCKET;
	tcp = tcp_of(&made, &e.pkt);
	made_tcp(sk, tcp, WAY_OUT);
	tcp->flags = TCP_FLAG_RST;
	return tcp_event(ctx, &e, &made);
}

static __always_inline int reset_received(void *ctx, struct sock *sk)
{
	struct kdrop_event e = { .sk = sk, .key = { .kind = KDROP_RESET_RECEIVED } };
	struct kdrop_made made = {};
	struct tcphdr *tcp;

	find_socket(&e);
	if (!make_packet(sk, &made, &e.pkt, WAY_IN, 0))
		return 0;
	e.flags = KDROP_F_FROM_SOCKET;
	tcp = tcp_of(&made, &e.pkt);
	made_tcp(sk, tcp, WAY_IN);
	tcp->flags = TCP_FLAG_RST;
	return tcp_event(ctx, &e, &made);
}

SEC("tp_btf/kfree_skb") int kdrop_drop(__u64 *ctx)
{
	return drop(ctx, (struct sk_buff *)ctx[0], false);
}

SEC("raw_tp/kfree_skb") int kdrop_drop_raw(__u64 *ctx)
{
	return drop(ctx, (struct sk_buff *)ctx[0], true);
}

SEC("tp_btf/tcp_retransmit_skb") int kdrop_retransmit(__u64 *ctx)
{
	return retransmit(ctx, (struct sock *)ctx[0], (struct sk_buff *)ctx[1]);
}

SEC("raw_tp/tcp_retransmit_skb") int kdrop_retransmit_raw(__u64 *ctx)
{
	return retransmit(ctx, (struct sock *)ctx[0], (struct sk_buff *)ctx[1]);
}

SEC("tp_btf/tcp_send_reset") int kdrop_reset_sent(__u64 *ctx)
{
	return reset_sent(ctx, (struct sock *)ctx[0], (struct sk_buff *)ctx[1], reset_reason(ctx));
}

SEC("raw_tp/tcp_send_reset") int kdrop_reset_sent_raw(__u64 *ctx)
{
	return reset_sent(ctx, (struct sock *)ctx[0], (struct sk_buff *)ctx[1], reset_reason(ctx));
}

SEC("tp_btf/tcp_receive_reset") int kdrop_reset_received(__u64 *ctx)
{
	return reset_received(ctx, (struct sock *)ctx[0]);
}

SEC("raw_tp/tcp_receive_reset") int kdrop_reset_received_raw(__u64 *ctx)
{
	return reset_received(ctx, (struct sock *)ctx[0]);
}
