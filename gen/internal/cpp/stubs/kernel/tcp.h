/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_KERNEL_TCP_H
#define __LOCKSTEP_KERNEL_TCP_H

#include <linux/types.h>
#include <asm/byteorder.h>

enum tcp_ca_state {
	TCP_CA_Open = 0,
	TCP_CA_Disorder,
	TCP_CA_CWR,
	TCP_CA_Recovery,
	TCP_CA_Loss,
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum {
	TCP_FLAG_CWR = 0x8000,
	TCP_FLAG_ECE = 0x4000,
	TCP_FLAG_URG = 0x2000,
	TCP_FLAG_ACK = 0x1000,
	TCP_FLAG_PSH = 0x800,
	TCP_FLAG_RST = 0x400,
	TCP_FLAG_SYN = 0x200,
	TCP_FLAG_FIN = 0x100,
	TCP_RESERVED_BITS = 0x000f,
	TCP_DATA_OFFSET = 0x00f0,
};
#else
enum {
	TCP_FLAG_CWR = 0x00800000,
	TCP_FLAG_ECE = 0x00400000,
	TCP_FLAG_URG = 0x00200000,
	TCP_FLAG_ACK = 0x00100000,
	TCP_FLAG_PSH = 0x00080000,
	TCP_FLAG_RST = 0x00040000,
	TCP_FLAG_SYN = 0x00020000,
	TCP_FLAG_FIN = 0x00010000,
	TCP_RESERVED_BITS = 0x0f000000,
	TCP_DATA_OFFSET = 0xf0000000,
};
#endif

struct tcphdr {
	__be16 source;
	__be16 dest;
	__be32 seq;
	__be32 ack_seq;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	__u16 res1 : 4, doff : 4, fin : 1, syn : 1, rst : 1, psh : 1, ack : 1, urg : 1, ece : 1, cwr : 1;
#else
	__u16 doff : 4, res1 : 4, cwr : 1, ece : 1, urg : 1, ack : 1, psh : 1, rst : 1, syn : 1, fin : 1;
#endif
	__be16 window;
	__sum16 check;
	__be16 urg_ptr;
};

#endif
