// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// writer writes headers as people write them: macros that make fields, constants and names, attributes behind macros,
// conditionals on what compilers define, nested records, enums, computed values.
type writer struct {
	*rand.Rand
	b       strings.Builder
	names   int
	records []string // that can be used in others
	values  []string // macros and enumerators that are small positive numbers
}

func (w *writer) one(of int) bool          { return w.IntN(of) == 0 }
func (w *writer) pick(of ...string) string { return of[w.IntN(len(of))] }
func (w *writer) f(format string, args ...any) {
	fmt.Fprintf(&w.b, format, args...)
}

func (w *writer) name(prefix string) string {
	w.names++
	return fmt.Sprintf("%s%d", prefix, w.names)
}

// writerHead is at the top of each header.
const writerHead = `#ifndef W_H
#define W_H
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32; typedef unsigned long long u64;
#define PACKED __attribute__((packed))
#define ALIGNED(n) __attribute__((__aligned__(n)))
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#define STR_(x...) #x
#define STR(x...) STR_(x)
#define PICK_(z, a, b, c, n, ...) n
#define COUNT(args...) PICK_(0, ##args, 3, 2, 1, 0)
#define COUNT1(p, ...) PICK_(p, ##__VA_ARGS__, 3, 2, 1, 0)
#define OPT(n, ...) (n __VA_OPT__(+ FIRST(__VA_ARGS__)))
#define FIRST(a, ...) a
#define FIELD(type, name, more...) type name more;
#define FIELDS(F, ctx...) F(u8, CAT(ctx, a)) F(u16, CAT(ctx, b))
#define BIT(n) (1UL << (n))
#define MAX_(a, b) ((a) > (b) ? (a) : (b))
#define ARRAY(t, n, l) t n[l]
#define EMPTY
#define SELF(x) x
#define STRUCT(tag, members...) struct tag { members }
`

// header returns a header.
func (w *writer) header() string {
	w.b.WriteString(writerHead)
	for range 40 {
		switch w.IntN(7) {
		case 0, 1:
			w.record("", w.name("s"), 0, "")
		case 2:
			w.enum()
		case 3, 4:
			w.constant()
		case 5:
			w.conditional()
		default:
			w.listMacro()
		}
	}
	w.b.WriteString("#endif\n")
	return w.b.String()
}

// literal writes an integer constant.
func (w *writer) literal() string {
	n := w.pick("0", "1", "2", "3", "7", "10", "255", "256", "65535", "0x7fffffff", "0x80000000", "4294967295", "4294967296",
		"0x7fffffffffffffff", "0xffffffffffffffff", "0b101", "0777", "'a'", "'\\n'", "'\\x7f'", "'\\377'", "L'a'", "u'a'", "U'b'", "'ab'")
	if strings.Contains(n, "'") {
		return n
	}
	return n + w.pick("", "", "", "u", "U", "l", "L", "UL", "ull", "LL", "lu", "llU")
}

// expr writes an integer expression.
func (w *writer) expr(depth int) string {
	if depth <= 0 || w.one(4) {
		switch w.IntN(4) {
		case 0:
			if len(w.values) > 0 {
				return w.pick(w.values...)
			}
		case 1:
			return w.ask()
		}
		return w.literal()
	}
	a := func() string { return w.expr(depth - 1) }
	switch w.IntN(16) {
	case 0, 1, 2:
		return "(" + a() + " " + w.pick("+", "-", "*", "&", "|", "^", "==", "!=", "<", ">", "<=", ">=", "&&", "||") + " " + a() + ")"
	case 3:
		return "(" + w.pick("-", "~", "!", "+", "- -", "!!") + a() + ")"
	case 4:
		return fmt.Sprintf("(%s %s %d)", a(), w.pick("<<", ">>"), w.IntN(31))
	case 5:
		return "(" + a() + w.pick(" / ", " % ") + w.pick("3", "7u", "16", "5L") + ")"
	case 6:
		return "(" + a() + " ? " + a() + " : " + a() + ")"
	case 7:
		return "((" + w.pick("u8", "u16", "int", "u32", "u64", "signed char", "short", "long", "unsigned long", "_Bool", "char") + ")" + a() + ")"
	case 8:
		return w.pick("COUNT", "COUNT1") + "(" + w.pick("x", "x, y", "", "x, y, z", "SELF(x), y", "(a, b), c") + ")"
	case 9:
		return w.pick("OPT(1)", "OPT(2, 3)", "OPT(4,)", "OPT(5, EMPTY)", "OPT(6, SELF(7), 8)")
	case 10:
		return "MAX_(" + a() + ", " + a() + ")"
	case 11:
		return fmt.Sprintf("sizeof(%s)", w.pick("STR(a  + b)", `STR("q\n", 'c')`, "STR(EMPTY a EMPTY)", "STR()", `"abc" "d"`, "STR_(SELF(a))", "u8", "void *", "long", "int [3]", "STR(SELF( a )b)", `STR(a/**/b	c)`))
	case 12:
		return w.builtin()
	case 13:
		return "CAT(" + w.pick("0x, 1f", "1, 2", "1, u", "BI, T(3)", "0x1, UL", "CAT(1, 2), 3", "SELF(4), 5") + ")"
	case 14:
		return "SELF(" + a() + ")"
	}
	return "BIT(" + fmt.Sprint(w.IntN(30)) + ")"
}

