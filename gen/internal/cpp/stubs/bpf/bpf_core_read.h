/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Its macros stand in bodies of functions, which are not read. */
#ifndef __LOCKSTEP_BPF_BPF_CORE_READ_H
#define __LOCKSTEP_BPF_BPF_CORE_READ_H

#include <bpf/bpf_helpers.h>

#define ___bpf_preserve_access __attribute__((preserve_access_index))

#endif
