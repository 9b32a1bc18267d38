/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_BPF_USDT_BPF_H
#define __LOCKSTEP_BPF_USDT_BPF_H

#include <bpf/bpf_tracing.h>

#define BPF_USDT(name, args...) name(void *ctx, ##args)

#endif
