/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_NETINET_TCP_H
#define __LOCKSTEP_NETINET_TCP_H

#include <linux/tcp.h>

#endif