// builtin writes a call that compilers fold.
func (w *writer) builtin() string {
	n := w.pick("1", "0x80", "0xff00ff00", "7", "0x12345678", "0xffffffffffffffff", "64")
	switch w.IntN(5) {
	case 0:
		return w.pick("__builtin_clz", "__builtin_ctz", "__builtin_popcount", "__builtin_ffs", "__builtin_parity", "__builtin_clrsb") + "((int)" + n + ")"
	case 1:
		return w.pick("__builtin_clzll", "__builtin_ctzll", "__builtin_popcountll", "__builtin_ffsll", "__builtin_parityll", "__builtin_clrsbll", "__builtin_clzl", "__builtin_ctzl", "__builtin_popcountl") + "(" + n + ")"
	case 2:
		return w.pick("__builtin_bswap16", "__builtin_bswap32", "__builtin_bswap64") + "(" + n + ")"
	case 3:
		return w.pick(`__builtin_strlen("abc")`, `__builtin_strlen("a\0b")`, `__builtin_strlen("")`, `__builtin_constant_p(3)`, `__builtin_constant_p("x")`)
	}
	return w.pick("__builtin_choose_expr(1, 3, 4L)", "__builtin_types_compatible_p(int, const int)", "__builtin_types_compatible_p(long, long long)",
		"__builtin_expect(5, 0)", "__builtin_expect_with_probability(6, 1, 0.5)", "__builtin_abs(-3)", "__builtin_labs(-4L)")
}

// ask writes what compilers define by themselves.
func (w *writer) ask() string {
	return w.pick("__SIZEOF_LONG__", "__SIZEOF_POINTER__", "__LONG_WIDTH__", "__INT_WIDTH__", "__CHAR_BIT__", "__SIZEOF_WCHAR_T__", "__WCHAR_WIDTH__",
		"__INT_MAX__", "__LONG_MAX__", "__SCHAR_MAX__", "__BIGGEST_ALIGNMENT__", "__ORDER_LITTLE_ENDIAN__", "__BYTE_ORDER__", "__INTMAX_WIDTH__",
		"__SIZEOF_LONG_DOUBLE__", "__LDBL_MANT_DIG__", "__ATOMIC_SEQ_CST", "__INT8_MAX__", "__UINT16_MAX__", "__INT64_MAX__", "__SIZE_MAX__")
}

// constant writes a macro or two of a number.
func (w *writer) constant() {
	name := w.name("C")
	switch w.IntN(5) {
	case 0:
		w.f("#define %s %d\n", name, 1+w.IntN(20))
		w.values = append(w.values, name)
	case 1:
		w.f("#define %s \\%s\n\t%s /* text \\%s\n*/\n", name, w.pick("", " ", "\t "), w.expr(3), w.pick("", " "))
	case 2:
		w.f("#define %s(x) (%s + (x))\n#define %sB %s(%s)\n", name, w.expr(2), name, name, w.expr(1))
	case 3:
		w.f("%s#define %s %s // c \\  \n goes on\n", w.pick("", "  ", "/* a */ "), name, w.expr(3))
	default:
		w.f("#%sdefine %s %s\n", w.pick("", " ", "/**/"), name, w.expr(4))
	}
}

