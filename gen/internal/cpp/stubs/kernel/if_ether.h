/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_KERNEL_IF_ETHER_H
#define __LOCKSTEP_KERNEL_IF_ETHER_H

#include <linux/types.h>

struct ethhdr {
	unsigned char h_dest[6];
	unsigned char h_source[6];
	__be16 h_proto;
} __attribute__((packed));

#endif
