/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counting, bounding and sending messages.
 */
#ifndef __LIB_KDROP_SEND_H
#define __LIB_KDROP_SEND_H

#include "kdrop_filter.h"
#include "ring.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} kdrop_events SEC(".maps");

/* What the reader tells: it maps the element into its memory. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct ring_reader);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
} kdrop_reader SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__type(key, struct kdrop_key);
	__type(value, struct kdrop_count);
	__uint(max_entries, KDROP_COUNTS_MAX);
} kdrop_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct kdrop_totals);
	__uint(max_entries, 1);
} kdrop_totals SEC(".maps");

/* Counters stand in per-CPU maps, but an interrupt can come between a read and a write: hence atomic. */
#define count(counter) __sync_fetch_and_add(&(counter), 1)

/* What is sent of a message. */
#define KDROP_SENT_LEN __builtin_offsetof(struct kdrop_notify, reason)

static __always_inline struct kdrop_totals *totals_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&kdrop_totals, &zero);
}

/* The counters of a key, made if they are new, or NULL. */
static __always_inline struct kdrop_count *count_of(const struct kdrop_key *key)
{
	struct kdrop_count *count = bpf_map_lookup_elem(&kdrop_counts, key);
	struct kdrop_count none = {};

	if (count)
		return count;
	bpf_map_update_elem(&kdrop_counts, key, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&kdrop_counts, key);
}

/* Whether one more may be sent on this CPU. */
static __always_inline bool within_rate(struct kdrop_totals *totals, __u64 now)
{
	__u64 period = now >> KDROP_PERIOD_SHIFT;

	if (totals->period != period) {
		totals->period = period;
		totals->in_period = 0;
	}
	if (totals->in_period >= cfg_rate) {
		totals->held++;
		return false;
	}
	totals->in_period++;
	return true;
}

/* What a message is about. */
struct kdrop_event {
	struct sk_buff *skb;
	struct sock *sk;
	struct net_device *dev;
	struct kdrop_packet pkt;
	struct kdrop_key key;
	__u64 time;
	__u32 netns;
	__u16 flags;
	__u8 family;
	__u8 state;
};

static __always_inline __u32 copy_packet(__u8 *to, __u64 room, const void *from, __u64 len)
{
	barrier_var(len);
	if (len > room)
		len = room;
	if (bpf_probe_read_kernel(to, len, from))
		return 0;
	return len;
}

/*
 * Put the packet behind the message: an Ethernet header where there is none, a VLAN tag where the kernel holds it beside
 * the packet. Returns how many bytes there are.
 */
static __always_inline __u32 put_packet(__u8 *to, struct kdrop_packet *pkt, __u32 *front)
{
	__u32 at = 12;

	if (pkt->link) {
		if (bpf_probe_read_kernel(to, 12, pkt->start))
			return 0;
	} else {
		memset(to, 0, 12);
		*front += sizeof(struct ethhdr);
	}
	if (pkt->vlan_proto) {
		memcpy(to + 12, &pkt->vlan_proto, 2);
		to[14] = pkt->vlan_tci >> 8;
		to[15] = (__u8)pkt->vlan_tci;
		*front += 4;
		at = 16;
	}
	if (pkt->link) {
		if (at == 16)
			return 16 + copy_packet(to + 16, cfg_capture_len - 16, pkt->start + 12, pkt->linear - 12);
		return 12 + copy_packet(to + 12, cfg_capture_len - 12, pkt->start + 12, pkt->linear - 12);
	}
	if (at == 16) {
		memcpy(to + 16, &pkt->protocol, 2);
		return 18 + copy_packet(to + 18, cfg_capture_len - 18, pkt->start, pkt->linear);
	}
	memcpy(to + 12, &pkt->protocol, 2);
	return 14 + copy_packet(to + 14, cfg_capture_len - 14, pkt->start, pkt->linear);
}

static __always_inline void fill_socket(struct kdrop_notify *msg, const struct kdrop_event *e)
{
	msg->cgroup = msg->socket = 0;
	msg->uid = 0;
	msg->sk_family = e->family;
	msg->sk_state = e->state;
	msg->sk_protocol = 0;
	if (!is_pointer(e->sk) || !is_full_socket(e->state))
		return;
	msg->cgroup = cgroup_id(e->sk);
	msg->socket = socket_inode(e->sk);
	msg->uid = peek(e->sk, sk_uid.val);
	msg->sk_protocol = (__u8)peek(e->sk, sk_protocol);
}

