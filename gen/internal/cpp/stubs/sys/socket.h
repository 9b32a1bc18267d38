/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_SYS_SOCKET_H
#define __LOCKSTEP_SYS_SOCKET_H

#include <sys/types.h>
#include <linux/socket.h>

typedef unsigned int socklen_t;

#endif
