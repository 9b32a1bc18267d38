// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

// predefined returns the #define lines of the macros that a compiler for t defines by itself, as far as
// headers look at them: clang's for bpf, gcc's for Linux.
func predefined(t *layout.Target) string {
	var b strings.Builder
	def := func(name, value string) { b.WriteString("#define " + name + " " + value + "\n") }
	for _, m := range commonMacros {
		def(m[0], m[1])
	}
	for _, m := range append(orderMacros(t), longDoubleMacros(t)...) {
		def(m[0], m[1])
	}
	for _, m := range targetMacros[t.Name] {
		def(m[0], m[1])
	}
	sizeMacros(t, def)
	typeMacros(t, def)
	attributeMacros(def)
	return b.String()
}

// notFixed begins the names that stand for what differs from run to run.
const notFixed = "__lockstep_no_"

// commonMacros are the same on every target. The date and time must not come from the clock: what depends on
// them has no value.
var commonMacros = [][2]string{
	{"__STDC__", "1"},
	{"__STDC_VERSION__", "201710L"},
	{"__STDC_HOSTED__", "1"},
	{"__DATE__", notFixed + "date"},
	{"__TIME__", notFixed + "time"},
	{"__TIMESTAMP__", notFixed + "time"},
	{"__CHAR_BIT__", "8"},
	{"__BOOL_WIDTH__", "8"},
	{"__SCHAR_MAX__", "0x7f"},
	{"__SHRT_MAX__", "0x7fff"},
	{"__INT_MAX__", "0x7fffffff"},
	{"__LONG_LONG_MAX__", "0x7fffffffffffffffLL"},
	{"__ORDER_LITTLE_ENDIAN__", "1234"},
	{"__ORDER_BIG_ENDIAN__", "4321"},
	{"__ORDER_PDP_ENDIAN__", "3412"},
	{"__GNUC_STDC_INLINE__", "1"},
	{"__NO_INLINE__", "1"},
	{"__ELF__", "1"},
	{"__USER_LABEL_PREFIX__", ""},
	{"__REGISTER_PREFIX__", ""},
	{"__VERSION__", `"lockstep"`},
	{"__FLT_RADIX__", "2"},
	{"__FLT_MANT_DIG__", "24"},
	{"__FLT_DIG__", "6"},
	{"__FLT_MAX__", "3.40282346638528859811704183484516925e+38F"},
	{"__FLT_MIN__", "1.17549435082228750796873653722224568e-38F"},
	{"__FLT_EPSILON__", "1.19209289550781250000000000000000000e-7F"},
	{"__DBL_MANT_DIG__", "53"},
	{"__DBL_DIG__", "15"},
	{"__DBL_MAX__", "1.79769313486231570814527423731704357e+308"},
	{"__DBL_MIN__", "2.22507385850720138309023271733240406e-308"},
	{"__DBL_EPSILON__", "2.22044604925031308084726333618164062e-16"},
}

var gnuLinux = [][2]string{
	{"__GNUC__", "12"}, {"__GNUC_MINOR__", "2"}, {"__GNUC_PATCHLEVEL__", "0"},
	{"__linux", "1"}, {"__linux__", "1"}, {"__gnu_linux__", "1"}, {"linux", "1"},
	{"__unix", "1"}, {"__unix__", "1"}, {"unix", "1"},
}

var clangBPF = [][2]string{
	{"__GNUC__", "4"}, {"__GNUC_MINOR__", "2"}, {"__GNUC_PATCHLEVEL__", "1"},
	{"__clang__", "1"}, {"__clang_major__", "19"}, {"__clang_minor__", "1"}, {"__clang_patchlevel__", "0"},
	{"__llvm__", "1"}, {"__bpf__", "1"}, {"__BPF__", "1"}, {"__BPF_CPU_VERSION__", "1"},
}

