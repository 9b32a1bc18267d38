// SPDX-License-Identifier: Apache-2.0

// Package cword knows the words of C: which are reserved, which name types, and which of them have no bearing on layouts
// and values.
package cword

import "github.com/lockstep-bpf/lockstep/gen/internal/layout"

// ignoredWords are qualifiers and storage classes that do not matter to layouts and values.
var ignoredWords = map[string]bool{
	"const": true, "volatile": true, "restrict": true, "__const": true, "__const__": true, "__volatile": true,
	"__volatile__": true, "__restrict": true, "__restrict__": true, "inline": true, "__inline": true,
	"__inline__": true, "_Noreturn": true, "static": true, "extern": true, "register": true, "auto": true,
	"_Thread_local": true, "__thread": true, "__extension__": true, "_Nonnull": true, "_Nullable": true,
	"_Null_unspecified": true, "constexpr": true,
}

// typeWords are the words that make up the basic types.
var typeWords = map[string]string{
	"void": "void", "char": "char", "short": "short", "int": "int", "long": "long", "float": "float",
	"double": "double", "signed": "signed", "__signed": "signed", "__signed__": "signed",
	"unsigned": "unsigned", "_Bool": "_Bool", "__int128": "__int128", "_Complex": "_Complex",
	"__complex__": "_Complex", "__complex": "_Complex", "_Float16": "_Float16", "_Float32": "float",
	"_Float64": "double", "_Float32x": "double", "_Float64x": "long double", "_Float128": "_Float128",
	"__float128": "_Float128",
}

// Type returns what a word stands for in the basic types; "" where it is no such word. _Float32 and the like are gcc's:
// for clang, glibc's headers declare them.
func Type(word string, target *layout.Target) string {
	switch {
	case target.Clang && len(word) > 7 && word[:6] == "_Float" && word != "_Float16":
		return ""
	case word == "__float128" && target.Name == "linux/arm64":
		return ""
	}
	return typeWords[word]
}

// Ignored reports whether a word does not matter to layouts and values.
func Ignored(word string) bool { return ignoredWords[word] }

// IsReserved reports whether a word cannot be a name.
func IsReserved(word string) bool {
	switch word {
	case "struct", "union", "enum", "typedef", "sizeof", "_Static_assert", "if", "else", "for", "while", "do", "return",
		"switch", "case", "goto", "break", "continue", "default", "__attribute__":
		return true
	}
	return Ignored(word) || typeWords[word] != ""
}

// Basic returns the name of the type that is made up of the counted words.
func Basic(count map[string]int) (string, bool) {
	unsigned := count["unsigned"] > 0
	for _, single := range []string{"void", "_Bool", "float", "_Float16", "_Float128"} {
		if count[single] > 0 {
			return single, len(count) == 1
		}
	}
	if count["double"] > 0 {
		if count["long"] > 0 {
			return "long double", true
		}
		return "double", len(count) == 1
	}
	if count["char"] > 0 {
		switch {
		case unsigned:
			return "unsigned char", true
		case count["signed"] > 0:
			return "signed char", true
		}
		return "char", true
	}
	name := "int"
	switch {
	case count["short"] > 0:
		name = "short"
	case count["__int128"] > 0:
		name = "__int128"
	case count["long"] == 1:
		name = "long"
	case count["long"] > 1:
		name = "long long"
	}
	if unsigned {
		name = "unsigned " + name
	}
	return name, !unsigned || count["signed"] == 0
}

// IsKeyword reports whether a statement or declaration begins with a word, and no expression does.
func IsKeyword(word string) bool {
	switch word {
	case "do", "while", "for", "if", "else", "return", "goto", "switch", "case", "break", "continue", "asm",
		"__asm__", "typedef", "_Static_assert":
		return true
	}
	return false
}
