/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_TIME_H
#define __LOCKSTEP_TIME_H

#include <stddef.h>

typedef long time_t;

#endif
