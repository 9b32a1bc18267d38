/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sending notifications, and counting them.
 */
#ifndef __LIB_NOTIFY_H
#define __LIB_NOTIFY_H

#include <bpf/helpers.h>
#include <linux/if_ether.h>

#include "common.h"
#include "config.h"
#include "dbg.h"
#include "drop.h"
#include "packet.h"
#include "ring.h"
#include "trace.h"

/* Counters of one type of message on one CPU: every notification counts in one of the two. */
struct notify_count {
	__u64 sent;	/* the ring took it */
	__u64 refused;	/* the ring was full, or nobody reads it */
};

/* The ring. What is said of it here is overridden at load: a ring buffer is another type and has a size. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

/* By message type. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, enum notify_type);
	__type(value, struct notify_count);
	__uint(max_entries, CILIUM_NOTIFY_TRACE + 1);
} notify_counts SEC(".maps");

/* Any message, and room for a link-layer header behind it. */
union message {
	struct drop_notify drop;
	struct debug_msg debug;
	struct debug_capture_msg capture;
	struct trace_notify trace;
	__u8 type;
	__u8 bytes[48];
	__u64 words[6];
};

/* The words zero all of it, and a message that has a packet leaves room for the header. */
_Static_assert(sizeof(union message) == sizeof(((union message *)0)->words), "words must cover every message");
_Static_assert(sizeof(struct drop_notify) + sizeof(struct ethhdr) <= sizeof(union message), "drop_notify has no room");
_Static_assert(sizeof(struct debug_capture_msg) + sizeof(struct ethhdr) <= sizeof(union message),
	       "debug_capture_msg has no room");
_Static_assert(sizeof(struct trace_notify) + sizeof(struct ethhdr) <= sizeof(union message), "trace_notify has no room");

/*
 * A record for a ring buffer: it takes one piece of memory, where a perf ring takes a message and adds the packet
 * by itself. The trailer stands behind what there is of the packet.
 */
struct ringbuf_record {
	union message msg;
	__u8 rest[CAPTURE_MAX];
	struct ring_trailer trailer;	/* where it stands behind the longest packet */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct ringbuf_record);
	__uint(max_entries, 1);
} ringbuf_scratch SEC(".maps");

/* The reader of the ring buffer. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct ring_reader);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
} ring_reader SEC(".maps");

/*
 * The packet at hand. It lies in a map and not on the stack because of what the verifier does not do there: remember
 * every value, and follow every combination of values separately. Programs do not interrupt each other on a CPU.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct packet);
	__uint(max_entries, 1);
} packet_scratch SEC(".maps");

#define NOTIFY_HDR(msg_type, msg_subtype)                                           \
	.type = (msg_type), .subtype = (__u8)(msg_subtype), .source = cfg_endpoint, \
	.hash = pkt->flow_id

static __always_inline void count_notify(enum notify_type type, long err)
{
	struct notify_count *count = bpf_map_lookup_elem(&notify_counts, &type);

	if (!count)
		return;
	if (err)
		count->refused++;
	else
		count->sent++;
}

/*
 * Wake the reader if it sleeps. Otherwise it looks by itself: to wake one that is behind would cost the sender some
 * microseconds for each record, just when there are most of them.
 */
static __always_inline __u64 ringbuf_flags(void)
{
	__u32 zero = 0;
	struct ring_reader *reader = bpf_map_lookup_elem(&ring_reader, &zero);

	if (!reader || !reader->asleep)
		return BPF_RB_NO_WAKEUP;
	reader->asleep = 0;
	return BPF_RB_FORCE_WAKEUP;
}

/* Where the addresses of an Ethernet header end, and a VLAN tag starts, and how long that is. */
#define MACS_LEN 12
#define TAG_LEN 4