// condition writes the condition of an #if.
func (w *writer) condition(depth int) string {
	if depth > 0 && w.one(2) {
		return "(" + w.condition(depth-1) + w.pick(" && ", " || ", " == ", " != ") + w.condition(depth-1) + ")"
	}
	switch w.IntN(9) {
	case 0:
		return w.pick("", "!") + "defined(" + w.pick("__LP64__", "__x86_64__", "__bpf__", "W_H", "__aarch64__", "NONE", "__linux__", "__s390x__", "__arm__", "__CHAR_UNSIGNED__", "__ARMEL__", "__OPTIMIZE__") + ")"
	case 1:
		return w.pick("", "!") + "defined " + w.pick("__has_attribute", "__has_builtin", "__has_include", "__i386__", "__SIZEOF_INT128__", "__AARCH64EL__")
	case 2:
		return "__has_attribute(" + w.pick("packed", "__aligned__", "none", "vector_size", "unused", "__mode__", "section", "noinline") + ")"
	case 3:
		return "__has_builtin(" + w.pick("__builtin_clz", "__builtin_none", "__builtin_bswap32", "__builtin_expect", "__builtin_constant_p") + ")"
	case 4:
		return "__has_include(" + w.pick("<stdint.h>", "\"none.h\"", "<none.h>", "\"w.h\"") + ")"
	case 5:
		return w.ask() + w.pick(" == ", " > ", " < ", " != ", " >= ") + w.pick("8", "4", "32", "64", "16", "0x7fff", "1234")
	case 6:
		return w.pick("-1 > 0u", "-1 < 0", "'a' == 97", "'\\377' < 0", "1 \\ \n|| 0", "0xffffffffffffffff > 0", "(2 || 1 / 0)", "COUNT(x, y) == 2", "CAT(1, 2) == 12", "-5 / 2 == -2", "~0u > 1", "__LINE__ > 3", "__COUNTER__ == 0", "EMPTY 1", "SELF(SELF(3)) == 3")
	}
	if len(w.values) > 0 {
		return w.pick(w.values...) + w.pick(" > ", " < ", " == ", " * 2 > ") + w.pick("5", "10", "3")
	}
	return "1"
}

// conditional writes two forms of a thing.
func (w *writer) conditional() {
	name := w.name("c")
	w.f("#if %s\n", w.condition(2))
	w.form(name)
	if w.one(2) {
		w.f("#elif %s\n", w.condition(1))
		w.form(name)
	}
	w.f("#else%s\n", w.pick("", " /* not */"))
	w.form(name)
	w.f("#endif\n")
}

func (w *writer) form(name string) {
	records, values := len(w.records), len(w.values)
	if w.one(2) {
		w.record("", name, 2, "struct")
	} else {
		w.f("struct %s { %s };\n", name, w.pick("u8 a;", "u16 a;", "u64 a; u8 b;", "long a;"))
	}
	w.records, w.values = w.records[:records], w.values[:values]
	w.f("%s\n", w.pick("", "/* don't */", "// isn't \"it", ";"))
}

// listMacro writes an enum or a record out of a list.
func (w *writer) listMacro() {
	n, l := w.name("L"), w.name("l")
	switch w.IntN(4) {
	case 0:
		w.f("#define %s(X, ctx...) X(one, 1, ##ctx) \\%s\n\tX(two, %d,##ctx) X(three, 9 , ## ctx)\n", n, w.pick("", "  "), w.IntN(9))
		w.f("#define %sE(x, v, p...) %s_##x##p = v,\nenum %s { %s(%sE%s) %s_max };\n", n, n, l, n, n, w.pick("", ", _q", ","), n)
	case 1:
		w.f("#define %s(F) F(u8, a) F(u32, b) F(u16, c, [2])\nstruct %s { %s(FIELD) } %s;\n", n, l, n, w.attribute())
		w.records = append(w.records, "struct "+l)
	case 2:
		w.f("struct %s { FIELDS(FIELD%s) FIELD(u64, z) ARRAY(u8, t, %d); };\n", l, w.pick("", ", q", ", SELF(r)"), 1+w.IntN(5))
	default:
		w.f("STRUCT(%s, u8 a; STRUCT(%sin, u32 x; u8 y;) b; u16 c : 3, d : 5;)%s;\n", l, l, w.attribute())
		w.records = append(w.records, "struct "+l)
	}
}

// enum writes an enum.
func (w *writer) enum() {
	name := w.name("e")
	before, behind := "", ""
	switch w.IntN(6) {
	case 0:
		before = " PACKED"
	case 1:
		behind = " __attribute__((mode(" + w.pick("byte", "QI", "HI", "SI", "DI", "__word__") + ")))"
		w.f("enum %s { %s = -1, %s = %d }%s;\n", name, w.name("E"), w.name("E"), w.IntN(120), behind) // with a sign, by gcc too
		return
	case 2:
		behind = " PACKED"
	}
	w.f("enum%s %s {\n", before, name)
	for i := range 1 + w.IntN(4) {
		c := w.name("E")
		value := ""
		switch w.IntN(4) {
		case 0:
			value = fmt.Sprintf(" = %d", w.IntN(100))
		case 1:
			value = " = " + w.pick("-1", "255", "0x7f", "(u8)300", "'x'", "COUNT(a, b)", "sizeof(u16)", "300", "__SIZEOF_LONG__", "0xffffffff", "BIT(31)", "0x100000000", "(u8)300", "BIT(3)")
		}
		w.f("\t%s%s,%s\n", c, value, w.pick("", " /* text */", " // text"))
		if i == 0 && value == "" {
			w.values = append(w.values, c)
		}
	}
	w.f("}%s;\n", behind)
}

