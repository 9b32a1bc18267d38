/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The integer types that the datapath's headers are written in. Freestanding: clang for bpf, gcc and the
 * generator all read this file, whatever the machine has installed.
 */
#ifndef __HEADERS_LINUX_TYPES_H
#define __HEADERS_LINUX_TYPES_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;

/* Integers in network byte order. The names are the only difference to a compiler. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u16 __sum16;
typedef __u32 __wsum;

#endif /* __HEADERS_LINUX_TYPES_H */
