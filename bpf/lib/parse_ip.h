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

/* The most bytes of options behind an IPv4 header, and of an extension header. */
#define IP_OPTIONS_MAX 40
#define EXTHDR_LEN_MAX (256 * 8)

/* The largest length that the 16-bit length fields can say. */
#define IP_LEN_MAX 0xffff

static __always_inline struct payload *reset_payload(struct packet *pkt)
{
	memset(&pkt->payload, 0, sizeof(pkt->payload));
	return &pkt->payload;
}

static __always_inline void set_fragment(struct payload *p, __u16 offset, bool more, __u32 id)
{
	if (!offset && !more)
		return;
	p->fragment = offset ? FRAGMENT_LATER : FRAGMENT_FIRST;
	p->offset = offset;
	p->more = more;
	p->id = id;
}

/* A fragment may not reach over the end of the largest packet; all but the last hold a multiple of 8 bytes. */
static __always_inline int check_fragment(const struct cursor *c, const struct payload *p)
{
	if (p->fragment == FRAGMENT_NONE)
		return 0;
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
	set_fragment(p, (__u16)((frag & IP_OFFSET) * 8), frag & IP_MF, ip->id);
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
	return check_fragment(c, p);
}

static __always_inline bool is_exthdr(__u8 proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_FRAGMENT ||
	       proto == IPPROTO_DSTOPTS || proto == IPPROTO_AH || proto == IPPROTO_MH;
}

static __always_inline int parse_frag_hdr(struct cursor *c, struct payload *p)
{
	struct frag_hdr *frag = cursor_take(c, sizeof(*frag));
	__u16 off;

	if (!frag)
		return DROP_INVALID_EXTHDR;
	off = bpf_ntohs(frag->frag_off);
	p->proto = frag->nexthdr;
	set_fragment(p, off & IP6_OFFSET, off & IP6_MF, frag->identification);
	return check_fragment(c, p);
}

static __always_inline int parse_opt_hdr(struct cursor *c, struct payload *p)
{
	struct ipv6_opt_hdr *opt = cursor_take(c, sizeof(*opt));
	__u32 unit = p->proto == IPPROTO_AH ? 4 : 8;

	if (!opt)
		return DROP_INVALID_EXTHDR;
	p->proto = opt->nexthdr;
	if (!cursor_skip(c, opt->hdrlen * unit + 8 - sizeof(*opt), EXTHDR_LEN_MAX))
		return DROP_INVALID_EXTHDR;
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
		if (!is_exthdr(p->proto) || p->fragment == FRAGMENT_LATER)
			return 0;
		if (p->proto == IPPROTO_HOPOPTS && i)
			return DROP_INVALID_EXTHDR; /* may only come first */
		if (p->proto == IPPROTO_FRAGMENT)
			ret = parse_frag_hdr(c, p);
		else
			ret = parse_opt_hdr(c, p);
		if (ret < 0)
			return ret;
	}
	return is_exthdr(p->proto) && p->fragment != FRAGMENT_LATER ? DROP_INVALID_EXTHDR : 0;
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
	return ret;
}

#endif /* __LIB_PARSE_IP_H */
