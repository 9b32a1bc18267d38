/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IPv4 with options, IPv6 with extension headers, fragments of both. The cursor is left behind the last header,
 * with the bytes that the packet's length field promises. Every parse_* function returns 0 or a drop reason.
 */
#ifndef __LIB_PARSE_IP_H
#define __LIB_PARSE_IP_H

#include <bpf/endian.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "common.h"
#include "cursor.h"
#include "packet.h"

/* A packet may have so many extension headers. */
#define EXTHDR_MAX 8

/* The most bytes of options behind an IPv4 header, and of an extension header behind its first 8. */
#define IP_OPTIONS_MAX 40
#define EXTHDR_REST_MAX (255 * 8)

/* The largest length that the 16-bit length fields can say. */
#define IP_LEN_MAX 0xffff

static __always_inline struct payload *reset_payload(struct packet *pkt)
{
	memset(&pkt->payload, 0, sizeof(pkt->payload));
	return &pkt->payload;
}

/*
 * Tell which part of a packet this is, once the IP headers are read. A fragment may not reach over the end of the
 * largest packet; all but the last hold a multiple of 8 bytes. 0 or a drop reason.
 */
static __always_inline int classify_fragment(const struct cursor *c, struct payload *p)
{
	if (!p->offset && !p->more) {
		p->fragment = FRAGMENT_NONE;
		return 0;
	}
	p->fragment = p->offset ? FRAGMENT_LATER : FRAGMENT_FIRST;
	if (p->offset + cursor_left(c) > IP_LEN_MAX || (p->more && cursor_left(c) % 8))
		return DROP_INVALID;
	return 0;
}

/*
 * Cut the cursor to what the header's length field promises of what follows. A length left unsaid stands for more
 * than the field can say, where the kernel has merged segments.
 */
static __always_inline int trim_payload(struct cursor *c, __u32 promised, bool unsaid)
{
	if (unsaid && cursor_left(c) > IP_LEN_MAX)
		return 0;
	if (unsaid || promised > cursor_left(c))
		return DROP_INVALID;
	c->len = cursor_offset(c) + promised;
	return 0;
}

/* Multicast and the all-ones broadcast are destinations only. */
static __always_inline bool ip4_is_group(__be32 addr)
{
	__u32 host = bpf_ntohl(addr);

	return (host & 0xf0000000) == 0xe0000000 || host == 0xffffffff;
}

static __always_inline bool ip6_is_multicast(const __be32 *addr)
{
	return (addr[0] & bpf_htonl(0xff000000)) == bpf_htonl(0xff000000);
}

static __always_inline void set_flow4(struct flow *flow, const struct iphdr *ip)
{
	memset(flow, 0, sizeof(*flow));
	flow->saddr.word[0] = ip->saddr;
	flow->daddr.word[0] = ip->daddr;
	flow->proto = ip->protocol;
}

/* The header with its options: what tells the flow, and where the payload is. No lengths but the header's own. */
static __always_inline struct iphdr *parse_iphdr(struct cursor *c, struct flow *flow, struct payload *p)
{
	struct iphdr *ip = cursor_take(c, sizeof(*ip));
	__u32 hdr_len;
	__u16 frag;

	if (!ip || ip->version_ihl >> 4 != 4)
		return NULL;
	hdr_len = (ip->version_ihl & 0xf) * 4;
	if (hdr_len < sizeof(*ip) || !cursor_skip(c, hdr_len - sizeof(*ip), IP_OPTIONS_MAX))
		return NULL;
	set_flow4(flow, ip);
	frag = bpf_ntohs(ip->frag_off);
	p->known = true;
	p->proto = ip->protocol;
	p->offset = (__u16)((frag & IP_OFFSET) * 8);
	p->more = !!(frag & IP_MF);
	p->id = ip->id;
	return ip;
}

static __always_inline int parse_ip4_packet(struct cursor *c, struct flow *flow, struct payload *p)
{
	struct iphdr *ip = parse_iphdr(c, flow, p);
	__u32 hdr_len, tot_len;

	if (!ip)
		return DROP_INVALID;
	if (ip4_is_group(ip->saddr))
		return DROP_INVALID_SIP;
	hdr_len = (ip->version_ihl & 0xf) * 4;
	tot_len = bpf_ntohs(ip->tot_len);
	if (tot_len && tot_len < hdr_len)
		return DROP_INVALID;
	if (trim_payload(c, tot_len - hdr_len, !tot_len) < 0)
		return DROP_INVALID;
	return classify_fragment(c, p);
}

