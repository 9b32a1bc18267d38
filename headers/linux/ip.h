/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The IPv4 header, and the protocol numbers that the datapath knows.
 */
#ifndef __HEADERS_LINUX_IP_H
#define __HEADERS_LINUX_IP_H

#include <linux/types.h>

#define IPPROTO_HOPOPTS 0
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_DCCP 33
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_AH 51
#define IPPROTO_ICMPV6 58
#define IPPROTO_DSTOPTS 60
#define IPPROTO_SCTP 132
#define IPPROTO_MH 135
#define IPPROTO_UDPLITE 136

/* Parts of frag_off (host order): a flag, and an offset in units of 8 bytes. */
#define IP_MF 0x2000
#define IP_OFFSET 0x1fff

struct iphdr {
	__u8 version_ihl;	/* version << 4 | header length in 32-bit words */
	__u8 tos;
	__be16 tot_len;
	__be16 id;
	__be16 frag_off;
	__u8 ttl;
	__u8 protocol;
	__sum16 check;
	__be32 saddr;
	__be32 daddr;
};

#endif /* __HEADERS_LINUX_IP_H */
