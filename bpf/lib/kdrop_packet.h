/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the bytes of a packet are that is at any point of its way through the kernel, and who talks to whom in it.
 */
#ifndef __LIB_KDROP_PACKET_H
#define __LIB_KDROP_PACKET_H

#include <bpf/endian.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include "kdrop.h"
#include "kdrop_kernel.h"

/* What was found. */
struct kdrop_packet {
	const void *start;	/* first byte */
	__u32 linear;		/* bytes from there on that are in one piece */
	__u32 len;		/* bytes of the whole packet */
	__u32 network;		/* bytes up to the network header */
	__u32 offset;		/* of the network header in the kernel's buffer */
	__be16 protocol;	/* EtherType, network order */
	__be16 vlan_proto;	/* of a tag that the kernel holds beside the packet, 0 if there is none */
	__u16 vlan_tci;
	__u8 link;		/* 1 if it starts with an Ethernet header */
	__u8 found;		/* 1 if there is a packet */
};

/* The largest headers that are made from a socket. */
struct kdrop_made {
	union {
		struct iphdr ip4;
		struct ipv6hdr ip6;
	};
	struct tcphdr tcp;
};

/* An offset that has not been set. */
#define HEADER_UNSET 0xffff

/* Types of devices (ARPHRD_*) with an Ethernet header. */
#define ARPHRD_ETHER 1
#define ARPHRD_LOOPBACK 772

/* The most bytes of a link-layer header: Ethernet and four tags. */
#define LINK_HEADER_MAX (sizeof(struct ethhdr) + 16)

static __always_inline bool is_ethernet(struct net_device *dev)
{
	unsigned short type;

	if (!dev)
		return true;
	type = peek(dev, type);
	return type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
}

/*
 * Find the network header of a packet. The kernel advances skb->data while it takes the packet apart, so that what is in
 * front of it counts too.
 */
static __always_inline void find_network(struct sk_buff *skb, struct kdrop_packet *pkt, const bool raw)
{
	__u64 head = number_of(get(raw, skb, head)), data = number_of(get(raw, skb, data));
	__u32 tail = get(raw, skb, tail), at = (__u32)(data - head), network;

	pkt->protocol = get(raw, skb, protocol);
	if (!pkt->protocol || !is_pointer((void *)head) || tail < at)
		return;
	network = get(raw, skb, network_header);
	if (!network || network == HEADER_UNSET || network > tail)
		network = at;
	pkt->found = 1;
	pkt->start = (void *)head + network;
	pkt->linear = tail - network;
	pkt->offset = network;
}

/* Let a packet that was found start at its Ethernet header, if that is still in front of the network header. */
static __always_inline void find_link(struct sk_buff *skb, struct net_device *dev, struct kdrop_packet *pkt, const bool raw)
{
	__u32 mac = get(raw, skb, mac_header);
	__u32 at = (__u32)(number_of(get(raw, skb, data)) - number_of(get(raw, skb, head)));

	if (mac != HEADER_UNSET && mac + sizeof(struct ethhdr) <= pkt->offset && pkt->offset - mac <= LINK_HEADER_MAX &&
	    is_ethernet(dev)) {
		pkt->network = pkt->offset - mac;
		pkt->start -= pkt->network;
		pkt->linear += pkt->network;
		pkt->link = 1;
	}
	pkt->len = get(raw, skb, len) + at + pkt->network - pkt->offset;
	if (has_vlan(skb, raw)) {
		pkt->vlan_proto = get(raw, skb, vlan_proto);
		pkt->vlan_tci = get(raw, skb, vlan_tci);
	}
}

/* Which way a packet goes that is made of a socket: out of it or to it. */
enum kdrop_way { WAY_OUT, WAY_IN };

static __always_inline void made_tcp(struct sock *sk, struct tcphdr *tcp, enum kdrop_way way)
{
	__be16 here = bpf_htons(peek(sk, __sk_common.skc_num)), there = peek(sk, __sk_common.skc_dport);

	tcp->source = way == WAY_OUT ? here : there;
	tcp->dest = way == WAY_OUT ? there : here;
	tcp->doff_res = sizeof(*tcp) / 4 << 4;
}

