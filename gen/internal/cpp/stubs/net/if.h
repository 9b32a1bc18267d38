/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_NET_IF_H
#define __LOCKSTEP_NET_IF_H

#include <sys/socket.h>
#include <linux/if.h>

#endif
