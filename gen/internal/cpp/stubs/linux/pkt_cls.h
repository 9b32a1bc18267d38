/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_PKT_CLS_H
#define __LOCKSTEP_LINUX_PKT_CLS_H

#include <linux/types.h>

#define TC_COOKIE_MAX_SIZE 16
#define TC_ACT_UNSPEC (-1)
#define TC_ACT_OK 0
#define TC_ACT_RECLASSIFY 1
#define TC_ACT_SHOT 2
#define TC_ACT_PIPE 3
#define TC_ACT_STOLEN 4
#define TC_ACT_QUEUED 5
#define TC_ACT_REPEAT 6
#define TC_ACT_REDIRECT 7
#define TC_ACT_TRAP 8
#define TC_ACT_VALUE_MAX 8
#define TC_ACT_EXT_VAL_MASK 268435455
#define TC_ACT_JUMP 268435456
#define TC_ACT_GOTO_CHAIN 536870912
#define TC_ACT_EXT_OPCODE_MAX 536870912

#endif
