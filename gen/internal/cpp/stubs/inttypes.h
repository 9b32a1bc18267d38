/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_INTTYPES_H
#define __LOCKSTEP_INTTYPES_H

#include <stdint.h>

#endif
