/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In the style of libbpf-tools: no includes, lengths as macros, and one event for a ring buffer. */
#ifndef __FILELIFE_H
#define __FILELIFE_H

#define DNAME_INLINE_LEN	32
#define TASK_COMM_LEN		16

#define FULL_NAME		0x1	/* the name is complete */
#define IN_MEMORY		0x2	/* the file never reached a disk */

enum event_type {
	FILE_CREATED,
	FILE_REMOVED,
	FILE_RENAMED,
};

struct event {
	char file[DNAME_INLINE_LEN];
	char task[TASK_COMM_LEN];
	__u64 delta_ns;
	pid_t tgid;
	dev_t dev;
	enum event_type type;
	__u8 flags;
};

#endif /* __FILELIFE_H */
