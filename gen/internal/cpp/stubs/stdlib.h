/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_STDLIB_H
#define __LOCKSTEP_STDLIB_H

#include <stddef.h>

#endif
