/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The globals keep the types in the object's debug information. */
#include "events.h"

struct event *unused_event;
struct tight *unused_tight;
union either *unused_either;
enum wide unused_wide;

int use(struct event *e, struct tight *t, union either *u)
{
	struct pair p = { 1, 2 };

	unused_wide = WIDE_HIGH;
	return e->kind + t->a + u->b + p.one + (e->mode == NAMELESS_B);
}
