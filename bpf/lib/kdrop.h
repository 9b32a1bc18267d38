/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The messages that report what the kernel itself does with packets: those that it drops, and TCP's retransmissions and
 * resets. They are a wire format of their own. Their type is outside the datapath's and the agent's, so that both can
 * stand in one stream.
 */
#ifndef __LIB_KDROP_H
#define __LIB_KDROP_H

#include "common.h"

/* The message type. */
enum kdrop_type {
	/* What the kernel did with a packet: struct kdrop_notify, packet bytes, text of the stack. */
	LOCKSTEP_NOTIFY_KERNEL = 100,	/* kernel */
};

/* What the kernel did: the subtype of a message. */
enum kdrop_kind {
	/* It freed a packet that did not reach its end (tracepoint skb:kfree_skb). */
	KDROP_DROP,		/* drop */
	/* TCP sends data once more, since no answer has come (tcp:tcp_retransmit_skb). */
	KDROP_RETRANSMIT,	/* retransmit */
	/* TCP refuses a segment, or ends a connection, by a reset that it sends (tcp:tcp_send_reset). */
	KDROP_RESET_SENT,	/* reset-sent */
	/* TCP ends a connection because of a reset that it received (tcp:tcp_receive_reset). */
	KDROP_RESET_RECEIVED,	/* reset-received */
};

/* Flags of a message. */
#define KDROP_F_FROM_SOCKET 1	/* the packet's headers were made of what the socket knows */
#define KDROP_F_ANSWERED 2	/* the packet is the one that the reset answers */
#define KDROP_F_NO_REASON 4	/* the kernel has no reasons (before 5.17) */
#define KDROP_F_LIMITED 8	/* the rate bound held back others before this one */

/*
 * LOCKSTEP_NOTIFY_KERNEL. The first len_cap bytes of the packet follow, behind an Ethernet header that is put in front
 * where there is none (see common.h), and stack_len bytes of text: a line for each function, the innermost first.
 *
 * What the kernel sends ends before the field reason. The reader on the same machine adds the rest, because it means
 * nothing elsewhere: numbers of reasons and addresses of functions differ between kernels.
 */
struct kdrop_notify {
	NOTIFY_COMMON_HDR
	__u64 time;		/* nanoseconds of the monotonic clock */
	__u64 location;		/* address of the code that dropped the packet, 0 if unknown */
	__u64 cgroup;		/* id of the control group of the socket, 0 if none */
	__u64 socket;		/* inode number of the socket, 0 if none */
	__u32 len_orig;		/* bytes of the packet */
	__u32 len_cap;		/* bytes of the packet that follow */
	__u32 reason_number;	/* number of the reason in the kernel that runs */
	__u32 netns;		/* inode number of the network namespace, 0 if unknown */
	__u32 ifindex;		/* device, 0 if unknown */
	__u32 in_ifindex;	/* device that the packet came in by, 0 if it was made here */
	__u32 task_pid;		/* process that ran at the time, often an unrelated one */
	__u32 uid;		/* user that owns the socket */
	__u32 cpu;		/* CPU that dropped the packet */
	__u32 stack_len;	/* bytes of text that follow the packet */
	__u16 protocol;		/* EtherType, 0 if unknown */
	__u16 flags;		/* KDROP_F_* */
	__u8 sk_family;		/* address family of the socket, 0 if there is none */
	__u8 sk_state;		/* state of a TCP socket */
	__u8 sk_protocol;	/* IP protocol of the socket */
	__u8 unused;
	char device[16];	/* name of the device */
	char task[16];		/* name of the process that ran at the time */
	char reason[48];	/* name of the reason in the kernel that runs */
	char function[80];	/* function that dropped the packet, and the offset in it */
	char netns_name[32];	/* name of the network namespace */
	char process[16];	/* name of the process that owns the socket */
	__u32 pid;		/* process that owns the socket, 0 if unknown */
	__u32 unused2;
	char container[80];	/* container or service of the socket, by the name of its control group */
};

#endif /* __LIB_KDROP_H */
