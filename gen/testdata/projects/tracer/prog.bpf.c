/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/helpers.h>

typedef __u32 u32;
typedef __u64 u64;
typedef int pid_t;
typedef unsigned int uid_t;
#include "trace.h"

struct {
	__uint(type, 2);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event);
} out SEC(".maps");

SEC("xdp")
int prog(void *ctx)
{
	struct event e = {};
	u32 zero = 0;

	e.when = 0x0102030405060708ULL;
	e.pid = -3;
	e.uid = 1000;
	e.op = OP_WRITE;
	e.failed = 1;
	e.comm[0] = 's';
	e.comm[1] = 'h';
	bpf_map_update_elem(&out, &zero, &e, 0);
	return 2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
