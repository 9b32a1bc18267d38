/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_NETINET_ETHER_H
#define __LOCKSTEP_NETINET_ETHER_H

#include <net/ethernet.h>

#endif
