/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP, UDP, ICMP and ICMPv6, and the packet that an ICMP error quotes. Every parse_* function returns 0 or a drop
 * reason.
 */
#ifndef __LIB_PARSE_L4_H
#define __LIB_PARSE_L4_H

#include <bpf/endian.h>
#include <linux/icmpv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "common.h"
#include "config.h"
#include "cursor.h"
#include "packet.h"
#include "parse_ip.h"

/* What a type of ICMP message is for. */
enum icmp_class {
	ICMP_CLASS_UNKNOWN,
	ICMP_CLASS_QUERY,
	ICMP_CLASS_ANSWER,
	ICMP_CLASS_ERROR,
	ICMP_CLASS_CONTROL,
};

/* A class, and the highest code that the type defines, in one number. */
#define ICMP_CLASS(class, max_code) ((class) << 8 | (max_code))

/* The first bytes of TCP and UDP, all that the quote of either is sure to have. */
struct ports {
	__be16 source;
	__be16 dest;
	__be32 rest;
};

/* The first bytes of the address that a neighbour solicitation asks for, which stands behind the header. */
struct nd_target {
	__be32 addr[4];
};

static __always_inline int parse_tcp(struct cursor *c, struct packet *pkt)
{
	struct tcphdr *tcp = cursor_take(c, sizeof(*tcp));
	__u32 hdr_len;

	if (!tcp)
		return DROP_CT_INVALID_HDR;
	hdr_len = (tcp->doff_res >> 4) * 4;
	if (hdr_len < sizeof(*tcp) || hdr_len - sizeof(*tcp) > cursor_left(c))
		return DROP_CT_INVALID_HDR;
	pkt->flow.sport = tcp->source;
	pkt->flow.dport = tcp->dest;
	pkt->tcp_flags = tcp->flags;
	return 0;
}

/* The length field counts the header. The first fragment holds less than it says; more than it can say is 0. */
static __always_inline bool udp_len_ok(__u32 len, __u32 left, bool first_fragment)
{
	if (!len)
		return left > IP_LEN_MAX;
	return len >= sizeof(struct udphdr) && (first_fragment || len - sizeof(struct udphdr) <= left);
}

static __always_inline int parse_udp(struct cursor *c, struct packet *pkt)
{
	struct udphdr *udp = cursor_take(c, sizeof(*udp));

	if (!udp || !udp_len_ok(bpf_ntohs(udp->len), cursor_left(c), pkt->fragment == FRAGMENT_FIRST))
		return DROP_CT_INVALID_HDR;
	pkt->flow.sport = udp->source;
	pkt->flow.dport = udp->dest;
	return 0;
}

/* A protocol that starts with ports as TCP and UDP do. */
static __always_inline int parse_ports(struct cursor *c, struct packet *pkt)
{
	struct ports *ports = cursor_take(c, sizeof(*ports));

	if (!ports)
		return DROP_CT_INVALID_HDR;
	pkt->flow.sport = ports->source;
	pkt->flow.dport = ports->dest;
	return 0;
}

/* What is neither TCP nor UDP has no ports, or is taken for what it says; it is told by its addresses and its number. */
static __always_inline int parse_l4(struct cursor *c, struct packet *pkt)
{
	switch (pkt->flow.proto) {
	case IPPROTO_TCP:
		return parse_tcp(c, pkt);
	case IPPROTO_UDP:
		return parse_udp(c, pkt);
	}
	if (cfg_strict)
		return DROP_UNKNOWN_L4;
	switch (pkt->flow.proto) {
	case IPPROTO_DCCP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
		return parse_ports(c, pkt);
	}
	return 0;
}

