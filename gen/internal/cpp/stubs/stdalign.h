/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_STDALIGN_H
#define __LOCKSTEP_STDALIGN_H

#define alignas _Alignas
#define alignof _Alignof

#endif
