/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/helpers.h>
#include "types.h"

struct {
	__uint(type, 2);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, event);
} out SEC(".maps");

SEC("xdp")
int prog(void *ctx)
{
	event e;
	__u32 zero = 0;

	memset(&e, 0, sizeof(e));
	e.id.src_ip[15] = 9;
	e.id.src_port = 53;
	e.id.transport_protocol = 17;
	e.bytes = 1ULL << 40;
	e.packets = 12;
	e.direction = EGRESS;
	e.flags = TCP_SYN_FLAG | TCP_ACK_FLAG;
	e.errno = 22;
	e.eth_protocol = 0x86dd;
	e.decode = 1;
	bpf_map_update_elem(&out, &zero, &e, 0);
	return 2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