static __always_inline __u32 icmp4_class(__u8 type)
{
	switch (type) {
	case ICMP_ECHO:
	case ICMP_TIMESTAMP:
	case ICMP_INFO_REQUEST:
	case ICMP_ADDRESS:
	case ICMP_EXT_ECHO:
		return ICMP_CLASS(ICMP_CLASS_QUERY, 0);
	case ICMP_ECHOREPLY:
	case ICMP_TIMESTAMPREPLY:
	case ICMP_INFO_REPLY:
	case ICMP_ADDRESSREPLY:
		return ICMP_CLASS(ICMP_CLASS_ANSWER, 0);
	case ICMP_EXT_ECHOREPLY:
		return ICMP_CLASS(ICMP_CLASS_ANSWER, ICMP_EXT_ECHOREPLY_MAX);
	case ICMP_DEST_UNREACH:
		return ICMP_CLASS(ICMP_CLASS_ERROR, ICMP_DEST_UNREACH_MAX);
	case ICMP_SOURCE_QUENCH:
		return ICMP_CLASS(ICMP_CLASS_ERROR, 0);
	case ICMP_REDIRECT:
		return ICMP_CLASS(ICMP_CLASS_ERROR, ICMP_REDIRECT_MAX);
	case ICMP_TIME_EXCEEDED:
		return ICMP_CLASS(ICMP_CLASS_ERROR, ICMP_TIME_EXCEEDED_MAX);
	case ICMP_PARAMETERPROB:
		return ICMP_CLASS(ICMP_CLASS_ERROR, ICMP_PARAMETERPROB_MAX);
	case ICMP_ROUTER_ADVERT:
		return ICMP_CLASS(ICMP_CLASS_CONTROL, ICMP_ROUTER_ADVERT_MAX);
	case ICMP_ROUTER_SOLICIT:
		return ICMP_CLASS(ICMP_CLASS_CONTROL, 0);
	}
	return ICMP_CLASS(ICMP_CLASS_UNKNOWN, 0);
}

static __always_inline __u32 icmp6_class(__u8 type)
{
	switch (type) {
	case ICMPV6_DEST_UNREACH:
		return ICMP_CLASS(ICMP_CLASS_ERROR, ICMPV6_DEST_UNREACH_MAX);
	case ICMPV6_PKT_TOOBIG:
		return ICMP_CLASS(ICMP_CLASS_ERROR, 0);
	case ICMPV6_TIME_EXCEED:
		return ICMP_CLASS(ICMP_CLASS_ERROR, ICMPV6_TIME_EXCEED_MAX);
	case ICMPV6_PARAMPROB:
		return ICMP_CLASS(ICMP_CLASS_ERROR, ICMPV6_PARAMPROB_MAX);
	case ICMPV6_ECHO_REQUEST:
	case ICMPV6_EXT_ECHO_REQUEST:
		return ICMP_CLASS(ICMP_CLASS_QUERY, 0);
	case ICMPV6_ECHO_REPLY:
		return ICMP_CLASS(ICMP_CLASS_ANSWER, 0);
	case ICMPV6_EXT_ECHO_REPLY:
		return ICMP_CLASS(ICMP_CLASS_ANSWER, ICMPV6_EXT_ECHO_REPLY_MAX);
	case ICMPV6_MGM_QUERY ... ICMPV6_MGM_REDUCTION:
	case ICMPV6_ROUTER_SOLICIT ... ICMPV6_REDIRECT:
	case ICMPV6_MLD2_REPORT:
	case ICMPV6_MRDISC_ADVERT ... ICMPV6_MRDISC_TERMINATE:
		return ICMP_CLASS(ICMP_CLASS_CONTROL, 0);
	}
	return ICMP_CLASS(ICMP_CLASS_UNKNOWN, 0);
}

/* A query and its answer by their identifier. False for a class that has none. */
static __always_inline bool set_icmp_ports(struct flow *flow, __u32 class, __be16 id)
{
	if (class == ICMP_CLASS_QUERY)
		flow->sport = id;
	else if (class == ICMP_CLASS_ANSWER)
		flow->dport = id;
	else
		return false;
	return true;
}

