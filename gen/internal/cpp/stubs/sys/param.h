/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_SYS_PARAM_H
#define __LOCKSTEP_SYS_PARAM_H

#include <limits.h>

#endif
