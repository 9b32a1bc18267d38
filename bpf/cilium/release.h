/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What Cilium's datapath sends, from release 1.5 on: one set of headers for all releases. What one release has and another
 * has not stands between #if and #endif, with the release's number: 10802 is 1.8.2. So what two releases have in common
 * stands once, and what changed at a release is found by its number. The text of a code is the comment behind it.
 *
 * A limit that is not known to the patch release is the first release that is known to have the new state.
 */
#ifndef __CILIUM_RELEASE_H
#define __CILIUM_RELEASE_H

/* The newest release that these headers know. */
#ifndef CILIUM_RELEASE
#define CILIUM_RELEASE 12002
#endif

#endif /* __CILIUM_RELEASE_H */
