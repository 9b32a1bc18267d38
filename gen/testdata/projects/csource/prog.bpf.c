/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Its structs stand in the program itself. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/helpers.h>

enum { SEEN_BY_FILTER = 1, SEEN_BY_STACK = 2, SEEN_BY_MARK = 4 };

union addr {
	__u32 v4;
	struct {
		__u64 hi, lo;
	} v6;
} __attribute__((packed));

struct event_t {
	union addr from;
	__u16 port;
	__u8 output : 1, tuple : 1, level : 3;
	__u8 seen; /* SEEN_BY_* */
} __attribute__((packed));

struct {
	__uint(type, 2);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event_t);
} out SEC(".maps");

static const struct event_t *unused __attribute__((unused));

SEC("xdp")
int prog(void *ctx)
{
	struct event_t e = { .port = 80, .tuple = 1, .level = 5, .seen = SEEN_BY_STACK };
	__u32 zero = 0;

	e.from.v4 = 7;
	bpf_map_update_elem(&out, &zero, &e, 0);
	return 2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
