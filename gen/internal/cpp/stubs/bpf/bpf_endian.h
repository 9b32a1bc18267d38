/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_BPF_BPF_ENDIAN_H
#define __LOCKSTEP_BPF_BPF_ENDIAN_H

#include <linux/byteorder.h>

#define bpf_htons(x) __cpu_to_be16(x)
#define __bpf_htons(x) __cpu_to_be16(x)
#define __bpf_constant_htons(x) __cpu_to_be16(x)
#define bpf_constant_htons(x) __cpu_to_be16(x)
#define bpf_ntohs(x) __be16_to_cpu(x)
#define __bpf_ntohs(x) __be16_to_cpu(x)
#define __bpf_constant_ntohs(x) __be16_to_cpu(x)
#define bpf_constant_ntohs(x) __be16_to_cpu(x)
#define bpf_htonl(x) __cpu_to_be32(x)
#define __bpf_htonl(x) __cpu_to_be32(x)
#define __bpf_constant_htonl(x) __cpu_to_be32(x)
#define bpf_constant_htonl(x) __cpu_to_be32(x)
#define bpf_ntohl(x) __be32_to_cpu(x)
#define __bpf_ntohl(x) __be32_to_cpu(x)
#define __bpf_constant_ntohl(x) __be32_to_cpu(x)
#define bpf_constant_ntohl(x) __be32_to_cpu(x)
#define bpf_cpu_to_be64(x) __cpu_to_be64(x)
#define __bpf_cpu_to_be64(x) __cpu_to_be64(x)
#define __bpf_constant_cpu_to_be64(x) __cpu_to_be64(x)
#define bpf_constant_cpu_to_be64(x) __cpu_to_be64(x)
#define bpf_be64_to_cpu(x) __be64_to_cpu(x)
#define __bpf_be64_to_cpu(x) __be64_to_cpu(x)
#define __bpf_constant_be64_to_cpu(x) __be64_to_cpu(x)
#define bpf_constant_be64_to_cpu(x) __be64_to_cpu(x)

#endif
