/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_POSIX_TYPES_H
#define __LOCKSTEP_LINUX_POSIX_TYPES_H

#include <linux/types.h>

#endif
