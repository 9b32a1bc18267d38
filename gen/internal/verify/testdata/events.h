/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What verify has to find again in compiled objects. It includes nothing, so that every compiler takes it. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef u32 label_t;

enum verdict { VERDICT_OK, VERDICT_DROP = 5, VERDICT_ERROR = -1 };
enum wide { WIDE_LOW = 1, WIDE_HIGH = 0x1234567890ULL };
enum narrow { NARROW_A, NARROW_B } __attribute__((packed));
typedef enum { TYPED_A = 7, TYPED_B } typed_t;
enum { NAMELESS_A, NAMELESS_B = 3 };

struct pair {
	u16 one;
	u16 two;
};

typedef struct {
	u64 x;
	char c;
} bare_t;

struct event {
	u8 kind;
	_Bool flag;
	label_t label;
	const volatile u32 qualified;
	u16 bits : 3, : 2, mode : 7;
	u32 wide_bits : 31;
	u64 long_bits : 40;
	union {
		u32 v4;
		struct {
			u16 hi, lo;
		} parts;
	};
	struct {
		u8 a;
		u16 b;
	} list[2][3];
	struct pair pairs[2];
	char name[16];
	signed char sc;
	enum verdict verdict;
	enum narrow narrow;
	typed_t typed;
	enum { INNER_A = -2, INNER_B } inner;
	struct event *next;
	void (*call)(int);
	bare_t bare;
	u8 tail[];
};

struct __attribute__((packed)) tight {
	u8 a;
	u32 b;
	u16 c : 5;
	u64 d;
};

union either {
	u8 b;
	u64 l;
};