var targetMacros = map[string][][2]string{
	"bpfel": clangBPF,
	"bpfeb": clangBPF,
	"linux/amd64": append([][2]string{
		{"__x86_64__", "1"}, {"__x86_64", "1"}, {"__amd64__", "1"}, {"__amd64", "1"},
		{"__SSE__", "1"}, {"__SSE2__", "1"}, {"__MMX__", "1"},
	}, gnuLinux...),
	"linux/arm64": append([][2]string{{"__aarch64__", "1"}, {"__ARM_ARCH", "8"}, {"__ARM_64BIT_STATE", "1"}}, gnuLinux...),
	"linux/386":   append([][2]string{{"__i386__", "1"}, {"__i386", "1"}, {"i386", "1"}, {"__i686__", "1"}}, gnuLinux...),
	"linux/arm": append([][2]string{
		{"__arm__", "1"}, {"__ARM_EABI__", "1"}, {"__ARM_ARCH", "7"}, {"__ARM_PCS_VFP", "1"}, {"__thumb2__", "1"},
	}, gnuLinux...),
	"linux/s390x": append([][2]string{{"__s390__", "1"}, {"__s390x__", "1"}, {"__zarch__", "1"}}, gnuLinux...),
}

// longDoubleMacros returns the macros that describe long double, which has one of three formats.
func longDoubleMacros(t *layout.Target) [][2]string {
	mantissa, digits, max, min := "53", "15", "1.79769313486231570814527423731704357e+308L", "2.22507385850720138309023271733240406e-308L"
	switch t.Name {
	case "linux/amd64", "linux/386":
		mantissa, digits = "64", "18"
		max, min = "1.18973149535723176502126385303097021e+4932L", "3.36210314311209350626267781732175260e-4932L"
	case "linux/arm64", "linux/s390x":
		mantissa, digits = "113", "33"
		max, min = "1.18973149535723176508575932662800702e+4932L", "3.36210314311209350626267781732175260e-4932L"
	}
	return [][2]string{
		{"__LDBL_MANT_DIG__", mantissa}, {"__LDBL_DIG__", digits}, {"__LDBL_MAX__", max}, {"__LDBL_MIN__", min},
	}
}

// orderMacros returns the macros that tell the byte order and the sign of char and wchar_t.
func orderMacros(t *layout.Target) [][2]string {
	var m [][2]string
	bpf := strings.HasPrefix(t.Name, "bpf")
	order, name := "__ORDER_LITTLE_ENDIAN__", "__LITTLE_ENDIAN__"
	if t.BigEndian {
		order, name = "__ORDER_BIG_ENDIAN__", "__BIG_ENDIAN__"
	}
	m = append(m, [2]string{"__BYTE_ORDER__", order}, [2]string{"__FLOAT_WORD_ORDER__", order})
	if bpf {
		m = append(m, [2]string{name, "1"})
	}
	if t.UnsignedChar {
		m = append(m, [2]string{"__CHAR_UNSIGNED__", "1"})
	}
	return m
}

// sizeMacros defines the __SIZEOF_* macros and those of the word size.
func sizeMacros(t *layout.Target, def func(name, value string)) {
	for _, s := range []struct {
		name   string
		scalar layout.Scalar
	}{
		{"SHORT", layout.Short}, {"INT", layout.Int}, {"LONG", layout.Long}, {"LONG_LONG", layout.LongLong},
		{"INT128", layout.Int128}, {"FLOAT", layout.Float}, {"DOUBLE", layout.Double},
		{"LONG_DOUBLE", layout.LongDouble}, {"FLOAT128", layout.Float128}, {"POINTER", layout.Pointer},
		{"SIZE_T", layout.Pointer}, {"PTRDIFF_T", layout.Pointer}, {"WCHAR_T", layout.Int}, {"WINT_T", layout.Int},
	} {
		if m, ok := t.Scalar(s.scalar); ok {
			def("__SIZEOF_"+s.name+"__", fmt.Sprint(m.Size))
		}
	}
	def("__BIGGEST_ALIGNMENT__", fmt.Sprint(t.Biggest))
	if is64(t) {
		def("_LP64", "1")
		def("__LP64__", "1")
		def("__LONG_MAX__", "0x7fffffffffffffffL")
		return
	}
	def("_ILP32", "1")
	def("__ILP32__", "1")
	def("__LONG_MAX__", "0x7fffffffL")
}

func is64(t *layout.Target) bool {
	m, _ := t.Scalar(layout.Long)
	return m.Size == 8
}

