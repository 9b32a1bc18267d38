/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/helpers.h>
#include "flow.h"

struct {
	__uint(type, 2);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event);
} out SEC(".maps");

SEC("xdp")
int prog(void *ctx)
{
	struct event e = { .action = ACTION_FORWARD, .mac = { 1, 2, 3, 4, 5, 6 }, .proto = PROTO_UDP };
	__u32 zero = 0;

	e.from.prefixlen = 24;
	e.from.addr = __builtin_bswap32(0x0a010200);
	e.port = __builtin_bswap16(443);
	bpf_map_update_elem(&out, &zero, &e, 0);
	return 2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
