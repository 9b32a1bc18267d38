/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The head of a program; what reads its arguments stands in bodies, which are not read. */
#ifndef __LOCKSTEP_BPF_BPF_TRACING_H
#define __LOCKSTEP_BPF_BPF_TRACING_H

#include <bpf/bpf_helpers.h>

#define BPF_PROG(name, args...) name(void *ctx, ##args)
#define BPF_PROG2(name, args...) name(void *ctx, ##args)
#define BPF_KPROBE(name, args...) name(void *ctx, ##args)
#define BPF_KRETPROBE(name, args...) name(void *ctx, ##args)
#define BPF_KPROBE_SYSCALL(name, args...) name(void *ctx, ##args)
#define BPF_KSYSCALL(name, args...) name(void *ctx, ##args)
#define BPF_UPROBE(name, args...) name(void *ctx, ##args)
#define BPF_URETPROBE(name, args...) name(void *ctx, ##args)

#endif
