/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_IF_VLAN_H
#define __LOCKSTEP_LINUX_IF_VLAN_H

#include <linux/types.h>
#include <kernel/if_vlan.h>

#define VLAN_HLEN 4
#define VLAN_ETH_HLEN 18
#define VLAN_VID_MASK 0x0fff
#define VLAN_PRIO_SHIFT 13
#define VLAN_PRIO_MASK 0xe000
#define VLAN_CFI_MASK 0x1000

#endif