static __always_inline void made_ip4(struct sock *sk, struct iphdr *ip, enum kdrop_way way, __u32 len)
{
	__be32 here = peek(sk, __sk_common.skc_rcv_saddr), there = peek(sk, __sk_common.skc_daddr);

	ip->version_ihl = 0x45;
	ip->tot_len = bpf_htons(len);
	ip->ttl = 64;
	ip->protocol = IPPROTO_TCP;
	ip->saddr = way == WAY_OUT ? here : there;
	ip->daddr = way == WAY_OUT ? there : here;
}

static __always_inline void made_ip6(struct sock *sk, struct ipv6hdr *ip, enum kdrop_way way, __u32 len)
{
	void *here = way == WAY_OUT ? (void *)&ip->saddr : (void *)&ip->daddr;
	void *there = way == WAY_OUT ? (void *)&ip->daddr : (void *)&ip->saddr;

	*(__u8 *)ip = 0x60;
	ip->payload_len = bpf_htons(len - sizeof(*ip));
	ip->nexthdr = IPPROTO_TCP;
	ip->hop_limit = 64;
	bpf_probe_read_kernel(here, 16, &sk->__sk_common.skc_v6_rcv_saddr);
	bpf_probe_read_kernel(there, 16, &sk->__sk_common.skc_v6_daddr);
}

/* Whether an IPv6 socket talks to an IPv4 address. */
static __always_inline bool is_mapped(struct sock *sk)
{
	__u32 word[4] = {};

	bpf_probe_read_kernel(word, sizeof(word), &sk->__sk_common.skc_v6_daddr);
	return !word[0] && !word[1] && word[2] == bpf_htonl(0xffff);
}

/* Make the headers that a TCP segment of a socket has, or will have: payload bytes follow them. */
static __always_inline bool make_packet(struct sock *sk, struct kdrop_made *made, struct kdrop_packet *pkt,
					enum kdrop_way way, __u32 payload)
{
	unsigned short family = peek(sk, __sk_common.skc_family);
	__u32 len;

	if (family == AF_INET6 && kernel_has(sk->__sk_common.skc_v6_daddr) && !is_mapped(sk)) {
		len = sizeof(made->ip6) + sizeof(struct tcphdr);
		made_ip6(sk, &made->ip6, way, len + payload);
		pkt->protocol = bpf_htons(ETH_P_IPV6);
	} else if (family == AF_INET || family == AF_INET6) {
		len = sizeof(made->ip4) + sizeof(struct tcphdr);
		made_ip4(sk, &made->ip4, way, len + payload);
		pkt->protocol = bpf_htons(ETH_P_IP);
	} else {
		return false;
	}
	pkt->found = 1;
	pkt->start = made;
	pkt->linear = len;
	pkt->len = len + payload;
	return true;
}

/* The TCP header of a packet that was made. */
static __always_inline struct tcphdr *tcp_of(struct kdrop_made *made, const struct kdrop_packet *pkt)
{
	if (pkt->protocol == bpf_htons(ETH_P_IPV6))
		return (void *)made + sizeof(made->ip6);
	return (void *)made + sizeof(made->ip4);
}

/* Who talks to whom: IPv4 addresses as ::ffff:a.b.c.d, ports in host order. */
struct kdrop_flow {
	__u64 src[2];
	__u64 dst[2];
	__u16 sport;
	__u16 dport;
	__u8 proto;
	__u8 ports;	/* 1 if it has ports, 2 if that is not known */
};

static __always_inline void map_address(__u64 to[2], __be32 addr)
{
	__be32 word[2] = { bpf_htonl(0xffff), addr };

	to[0] = 0;
	memcpy(&to[1], word, sizeof(word));
}

static __always_inline void read_ports(struct kdrop_flow *flow, const __u8 *l4)
{
	if (flow->proto != IPPROTO_TCP && flow->proto != IPPROTO_UDP && flow->proto != 132 && flow->proto != 136)
		return; /* SCTP and UDP-Lite have them too */
	flow->ports = 1;
	flow->sport = l4[0] << 8 | l4[1];
	flow->dport = l4[2] << 8 | l4[3];
}

