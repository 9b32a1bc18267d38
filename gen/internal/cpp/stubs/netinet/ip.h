/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_NETINET_IP_H
#define __LOCKSTEP_NETINET_IP_H

#include <linux/ip.h>
#include <netinet/in.h>

#endif
