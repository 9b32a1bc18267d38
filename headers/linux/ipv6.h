/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The IPv6 header and its extension headers.
 */
#ifndef __HEADERS_LINUX_IPV6_H
#define __HEADERS_LINUX_IPV6_H

#include <linux/types.h>

struct ipv6hdr {
	__be32 version_class_flow;	/* version in the top four bits */
	__be16 payload_len;
	__u8 nexthdr;
	__u8 hop_limit;
	__be32 saddr[4];
	__be32 daddr[4];
};

/* Parts of frag_off (host order): an offset in bytes, and a flag. */
#define IP6_OFFSET 0xfff8
#define IP6_MF 0x0001

/*
 * The fragment header. Every other extension header starts with the same two bytes, of which the second is its length:
 * in units of 8 bytes behind the first 8, of 4 bytes for AH.
 */
struct frag_hdr {
	__u8 nexthdr;
	__u8 reserved;
	__be16 frag_off;
	__be32 identification;
};

#endif /* __HEADERS_LINUX_IPV6_H */
