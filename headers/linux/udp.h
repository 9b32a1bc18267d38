/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The UDP header.
 */
#ifndef __HEADERS_LINUX_UDP_H
#define __HEADERS_LINUX_UDP_H

#include <linux/types.h>

struct udphdr {
	__be16 source;
	__be16 dest;
	__be16 len;	/* header included */
	__sum16 check;
};

#endif /* __HEADERS_LINUX_UDP_H */
