/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
//go:build ignore

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/helpers.h>
#include "flows.h"

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32);
} blocked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("tc")
int watch(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct prefix key = { .bits = 32 };
	struct flow *f;
	int action = TC_ACT_OK;

	if ((void *)(ip + 1) > end)
		return TC_ACT_OK;
	key.addr = ip->saddr;
	if (bpf_map_lookup_elem(&blocked, &key))
		action = TC_ACT_SHOT;

	f = bpf_ringbuf_reserve(&events, sizeof(*f), 0);
	if (!f)
		return action; /* the ring is full */
	f->verdict = action == TC_ACT_SHOT ? VERDICT_BLOCK : VERDICT_PASS;
	f->saddr = ip->saddr;
	f->daddr = ip->daddr;
	f->bytes = ctx->len;
	bpf_ringbuf_submit(f, 0);
	return action;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
