/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every construct that the parser must get right, in one header. Compilers are asked about all of it. */
#ifndef TORTURE_H
#define TORTURE_H

#include "types.h"
#include "packed_begin.h"

struct between_includes {
	char a;
	__u64 b;
};

#include "packed_end.h"

struct after_includes {
	char a;
	__u64 b;
};

/* packed: on the type, before and behind, on a member, on an enum */
struct packed_behind { __u8 a; __u32 b; __u16 c; } __attribute__((packed));
struct __attribute__((packed)) packed_before { __u8 a; __u32 b; __u16 c; };
struct packed_member { __u8 a; __u32 b __attribute__((packed)); __u16 c, d __attribute__((packed)), e; };
struct packed_three { __u8 a; __u64 b; } __attribute__((deprecated, packed, aligned(4), unused));
enum __attribute__((packed)) packed_enum { PE_A, PE_B = 255 };
enum packed_enum_behind { PEB_A = -1, PEB_B = 127 } __attribute__((packed));
struct [[gnu::packed]] packed_std { __u8 a; __u32 b; };
struct attribute_then_comma { int a __attribute__((aligned(8))), b; char c [[gnu::aligned(4)]], d; };

#define __packed __attribute__((__packed__))
#define __aligned(x) __attribute__((aligned(x)))
enum __packed macro_packed_enum { MPE_A, MPE_B };
struct macro_packed { __u8 a; __u64 b; } __packed __aligned(2);

/* aligned: on the type, on members, on typedefs, without argument, by _Alignas */
struct aligned_type { char a; } __attribute__((aligned(64)));
struct aligned_max { char a __attribute__((aligned)); };
struct aligned_member { char a; char b __aligned(8); _Alignas(16) char c; _Alignas(__u64) char d; };
typedef __u32 wide_u32 __attribute__((aligned(16)));
typedef __u64 narrow_u64 __attribute__((aligned(2)));
struct aligned_typedefs { char a; wide_u32 b; char c; narrow_u64 d; char e; };
struct aligned_packed_typedefs { char a; wide_u32 b; narrow_u64 c; } __packed;
union aligned_union { char a[3]; __u16 b __aligned(4); };

#pragma pack(push, 2)
struct pragma_two { char a; __u64 b; struct { char c; __u32 d; } e; __u8 f : 3; __u32 g : 30; };
#pragma pack(push, name, 1)
struct pragma_one { char a; __u64 b; __u16 c __aligned(8); };
#pragma pack(pop, name)
struct pragma_two_again { char a; __u64 b; };
#pragma pack(pop)
struct pragma_none { char a; __u64 b; };
_Pragma("pack(1)")
struct pragma_operator { char a; __u64 b; };
_Pragma("pack()")
#define PACK_BEGIN _Pragma("pack(push, 1)")
#define PACK_END _Pragma("pack(pop)")
PACK_BEGIN
struct pragma_macro { char a; __u64 b; };
PACK_END

/* bit-fields */
struct bits_plain { __u8 a; __u32 b : 3, c : 29; __u32 d : 1; __u64 e : 40; };
struct bits_unnamed { __u16 a : 3, : 4, b : 2; __u32 : 0; __u8 c : 1; };
struct bits_zero { char a; int : 0; char b; __u64 c : 4; __u64 : 0; char d; };
struct bits_wide { __u64 a : 1; __u64 b : 62; __u64 c : 2; __s64 d : 64; };
struct bits_packed { __u8 a : 3; __u32 b : 29; __u64 c : 33; __u16 d : 9; } __packed;
struct bits_bool { _Bool a : 1, b : 1; unsigned char c : 6; };
struct bits_mixed { __u8 a : 4; __u16 b : 12; __u32 c; __u8 d : 1; __u16 e; __u8 f : 7; };
struct bits_enum { enum packed_enum a : 5; enum wide_enum_early { WE = 1 } b : 3; };
struct bits_aligned { __u32 a : 3 __aligned(4); __u32 b : 3; __u32 c : 2 __attribute__((packed)); };
union bits_union { __u32 a : 5; __u8 b : 3; __u64 c : 33; };
struct iphdr_like {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	__u8 ihl : 4, version : 4;
#else
	__u8 version : 4, ihl : 4;
#endif
	__u8 tos;
	__be16 tot_len;
};

