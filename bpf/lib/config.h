/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the loader decides before the program is in the kernel. The variables lie in .rodata, so the verifier knows
 * their values and removes what they switch off.
 */
#ifndef __LIB_CONFIG_H
#define __LIB_CONFIG_H

#include <linux/types.h>

#include "common.h"
#include "loader.h"
#include "trace.h"

/* Drop what is denied; otherwise say so and let it pass. */
const volatile __u8 cfg_enforce;

/* Take unknown protocols for a fault, and, while enforcing, drop what has a fault. */
const volatile __u8 cfg_strict;

/* Send debug messages and captures. */
const volatile __u8 cfg_debug;

/* The map events is a ring buffer; otherwise it is a perf event array. */
const volatile __u8 cfg_ringbuf;

/* How much of the traffic is reported. */
const volatile enum trace_aggregate cfg_aggregation;

/* The endpoint that the program serves, 0 for the host itself. */
const volatile __u16 cfg_endpoint;

/* How many bytes of a packet follow a notification at the most; not over CAPTURE_MAX. */
const volatile __u32 cfg_capture_len = TRACE_PAYLOAD_LEN;

#endif /* __LIB_CONFIG_H */
