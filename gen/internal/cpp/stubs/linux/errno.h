/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_ERRNO_H
#define __LOCKSTEP_LINUX_ERRNO_H

#include <errno.h>

#endif
