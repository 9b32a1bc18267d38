/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_IF_H
#define __LOCKSTEP_LINUX_IF_H

#include <linux/types.h>
#include <linux/socket.h>

#define IFNAMSIZ 16
#define IFALIASZ 256

#endif
