/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_BPF_H
#define __LOCKSTEP_LINUX_BPF_H

#include <linux/types.h>
#include <linux/bpf_common.h>
#include <kernel/bpf.h>

#define BPF_F_ALLOW_OVERRIDE 1
#define BPF_F_ALLOW_MULTI 2
#define BPF_F_REPLACE 4
#define BPF_F_STRICT_ALIGNMENT 1
#define BPF_F_ANY_ALIGNMENT 2
#define BPF_F_TEST_RND_HI32 4
#define BPF_F_TEST_STATE_FREQ 8
#define BPF_F_SLEEPABLE 16
#define BPF_F_XDP_HAS_FRAGS 32
#define BPF_PSEUDO_MAP_FD 1
#define BPF_PSEUDO_MAP_IDX 5
#define BPF_PSEUDO_MAP_VALUE 2
#define BPF_PSEUDO_MAP_IDX_VALUE 6
#define BPF_PSEUDO_BTF_ID 3
#define BPF_PSEUDO_FUNC 4
#define BPF_PSEUDO_CALL 1
#define BPF_PSEUDO_KFUNC_CALL 2
#define BPF_F_QUERY_EFFECTIVE 1
#define BPF_F_TEST_RUN_ON_CPU 1
#define BPF_F_TEST_XDP_LIVE_FRAMES 2
#define BPF_F_TEST_SKB_CHECKSUM_COMPLETE 4
#define BPF_BUILD_ID_SIZE 20
#define BPF_OBJ_NAME_LEN 16
#define BPF_F_REDIRECT_FLAGS 25
#define BPF_TAG_SIZE 8

#endif
