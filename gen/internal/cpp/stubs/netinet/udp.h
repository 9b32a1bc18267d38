/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_NETINET_UDP_H
#define __LOCKSTEP_NETINET_UDP_H

#include <linux/udp.h>

#endif