// typeMacros defines the __*_TYPE__ macros, their limits, and what the stub of stdint.h needs.
func typeMacros(t *layout.Target, def func(name, value string)) {
	wide, suffix, word, wordSuffix := "long int", "L", "long int", "L"
	size := "long unsigned int"
	if !is64(t) {
		wide, suffix, word, wordSuffix = "long long int", "LL", "int", ""
		size = "unsigned int"
	}
	if t.Name == "linux/s390x" || is64(t) {
		size = "long unsigned int"
	}
	fast := word
	if strings.HasPrefix(t.Name, "bpf") {
		fast = ""
	}
	signed := func(name, typ, max, suffix string) {
		def("__"+name+"_TYPE__", typ)
		def("__"+name+"_MAX__", max+suffix)
	}
	both := func(name string, bits int) {
		typ, max, sfx := intOf(bits, wide, suffix)
		signed("INT"+name, typ, "0x7f"+max, sfx)
		signed("UINT"+name, unsignedOf(typ), "0xff"+max, unsignedSuffix(bits, sfx))
	}
	for _, bits := range []int{8, 16, 32, 64} {
		both(fmt.Sprint(bits), bits)
		both(fmt.Sprintf("_LEAST%d", bits), bits)
		if fast != "" && (bits == 16 || bits == 32) {
			both(fmt.Sprintf("_FAST%d", bits), wordBits(t))
			continue
		}
		both(fmt.Sprintf("_FAST%d", bits), bits)
	}
	both("MAX", 64)
	wordMax := map[bool]string{true: "ffffffffffffff", false: "ffffff"}[is64(t)]
	signed("INTPTR", word, "0x7f"+wordMax, wordSuffix)
	signed("UINTPTR", unsignedOf(word), "0xff"+wordMax, "U"+wordSuffix)
	signed("PTRDIFF", word, "0x7f"+wordMax, wordSuffix)
	signed("SIZE", size, "0xff"+wordMax, "U"+wordSuffix)
	wideCharMacros(t, signed)
	def("__LOCKSTEP_INT64_C(c)", "c ## "+suffix)
	def("__LOCKSTEP_UINT64_C(c)", "c ## U"+suffix)
	for _, n := range []string{"8", "16", "32"} {
		def("__INT"+n+"_C(c)", "c")
	}
	def("__INT64_C(c)", "c ## "+suffix)
	def("__UINT8_C(c)", "c")
	def("__UINT16_C(c)", "c")
	def("__UINT32_C(c)", "c ## U")
	def("__UINT64_C(c)", "c ## U"+suffix)
}

func wideCharMacros(t *layout.Target, signed func(name, typ, max, suffix string)) {
	if t.UnsignedWChar {
		signed("WCHAR", "unsigned int", "0xffffffff", "U")
	} else {
		signed("WCHAR", "int", "0x7fffffff", "")
	}
	if strings.HasPrefix(t.Name, "bpf") {
		signed("WINT", "int", "0x7fffffff", "")
	} else {
		signed("WINT", "unsigned int", "0xffffffff", "U")
	}
	signed("CHAR16", "short unsigned int", "0xffff", "")
	signed("CHAR32", "unsigned int", "0xffffffff", "U")
	signed("SIG_ATOMIC", "int", "0x7fffffff", "")
}

func wordBits(t *layout.Target) int {
	if is64(t) {
		return 64
	}
	return 32
}

// intOf returns the C type of bits bits, the digits of its limit behind the first two, and the suffix of its
// constants.
func intOf(bits int, wide, suffix string) (typ, digits, sfx string) {
	switch bits {
	case 8:
		return "signed char", "", ""
	case 16:
		return "short int", "ff", ""
	case 32:
		return "int", "ffffff", ""
	}
	return wide, "ffffffffffffff", suffix
}

func unsignedOf(typ string) string {
	return strings.TrimSpace("unsigned " + strings.TrimPrefix(typ, "signed "))
}

// unsignedSuffix returns the suffix of an unsigned type's limit; the limits of types narrower than int are
// ints.
func unsignedSuffix(bits int, suffix string) string {
	if bits < 32 {
		return ""
	}
	return "U" + suffix
}

// attributeMacros lets headers ask which attributes are known.
func attributeMacros(def func(name, value string)) {
	for _, ask := range []string{"__has_attribute", "__has_c_attribute"} {
		def(ask+"(x)", "__lockstep_attribute_##x")
	}
	for _, name := range []string{"packed", "aligned", "vector_size", "mode", "deprecated", "unused", "always_inline"} {
		def("__lockstep_attribute_"+name, "1")
		def("__lockstep_attribute___"+name+"__", "1")
	}
}
