/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_BYTEORDER_H
#define __LOCKSTEP_LINUX_BYTEORDER_H

#include <linux/types.h>
#include <linux/swab.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __LITTLE_ENDIAN_BITFIELD
#define __cpu_to_be16(x) ((__u16)__builtin_bswap16(x))
#define __be16_to_cpu(x) ((__u16)__builtin_bswap16(x))
#define __constant_cpu_to_be16(x) ((__u16)__builtin_bswap16(x))
#define __constant_be16_to_cpu(x) ((__u16)__builtin_bswap16(x))
#define __cpu_to_le16(x) ((__u16)(x))
#define __le16_to_cpu(x) ((__u16)(x))
#define __constant_cpu_to_le16(x) ((__u16)(x))
#define __constant_le16_to_cpu(x) ((__u16)(x))
#define __cpu_to_be32(x) ((__u32)__builtin_bswap32(x))
#define __be32_to_cpu(x) ((__u32)__builtin_bswap32(x))
#define __constant_cpu_to_be32(x) ((__u32)__builtin_bswap32(x))
#define __constant_be32_to_cpu(x) ((__u32)__builtin_bswap32(x))
#define __cpu_to_le32(x) ((__u32)(x))
#define __le32_to_cpu(x) ((__u32)(x))
#define __constant_cpu_to_le32(x) ((__u32)(x))
#define __constant_le32_to_cpu(x) ((__u32)(x))
#define __cpu_to_be64(x) ((__u64)__builtin_bswap64(x))
#define __be64_to_cpu(x) ((__u64)__builtin_bswap64(x))
#define __constant_cpu_to_be64(x) ((__u64)__builtin_bswap64(x))
#define __constant_be64_to_cpu(x) ((__u64)__builtin_bswap64(x))
#define __cpu_to_le64(x) ((__u64)(x))
#define __le64_to_cpu(x) ((__u64)(x))
#define __constant_cpu_to_le64(x) ((__u64)(x))
#define __constant_le64_to_cpu(x) ((__u64)(x))
#else
#define __BIG_ENDIAN_BITFIELD
#define __cpu_to_be16(x) ((__u16)(x))
#define __be16_to_cpu(x) ((__u16)(x))
#define __constant_cpu_to_be16(x) ((__u16)(x))
#define __constant_be16_to_cpu(x) ((__u16)(x))
#define __cpu_to_le16(x) ((__u16)__builtin_bswap16(x))
#define __le16_to_cpu(x) ((__u16)__builtin_bswap16(x))
#define __constant_cpu_to_le16(x) ((__u16)__builtin_bswap16(x))
#define __constant_le16_to_cpu(x) ((__u16)__builtin_bswap16(x))
#define __cpu_to_be32(x) ((__u32)(x))
#define __be32_to_cpu(x) ((__u32)(x))
#define __constant_cpu_to_be32(x) ((__u32)(x))
#define __constant_be32_to_cpu(x) ((__u32)(x))
#define __cpu_to_le32(x) ((__u32)__builtin_bswap32(x))
#define __le32_to_cpu(x) ((__u32)__builtin_bswap32(x))
#define __constant_cpu_to_le32(x) ((__u32)__builtin_bswap32(x))
#define __constant_le32_to_cpu(x) ((__u32)__builtin_bswap32(x))
#define __cpu_to_be64(x) ((__u64)(x))
#define __be64_to_cpu(x) ((__u64)(x))
#define __constant_cpu_to_be64(x) ((__u64)(x))
#define __constant_be64_to_cpu(x) ((__u64)(x))
#define __cpu_to_le64(x) ((__u64)__builtin_bswap64(x))
#define __le64_to_cpu(x) ((__u64)__builtin_bswap64(x))
#define __constant_cpu_to_le64(x) ((__u64)__builtin_bswap64(x))
#define __constant_le64_to_cpu(x) ((__u64)__builtin_bswap64(x))
#endif

#define __constant_htons(x) __constant_cpu_to_be16(x)
#define __constant_ntohs(x) __constant_be16_to_cpu(x)
#define __constant_htonl(x) __constant_cpu_to_be32(x)
#define __constant_ntohl(x) __constant_be32_to_cpu(x)

#endif
