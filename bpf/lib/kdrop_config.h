/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the loader decides before the programs are in the kernel. The variables lie in .rodata, so the verifier knows
 * their values and removes what they switch off.
 */
#ifndef __LIB_KDROP_CONFIG_H
#define __LIB_KDROP_CONFIG_H

#include "kdrop_loader.h"

/* How many arguments the tracepoints have in the kernel that runs. */
const volatile __u32 cfg_drop_args = 2;
const volatile __u32 cfg_reset_args = 2;

/* Send what is no loss, too. */
const volatile __u8 cfg_all;

/* How many bytes of a packet follow a message at the most: 0, or from KDROP_CAPTURE_MIN to KDROP_CAPTURE_MAX. */
const volatile __u32 cfg_capture_len;

/* How many bytes of return addresses follow the packet at the most. */
const volatile __u32 cfg_stack_len;

/* How many messages a CPU may send in a period (KDROP_PERIOD_SHIFT). */
const volatile __u64 cfg_rate;

/*
 * The filter: a packet must match one value of each kind that has any. What cannot be known here, the ports of a later
 * fragment, matches.
 */
const volatile __u32 cfg_addrs, cfg_srcs, cfg_dsts, cfg_ports, cfg_sports, cfg_dports, cfg_protos, cfg_devices,
	cfg_namespaces;
const volatile struct kdrop_prefix cfg_addr[KDROP_FILTER_MAX]; /* of either end */
const volatile struct kdrop_prefix cfg_src[KDROP_FILTER_MAX];
const volatile struct kdrop_prefix cfg_dst[KDROP_FILTER_MAX];
const volatile __u16 cfg_port[KDROP_FILTER_MAX];
const volatile __u16 cfg_sport[KDROP_FILTER_MAX];
const volatile __u16 cfg_dport[KDROP_FILTER_MAX];
const volatile __u8 cfg_proto[KDROP_FILTER_MAX];
const volatile __u64 cfg_device[KDROP_FILTER_MAX][2]; /* names */
const volatile __u32 cfg_namespace[KDROP_FILTER_MAX]; /* inode numbers of network namespaces */

/* What becomes of a reason: KDROP_REASON_*. Reasons beyond are shown. */
const volatile __u8 cfg_reason[KDROP_REASONS_SUBSYS * KDROP_REASONS_EACH];

/* Functions that lose packets without a reason: their addresses, sorted. */
const volatile __u32 cfg_losses;
const volatile struct kdrop_range cfg_loss[KDROP_LOSSES_MAX];

#endif /* __LIB_KDROP_CONFIG_H */
