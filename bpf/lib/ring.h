/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs and the reader of their ring buffer agree on, whatever the messages are.
 */
#ifndef __LIB_RING_H
#define __LIB_RING_H

#include <linux/types.h>

/*
 * The end of every record in a ring buffer, behind the message and the packet, where a reader that cuts the packet by
 * its captured length does not look. A perf ring tells both by itself. It follows the packet without padding, so a
 * reader finds it from the record's end.
 */
struct ring_trailer {
	__u64 time;	/* CLOCK_MONOTONIC, nanoseconds: when the program saw the packet */
	__u32 cpu;
	__u32 pad;
};

/* What the reader tells the programs, in memory that both see. */
struct ring_reader {
	/*
	 * 1 if the reader sleeps until it is woken. The program that sends the next record clears it and wakes the
	 * reader. While it is 0 the reader looks by itself, and waking it would only cost the sender.
	 */
	__u32 asleep;
	__u32 pad;
};

#endif /* __LIB_RING_H */
