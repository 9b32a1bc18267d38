/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Byte order: network order is big-endian, the program's own is that of the target it is compiled for.
 */
#ifndef __HEADERS_BPF_ENDIAN_H
#define __HEADERS_BPF_ENDIAN_H

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define bpf_ntohs(x) ((__u16)__builtin_bswap16(x))
#define bpf_htons(x) ((__be16)__builtin_bswap16(x))
#define bpf_ntohl(x) ((__u32)__builtin_bswap32(x))
#define bpf_htonl(x) ((__be32)__builtin_bswap32(x))
#else
#define bpf_ntohs(x) ((__u16)(x))
#define bpf_htons(x) ((__be16)(x))
#define bpf_ntohl(x) ((__u32)(x))
#define bpf_htonl(x) ((__be32)(x))
#endif

#endif /* __HEADERS_BPF_ENDIAN_H */