/* records in records */
struct nested {
	struct { __u8 a; union { __u32 b; __u64 c; }; } named;
	struct { __u8 d; __u32 e : 7; };
	union { struct { __u16 f; __u8 g; } __packed; __u8 h; };
	struct packed_behind arr[3][2];
	struct inner { __u16 i; } j, *k, l[2];
};
struct self { struct self *next, **prev; int (*fn)(struct self *, int[3]); const char *const names[4]; };
typedef struct { __u8 a; __u32 b; } only_typedef, *only_typedef_ptr;
typedef union { __u8 a; __u64 b; } only_typedef_union;
struct uses_typedef { only_typedef a[2]; only_typedef_ptr b; only_typedef_union c; };

/* arrays */
struct flexible { __u16 n; __u64 data[]; };
struct zero_length { __u8 n; __u32 data[0]; };
struct flexible_records { __u8 n; struct { __u32 a; __u8 b; } items[]; };
struct flexible_in_union { __u8 n; union { struct { struct { } none; __u16 words[]; }; __u32 x; }; };
struct arrays { char a[16]; __u16 b[2][3][4]; __u32 c[sizeof(struct packed_behind)]; __u8 d[ARRAY_LEN]; };
struct empty { };
struct holds_empty { char a; struct empty b; __u32 c; };

/* vectors, wide integers, floats */
typedef __u32 vec4 __attribute__((vector_size(16)));
typedef float vec2f __attribute__((vector_size(8)));
struct vectors { char a; vec4 b; char c; vec2f d; };
struct floats { char a; float b; char c; double d; char e; long double f; };
struct int_types { char a; long b; char c; long long d; char e; void *f; _Bool g; short h; };
#ifdef __SIZEOF_INT128__
struct wide_ints { char a; __int128 b; unsigned __int128 c[2]; };
#define INT128_SIZE sizeof(struct wide_ints)
#endif

/* enums of every width */
enum e_u8 { E_U8 = 200 };
enum e_signed { E_NEG = -1, E_POS };
enum e_unsigned { E_BIG = 0x80000000, E_BIGGER };
enum e_long { E_LONG = 0x100000000LL, E_LONG_NEXT, E_LONG_SMALL = 3 };
enum e_long_signed { E_LS_MIN = -0x100000000LL, E_LS = 1 };
enum e_ulong { E_UL = 0xffffffffffffffffULL };
enum e_int_max { E_INT_MAX = 2147483647 };
enum e_expr { E_SHIFT = 1 << 5, E_OR = E_SHIFT | 3, E_SIZE = sizeof(struct packed_behind), E_CHAR = 'a', E_COND = E_OR > 3 ? 7 : 8 };
enum { ANONYMOUS = 42, ANONYMOUS_NEXT, };
typedef enum { TD_A, TD_B } typedef_enum;
struct enums { char a; enum e_u8 b; char c; enum e_long d; char e; enum packed_enum f; typedef_enum g; };