/* The extension headers with numbers under 64, as bits. */
#define EXTHDR_BITS                                                                                \
	(1ULL << IPPROTO_HOPOPTS | 1ULL << IPPROTO_ROUTING | 1ULL << IPPROTO_FRAGMENT |             \
	 1ULL << IPPROTO_AH | 1ULL << IPPROTO_DSTOPTS)

static __always_inline bool is_exthdr(__u8 proto)
{
	return proto < 64 ? EXTHDR_BITS >> proto & 1 : proto == IPPROTO_MH;
}

/* Bytes of an extension header behind its first 8, by the length that it says. */
static __always_inline __u32 exthdr_rest(__u8 proto, __u8 hdrlen)
{
	if (proto == IPPROTO_FRAGMENT)
		return 0;
	return hdrlen * (proto == IPPROTO_AH ? 4 : 8);
}

/* One extension header; p->proto is its kind before, and that of what follows it after. */
static __always_inline int parse_exthdr(struct cursor *c, struct payload *p)
{
	struct frag_hdr *hdr = cursor_take(c, sizeof(*hdr)); /* no extension header is shorter */
	__u8 proto = p->proto;
	__u16 off;

	if (!hdr || !cursor_skip(c, exthdr_rest(proto, hdr->reserved), EXTHDR_REST_MAX))
		return DROP_INVALID_EXTHDR;
	p->proto = hdr->nexthdr;
	if (proto != IPPROTO_FRAGMENT)
		return 0;
	off = bpf_ntohs(hdr->frag_off);
	p->offset = off & IP6_OFFSET;
	p->more = off & IP6_MF;
	p->id = hdr->identification;
	return 0;
}

/*
 * All extension headers; p->proto is the first one's kind before, and the payload's after. In any fragment but the
 * first, what follows the fragment header is payload whatever it says.
 */
static __always_inline int parse_exthdrs(struct cursor *c, struct payload *p)
{
	int i, ret;

	for (i = 0; i < EXTHDR_MAX; i++) {
		cursor_settle(c);
		if (!is_exthdr(p->proto) || p->offset)
			return 0;
		if (p->proto == IPPROTO_HOPOPTS && i)
			return DROP_INVALID_EXTHDR; /* may only come first */
		ret = parse_exthdr(c, p);
		if (ret < 0)
			return ret;
	}
	return is_exthdr(p->proto) && !p->offset ? DROP_INVALID_EXTHDR : 0;
}

/* The fixed header: addresses, and what follows. */
static __always_inline struct ipv6hdr *parse_ipv6hdr(struct cursor *c, struct flow *flow, struct payload *p)
{
	struct ipv6hdr *ip = cursor_take(c, sizeof(*ip));

	if (!ip || bpf_ntohl(ip->version_class_flow) >> 28 != 6)
		return NULL;
	memset(flow, 0, sizeof(*flow));
	memcpy(&flow->saddr, ip->saddr, sizeof(flow->saddr));
	memcpy(&flow->daddr, ip->daddr, sizeof(flow->daddr));
	flow->ipv6 = 1;
	flow->proto = ip->nexthdr;
	p->known = true;
	p->proto = ip->nexthdr;
	return ip;
}

static __always_inline int parse_ip6_packet(struct cursor *c, struct flow *flow, struct payload *p)
{
	struct ipv6hdr *ip = parse_ipv6hdr(c, flow, p);
	__u32 len;
	int ret;

	if (!ip)
		return DROP_INVALID;
	if (ip6_is_multicast(ip->saddr))
		return DROP_INVALID_SIP;
	len = bpf_ntohs(ip->payload_len);
	if (trim_payload(c, len, !len && (p->proto == IPPROTO_HOPOPTS || cursor_left(c) > IP_LEN_MAX)) < 0)
		return DROP_INVALID;
	ret = parse_exthdrs(c, p);
	flow->proto = p->proto;
	return ret < 0 ? ret : classify_fragment(c, p);
}

#endif /* __LIB_PARSE_IP_H */
