/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The message about a decision of a policy. Its version says nothing about its size: 32 bytes up to 1.18, 40 from
 * 1.19 on.
 */
#ifndef __CILIUM_POLICY_H
#define __CILIUM_POLICY_H

#include "release.h"
#include <linux/types.h>

/* What of a policy matched. */
#if CILIUM_RELEASE >= 10800
enum policy_match {
	POLICY_MATCH_NONE = 0, /* none */
	POLICY_MATCH_L3_ONLY = 1, /* L3-Only */
	POLICY_MATCH_L3_L4 = 2, /* L3-L4 */
	POLICY_MATCH_L4_ONLY = 3, /* L4-Only */
	POLICY_MATCH_ALL = 4, /* all */
#if CILIUM_RELEASE >= 11300
	POLICY_MATCH_L3_PROTO = 5, /* L3-Proto */
	POLICY_MATCH_PROTO_ONLY = 6, /* Proto-Only */
#endif
};
#endif

/* How the peers were authenticated. */
#if CILIUM_RELEASE >= 11400
enum auth_type {
	AUTH_DISABLED = 0, /* disabled */
	AUTH_SPIRE = 1, /* spire */
	AUTH_ALWAYS_FAIL = 2, /* test-always-fail */
};
#endif

/* CILIUM_NOTIFY_POLICY_VERDICT. The packet follows. */
struct policy_verdict_notify {
	__u8 type;		/* CILIUM_NOTIFY_* */
	__u8 subtype;		/* not used */
	__u16 source;		/* endpoint that the program serves */
	__u32 hash;		/* the packet's flow hash */
	__u32 len_orig;		/* bytes of the packet on the wire */
	__u16 len_cap;		/* bytes of the packet that follow; 4 bytes before 1.7, with a version of 0 */
	__u8 version;		/* which fields there are */
	__u8 ext_version;	/* bytes that a build appends; 0 for none */
	__u32 remote_label;	/* identity of the other end */
	__s32 verdict;		/* negative for a denial, a proxy port for a redirection, else 0 */
	__u16 dst_port;		/* in host byte order */
	__u8 proto;		/* IP protocol */
	__u8 bits;		/* 0-1 direction (1 ingress, 2 egress), 2 IPv6, 3-5 match, 6 audited, 7 L3 device (since 1.19) */
#if CILIUM_RELEASE >= 11400
	__u8 auth_type;		/* AUTH_* (since 1.14) */
	__u8 pad1[3];
#else
	__u32 pad1;
#endif
#if CILIUM_RELEASE >= 11900
	__u32 cookie;		/* of the rule, 0 if none (since 1.19) */
	__u32 pad2;
#endif
};

#endif /* __CILIUM_POLICY_H */