/* The first 8 bytes behind a quoted IP header. A flow is told by ports or by an identifier, or not at all. */
static __always_inline int parse_quoted_l4(struct cursor *c, struct packet *pkt, const struct payload *p)
{
	struct ports *ports;
	struct icmphdr *icmp;
	__u8 proto = p->proto;

	pkt->kind = PACKET_ERROR_OTHER;
	if (p->offset) /* not the first fragment */
		return 0;
	ports = cursor_take(c, sizeof(*ports));
	if (!ports)
		return DROP_CT_INVALID_HDR;
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP) {
		pkt->quoted.sport = ports->source;
		pkt->quoted.dport = ports->dest;
		pkt->kind = PACKET_ERROR;
		return 0;
	}
	icmp = (struct icmphdr *)ports;
	if (proto == (pkt->quoted.ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) &&
	    set_icmp_ports(&pkt->quoted,
			   (pkt->quoted.ipv6 ? icmp6_class(icmp->type) : icmp4_class(icmp->type)) >> 8, icmp->id))
		pkt->kind = PACKET_ERROR;
	return 0;
}

static __always_inline int parse_quoted4(struct cursor *c, struct packet *pkt)
{
	struct payload *p = reset_payload(pkt);

	if (!parse_iphdr(c, &pkt->quoted, p))
		return DROP_CT_INVALID_HDR;
	return parse_quoted_l4(c, pkt, p);
}

static __always_inline int parse_quoted6(struct cursor *c, struct packet *pkt)
{
	struct payload *p = reset_payload(pkt);

	if (!parse_ipv6hdr(c, &pkt->quoted, p) || parse_exthdrs(c, p) < 0)
		return DROP_CT_INVALID_HDR;
	pkt->quoted.proto = p->proto;
	return parse_quoted_l4(c, pkt, p);
}

static __always_inline int parse_icmp(struct cursor *c, struct packet *pkt)
{
	struct icmphdr *icmp = cursor_take(c, sizeof(*icmp));
	__u32 class;

	if (!icmp)
		return DROP_CT_INVALID_HDR;
	pkt->icmp_type = icmp->type;
	class = icmp4_class(icmp->type);
	if (cfg_strict && class >> 8 == ICMP_CLASS_UNKNOWN)
		return DROP_UNKNOWN_ICMP_TYPE;
	if (cfg_strict && icmp->code > (class & 0xff))
		return DROP_UNKNOWN_ICMP_CODE;
	if (class >> 8 == ICMP_CLASS_ERROR)
		return parse_quoted4(c, pkt);
	if (set_icmp_ports(&pkt->flow, class >> 8, icmp->id) || class >> 8 == ICMP_CLASS_UNKNOWN)
		pkt->kind = PACKET_TRACKED;
	else
		pkt->kind = PACKET_CONTROL;
	return 0;
}

static __always_inline int parse_nd_target(struct cursor *c, struct packet *pkt)
{
	struct nd_target *target = cursor_take(c, sizeof(*target));

	if (!target)
		return DROP_CT_INVALID_HDR;
	pkt->target[0] = target->addr[0];
	pkt->target[1] = target->addr[1];
	return 0;
}

static __always_inline int parse_icmpv6(struct cursor *c, struct packet *pkt)
{
	struct icmphdr *icmp = cursor_take(c, sizeof(*icmp));
	__u32 class;

	if (!icmp)
		return DROP_CT_INVALID_HDR;
	pkt->icmp_type = icmp->type;
	class = icmp6_class(icmp->type);
	if (cfg_strict && class >> 8 == ICMP_CLASS_UNKNOWN)
		return DROP_UNKNOWN_ICMP6_TYPE;
	if (cfg_strict && icmp->code > (class & 0xff))
		return DROP_UNKNOWN_ICMP6_CODE;
	if (class >> 8 == ICMP_CLASS_ERROR)
		return parse_quoted6(c, pkt);
	if (set_icmp_ports(&pkt->flow, class >> 8, icmp->id) || class >> 8 == ICMP_CLASS_UNKNOWN)
		pkt->kind = PACKET_TRACKED;
	else
		pkt->kind = PACKET_CONTROL;
	return icmp->type == ICMPV6_NEIGH_SOLICIT ? parse_nd_target(c, pkt) : 0;
}

#endif /* __LIB_PARSE_L4_H */
