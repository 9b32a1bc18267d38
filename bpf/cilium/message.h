/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The types of messages: their first byte. Those from 129 on are the agent's, and hold a gob.
 */
#ifndef __CILIUM_MESSAGE_H
#define __CILIUM_MESSAGE_H

#include "release.h"

/* The type of a message. The text selects it in a filter. */
enum message_type {
	CILIUM_NOTIFY_DROP = 1, /* drop */
	CILIUM_NOTIFY_DBG_MSG = 2, /* debug */
	CILIUM_NOTIFY_DBG_CAPTURE = 3, /* capture */
	CILIUM_NOTIFY_TRACE = 4, /* trace */
#if CILIUM_RELEASE >= 10800
	CILIUM_NOTIFY_POLICY_VERDICT = 5, /* policy-verdict */
#endif
#if CILIUM_RELEASE >= 11000 && CILIUM_RELEASE < 11900
	CILIUM_NOTIFY_CAPTURE = 6, /* recorder */
#endif
#if CILIUM_RELEASE >= 11300
	CILIUM_NOTIFY_TRACE_SOCK = 7, /* trace-sock */
#endif
	CILIUM_NOTIFY_L7 = 129, /* l7 */
	CILIUM_NOTIFY_AGENT = 130, /* agent */
};

/* What an agent notifies of. */
enum agent_notification {
	AGENT_NOTIFY_UNSPEC = 0, /* unspecified */
	AGENT_NOTIFY_GENERIC = 1, /* Message */
	AGENT_NOTIFY_START = 2, /* Cilium agent started */
	AGENT_NOTIFY_ENDPOINT_REGENERATED = 3, /* Endpoint regenerated */
	AGENT_NOTIFY_ENDPOINT_FAILED = 4, /* Failed endpoint regeneration */
	AGENT_NOTIFY_POLICY_UPDATED = 5, /* Policy updated */
	AGENT_NOTIFY_POLICY_DELETED = 6, /* Policy deleted */
#if CILIUM_RELEASE >= 10600
	AGENT_NOTIFY_ENDPOINT_CREATED = 7, /* Endpoint created */
	AGENT_NOTIFY_ENDPOINT_DELETED = 8, /* Endpoint deleted */
#endif
#if CILIUM_RELEASE >= 10700
	AGENT_NOTIFY_IPCACHE_UPSERTED = 9, /* IPCache entry upserted */
	AGENT_NOTIFY_IPCACHE_DELETED = 10, /* IPCache entry deleted */
#endif
#if CILIUM_RELEASE >= 10700 && CILIUM_RELEASE < 11800
	AGENT_NOTIFY_SERVICE_UPSERTED = 11, /* Service upserted */
	AGENT_NOTIFY_SERVICE_DELETED = 12, /* Service deleted */
#endif
};

/* Reserved identities, by name. */
enum reserved_identity {
	IDENTITY_UNKNOWN = 0, /* unknown */
	IDENTITY_HOST = 1, /* host */
	IDENTITY_WORLD = 2, /* world */
	IDENTITY_UNMANAGED = 3, /* unmanaged */
	IDENTITY_HEALTH = 4, /* health */
	IDENTITY_INIT = 5, /* init */
#if CILIUM_RELEASE >= 10700
	IDENTITY_REMOTE_NODE = 6, /* remote-node */
#endif
#if CILIUM_RELEASE >= 11100
	IDENTITY_KUBE_APISERVER = 7, /* kube-apiserver */
#endif
#if CILIUM_RELEASE >= 11200
	IDENTITY_INGRESS = 8, /* ingress */
#endif
#if CILIUM_RELEASE >= 11400
	IDENTITY_WORLD_IPV4 = 9, /* world-ipv4 */
	IDENTITY_WORLD_IPV6 = 10, /* world-ipv6 */
#endif
#if CILIUM_RELEASE >= 12000
	IDENTITY_AGGREGATE_CLUSTER = 11, /* aggregate-cluster */
	IDENTITY_AGGREGATE_CLUSTER_MESH = 12, /* aggregate-cluster-mesh */
	IDENTITY_AGGREGATE_WORLD = 13, /* aggregate-world */
	IDENTITY_AGGREGATE_REMOTE_NODE = 14, /* aggregate-remote-node */
#endif
};

#endif /* __CILIUM_MESSAGE_H */
