/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Connection tracking. An entry is keyed by the flow of the packet that opened the connection and by the direction in
 * which it passed, so that a packet that two programs see, one as it comes in and one as it goes out, is a connection
 * to each of them.
 */
#ifndef __LIB_CT_H
#define __LIB_CT_H

#include <bpf/endian.h>
#include <bpf/helpers.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#include "conntrack.h"
#include "dbg.h"
#include "loader.h"
#include "notify.h"
#include "packet.h"

/* How long an entry lives after its last packet, in seconds. */
#define CT_LIFETIME_SYN 60	    /* TCP, no answer yet */
#define CT_LIFETIME_ESTABLISHED 21600 /* TCP */
#define CT_LIFETIME_CLOSING 10	    /* TCP, reset or closed by both sides */
#define CT_LIFETIME_OTHER 60	    /* anything but TCP */

/* Seconds between two traces of an active connection, where traces are aggregated. */
#define CT_TRACE_INTERVAL 5

struct ct4_key {
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
	__u8 proto;
	__u8 flags;	/* TUPLE_F_OUT or TUPLE_F_IN */
	__u16 vlan;
	__u16 inner;
	__u16 pad;
};

struct ct6_key {
	struct address saddr;
	struct address daddr;
	__be16 sport;
	__be16 dport;
	__u8 proto;
	__u8 flags;	/* TUPLE_F_OUT or TUPLE_F_IN */
	__u16 vlan;
	__u16 inner;
	__u16 pad;
};

/* One side of a connection: the one that opened it, or the one that answers. */
struct ct_side {
	__u32 traced;	/* seconds since boot: its last trace */
	__u8 flags;	/* TCP flags it has shown */
	__u8 seen;	/* 1 once it has sent anything */
	__u16 pad;
};

#define CT_OPENER 0
#define CT_ANSWERER 1

struct ct_entry {
	__u32 expires;	/* seconds since boot */
	struct ct_side side[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct ct4_key);
	__type(value, struct ct_entry);
	__uint(max_entries, CT_ENTRIES_MAX);
} conntrack4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct ct6_key);
	__type(value, struct ct_entry);
	__uint(max_entries, CT_ENTRIES_MAX);
} conntrack6 SEC(".maps");

/*
 * How many keys were entered into each table. A full one pushes out the entries that were unused for the longest, of which
 * the kernel tells nobody: as no program deletes any, they are those entered less those there.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);	/* CT_TABLE4 or CT_TABLE6 */
	__type(value, __u64);
	__uint(max_entries, 2);
} ct_created SEC(".maps");

#define CT_TABLE4 0
#define CT_TABLE6 1

/* The key of the connection that a flow belongs to as its opener, or, turned round, as its answerer. */
static __always_inline void ct4_key(struct ct4_key *key, const struct flow *flow, __u8 flags, bool turned)
{
	key->saddr = turned ? flow->daddr.word[0] : flow->saddr.word[0];
	key->daddr = turned ? flow->saddr.word[0] : flow->daddr.word[0];
	key->sport = turned ? flow->dport : flow->sport;
	key->dport = turned ? flow->sport : flow->dport;
	key->proto = flow->proto;
	key->flags = flags;
	key->vlan = flow->vlan;
	key->inner = flow->inner;
	key->pad = 0;
}

static __always_inline void ct6_key(struct ct6_key *key, const struct flow *flow, __u8 flags, bool turned)
{
	key->saddr = turned ? flow->daddr : flow->saddr;
	key->daddr = turned ? flow->saddr : flow->daddr;
	key->sport = turned ? flow->dport : flow->sport;
	key->dport = turned ? flow->sport : flow->dport;
	key->proto = flow->proto;
	key->flags = flags;
	key->vlan = flow->vlan;
	key->inner = flow->inner;
	key->pad = 0;
}

/* Tell what is looked up. The flow is told as it is in the packet, flags whose table entry it is. */
static __always_inline void debug_lookup(struct __sk_buff *skb, const struct flow *flow, __u8 flags)
{
	__u32 ports = (__u32)bpf_ntohs(flow->dport) << 16 | bpf_ntohs(flow->sport);
	__u32 proto = (__u32)flow->proto << 8 | flags;

	if (flow->ipv6) {
		debug(skb, DBG_CT_LOOKUP6_1, flow->saddr.word[3], flow->daddr.word[3], ports);
		debug(skb, DBG_CT_LOOKUP6_2, proto, 0, 0);
	} else {
		debug(skb, DBG_CT_LOOKUP4_1, flow->saddr.word[0], flow->daddr.word[0], ports);
		debug(skb, DBG_CT_LOOKUP4_2, proto, 0, 0);
	}
}

