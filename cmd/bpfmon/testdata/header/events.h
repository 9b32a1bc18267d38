/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of an invented project send: every kind of field that a message may have. */
#pragma once
#include <linux/types.h>
#include <linux/in6.h>

enum event_kind {
	EVENT_EXEC = 1,
	EVENT_CONNECT = 2,
};

#define VERDICT_PASS 0
#define VERDICT_DENY (-13)

struct event_head {
	__u8 kind;     /* enum event_kind */
	__u8 version : 3, first : 1, level : 4;
	__u16 cpu;
	__s32 result;  /* VERDICT_* what became of it */
};

/* A program was started. */
struct exec_event {
	struct event_head head;
	__u32 pid;     /* of the process */
	__u32 ppid;
	char comm[16];
	char args[2][8];
	__u64 counts[3];
	_Bool root;
	__u8 key[3];
};

struct end {
	union {
		__be32 addr;
		struct in6_addr addr6;
	};
	__be16 port;
	__u8 mac[6];
};

/* A connection was begun. */
struct connect_event {
	struct event_head head;
	struct end from, to;
	void *sock;
	enum event_kind again;
	__s16 delta;
	char note[];
} __attribute__((packed));
