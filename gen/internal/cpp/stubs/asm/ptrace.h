/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Opaque on purpose: its layout is that of one architecture. */
#ifndef __LOCKSTEP_ASM_PTRACE_H
#define __LOCKSTEP_ASM_PTRACE_H

#include <linux/types.h>

struct pt_regs;

#endif