/* The entry of a connection that is alive, or NULL. */
static __always_inline struct ct_entry *ct_find(const struct flow *flow, __u8 flags, bool turned, __u32 now)
{
	struct ct_entry *entry;

	if (flow->ipv6) {
		struct ct6_key key;

		ct6_key(&key, flow, flags, turned);
		entry = bpf_map_lookup_elem(&conntrack6, &key);
	} else {
		struct ct4_key key;

		ct4_key(&key, flow, flags, turned);
		entry = bpf_map_lookup_elem(&conntrack4, &key);
	}
	return entry && now < entry->expires ? entry : NULL;
}

/*
 * The entry that a flow passing in a direction belongs to, and as which side. A connection that came in has its
 * opener's packets come in and its answerer's go out; one that went out the other way round.
 */
static __always_inline struct ct_entry *ct_find_either(const struct flow *flow, __u8 dir, __u32 now, __u32 *side)
{
	__u8 own = dir == CT_INGRESS ? TUPLE_F_IN : TUPLE_F_OUT;
	__u8 other = dir == CT_INGRESS ? TUPLE_F_OUT : TUPLE_F_IN;
	struct ct_entry *entry;

	*side = CT_ANSWERER;
	entry = ct_find(flow, other, true, now);
	if (entry)
		return entry;
	*side = CT_OPENER;
	return ct_find(flow, own, false, now);
}

static __always_inline bool ct_is_closing(const struct ct_entry *entry)
{
	__u8 either = entry->side[CT_OPENER].flags | entry->side[CT_ANSWERER].flags;
	__u8 both = entry->side[CT_OPENER].flags & entry->side[CT_ANSWERER].flags;

	return (either & TCP_FLAG_RST) || (both & TCP_FLAG_FIN);
}

/* A connection that is first seen in its middle counts as established, though one side has not been heard. */
static __always_inline __u32 ct_lifetime(const struct ct_entry *entry, __u8 proto)
{
	if (proto != IPPROTO_TCP)
		return CT_LIFETIME_OTHER;
	if (ct_is_closing(entry))
		return CT_LIFETIME_CLOSING;
	if (entry->side[CT_ANSWERER].seen || (entry->side[CT_OPENER].flags & TCP_FLAG_ACK))
		return CT_LIFETIME_ESTABLISHED;
	return CT_LIFETIME_SYN;
}

/* Aggregation: whether this packet of a side adds nothing to what has been reported. Before ct_note. */
static __always_inline bool ct_is_quiet(const struct ct_side *side, const struct packet *pkt)
{
	if (cfg_aggregation < TRACE_AGGREGATE_ACTIVE_CT)
		return false;
	return side->seen && !(pkt->tcp_flags & ~side->flags) && pkt->now < side->traced + CT_TRACE_INTERVAL;
}

/*
 * Note a packet in its connection's entry. Two CPUs may write one entry at a time; a side's packets come in order on
 * one CPU, or a flag is noted one packet later.
 */
static __always_inline void ct_note(struct ct_entry *entry, __u32 side_index, struct packet *pkt)
{
	struct ct_side *side = side_index == CT_ANSWERER ? &entry->side[CT_ANSWERER] : &entry->side[CT_OPENER];

	pkt->quiet = ct_is_quiet(side, pkt);
	if (!pkt->quiet)
		side->traced = pkt->now;
	side->seen = 1;
	side->flags |= pkt->tcp_flags;
	entry->expires = pkt->now + ct_lifetime(entry, pkt->flow.proto);
}