/* The most IPv6 extension headers that are read. */
#define EXTENSIONS_MAX 4

/* Whether it is an extension header that says how long it is, and what follows. */
static __always_inline bool is_extension(__u8 proto)
{
	const __u64 low = 1ULL << IPPROTO_HOPOPTS | 1ULL << IPPROTO_ROUTING | 1ULL << IPPROTO_FRAGMENT |
			  1ULL << IPPROTO_AH | 1ULL << IPPROTO_DSTOPTS;

	return proto == IPPROTO_MH || (proto < 64 && low >> proto & 1);
}

static __always_inline void read_ip4(const void *ip, const __u8 b[44], struct kdrop_flow *flow)
{
	__u8 l4[4] = {};
	__be32 addr[2];

	memcpy(addr, b + 12, sizeof(addr));
	map_address(flow->src, addr[0]);
	map_address(flow->dst, addr[1]);
	flow->proto = b[9];
	if (b[6] & 0x1f || b[7]) {
		flow->ports = 2; /* a later fragment */
		return;
	}
	if ((b[0] & 15) == 5) {
		read_ports(flow, b + 20);
		return;
	}
	bpf_probe_read_kernel(l4, sizeof(l4), ip + (b[0] & 15) * 4);
	read_ports(flow, l4);
}

/* Go over the extension headers: at is where the first begins. */
static __always_inline void read_extensions(const void *ip, struct kdrop_flow *flow, __u32 at)
{
	__u8 ext[4] = {};
	__u32 i;

	for (i = 0; i < EXTENSIONS_MAX && is_extension(flow->proto); i++) {
		if (bpf_probe_read_kernel(ext, sizeof(ext), ip + at))
			return;
		if (flow->proto == IPPROTO_FRAGMENT) {
			flow->proto = ext[0];
			at += 8;
			if (ext[2] || ext[3] & 0xf8) {
				flow->ports = 2;
				return;
			}
			continue;
		}
		at += flow->proto == IPPROTO_AH ? (ext[1] + 2) * 4 : (ext[1] + 1) * 8;
		flow->proto = ext[0];
	}
	bpf_probe_read_kernel(ext, sizeof(ext), ip + at);
	read_ports(flow, ext);
}

/* Read the IP header at an address of the kernel. False if there is none. */
static __always_inline bool read_flow(const void *ip, __be16 protocol, struct kdrop_flow *flow)
{
	__u8 b[44] __attribute__((aligned(8)));

	if (protocol != bpf_htons(ETH_P_IP) && protocol != bpf_htons(ETH_P_IPV6))
		return false;
	if (bpf_probe_read_kernel(b, sizeof(b), ip))
		return false;
	if (protocol == bpf_htons(ETH_P_IP)) {
		if (b[0] >> 4 != 4)
			return false;
		read_ip4(ip, b, flow);
		return true;
	}
	if (b[0] >> 4 != 6)
		return false;
	memcpy(flow->src, b + 8, 16);
	memcpy(flow->dst, b + 24, 16);
	flow->proto = b[6];
	if (is_extension(flow->proto))
		read_extensions(ip, flow, sizeof(struct ipv6hdr));
	else
		read_ports(flow, b + sizeof(struct ipv6hdr));
	return true;
}

/* The same of headers that were made. */
static __always_inline void made_flow(const struct kdrop_made *made, const struct kdrop_packet *pkt, struct kdrop_flow *flow)
{
	flow->proto = IPPROTO_TCP;
	if (pkt->protocol == bpf_htons(ETH_P_IPV6)) {
		memcpy(flow->src, &made->ip6.saddr, 16);
		memcpy(flow->dst, &made->ip6.daddr, 16);
		read_ports(flow, (const __u8 *)made + sizeof(made->ip6));
	} else {
		map_address(flow->src, made->ip4.saddr);
		map_address(flow->dst, made->ip4.daddr);
		read_ports(flow, (const __u8 *)made + sizeof(made->ip4));
	}
}

#endif /* __LIB_KDROP_PACKET_H */
