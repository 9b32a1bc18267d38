// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"go/constant"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// fact is a row of testdata/cases/EXPECTED.md: a number that compilers give about a header.
type fact struct {
	header, expr                       string
	bpf, amd64, amd64GCC, arm64, s390x int64
}

var factRow = regexp.MustCompile("^\\| (\\w+\\.h) \\| `?([^`|]+)`? \\|" + strings.Repeat(` (-?\d+) \|`, 5) + "$")

// caseFacts returns the facts about each header.
func caseFacts(t *testing.T) map[string][]fact {
	t.Helper()
	text, err := os.ReadFile("testdata/cases/EXPECTED.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]fact{}
	for line := range strings.Lines(string(text)) {
		m := factRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		f := fact{header: m[1], expr: m[2]}
		for i, to := range []*int64{&f.bpf, &f.amd64, &f.amd64GCC, &f.arm64, &f.s390x} {
			*to, _ = strconv.ParseInt(m[3+i], 10, 64)
		}
		all[f.header] = append(all[f.header], f)
	}
	return all
}

// valuesOf returns the values of expressions over a header, in order.
func valuesOf(t *testing.T, header string, exprs []string, target string) ([]int64, error) {
	t.Helper()
	text, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("#include \"h.h\"\n")
	for i, e := range exprs {
		fmt.Fprintf(&b, "enum { LOCKSTEP_%d = %s };\n", i, e)
	}
	dir := writeFiles(t, map[string]string{"h.h": string(text), "ask.h": b.String()})
	unit, err := Parse(Options{Dir: dir, Headers: []string{"ask.h"}, Target: target})
	if err != nil {
		return nil, err
	}
	values := make([]int64, len(exprs))
	for _, c := range unit.Constants {
		if n, ok := strings.CutPrefix(c.Name, "LOCKSTEP_"); ok && c.Kind == model.Enumerator {
			i, _ := strconv.Atoi(n)
			values[i], _ = constant.Int64Val(constant.ToInt(c.Value))
		}
	}
	return values, nil
}

// TestCases compares headers with constructs that generators get wrong with what compilers say of them. Where gcc and
// clang differ for Linux, the header must be refused with a position, and so must an atomic record that is padded.
func TestCases(t *testing.T) {
	for header, facts := range caseFacts(t) {
		for target, want := range map[string]func(fact) int64{
			"bpfel": func(f fact) int64 { return f.bpf }, "bpfeb": func(f fact) int64 { return f.bpf },
			"linux/amd64": func(f fact) int64 { return f.amd64 }, "linux/arm64": func(f fact) int64 { return f.arm64 },
			"linux/s390x": func(f fact) int64 { return f.s390x },
		} {
			t.Run(header+"/"+strings.ReplaceAll(target, "/", "-"), func(t *testing.T) {
				var exprs []string
				differ := false
				for _, f := range facts {
					exprs = append(exprs, f.expr)
					differ = differ || f.amd64 != f.amd64GCC && strings.HasPrefix(target, "linux") || header == "atomic_record.h"
				}
				got, err := valuesOf(t, filepath.Join("testdata", "cases", header), exprs, target)
				if differ {
					all := faultsOf(t, err)
					if !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, "h.h:") }) {
						t.Fatalf("gcc and clang differ, and it is not refused with a position: %q, %d", all, got)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				for i, f := range facts {
					if got[i] != want(f) {
						t.Errorf("%s is %d for the compiler, %d for us", f.expr, want(f), got[i])
					}
				}
			})
		}
	}
}

// TestCasesCompilers asks the compilers that are here whether the recorded values are right.
func TestCasesCompilers(t *testing.T) {
	if testing.Short() {
		t.Skip("asks about what is recorded, and compiles many files; TestCases reads the records")
	}
	for _, c := range []struct {
		compiler compilerFor
		want     func(fact) int64
	}{
		{compilerFor{"bpfel", true, []string{"-target", "bpfel"}}, func(f fact) int64 { return f.bpf }},
		{compilerFor{"linux/amd64", false, nil}, func(f fact) int64 { return f.amd64GCC }},
		{compilerFor{"linux/amd64", true, []string{"-target", "x86_64-linux-gnu"}}, func(f fact) int64 { return f.amd64 }},
		{compilerFor{"linux/arm64", true, []string{"-target", "aarch64-linux-gnu"}}, func(f fact) int64 { return f.arm64 }},
		{compilerFor{"linux/s390x", true, []string{"-target", "s390x-linux-gnu"}}, func(f fact) int64 { return f.s390x }},
	} {
		name := fmt.Sprintf("%s, clang %v", strings.ReplaceAll(c.compiler.target, "/", "-"), c.compiler.clang)
		t.Run(name, func(t *testing.T) {
			if c.compiler.clang && !strings.HasPrefix(c.compiler.target, "bpf") && !*everyFlag {
				t.Skip("one gcc and one clang are asked; -every asks all")
			}
			cc := c.compiler.path(t)
			if out := checkSources(t, map[string]string{"try": "int x;"}, cc, c.compiler.args...); len(out) > 0 {
				missing(t, c.compiler.kind(), fmt.Sprintf("%s cannot compile for %s: %s", cc, c.compiler.target, out))
			}
			sources := map[string]string{}
			for header, facts := range caseFacts(t) {
				path, err := filepath.Abs(filepath.Join("testdata", "cases", header))
				if err != nil {
					t.Fatal(err)
				}
				text := fmt.Sprintf("#include %q\n", path)
				for _, f := range facts {
					text += assertion(f.expr, c.want(f))
				}
				sources[header] = text
			}
			for header, out := range checkSources(t, sources, cc, c.compiler.args...) {
				t.Errorf("%s: %s", header, out)
			}
		})
	}
}
