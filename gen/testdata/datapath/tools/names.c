/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A tool that prints where packets were seen: it has the texts already. */
#include <stdio.h>
#include "../bpf/notify.h"

static const char *trace_point_text(unsigned int point)
{
	switch (point) {
	case TRACE_TO_LXC:
		return "to-endpoint";
	case TRACE_TO_PROXY:
		return "to-proxy";
	case TRACE_TO_HOST:
		return "to-host";
	case TRACE_TO_STACK:
		return "to-stack";
	case TRACE_TO_OVERLAY:
		return "to-overlay";
	case TRACE_FROM_LXC:
		return "from-endpoint";
	case TRACE_FROM_PROXY:
		return "from-proxy";
	case TRACE_FROM_HOST:
		return "from-host";
	case TRACE_FROM_STACK:
		return "from-stack";
	case TRACE_FROM_OVERLAY:
		return "from-overlay";
	case TRACE_FROM_NETWORK:
		return "from-network";
	case TRACE_TO_NETWORK:
		return "to-network";
	case TRACE_FROM_CRYPTO:
		return "from-crypto";
	case TRACE_TO_CRYPTO:
		return "to-crypto";
	default:
		return "unknown";
	}
}

static const char *const message_names[] = {
	[NOTIFY_DROP] = "drop",
	[NOTIFY_DBG_MSG] = "debug",
	[NOTIFY_DBG_CAPTURE] = "capture",
	[NOTIFY_TRACE] = "trace",
	[NOTIFY_POLICY_VERDICT] = "policy-verdict",
	[NOTIFY_TRACE_SOCK] = "trace-sock",
	[NOTIFY_L7] = "l7",
	[NOTIFY_AGENT] = "agent",
};

int main(void)
{
	printf("%s %s\n", message_names[NOTIFY_TRACE], trace_point_text(TRACE_TO_LXC));
	return 0;
}