/* The first cap bytes of the packet, with the tag in its place that the kernel has taken out. 0, or a negative error. */
static __always_inline long load_tagged(struct __sk_buff *skb, const struct packet *pkt, __u8 *bytes, __u32 cap)
{
	long err = bpf_skb_load_bytes(skb, 0, bytes, MACS_LEN);
	__u32 rest = cap - MACS_LEN - TAG_LEN;

	if (err)
		return err;
	memcpy(bytes + MACS_LEN, &pkt->tag_proto, sizeof(pkt->tag_proto));
	memcpy(bytes + MACS_LEN + sizeof(pkt->tag_proto), &pkt->tag_tci, sizeof(pkt->tag_tci));
	barrier_var(rest);
	if ((__s32)rest <= 0 || rest > CAPTURE_MAX - MACS_LEN - TAG_LEN)
		return 0;
	return bpf_skb_load_bytes(skb, MACS_LEN, bytes + MACS_LEN + TAG_LEN, rest);
}

/* Compose a record of size bytes of message and cap bytes of the packet. It returns NULL if that fails. */
static __always_inline struct ringbuf_record *compose(struct __sk_buff *skb, const struct packet *pkt,
						      const union message *msg, __u32 size, __u32 cap)
{
	struct ringbuf_record *rec;
	__u32 zero = 0;
	__u8 *bytes;

	rec = bpf_map_lookup_elem(&ringbuf_scratch, &zero);
	if (!rec)
		return NULL;
	rec->msg = *msg;
	bytes = (__u8 *)rec + size;
	if (cap && pkt->tag_proto)
		return load_tagged(skb, pkt, bytes, cap) ? NULL : rec;
	/* Kernels before 6.3 learn no lower bound from != 0, to which the compiler would turn this without the barrier. */
	barrier_var(cap);
	if ((__s32)cap <= 0)
		return rec;
	if (cap > CAPTURE_MAX || bpf_skb_load_bytes(skb, 0, bytes, cap))
		return NULL;
	return rec;
}

/* size bytes of message, then cap bytes of the packet, then the trailer. 0, or a negative error. */
static __always_inline long output_ringbuf(struct __sk_buff *skb, const struct packet *pkt, const union message *msg,
					   __u32 size, __u32 cap)
{
	struct ring_trailer trailer = { .time = pkt->time, .cpu = bpf_get_smp_processor_id() };
	struct ringbuf_record *rec = compose(skb, pkt, msg, size, cap);

	if (!rec)
		return -1;
	memcpy((__u8 *)rec + size + cap, &trailer, sizeof(trailer));
	return bpf_ringbuf_output(&events, rec, size + cap + sizeof(trailer), ringbuf_flags());
}

/* The same for a perf ring. The kernel adds the packet by itself, but not what it has taken out of it. */
static __always_inline long output_perf(struct __sk_buff *skb, const struct packet *pkt, const union message *msg,
					__u32 size, __u32 cap)
{
	__u64 flags = (__u64)cap << 32 | BPF_F_CURRENT_CPU;
	struct ringbuf_record *rec;

	if (!cap || !pkt->tag_proto)
		return bpf_perf_event_output(skb, &events, flags, msg, size);
	rec = compose(skb, pkt, msg, size, cap);
	if (!rec)
		return -1;
	return bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU, rec, size + cap);
}

/* Send size bytes of a message and cap bytes of the packet. */
static __noinline int output(struct __sk_buff *skb, const struct packet *pkt, const union message *msg, __u32 size,
			     __u32 cap)
{
	long err = -1;

	barrier_var(size);
	barrier_var(cap);
	if (size <= sizeof(*msg) && cap <= CAPTURE_MAX) {
		if (cfg_ringbuf)
			err = output_ringbuf(skb, pkt, msg, size, cap);
		else
			err = output_perf(skb, pkt, msg, size, cap);
	}
	count_notify(msg->type, err);
	return 0;
}

/* Bytes of the link-layer header that is put in front of the packet (see common.h). */
static __always_inline __u32 link_header_len(const struct packet *pkt)
{
	return pkt->no_l2 ? sizeof(struct ethhdr) : 0;
}

/* Bytes of the packet on the wire. */
static __always_inline __u32 wire_len(const struct __sk_buff *skb, const struct packet *pkt)
{
	return skb->len + (pkt->tag_proto ? TAG_LEN : 0);
}

