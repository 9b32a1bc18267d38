/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a probe sees of the registers, which each architecture has in its own order. */
#ifndef REGS_H
#define REGS_H

#include <linux/types.h>

enum probe {
	PROBE_ENTRY = 1,	/* the function begins */
	PROBE_RETURN,		/* it has returned */
};

#if defined(__TARGET_ARCH_x86)
struct regs {
	__u64 ip;
	__u64 sp;
	__u32 flags;
};
#elif defined(__TARGET_ARCH_arm64)
struct regs {
	__u64 x[4];
	__u64 sp;
	__u64 pc;
};
#else
#error "Must specify a BPF target arch via __TARGET_ARCH_xxx"
#endif

struct event {
	__u32 pid;
	enum probe probe;
	struct regs regs;
};

#endif
