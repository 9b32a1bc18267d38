/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In the style of tools whose headers expect vmlinux.h before them. */
#ifndef __TRACE_H
#define __TRACE_H

#define NAME_LEN 8

enum op { OP_OPEN, OP_READ, OP_WRITE, OP_MAX };

struct event {
	u64 when;
	pid_t pid;
	uid_t uid;
	enum op op;
	bool failed;
	char comm[NAME_LEN];
};

#endif
