/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/helpers.h>
#include "regs.h"

struct {
	__uint(type, 2);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event);
} out SEC(".maps");

SEC("xdp")
int prog(void *ctx)
{
	struct event e;
	__u32 zero = 0;

	memset(&e, 0, sizeof(e));
	e.pid = 4711;
	e.probe = PROBE_RETURN;
#if defined(__TARGET_ARCH_x86)
	e.regs.ip = 0xffffffff81000000ULL;
	e.regs.flags = 0x246;
#else
	e.regs.x[0] = 1;
	e.regs.pc = 0xffff800008000000ULL;
#endif
	e.regs.sp = 4096;
	bpf_map_update_elem(&out, &zero, &e, 0);
	return 2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
