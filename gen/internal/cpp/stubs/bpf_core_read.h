/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_BPF_CORE_READ_H
#define __LOCKSTEP_BPF_CORE_READ_H

#include <bpf/bpf_core_read.h>

#endif
