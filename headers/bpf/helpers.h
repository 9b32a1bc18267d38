/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's helpers for BPF programs, called by number, and the notation that a loader reads.
 */
#ifndef __HEADERS_BPF_HELPERS_H
#define __HEADERS_BPF_HELPERS_H

#include <linux/bpf.h>
#include <linux/types.h>

#ifndef NULL
#define NULL ((void *)0)
#endif

typedef _Bool bool;
#define true 1
#define false 0

/* Put a program, a map or the licence into the ELF section by which a loader knows it. */
#define SEC(name) __attribute__((section(name), used))

#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))

/* A map's properties, written as types so that BTF carries them. */
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name

#define memset __builtin_memset
#define memcpy __builtin_memcpy

/* Make the compiler forget what it knows of a variable, so that it keeps a check that the verifier needs. */
#define barrier_var(var) asm volatile("" : "+r"(var))

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;

/* Nanoseconds since the machine booted, time asleep left out. */
static __u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static __u32 (*const bpf_get_smp_processor_id)(void) = (void *)8;

/* The process that runs: its id in the upper 32 bits, and its name. */
static __u64 (*const bpf_get_current_pid_tgid)(void) = (void *)14;
static long (*const bpf_get_current_comm)(void *to, __u32 size) = (void *)16;

/* flags: the CPU's ring in the low 32 bits, and the bytes of ctx to append from bit 32 on. 0 or -errno. */
static long (*const bpf_perf_event_output)(void *ctx, void *map, __u64 flags, const void *data,
					   __u64 size) = (void *)25;
static long (*const bpf_skb_load_bytes)(const void *skb, __u32 offset, void *to, __u32 len) = (void *)26;

/* The packet's flow hash, computed now if nobody has yet. */
static __u32 (*const bpf_get_hash_recalc)(struct __sk_buff *skb) = (void *)34;

/* Bring the first len bytes into the linear part. Pointers into the packet are void afterwards. */
static long (*const bpf_skb_pull_data)(struct __sk_buff *skb, __u32 len) = (void *)39;

/* Return addresses of the kernel, the innermost first: how many bytes of them, or -errno. */
static long (*const bpf_get_stack)(void *ctx, void *to, __u32 size, __u64 flags) = (void *)67;

/* Read the kernel's memory. What cannot be read is zeros, and -errno is returned. */
static long (*const bpf_probe_read_kernel)(void *to, __u32 size, const void *from) = (void *)113;
static long (*const bpf_ringbuf_output)(void *ringbuf, const void *data, __u64 size, __u64 flags) = (void *)130;

/* Memory in a ring buffer, or NULL if it is full. It must be submitted. */
static void *(*const bpf_ringbuf_reserve)(void *ringbuf, __u64 size, __u64 flags) = (void *)131;
static void (*const bpf_ringbuf_submit)(void *data, __u64 flags) = (void *)132;
static __u64 (*const bpf_ringbuf_query)(void *ringbuf, __u64 flags) = (void *)134;

#endif /* __HEADERS_BPF_HELPERS_H */
