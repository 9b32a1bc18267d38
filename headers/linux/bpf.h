/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a tc program sees of the kernel: its context, the kinds of maps, and the flags of the helpers. Only what
 * the datapath uses; numbers and layouts are the kernel's user space interface and never change.
 */
#ifndef __HEADERS_LINUX_BPF_H
#define __HEADERS_LINUX_BPF_H

#include <linux/types.h>

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_RINGBUF = 27,
};

/* Flags of a map's creation. LPM tries demand the first. */
#define BPF_F_NO_PREALLOC (1U << 0)
/* User space may map the elements of an array into its memory. */
#define BPF_F_MMAPABLE (1U << 10)

/* Flag of an update: create the element or replace it. */
#define BPF_ANY 0

/* Flag of an update: create the element, and fail if it is there. */
#define BPF_NOEXIST 1

/* Flag of an output to a perf event array: into the ring of the CPU that runs the program. */
#define BPF_F_CURRENT_CPU 0xffffffffULL

/* Flags of an output to a ring buffer: whether to wake its reader. */
#define BPF_RB_NO_WAKEUP (1ULL << 0)
#define BPF_RB_FORCE_WAKEUP (1ULL << 1)

/* What to ask of a ring buffer: how many bytes wait in it. */
#define BPF_RB_AVAIL_DATA 0

/*
 * A packet, as the kernel shows it to a tc program. The verifier turns each access into one of struct sk_buff;
 * the real struct goes on after data_end.
 */
struct __sk_buff {
	__u32 len;		/* bytes, link-layer header included where the device has one */
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;		/* EtherType in network order, VLAN tags left out */
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
	__u32 data;		/* first byte of the packet: cast to a pointer */
	__u32 data_end;		/* end of what can be read directly: cast to a pointer */
};

#endif /* __HEADERS_LINUX_BPF_H */
