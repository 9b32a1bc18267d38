/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_ASSERT_H
#define __LOCKSTEP_ASSERT_H

#ifndef static_assert
#define static_assert _Static_assert
#endif
#define assert(x) ((void)0)

#endif
