/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_BPF_PERF_EVENT_H
#define __LOCKSTEP_LINUX_BPF_PERF_EVENT_H

#include <linux/ptrace.h>

struct bpf_perf_event_data;

#endif
