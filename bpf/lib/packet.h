/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the datapath knows of a packet once it has parsed it.
 */
#ifndef __LIB_PACKET_H
#define __LIB_PACKET_H

#include <linux/types.h>

/* An address of either family, network order. An IPv4 address is the first word, the others are 0. */
struct address {
	__be32 word[4];
};

/*
 * Who talks to whom: addresses and ports as they are in the packet (network order). ICMP has no ports: a query has
 * its identifier in sport and an answer in dport, so that one is the other turned round.
 */
struct flow {
	struct address saddr;
	struct address daddr;
	__be16 sport;
	__be16 dport;
	__u8 proto;
	__u8 ipv6;	/* 1 for IPv6, 0 for IPv4 */
	__u16 vlan;	/* the outermost VLAN, 0 if none */
	__u16 inner;	/* the VLAN in that, 0 if none */
	__u16 pad;
};

/* What the datapath does with a packet that has no fault. */
enum packet_kind {
	/* Not IP, and let through: ARP, and whatever else a link carries. */
	PACKET_OTHER,
	/*
	 * IP that keeps the link running: neighbour discovery, multicast listeners, routers. It is let through unless a
	 * rule names its ICMP type.
	 */
	PACKET_CONTROL,
	/* Part of a connection. */
	PACKET_TRACKED,
	/* An ICMP error: flow is its own, quoted that of the packet it speaks of. */
	PACKET_ERROR,
	/* An ICMP error whose quote does not tell a flow: a fragment, or a protocol that has none. */
	PACKET_ERROR_OTHER,
};

/* Which part of a fragmented packet this is. */
enum fragment {
	FRAGMENT_NONE,
	FRAGMENT_FIRST,	/* has the ports */
	FRAGMENT_LATER,	/* has none */
};

/* What stands between an IP header and its payload. */
struct payload {
	__u8 proto;	/* what follows */
	__u8 fragment;	/* FRAGMENT_* */
	__u16 offset;	/* bytes: where a fragment's payload belongs */
	__u32 id;	/* of a fragment, as it is in the packet */
	__u8 more;	/* 1 if more fragments follow */
	__u8 known;	/* 1 if the flow has the packet's addresses */
	__u16 pad;
};

struct packet {
	struct flow flow;
	struct flow quoted;
	struct payload payload;	/* the parser's: of the packet, and then of the quoted one */
	__u32 src_id;		/* identity of the sender, 0 if unknown */
	__u32 dst_id;		/* identity of the receiver, 0 if unknown */
	__u32 frag_id;		/* of a fragment, as it is in the packet */
	__u32 target[2];	/* first bytes of the address a neighbour solicitation asks for */
	__u32 now;		/* seconds since boot */
	__u32 flow_id;		/* the same for all packets of a connection, 0 if there is none */
	__u64 time;		/* CLOCK_MONOTONIC, nanoseconds: when the program was called */
	__be16 l3_proto;	/* EtherType behind the VLAN tags */
	__u16 vlan;		/* the outermost VLAN, 0 if none */
	__u16 inner;		/* the VLAN in that, 0 if none */
	__u16 rule;		/* number of the rule that denies it, 0 if none does or it has none */
	__be16 tag_proto;	/* of the tag that the kernel has taken out of the packet, 0 if there is none */
	__be16 tag_tci;
	__u8 kind;		/* PACKET_* */
	__u8 fragment;		/* FRAGMENT_* */
	__u8 tcp_flags;
	__u8 icmp_type;
	__u8 dir;		/* CT_INGRESS or CT_EGRESS */
	__u8 no_l2;		/* 1 if the device has no link-layer header */
	__u8 has_flow;		/* 1 if the addresses of flow are the packet's */
	__u8 quiet;		/* 1 if aggregation holds the trace back */
	__u8 l4_rule;		/* 1 if a rule for its protocol, or for its port too, allows it */
	__u8 in_table;		/* 1 if its connection is in the table */
	__s16 fault;		/* 0, or what is wrong with it: DROP_* */
};

#endif /* __LIB_PACKET_H */
