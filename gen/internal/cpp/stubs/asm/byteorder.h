/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_ASM_BYTEORDER_H
#define __LOCKSTEP_ASM_BYTEORDER_H

#include <linux/byteorder.h>

#endif