static __always_inline __u32 capture_len(const struct __sk_buff *skb, const struct packet *pkt)
{
	__u32 len = wire_len(skb, pkt);

	return len < cfg_capture_len ? len : cfg_capture_len;
}

/* Put the header behind a message of size bytes, and send both with the start of the packet. */
static __always_inline void output_packet(struct __sk_buff *skb, const struct packet *pkt, union message *msg,
					  __u32 size)
{
	__u32 cap = capture_len(skb, pkt);

	if (!pkt->no_l2) {
		output(skb, pkt, msg, size, cap);
		return;
	}
	*(__be16 *)(msg->bytes + size + __builtin_offsetof(struct ethhdr, h_proto)) = pkt->l3_proto;
	output(skb, pkt, msg, size + sizeof(struct ethhdr), cap);
}

static __noinline int send_trace_notify(struct __sk_buff *skb, const struct packet *pkt, enum trace_point point,
				      enum trace_reason reason, __u32 extra)
{
	union message msg = { .words = { 0 } };

	msg.trace = (struct trace_notify){
		NOTIFY_HDR(CILIUM_NOTIFY_TRACE, point),
		.len_orig = wire_len(skb, pkt),
		.len_cap = capture_len(skb, pkt) + link_header_len(pkt),
		.src_label = pkt->src_id,
		.dst_label = pkt->dst_id,
		.dst_id = pkt->dir == CT_INGRESS ? cfg_endpoint : 0,
		.reason = (__u8)reason,
		.pad = extra > 255 ? 255 : (__u8)extra,
		.ifindex = skb->ifindex,
	};
	output_packet(skb, pkt, &msg, sizeof(msg.trace));
	return 0;
}

/* reason is negative: DROP_*. */
static __noinline int send_drop_notify(struct __sk_buff *skb, const struct packet *pkt, int reason)
{
	union message msg = { .words = { 0 } };

	msg.drop = (struct drop_notify){
		NOTIFY_HDR(CILIUM_NOTIFY_DROP, -reason),
		.len_orig = wire_len(skb, pkt),
		.len_cap = capture_len(skb, pkt) + link_header_len(pkt),
		.src_label = pkt->src_id,
		.dst_label = pkt->dst_id,
		.dst_id = pkt->dir == CT_INGRESS ? cfg_endpoint : 0,
		.unused = pkt->rule,
	};
	output_packet(skb, pkt, &msg, sizeof(msg.drop));
	return 0;
}

static __noinline int send_capture(struct __sk_buff *skb, const struct packet *pkt, enum dbg_capture_code point,
				 __u32 arg1)
{
	union message msg = { .words = { 0 } };

	msg.capture = (struct debug_capture_msg){
		NOTIFY_HDR(CILIUM_NOTIFY_DBG_CAPTURE, point),
		.len_orig = wire_len(skb, pkt),
		.len_cap = capture_len(skb, pkt) + link_header_len(pkt),
		.arg1 = arg1,
	};
	output_packet(skb, pkt, &msg, sizeof(msg.capture));
	return 0;
}

/* A debug message that is sent whether debugging is on or not. */
static __noinline int send_debug(struct __sk_buff *skb, enum dbg_code code, __u32 arg1, __u32 arg2, __u32 arg3)
{
	union message msg = { .words = { 0 } };
	__u32 zero = 0;
	const struct packet *pkt = bpf_map_lookup_elem(&packet_scratch, &zero);

	if (!pkt)
		return 0; /* an array has all its elements */
	msg.debug = (struct debug_msg){
		NOTIFY_HDR(CILIUM_NOTIFY_DBG_MSG, code),
		.arg1 = arg1,
		.arg2 = arg2,
		.arg3 = arg3,
	};
	output(skb, pkt, &msg, sizeof(msg.debug), 0);
	return 0;
}

/* One that is sent only with debugging on. */
static __always_inline void debug(struct __sk_buff *skb, enum dbg_code code, __u32 arg1, __u32 arg2, __u32 arg3)
{
	if (cfg_debug)
		send_debug(skb, code, arg1, arg2, arg3);
}

#endif /* __LIB_NOTIFY_H */
