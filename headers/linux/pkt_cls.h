/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a tc program returns to the kernel.
 */
#ifndef __HEADERS_LINUX_PKT_CLS_H
#define __HEADERS_LINUX_PKT_CLS_H

/* Go on with the next program, or with what the filter was configured to do. */
#define TC_ACT_UNSPEC (-1)

/* Let the packet pass. */
#define TC_ACT_OK 0

/*
 * Drop the packet. A program that returns this without a reason of its own reports it as the reason, so it
 * carries a text like the DROP_* codes do.
 */
#define TC_ACT_SHOT 2 /* Invalid packet */

#endif /* __HEADERS_LINUX_PKT_CLS_H */
