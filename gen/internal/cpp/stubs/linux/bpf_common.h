/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_LINUX_BPF_COMMON_H
#define __LOCKSTEP_LINUX_BPF_COMMON_H

#define BPF_MAXINSNS 4096

#endif
