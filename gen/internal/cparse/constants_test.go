// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"go/constant"
	"path/filepath"
	"strings"
	"testing"
)

// foldedExprs are expressions that compilers fold, each with the value that it has for bpf.
var foldedExprs = []struct {
	expr string
	want int64
}{
	{"u'a'", 97}, {"sizeof(u'a')", 2}, {"U'b'", 98}, {"L'c'", 99}, {"u'\\u00e9'", 233}, {"sizeof(u'a' + 0)", 4},
	{`sizeof(u"\u00e9")`, 4}, {`sizeof(L"\u00e9")`, 8}, {`sizeof(u"\U0001F600")`, 6},
	{`sizeof("a" L"b")`, 12}, {`sizeof(u8"\u00e9")`, 3}, {"'ab'", 24930}, {"'\\377'", -1}, {`sizeof("abc" "d")`, 5},
	{"__builtin_clz(1)", 31}, {"__builtin_clzl(1)", 63}, {"__builtin_clzll(0x100000000)", 31}, {"__builtin_ctz(8)", 3},
	{"__builtin_ctzll(1ULL << 40)", 40}, {"__builtin_popcount(-1)", 32}, {"__builtin_popcountll(-1)", 64}, {"__builtin_ffs(0)", 0},
	{"__builtin_ffs(8)", 4}, {"__builtin_ffsll(1ULL << 40)", 41}, {"__builtin_clrsb(-1)", 31}, {"__builtin_clrsb(255)", 23},
	{"__builtin_clrsbll(0)", 63}, {"__builtin_parity(7)", 1}, {"__builtin_parityll(3)", 0}, {"sizeof(__builtin_clzll(1))", 4},
	{`__builtin_strlen("abc")`, 3}, {`__builtin_strlen("ab\0c")`, 2}, {`__builtin_strlen("")`, 0}, {`sizeof(__builtin_strlen(""))`, 8},
	{"__builtin_constant_p(3 + 4)", 1}, {`__builtin_constant_p("x")`, 1}, {"__builtin_constant_p(variable)", 0},
	{"__builtin_constant_p(function())", 0}, {"__builtin_constant_p(function()) ? 1 : 2", 2},
	{"__builtin_expect_with_probability(6, 1, 0.5)", 6}, {"__builtin_bswap16(0x1234)", 0x3412}, {"__builtin_bswap32(1)", 1 << 24},
	{"__builtin_choose_expr(0, 1, 2)", 2}, {"__builtin_types_compatible_p(int, const int)", 1},
	{"sizeof(9223372036854775807)", 8}, {"(int)0x1.8p3", 12}, {"(int)1.e1", 10}, {"sizeof(2147483648)", 8}, {"0x80000000 > -1", 0},
}

// foldedHeader returns a header with an enumerator for each expression.
func foldedHeader() string {
	var b strings.Builder
	b.WriteString("extern int variable;\nint function(void);\n")
	for i, e := range foldedExprs {
		fmt.Fprintf(&b, "#define M%d (%s)\nenum { E%d = (%s) };\n", i, e.expr, i, e.expr)
	}
	return b.String()
}

// TestFolded compares what is folded with recorded values, and with the compilers that are here.
func TestFolded(t *testing.T) {
	dir := writeFiles(t, map[string]string{"h.h": foldedHeader()})
	unit, err := Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: "bpfel"})
	if err != nil {
		t.Fatal(err)
	}
	if len(unit.Skipped) > 0 {
		t.Errorf("skipped: %v", unit.Skipped)
	}
	for _, c := range unit.Constants {
		var i int
		_, _ = fmt.Sscan(c.Name[1:], &i)
		if n, ok := constant.Int64Val(c.Value); !ok || n != foldedExprs[i].want {
			t.Errorf("%s is %v, want %d", foldedExprs[i].expr, c.Value, foldedExprs[i].want)
		}
	}
	asked := map[bool]bool{}
	for _, j := range judges {
		if testing.Short() && asked[j.clang] {
			continue // one gcc and one clang
		}
		asked[j.clang] = true
		unit, err := Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: j.target})
		if err != nil {
			t.Fatal(err)
		}
		askJudge(t, j, filepath.Join(dir, "h.h"), unit)
	}
}

// notNumbers are spellings of numbers that both gcc and clang refuse, or do not read alike.
var notNumbers = []string{
	"1lL", "1Ll", "1llL", "1uu", "1ulu", "0x1.0", "0x1p", "0x", "0b", "0b12", "089", "1e", "1e+", "1.0.0", "1_000", "0x1.0p", "1.0fL",
	"1f", "1z", "0x1g", "1.0ll", "18446744073709551616", "1'000", "08", "1.5u", "0xp1",
}

func TestNotNumbers(t *testing.T) {
	for _, n := range append(notNumbers, "18446744073709551615") {
		dir := writeFiles(t, map[string]string{"h.h": "enum { A = (int)(" + n + ") };\n"})
		if _, err := Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: "linux/amd64"}); err == nil {
			t.Errorf("%s is read", n)
		}
	}
	if testing.Short() {
		return // what gcc says of the table is the same each time
	}
	sources := map[string]string{}
	for i, n := range notNumbers[:len(notNumbers)-6] {
		sources[fmt.Sprint("n", i)] = "enum { A = (int)(" + n + ") };\n"
	}
	refused := checkSources(t, sources, gcc(t))
	for name, text := range sources {
		if refused[name] == "" {
			t.Errorf("gcc reads %s", text)
		}
	}
}