/* constants */
#define M_DEC 10
#define M_NEG (-10)
#define M_HEX 0xdeadbeef
#define M_OCT 0755
#define M_BIN 0b1011
#define M_U 10u
#define M_L 10L
#define M_UL 0xfUL
#define M_LL -1LL
#define M_ULL 18446744073709551615ULL
#define M_BIG_DEC 4294967295
#define M_BIG_HEX 0xffffffff
#define M_CHAR 'A'
#define M_CHAR_NEG '\xff'
#define M_CHAR_MANY 'ab'
#define M_ESCAPES "a\tb\\\"\x41\101\0c"
#define M_JOINED "one" " " "two"
#define M_CAST ((__u8)300)
#define M_CAST_SIGNED ((__s16)0xffff)
#define M_CAST_BOOL ((_Bool)5)
#define M_NOT (~0)
#define M_NOT_U (~0U)
#define M_SHIFT (1ULL << 40)
#define M_SHR (-16 >> 2)
#define M_ARITH ((7 * 3 - 1) / 2 % 6)
#define M_DIV_NEG (-7 / 2)
#define M_MOD_NEG (-7 % 2)
#define M_MIXED (-1 < 1u)
#define M_LOGIC (1 && 0 || !0)
#define M_SHORT_CIRCUIT (0 && 1 / 0)
#define M_COND (sizeof(long) == 8 ? 64 : 32)
#define M_COND_TYPE (1 ? -1 : 1u)
#define M_ENUM (E_OR + 1)
#define M_SIZEOF sizeof(struct bits_packed)
#define M_SIZEOF_EXPR sizeof(((struct nested *)0)->arr[0])
#define M_SIZEOF_ARRAY (sizeof(((struct arrays *)0)->b) / sizeof(((struct arrays *)0)->b[0]))
#define M_SIZEOF_STRING sizeof("four")
#define M_ALIGNOF _Alignof(struct aligned_type)
#define M_OFFSETOF __builtin_offsetof(struct nested, arr[1][1].b)
#define M_OFFSETOF_OLD ((__SIZE_TYPE__)&((struct nested *)0)->named.c)
#define M_OFFSETOFEND(type, member) (__builtin_offsetof(type, member) + sizeof(((type *)0)->member))
#define M_END M_OFFSETOFEND(struct packed_behind, b)
#define M_FLOAT 1.5
#define M_FLOAT_F 1.1f
#define M_FLOAT_EXP 6.02e23
#define M_FLOAT_HEX 0x1.8p3
#define M_FLOAT_EXPR (1.0 / 3)
#define M_FLOAT_TO_INT ((int)2.9)
#define M_SWAP __builtin_bswap32(0x01020304)
#define M_NESTED M_NESTED_1
#define M_NESTED_1 (M_NESTED_2 + 1)
#define M_NESTED_2 5
#define M_CONCAT_2(a, b) a ## b
#define M_CONCAT M_CONCAT_2(0x, ff)
#define M_STRINGIZED_2(x) #x
#define M_STRINGIZED M_STRINGIZED_2(a + "b")
#define M_VARIADIC_2(a, ...) (a + 0 __VA_ARGS__)
#define M_VARIADIC M_VARIADIC_2(1, + 2)
#define M_SPLICED \
	(1 + \
	 2)
#define M_COMMENTED /* before */ 12 /* behind */
#define M_GENERIC _Generic(1ULL, int: 1, unsigned long long: 2, default: 3)
#define M_TERNARY_LVALUE sizeof(1 ? (char)1 : (char)2)
#define M_MAXU ((__u64)-1)
#define IN_BOTH IN_BOTH
enum { IN_BOTH = 17 };
#define M_IOC(dir, type, nr, size) (((dir) << 30) | ((type) << 8) | ((nr) << 0) | ((size) << 16))
#define M_IOR M_IOC(2U, 'x', 7, sizeof(struct packed_behind))
#define M_REDEFINED 1
#undef M_REDEFINED
#define M_REDEFINED 2
#define M_GONE 1
#undef M_GONE

_Static_assert(sizeof(struct packed_behind) == 7, "packed");
_Static_assert(M_REDEFINED == 2);
extern char bound_assert[sizeof(struct packed_before) == 7 ? 1 : -1];
static inline int function(const struct self *s) { return s ? ({ int x = 1; x; }) : 0; }
__extension__ typedef long long extension_type;
typedef __typeof__(((struct nested *)0)->named) typeof_type;
struct uses_typeof { char a; typeof_type b; __typeof__(1ULL) c; };
struct atomic { char a; _Atomic int b; _Atomic(short) c; };

#endif
