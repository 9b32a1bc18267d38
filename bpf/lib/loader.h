/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs and their loader agree on, beside the contract with the readers of notifications.
 */
#ifndef __LIB_LOADER_H
#define __LIB_LOADER_H

/*
 * The most bytes of a packet that may follow a notification. A record of a perf ring, header included, must stay
 * under 64 KiB, and the copy for a ring buffer under what a per-CPU map can hold.
 */
#define CAPTURE_MAX 16384

/* What a rule of the policy asks for, as bits that make up its level. */
#define POLICY_BY_IDENTITY 1
#define POLICY_BY_PROTO 2
#define POLICY_BY_PORT 4
#define POLICY_BY_PREFIX 8
#define POLICY_BY_VLAN 16

/* A rule for a type of ICMP messages has its number where others have a port, with this bit so that type 0 is one too. */
#define POLICY_ICMP_TYPE 256

/* So many rules have counters of their own. */
#define POLICY_COUNTERS 4096

/* The entries of each table of connections, unless the loader asks for others. */
#define CT_ENTRIES_MAX 262144

#endif /* __LIB_LOADER_H */
