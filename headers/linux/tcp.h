/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The TCP header.
 */
#ifndef __HEADERS_LINUX_TCP_H
#define __HEADERS_LINUX_TCP_H

#include <linux/types.h>

/* Bits of flags. */
#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04
#define TCP_FLAG_ACK 0x10

struct tcphdr {
	__be16 source;
	__be16 dest;
	__be32 seq;
	__be32 ack_seq;
	__u8 doff_res;	/* header length in 32-bit words << 4 | reserved bits */
	__u8 flags;
	__be16 window;
	__sum16 check;
	__be16 urg_ptr;
};

#endif /* __HEADERS_LINUX_TCP_H */
