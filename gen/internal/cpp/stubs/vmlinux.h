/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What headers need most of a kernel's types, where a project has no vmlinux.h of its own: types that are the same in every
 * kernel. Structs of the kernel's inside are not here: bpftool btf dump writes them. */
#ifndef __LOCKSTEP_VMLINUX_H
#define __LOCKSTEP_VMLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/types.h>
#include <linux/stddef.h>
#include <kernel/bpf.h>
#include <kernel/in.h>
#include <kernel/in6.h>
#include <kernel/if_ether.h>
#include <kernel/if_vlan.h>
#include <kernel/ip.h>
#include <kernel/ipv6.h>
#include <kernel/tcp.h>
#include <kernel/udp.h>
#include <kernel/icmp.h>
#include <kernel/icmpv6.h>
#include <kernel/socket.h>
#include <asm/ptrace.h>

#ifndef bool
typedef _Bool bool;
#endif
#ifndef true
enum {
	false = 0,
	true = 1,
};
#endif
#ifndef NULL
#define NULL ((void *)0)
#endif

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef unsigned long ulong;
typedef unsigned int uint;
typedef unsigned short ushort;

typedef unsigned short umode_t;
typedef unsigned int dev_t;
typedef unsigned short mode_t;
typedef unsigned long ino_t;
typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef long off_t;
typedef long long loff_t;
typedef int clockid_t;
typedef long time_t;
typedef long long time64_t;
typedef long long ktime_t;
typedef unsigned int gfp_t;
typedef unsigned int fmode_t;
typedef u64 sector_t;
typedef u64 blkcnt_t;
typedef u64 dma_addr_t;
typedef u64 phys_addr_t;
typedef unsigned int __poll_t;

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef struct {
	uid_t val;
} kuid_t;

typedef struct {
	gid_t val;
} kgid_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

enum {
	TASK_COMM_LEN = 16,
};

#endif
