/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's structs, as far as they are read, and how to read them. Where the verifier knows the types of the arguments
 * (tp_btf), a program can read directly, which takes less time than the helper does. But for a field that is a pointer to a
 * struct, the verifier then looks for names among all types of the kernel, once for each way that leads to it, and takes a
 * second. So numbers of the packet's struct are read directly, and pointers only where they decide whether the filter
 * rejects a packet. All else is read by the helper.
 */
#ifndef __LIB_KDROP_KERNEL_H
#define __LIB_KDROP_KERNEL_H

#include <bpf/core.h>
#include <bpf/helpers.h>

#include "kdrop_loader.h"

struct ns_common {
	__u32 inum;
} __kernel_struct;

struct net {
	struct ns_common ns;
} __kernel_struct;

typedef struct {
	struct net *net;
} __kernel_struct possible_net_t;

struct net_device {
	char name[16];
	int ifindex;
	unsigned short type;
	possible_net_t nd_net;
} __kernel_struct;

struct in6_addr {
	__u8 bytes[16];
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} __kernel_struct;

struct kernfs_node {
	__u64 id;
} __kernel_struct;

struct cgroup {
	struct kernfs_node *kn;
} __kernel_struct;

/* Since 5.15; before, a number of which the lowest bits say whether it is a pointer. */
struct sock_cgroup_data {
	struct cgroup *cgroup;
} __kernel_struct;

struct sock_cgroup_data___number {
	__u64 val;
} __kernel_struct;

typedef struct {
	__u32 val;
} __kernel_struct kuid_t;

struct socket;

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	kuid_t sk_uid;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
} __kernel_struct;

struct sock___cgroup_number {
	struct sock_cgroup_data___number sk_cgrp_data;
} __kernel_struct;

struct inode {
	unsigned long i_ino;
} __kernel_struct;

struct socket_alloc {
	struct inode vfs_inode;
} __kernel_struct;

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	char cb[48];
	unsigned int len;
	unsigned int data_len;
	__u32 hash;
	int skb_iif;
	__be16 protocol;
	__be16 vlan_proto;
	__u16 vlan_tci;
	__u16 network_header;
	__u16 mac_header;
	unsigned int tail;
	unsigned char *head;
	unsigned char *data;
} __kernel_struct;

/* Until 6.1; since then a tag is there if vlan_all, which is protocol and tag, is not 0. */
struct sk_buff___vlan_bit {
	__u8 vlan_present : 1;
} __kernel_struct;

struct tcp_skb_cb {
	__u32 seq;
	__u32 end_seq;
	__u8 tcp_flags;
} __kernel_struct;

/* A field of a kernel struct. raw is a constant. */
#define get(raw, p, field)                                                      \
	({                                                                      \
		typeof((p)->field) value__;                                     \
		if (raw)                                                        \
			bpf_probe_read_kernel(&value__, sizeof(value__), &(p)->field); \
		else                                                            \
			value__ = (p)->field;                                   \
		value__;                                                        \
	})

#define peek(p, field) get(true, p, field)

/* An address as a number, for the verifier too: a number is what becomes of a pointer that is negated. */
static __always_inline __u64 number_of(const void *p)
{
	__u64 number = (__u64)p;

	asm volatile("%0 = -%0" : "+r"(number));
	asm volatile("%0 = -%0" : "+r"(number));
	return number;
}

/*
 * Whether a value can be a pointer. The kernel keeps other things in some of the same fields: a device's place also
 * holds sizes and links of lists, a socket's an offset. The comparison with NULL is the verifier's, which knows no other.
 */
static __always_inline bool is_pointer(const void *p)
{
	if (!p)
		return false;
	barrier_var(p);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (__s64)p < 0; /* a read of what is none at the end of all addresses, an error, fails */
#else
	return true;
#endif
}

static __always_inline __u32 netns_of(struct net *net, const bool raw)
{
	__u32 inum;

	if (!is_pointer(net))
		return 0;
	inum = get(raw, net, ns.inum);
	return inum >= KDROP_NAMESPACE_MIN ? inum : 0;
}

/* The device of a packet, or NULL where that place holds something else. */
static __always_inline struct net_device *device_of(struct sk_buff *skb, __u32 *netns, const bool raw)
{
	struct net_device *dev = get(raw, skb, dev);

	*netns = 0;
	if (!is_pointer(dev))
		return NULL;
	*netns = netns_of(get(raw, dev, nd_net.net), raw);
	return *netns ? dev : NULL;
}

/* TCP's states of a socket that is no whole struct sock. */
#define TCP_TIME_WAIT 6
#define TCP_NEW_SYN_RECV 12

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16

static __always_inline bool is_full_socket(__u8 state)
{
	return state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV;
}

static __always_inline __u64 cgroup_id(struct sock *sk)
{
	struct sock___cgroup_number *old = (void *)sk;
	struct kernfs_node *kn;
	struct cgroup *cgroup;
	__u64 id = 0;

	if (kernel_has(sk->sk_cgrp_data.cgroup)) {
		cgroup = peek(sk, sk_cgrp_data.cgroup);
		if (!is_pointer(cgroup))
			return 0;
		kn = peek(cgroup, kn);
		return is_pointer(kn) ? peek(kn, id) : 0;
	}
	if (!kernel_has(old->sk_cgrp_data.val))
		return 0;
	bpf_probe_read_kernel(&id, sizeof(id), &old->sk_cgrp_data.val);
	cgroup = (void *)(id & ~3ULL);
	if (id & 1 || !is_pointer(cgroup))
		return 0;
	bpf_probe_read_kernel(&kn, sizeof(kn), &cgroup->kn);
	id = 0;
	bpf_probe_read_kernel(&id, sizeof(id), &kn->id);
	return id;
}

/* The number under which a process sees the socket among its files. */
static __always_inline __u64 socket_inode(struct sock *sk)
{
	struct socket_alloc *socket = (void *)peek(sk, sk_socket);
	__u64 ino = 0;

	if (is_pointer(socket))
		bpf_probe_read_kernel(&ino, sizeof(ino), &socket->vfs_inode.i_ino);
	return ino;
}

static __always_inline bool has_vlan(struct sk_buff *skb, const bool raw)
{
	struct sk_buff___vlan_bit *old = (void *)skb;
	__u8 byte = 0;

	if (!kernel_has(old->vlan_present))
		return get(raw, skb, vlan_proto) != 0;
	bpf_probe_read_kernel(&byte, sizeof(byte), (__u8 *)skb + kernel_offset(old->vlan_present));
	return ((__u64)byte << __builtin_preserve_field_info(old->vlan_present, BPF_FIELD_LSHIFT_U64)) >> 63;
}

#endif /* __LIB_KDROP_KERNEL_H */
