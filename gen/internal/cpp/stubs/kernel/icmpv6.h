/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_KERNEL_ICMPV6_H
#define __LOCKSTEP_KERNEL_ICMPV6_H

#include <linux/types.h>
#include <asm/byteorder.h>

struct icmpv6_echo {
	__be16 identifier;
	__be16 sequence;
};

struct icmpv6_nd_advt {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	__u32 reserved : 5, override : 1, solicited : 1, router : 1, reserved2 : 24;
#else
	__u32 router : 1, solicited : 1, override : 1, reserved : 29;
#endif
};

struct icmpv6_nd_ra {
	__u8 hop_limit;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	__u8 reserved : 3, router_pref : 2, home_agent : 1, other : 1, managed : 1;
#else
	__u8 managed : 1, other : 1, home_agent : 1, router_pref : 2, reserved : 3;
#endif
	__be16 rt_lifetime;
};

struct icmp6hdr {
	__u8 icmp6_type;
	__u8 icmp6_code;
	__sum16 icmp6_cksum;
	union {
		__be32 un_data32[1];
		__be16 un_data16[2];
		__u8 un_data8[4];
		struct icmpv6_echo u_echo;
		struct icmpv6_nd_advt u_nd_advt;
		struct icmpv6_nd_ra u_nd_ra;
	} icmp6_dataun;
};

#endif
