/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A place in a packet, moved forward header by header.
 */
#ifndef __LIB_CURSOR_H
#define __LIB_CURSOR_H

#include <bpf/helpers.h>
#include <linux/bpf.h>

/* No header that can be parsed starts further from the start of the packet: all bits of an offset. */
#define CURSOR_OFFSET_MASK 0x7fff

struct cursor {
	void *data;	/* the first byte of the packet */
	void *pos;	/* the next byte */
	void *end;	/* end of what can be read directly, which can be before the packet's */
	__u32 len;	/* bytes from data to the end of the packet, or of the payload that a header promises */
};

static __always_inline void cursor_init(struct cursor *c, const struct __sk_buff *skb)
{
	c->data = (void *)(unsigned long)skb->data;
	barrier_var(c->data); /* or the compiler takes the pointer for a number of 32 bits */
	c->pos = c->data;
	c->end = (void *)(unsigned long)skb->data_end;
	c->len = skb->len;
}

/*
 * Bytes before pos. In assembly, because the compiler would subtract the lower halves of the pointers, which the
 * verifier forbids.
 */
static __always_inline __u32 cursor_offset(const struct cursor *c)
{
	__u64 offset = (__u64)(unsigned long)c->pos;

	asm volatile("%0 -= %1" : "+r"(offset) : "r"(c->data));
	return (__u32)offset;
}

/* Bytes from pos on. */
static __always_inline __u32 cursor_left(const struct cursor *c)
{
	return c->len - cursor_offset(c);
}

/*
 * Let the verifier forget by which way the cursor came here, or it follows every combination of headers separately:
 * the difference of two pointers is a number of which it knows nothing.
 */
static __always_inline void cursor_settle(struct cursor *c)
{
	__u32 offset = cursor_offset(c) & CURSOR_OFFSET_MASK;

	c->pos = c->data + offset;
}

/* The next size bytes (a constant), or NULL if the packet has not so many or they cannot be read directly. */
static __always_inline void *cursor_take(struct cursor *c, __u32 size)
{
	void *pos = c->pos;

	if (pos + size > c->end || cursor_left(c) < size)
		return NULL;
	c->pos = pos + size;
	return pos;
}

/* Move n bytes on, n not over max (a constant that tells the verifier). False if the packet has not so many. */
static __always_inline bool cursor_skip(struct cursor *c, __u32 n, __u32 max)
{
	if (n > max || n > cursor_left(c))
		return false;
	c->pos += n;
	return true;
}

#endif /* __LIB_CURSOR_H */