/* A SYN on a connection that closes opens another one with the same ports. */
static __always_inline bool ct_is_reopened(const struct ct_entry *entry, const struct packet *pkt)
{
	return (pkt->tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN && ct_is_closing(entry);
}

/* Flags that no TCP sends: 0, or a drop reason. */
static __always_inline int ct_check_tcp(__u8 flags)
{
	if ((flags & TCP_FLAG_SYN) && (flags & (TCP_FLAG_FIN | TCP_FLAG_RST)))
		return DROP_CT_INVALID_HDR;
	if (!(flags & (TCP_FLAG_SYN | TCP_FLAG_RST | TCP_FLAG_ACK)))
		return DROP_CT_MISSING_ACK; /* everything after the first packet carries one */
	return 0;
}

/*
 * What the table says of a packet of a connection: CT_NEW, CT_ESTABLISHED, CT_REPLY, or a drop reason. A connection is new
 * until its answerer has been heard, whoever sees the opener's packets how often.
 */
static __always_inline int ct_lookup_flow(struct __sk_buff *skb, struct packet *pkt)
{
	struct ct_entry *entry;
	__u32 side;
	int ret;

	if (pkt->flow.proto == IPPROTO_TCP && pkt->fragment != FRAGMENT_LATER) {
		ret = ct_check_tcp(pkt->tcp_flags);
		if (ret < 0)
			return ret;
	}
	debug_lookup(skb, &pkt->flow, pkt->dir == CT_INGRESS ? TUPLE_F_IN : TUPLE_F_OUT);
	entry = ct_find_either(&pkt->flow, pkt->dir, pkt->now, &side);
	if (!entry)
		return CT_NEW;
	if (ct_is_reopened(entry, pkt)) {
		entry->expires = 0;
		return CT_NEW;
	}
	ct_note(entry, side, pkt);
	pkt->in_table = 1;
	debug(skb, DBG_CT_MATCH, entry->expires - pkt->now, 0, 0);
	if (side == CT_ANSWERER)
		return CT_REPLY;
	return entry->side[CT_ANSWERER].seen ? CT_ESTABLISHED : CT_NEW;
}

/* The same of an ICMP error: CT_RELATED if the packet that it quotes, which passed the other way, is in the table. */
static __always_inline int ct_lookup_quoted(struct __sk_buff *skb, struct packet *pkt)
{
	__u8 dir = pkt->dir == CT_INGRESS ? CT_EGRESS : CT_INGRESS;
	__u8 flags = dir == CT_INGRESS ? TUPLE_F_IN : TUPLE_F_OUT;
	struct ct_entry *entry;
	__u32 side;

	debug_lookup(skb, &pkt->quoted, flags | TUPLE_F_RELATED);
	entry = ct_find_either(&pkt->quoted, dir, pkt->now, &side);
	if (!entry)
		return CT_NEW;
	debug(skb, DBG_CT_MATCH, entry->expires - pkt->now, 0, 0);
	return CT_RELATED;
}

static __noinline int ct_lookup(struct __sk_buff *skb, struct packet *pkt)
{
	if (pkt->kind == PACKET_TRACKED)
		return ct_lookup_flow(skb, pkt);
	if (pkt->kind == PACKET_ERROR)
		return ct_lookup_quoted(skb, pkt);
	return CT_NEW;
}

static __always_inline void debug_created(struct __sk_buff *skb, const struct packet *pkt)
{
	__u32 dport = (__u32)pkt->flow.dport << 16;

	debug(skb, pkt->flow.ipv6 ? DBG_CT_CREATED6 : DBG_CT_CREATED4, 0, pkt->src_id, 0);
	if (pkt->l4_rule)
		debug(skb, DBG_L4_CREATE, pkt->src_id, pkt->dst_id, dport | pkt->flow.proto);
}

/* Enter a connection into a table, in place of a dead one that has its key, and count the key if it is new. 0, or an error. */
static __always_inline long ct_enter(void *map, __u32 table, const void *key, const struct ct_entry *entry)
{
	__u64 *created;

	if (bpf_map_update_elem(map, key, entry, BPF_NOEXIST))
		return bpf_map_update_elem(map, key, entry, BPF_ANY);
	created = bpf_map_lookup_elem(&ct_created, &table);
	if (created)
		*created += 1;
	return 0;
}

/* Enter a new connection. 0, or DROP_CT_CREATE_FAILED. */
static __noinline int ct_create(struct __sk_buff *skb, struct packet *pkt)
{
	__u8 flags = pkt->dir == CT_INGRESS ? TUPLE_F_IN : TUPLE_F_OUT;
	struct ct_entry entry = {};
	long err;

	ct_note(&entry, CT_OPENER, pkt);
	if (pkt->flow.ipv6) {
		struct ct6_key key;

		ct6_key(&key, &pkt->flow, flags, false);
		err = ct_enter(&conntrack6, CT_TABLE6, &key, &entry);
	} else {
		struct ct4_key key;

		ct4_key(&key, &pkt->flow, flags, false);
		err = ct_enter(&conntrack4, CT_TABLE4, &key, &entry);
	}
	if (err)
		return DROP_CT_CREATE_FAILED;
	debug_created(skb, pkt);
	return 0;
}

#endif /* __LIB_CT_H */
