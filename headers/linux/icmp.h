/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ICMP header and its types.
 */
#ifndef __HEADERS_LINUX_ICMP_H
#define __HEADERS_LINUX_ICMP_H

#include <linux/types.h>

#define ICMP_ECHOREPLY 0
#define ICMP_DEST_UNREACH 3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_REDIRECT 5
#define ICMP_ECHO 8
#define ICMP_ROUTER_ADVERT 9
#define ICMP_ROUTER_SOLICIT 10
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETERPROB 12
#define ICMP_TIMESTAMP 13
#define ICMP_TIMESTAMPREPLY 14
#define ICMP_INFO_REQUEST 15
#define ICMP_INFO_REPLY 16
#define ICMP_ADDRESS 17
#define ICMP_ADDRESSREPLY 18
#define ICMP_EXT_ECHO 42
#define ICMP_EXT_ECHOREPLY 43

/* The highest codes that the types with more than one define. */
#define ICMP_DEST_UNREACH_MAX 15
#define ICMP_REDIRECT_MAX 3
#define ICMP_TIME_EXCEEDED_MAX 1
#define ICMP_PARAMETERPROB_MAX 2
#define ICMP_ROUTER_ADVERT_MAX 16
#define ICMP_EXT_ECHOREPLY_MAX 4

/* ICMP and ICMPv6 both: an error quotes the packet it speaks of right behind this header. */
struct icmphdr {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be16 id;	/* of a query and its answer; the type's own otherwise */
	__be16 sequence;
};

#endif /* __HEADERS_LINUX_ICMP_H */
