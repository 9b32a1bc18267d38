/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The Ethernet header, VLAN tags, and the EtherTypes that the datapath knows (host order).
 */
#ifndef __HEADERS_LINUX_IF_ETHER_H
#define __HEADERS_LINUX_IF_ETHER_H

#include <linux/types.h>

#define ETH_ALEN 6

#define ETH_P_802_3_MIN 0x0600 /* smaller values are the length of an 802.3 frame */
#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_8021Q 0x8100
#define ETH_P_IPV6 0x86dd
#define ETH_P_8021AD 0x88a8
#define ETH_P_QINQ1 0x9100 /* stacked tags before 802.1ad gave them a type */

struct ethhdr {
	__u8 h_dest[ETH_ALEN];
	__u8 h_source[ETH_ALEN];
	__be16 h_proto;
};

/* The bits of a tag that are the number of the VLAN. */
#define VLAN_VID_MASK 0x0fff

struct vlan_hdr {
	__be16 h_vlan_tci;
	__be16 h_vlan_encapsulated_proto;
};

#endif /* __HEADERS_LINUX_IF_ETHER_H */
