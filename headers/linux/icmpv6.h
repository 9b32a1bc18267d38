/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The types of ICMPv6. Its header has the shape of struct icmphdr.
 */
#ifndef __HEADERS_LINUX_ICMPV6_H
#define __HEADERS_LINUX_ICMPV6_H

#include <linux/icmp.h>

#define ICMPV6_DEST_UNREACH 1
#define ICMPV6_PKT_TOOBIG 2
#define ICMPV6_TIME_EXCEED 3
#define ICMPV6_PARAMPROB 4
#define ICMPV6_ECHO_REQUEST 128
#define ICMPV6_ECHO_REPLY 129
#define ICMPV6_MGM_QUERY 130
#define ICMPV6_MGM_REDUCTION 132
#define ICMPV6_ROUTER_SOLICIT 133
#define ICMPV6_NEIGH_SOLICIT 135
#define ICMPV6_REDIRECT 137
#define ICMPV6_MLD2_REPORT 143
#define ICMPV6_MRDISC_ADVERT 151
#define ICMPV6_MRDISC_TERMINATE 153
#define ICMPV6_EXT_ECHO_REQUEST 160
#define ICMPV6_EXT_ECHO_REPLY 161

/* The highest codes that the types with more than one define. */
#define ICMPV6_DEST_UNREACH_MAX 8
#define ICMPV6_TIME_EXCEED_MAX 1
#define ICMPV6_PARAMPROB_MAX 10
#define ICMPV6_EXT_ECHO_REPLY_MAX 4

#endif /* __HEADERS_LINUX_ICMPV6_H */
