/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The types of messages: their first byte. */
#ifndef __MESSAGE_H
#define __MESSAGE_H

#include <linux/types.h>

enum {
	NOTIFY_DROP = 1,
	NOTIFY_DBG_MSG = 2,
	NOTIFY_DBG_CAPTURE = 3,
	NOTIFY_TRACE = 4,
	NOTIFY_POLICY_VERDICT = 5,
	NOTIFY_TRACE_SOCK = 7,
	NOTIFY_L7 = 129,
	NOTIFY_AGENT = 130,
};

/* What an agent notifies of. */
enum agent_notify {
	AGENT_NOTIFY_UNSPEC = 0,	/* unspecified */
	AGENT_NOTIFY_GENERIC = 1,	/* Message */
	AGENT_NOTIFY_START = 2,	/* Cilium agent started */
	AGENT_NOTIFY_ENDPOINT_REGENERATED = 3,	/* Endpoint regenerated */
	AGENT_NOTIFY_ENDPOINT_FAILED = 4,	/* Failed endpoint regeneration */
	AGENT_NOTIFY_POLICY_UPDATED = 5,	/* Policy updated */
	AGENT_NOTIFY_POLICY_DELETED = 6,	/* Policy deleted */
	AGENT_NOTIFY_ENDPOINT_CREATED = 7,	/* Endpoint created */
	AGENT_NOTIFY_ENDPOINT_DELETED = 8,	/* Endpoint deleted */
	AGENT_NOTIFY_IPCACHE_UPSERTED = 9,	/* IPCache entry upserted */
	AGENT_NOTIFY_IPCACHE_DELETED = 10,	/* IPCache entry deleted */
};

/* What every message with a packet begins with. */
struct capture_hdr {
	__u8 type;		/* NOTIFY_* */
	__u8 subtype;
	__u16 source;		/* endpoint that the program serves */
	__u32 hash;		/* of the flow */
	__u32 len_orig;		/* bytes of the packet on the wire */
	__u16 len_cap;		/* bytes of the packet that follow */
	__u8 version;
	__u8 ext_version;
};

#endif
