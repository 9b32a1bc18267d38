/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_ASM_TYPES_H
#define __LOCKSTEP_ASM_TYPES_H

#include <asm-generic/int-ll64.h>
#include <linux/types.h>

#endif
