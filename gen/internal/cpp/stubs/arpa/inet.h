/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef __LOCKSTEP_ARPA_INET_H
#define __LOCKSTEP_ARPA_INET_H

#include <netinet/in.h>

#endif
