/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One of each construct that generated code has a form for. The tests beside it run that code.
 */
#include <linux/types.h>

#define LIMIT 4096
#define LOWEST (-2147483647 - 1)
#define HUGE_MASK 0xffffffffffffffffULL
#define NAME "sample\n" /* a string */
#define RATIO 1.5

/* Dense, from 0, with a hole and an alias. */
enum dense {
	DENSE_A,	/* first */
	DENSE_B,	/* second */
	DENSE_D = 3,	/* fourth */
	DENSE_ALIAS = DENSE_B, /* another name */
	DENSE_PLAIN,
};

/* Signed and far apart. */
enum sparse {
	SPARSE_LOW = -5,
	SPARSE_ZERO = 0,
	SPARSE_HIGH = 1000000,
};

enum {
	WIDE_A = 1ULL << 40, /* wide a */
	WIDE_B, /* wide b */
};

#define ERR_FIRST (-1)
#define ERR_LAST (-200)
#define ERR_COUNT(x) (x)

#define FLAG_IN 0x01
#define FLAG_OUT 0x02
#define FLAG_BOTH (FLAG_IN | FLAG_OUT)
#define FLAG_TOP 0x80000000

struct addr {
	__be32 net;
	__le16 low;
	__be16 ports[2];
};

/* Every kind of field. */
struct all {
	__u8 u8;
	__s8 s8;
	/* C pads before it. */
	__s32 s32;
	_Bool on;
	char name[16];		/* ends at the first zero byte */
	__u16 grid[2][3];
	__s64 s64;
	float f32;
	double f64;
	enum dense state;
	struct addr addrs[2];
	struct {
		__u32 x;
		__u16 y;
	} point;
	struct {
		__u16 inner;
	};
	__s8 tail[3];
	void *cookie;
};

struct packed {
	__u8 kind;
	__u32 value;
	__be64 when;
	struct addr where;
} __attribute__((packed));

union ip {
	__be32 v4;
	struct {
		__u32 lo;
		__u32 hi;
	};
	struct addr at;
	__u8 raw[16];
	__u32 words[4];
};

struct flow {
	union ip src;
	union ip dst;
	union {
		__u32 mark;
		__u8 bytes[4];
	};
	union {
		__u16 port;
		__u8 code;
	} l4;
	__u8 more[];
};

/* Bit-fields: of one byte, over bytes, signed, unnamed, a truth value, behind a plain field, over 8 bytes. */
struct bits {
	__u8 version : 4, ihl : 4; /* of the header */
	__u8 plain;
	__u32 a : 3;
	__u32 b : 13;
	__u32 : 2;
	__s32 c : 5; /* signed */
	_Bool on : 1;
	__u32 : 0;
	enum dense state : 8;
	__u16 after;
	__u64 wide : 61;
	__u64 rest : 3;
};

struct bits_packed {
	__u8 lead : 5;
	__u64 wide : 64;
	__u8 tail : 3;
	struct bits inner[2];
} __attribute__((packed));

/* It has grown twice: at first it ended behind code. */
struct grown {
	__u32 kind;
	__u16 code;
	__u8 level;		/* since the second version */
	__u8 : 3, deep : 5;
	char where[8];
	__be32 from;		/* since the third */
};

/* A reason, and bits beside it. */
enum why {
	WHY_NEW,		/* new */
	WHY_REPLY,		/* reply */
	WHY_AGAIN = 5,		/* again */
	WHY_COPY = 0x20,	/* copy */
	WHY_SEALED = 0x80,	/* sealed */
};

/* Integers of 16 bytes, vectors, and elements that follow. */
struct wide {
	__u64 id;
	unsigned __int128 mask;
	__int128 sum[2];
	__u32 lanes __attribute__((vector_size(16)));
	__u16 count;
	struct addr hops[];	/* as many as count says */
};

/* Bit-fields of one word, by several names. */
union word {
	__u32 all;
	__u32 low : 12; /* the first bits */
	__s32 top : 5;
	_Bool on : 1;
	struct {
		__u16 a : 3, b : 13;
		__u16 rest;
	};
	struct bits_small {
		__u8 x : 2, y : 6;
		__u16 z : 8;
	} small;
	unsigned __int128 huge;
};
