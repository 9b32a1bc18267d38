// SPDX-License-Identifier: Apache-2.0

package predef

import (
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

// gccMacros are predefined macros that gcc has and clang has not, of those that headers may ask for.
var gccMacros = []string{
	"__SCHAR_WIDTH__", "__LONG_LONG_WIDTH__", "__SIG_ATOMIC_TYPE__", "__SIG_ATOMIC_MIN__",
	"__SIZEOF_FLOAT80__", "__FLOAT_WORD_ORDER__", "__INT8_C", "__INT16_C", "__INT32_C", "__INT64_C", "__INTMAX_C",
	"__UINT8_C", "__UINT16_C", "__UINT32_C", "__UINT64_C", "__UINTMAX_C", "__ARM_ARCH_8A", "__thumb__", "__thumb2__",
	"__THUMBEL__",
}

// clangMacros returns predefined macros that clang has and gcc has not, of those that headers may ask for.
func clangMacros(t *layout.Target) []string {
	names := []string{"__POINTER_WIDTH__", "__BOOL_WIDTH__", "__LLONG_WIDTH__", "__UINTMAX_WIDTH__", "__UINTPTR_WIDTH__",
		"__WINT_UNSIGNED__", "__BITINT_MAXWIDTH__"}
	if t.BigEndian {
		names = append(names, "__BIG_ENDIAN__")
	} else {
		names = append(names, "__LITTLE_ENDIAN__")
	}
	if t.UnsignedWChar {
		names = append(names, "__WCHAR_UNSIGNED__")
	}
	switch t.Name {
	case "linux/arm":
		names = append(names, "_ILP32", "__ILP32__", "__ARM_PCS", "__arm")
	case "linux/amd64", "linux/386":
		names = append(names, "__FLOAT128__")
	}
	return names
}

// onlyOne returns the operators and macros that only one of gcc and clang has, true where it is gcc.
func onlyOne(t *layout.Target) map[string]bool {
	all := map[string]bool{}
	for _, name := range gccMacros {
		all[name] = true
	}
	for _, name := range clangMacros(t) {
		all[name] = false
	}
	for _, name := range gccOperators {
		if !slices.Contains(clangOperators, name) {
			all[name] = true
		}
	}
	for _, name := range clangOperators {
		if !slices.Contains(gccOperators, name) {
			all[name] = false
		}
	}
	return all
}

// differing returns the predefined macros to which gcc and clang give different values.
func differing(t *layout.Target) map[string]cpp.Difference {
	choice := cpp.Difference{Kind: cpp.ByChoice}
	all := map[string]cpp.Difference{
		"__GNUC__":       {Kind: cpp.ByVersion, Other: "4"},
		"__GNUC_MINOR__": {Kind: cpp.ByVersion, Other: "2"}, "__GNUC_PATCHLEVEL__": {Kind: cpp.ByVersion, Other: "1"},
		"__VERSION__": {Kind: cpp.ByVersion}, "__GXX_ABI_VERSION": {Kind: cpp.ByVersion, Other: "1002"},
		"__GCC_DESTRUCTIVE_SIZE": choice, "__ARM_ALIGN_MAX_STACK_PWR": choice,
	}
	sizes := []string{"16", "32"}
	if long, _ := t.Scalar(layout.Long); long.Size == 4 {
		sizes = sizes[:1]
	}
	for _, size := range sizes {
		for _, name := range []string{"INT_FAST%_TYPE", "UINT_FAST%_TYPE", "INT_FAST%_MAX", "UINT_FAST%_MAX", "INT_FAST%_WIDTH"} {
			all["__"+strings.Replace(name, "%", size, 1)+"__"] = choice
		}
	}
	return all
}
