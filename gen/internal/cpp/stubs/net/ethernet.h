/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_NET_ETHERNET_H
#define __LOCKSTEP_NET_ETHERNET_H

#include <linux/if_ether.h>

#endif
