/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the tracer sends. It expects vmlinux.h before it. */
#ifndef __TRACE_H
#define __TRACE_H

#define NAME_LEN 8
#define TASK_COMM_LEN 16

enum op { OP_OPEN, OP_READ, OP_WRITE, OP_MAX };

/* What was found to be right of what the running kernel's task says: ORed together. */
#define FOUND_TGID   1
#define FOUND_PARENT 2
#define FOUND_COMM   4
#define FOUND_START  8

struct event {
	u64 when;
	pid_t pid;
	uid_t uid;
	enum op op;
	u8 found; /* FOUND_* */
	bool failed;
	char comm[NAME_LEN];
};

#endif
