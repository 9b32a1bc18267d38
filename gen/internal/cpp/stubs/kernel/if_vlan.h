/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_KERNEL_IF_VLAN_H
#define __LOCKSTEP_KERNEL_IF_VLAN_H

#include <linux/types.h>

struct vlan_hdr {
	__be16 h_vlan_TCI;
	__be16 h_vlan_encapsulated_proto;
};

#endif
