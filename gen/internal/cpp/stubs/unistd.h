/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_UNISTD_H
#define __LOCKSTEP_UNISTD_H

#include <sys/types.h>

typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;

#endif
