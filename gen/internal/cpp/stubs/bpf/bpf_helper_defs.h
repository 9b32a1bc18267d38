/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_BPF_BPF_HELPER_DEFS_H
#define __LOCKSTEP_BPF_BPF_HELPER_DEFS_H

#endif
