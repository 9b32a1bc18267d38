/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The states of a connection, as a lookup in the connection table returns them.
 */
#ifndef __LIB_CONNTRACK_H
#define __LIB_CONNTRACK_H

#include "common.h"

/* What a packet is to the connection table. A negative result is a drop reason instead. */
enum ct_state {
	/* No entry yet: the packet opens a connection. */
	CT_NEW,		/* New */
	/* The packet follows the direction that opened the connection. */
	CT_ESTABLISHED,	/* Established */
	/* The packet answers it. */
	CT_REPLY,	/* Reply */
	/* An ICMP error about a connection in the table. */
	CT_RELATED,	/* Related */
};

#endif /* __LIB_CONNTRACK_H */
