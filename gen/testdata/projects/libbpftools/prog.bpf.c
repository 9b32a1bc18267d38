/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/helpers.h>

typedef int pid_t;
typedef __u32 dev_t;
#include "filelife.h"

struct {
	__uint(type, 27); /* a ring buffer */
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("xdp")
int prog(void *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return 2;
	memset(e, 0, sizeof(*e));
	memcpy(e->file, "core", 4);
	memcpy(e->task, "rm", 2);
	e->delta_ns = 1500000;
	e->tgid = 42;
	e->dev = 8 << 20 | 1;
	e->type = FILE_REMOVED;
	e->flags = FULL_NAME | IN_MEMORY;
	bpf_ringbuf_submit(e, 0);
	return 2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
