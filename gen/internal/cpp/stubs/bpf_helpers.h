/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_BPF_HELPERS_H
#define __LOCKSTEP_BPF_HELPERS_H

#include <bpf/bpf_helpers.h>

#endif