static __always_inline void fill_device(struct kdrop_notify *msg, const struct kdrop_event *e, const bool raw)
{
	msg->netns = e->netns;
	msg->in_ifindex = e->skb ? (__u32)get(raw, e->skb, skb_iif) : 0;
	if (e->dev) {
		msg->ifindex = (__u32)peek(e->dev, ifindex);
		bpf_probe_read_kernel(msg->device, sizeof(msg->device), &e->dev->name);
	} else {
		msg->ifindex = 0;
		memset(msg->device, 0, sizeof(msg->device));
	}
}

static __always_inline void fill_head(struct kdrop_notify *msg, const struct kdrop_event *e, const bool raw)
{
	msg->type = LOCKSTEP_NOTIFY_KERNEL;
	msg->subtype = (__u8)e->key.kind;
	msg->source = 0;
	msg->hash = e->skb ? get(raw, e->skb, hash) : 0;
	msg->time = e->time;
	msg->location = e->key.location;
	msg->reason_number = e->key.reason;
	msg->task_pid = bpf_get_current_pid_tgid() >> 32;
	msg->cpu = bpf_get_smp_processor_id();
	msg->protocol = bpf_ntohs(e->pkt.protocol);
	msg->flags = e->flags;
	msg->unused = 0;
	bpf_get_current_comm(msg->task, sizeof(msg->task));
}

/* Wake the reader if it sleeps. Otherwise it looks by itself: to wake one that is behind would cost the sender. */
static __always_inline __u64 wakeup_flags(void)
{
	__u32 zero = 0;
	struct ring_reader *reader = bpf_map_lookup_elem(&kdrop_reader, &zero);

	if (!reader || !reader->asleep)
		return BPF_RB_NO_WAKEUP;
	reader->asleep = 0;
	return BPF_RB_FORCE_WAKEUP;
}

/* Send the message. A record has the same size whatever is in it. */
static __always_inline bool send(void *ctx, struct kdrop_event *e, const bool raw)
{
	__u32 size = KDROP_SENT_LEN + cfg_capture_len + cfg_stack_len, front = 0;
	struct ring_trailer *trailer;
	struct kdrop_notify *msg;
	long stack;

	msg = bpf_ringbuf_reserve(&kdrop_events, size + sizeof(*trailer), 0);
	if (!msg)
		return false;
	fill_head(msg, e, raw);
	fill_device(msg, e, raw);
	fill_socket(msg, e);
	msg->len_cap = 0;
	if (cfg_capture_len && e->pkt.found)
		msg->len_cap = put_packet((__u8 *)msg + KDROP_SENT_LEN, &e->pkt, &front);
	msg->len_orig = e->pkt.len + front;
	msg->stack_len = 0;
	if (cfg_stack_len) {
		stack = bpf_get_stack(ctx, (__u8 *)msg + KDROP_SENT_LEN + cfg_capture_len, cfg_stack_len, 0);
		msg->stack_len = stack > 0 ? stack : 0;
	}
	trailer = (void *)msg + size;
	trailer->time = e->time;
	trailer->cpu = msg->cpu;
	trailer->pad = 0;
	bpf_ringbuf_submit(msg, wakeup_flags());
	return true;
}

/* Where a packet is counted. */
struct kdrop_place {
	struct kdrop_totals *totals;
	struct kdrop_count *counts;
	struct kdrop_count none;	/* if there is no room for its key */
};

/* Count a packet that is not to be sent, or whose message the rate bound does not let pass. True if it is to be sent. */
static __always_inline bool is_to_be_sent(struct kdrop_event *e, struct kdrop_place *at, bool left_out)
{
	at->totals = totals_here();
	at->counts = count_of(&e->key);
	if (!at->totals)
		return false; /* an array has all its elements */
	if (!at->counts) {
		count(at->totals->uncounted);
		at->counts = &at->none;
	}
	if (left_out) {
		count(at->counts->left_out);
		return false;
	}
	e->time = bpf_ktime_get_ns();
	if (!within_rate(at->totals, e->time)) {
		count(at->counts->limited);
		return false;
	}
	if (at->totals->held) {
		e->flags |= KDROP_F_LIMITED;
		at->totals->held = 0;
	}
	return true;
}

/* Send the message of a packet that is to be sent, and count it. */
static __always_inline void send_counted(void *ctx, struct kdrop_event *e, struct kdrop_place *at, const bool raw)
{
	if (send(ctx, e, raw)) {
		count(at->counts->sent);
		return;
	}
	count(at->counts->refused);
	count(at->totals->refused);
}

#endif /* __LIB_KDROP_SEND_H */