// attribute writes an attribute of a record, or none.
func (w *writer) attribute() string {
	if !w.one(3) {
		return ""
	}
	return " " + w.pick("PACKED", "ALIGNED(8)", "PACKED ALIGNED(2)", "__attribute__((packed, aligned(4)))", "ALIGNED(16)",
		"__attribute__((__packed__))", "__attribute__((unused))", "__attribute__((aligned))", "ALIGNED(sizeof(long))", "ALIGNED(__BIGGEST_ALIGNMENT__)")
}

// record writes a record with its semicolon.
func (w *writer) record(indent, name string, depth int, keyword string) {
	if keyword == "" {
		keyword = w.pick("struct", "struct", "struct", "union")
	}
	pack := depth == 0 && w.one(6)
	if pack {
		w.f("%s\n", w.pick("#pragma pack(push, 1)", "_Pragma(\"pack(push, 2)\")", "#pragma pack(push, 4) // c", "#  pragma pack ( push , 8 )"))
	}
	before := ""
	if w.one(5) {
		before = w.attribute()
	}
	w.f("%s%s%s %s {\n", indent, keyword, before, name)
	for range 1 + w.IntN(6) {
		w.member(indent+"\t", depth)
	}
	w.f("%s}%s", indent, w.attribute())
	if depth > 0 && indent != "" {
		return
	}
	w.f(";\n")
	if pack {
		w.f("%s\n", w.pick("#pragma pack(pop)", "_Pragma(\"pack(pop)\")"))
	}
	w.records = append(w.records, keyword+" "+name)
}

func (w *writer) typ() string {
	if len(w.records) > 0 && w.one(5) {
		return w.pick(w.records...)
	}
	return w.pick("u8", "u16", "u32", "u64", "char", "short", "int", "long", "unsigned long", "long long", "_Bool", "void *", "const char *",
		"float", "double", "long double", "signed char", "u8", "u16", "u32", "_Atomic int", "_Atomic(u64)", "volatile u16", "__typeof__(1 + 1L)",
		"__WCHAR_TYPE__", "__SIZE_TYPE__", "__builtin_va_list", "__INT64_TYPE__")
}

func (w *writer) length() string {
	if len(w.values) > 0 && w.one(3) {
		return "(" + w.pick(w.values...) + " & 7)"
	}
	return w.pick("1", "2", "3", "COUNT(a, b)", "sizeof(u16)", "0", "sizeof(STR(abc))", "OPT(1, 2)", "(1 << 2)", "__SIZEOF_POINTER__", "5u")
}

func (w *writer) member(indent string, depth int) {
	n := w.name("m")
	switch w.IntN(10) {
	case 0, 1:
		t := w.pick("u8", "u16", "u32", "int", "unsigned", "u64", "_Bool", "signed char", "long", "long long", "short")
		width := 1 + w.IntN(map[string]int{"u8": 8, "u16": 16, "_Bool": 1, "signed char": 8, "short": 16}[t]|7)
		if t == "_Bool" {
			width = 1
		}
		w.f("%s%s %s : %d%s;\n", indent, t, n, min(width, 8), w.memberAttribute(t))
		if w.one(5) {
			w.f("%s%s : %d;\n", indent, w.pick("u8", "int", "u64", "u16"), w.IntN(8))
		}
	case 2:
		if depth < 3 {
			w.record(indent, "", depth+1, "")
			w.f("%s;\n", w.pick("", " "+n, " "+n+"[2]"))
			return
		}
		fallthrough
	case 3:
		w.f("%s%s %s[%s]%s;\n", indent, w.typ(), n, w.length(), w.memberAttribute(""))
	case 4:
		w.f("%sFIELD(%s, %s%s)\n", indent, w.typ(), n, w.pick("", ", [2]", ", ALIGNED(8)", " , "))
	case 5:
		w.f("%s%s %s, *%sp, %sa[%s];%s\n", indent, w.pick("u8", "u32", "long", "u64"), n, n, n, w.length(), w.pick("", " // a, b"))
	case 6:
		w.f("%s%s (*%s)(int, u8)%s;\n", indent, w.pick("int", "void"), n, w.memberAttribute(""))
	case 7:
		w.f("%s%s __attribute__((mode(%s))) %s;\n", indent, w.pick("int", "unsigned", "char", "signed"), w.pick("QI", "HI", "SI", "DI", "word"), n)
	default:
		w.f("%s%s %s%s;%s\n", indent, w.typ(), n, w.memberAttribute(""), w.pick("", " /* text */", " // text \\ \n more", "\t/* two\n\t * lines */"))
	}
}

func (w *writer) memberAttribute(string) string {
	if !w.one(6) {
		return ""
	}
	return " " + w.pick("PACKED", "ALIGNED(8)", "ALIGNED(2)", "__attribute__((aligned))", "PACKED ALIGNED(4)", "__attribute__((__unused__))")
}
