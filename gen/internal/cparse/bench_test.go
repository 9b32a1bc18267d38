// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// projectOptions parses the headers that the project itself is made from.
func projectOptions(t testing.TB) Options {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	opts := Options{Dir: root, Include: []string{"bpf", "headers", "bpf/lib"}, Target: "bpfel"}
	for _, name := range []string{"common", "dbg", "conntrack", "drop", "trace"} {
		opts.Headers = append(opts.Headers, "bpf/lib/"+name+".h")
		if _, err := os.Stat(filepath.Join(root, "bpf", "lib", name+".h")); err != nil {
			t.Skip(err)
		}
	}
	return opts
}

// TestProjectHeaders parses the project's headers together and each alone, for every bpf target.
func TestProjectHeaders(t *testing.T) {
	opts := projectOptions(t)
	for _, target := range []string{"bpfel", "bpfeb"} {
		opts.Target = target
		unit, err := Parse(opts)
		if err != nil {
			t.Fatal(err)
		}
		checkUnit(t, unit)
		for _, h := range opts.Headers {
			alone := opts
			alone.Headers = []string{h}
			if _, err := Parse(alone); err != nil {
				t.Errorf("%s: %v", h, err)
			}
		}
	}
}

func BenchmarkProjectHeaders(b *testing.B) {
	opts := projectOptions(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(opts); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB-process")
}

// BenchmarkEnum shows how the cost grows with the size of an enum: the time of a member must not.
func BenchmarkEnum(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var h strings.Builder
			h.WriteString("enum e {\n")
			for i := range n {
				fmt.Fprintf(&h, "\tE%d = (%d + 1),\t/* text */\n", i, i)
			}
			h.WriteString("};\n")
			dir := writeFiles(b, map[string]string{"h.h": h.String()})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: "bpfel"}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/member")
		})
	}
}

// BenchmarkSize shows how the cost grows with the size of a header: the time of a constant must not.
func BenchmarkSize(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var h strings.Builder
			for i := range n {
				fmt.Fprintf(&h, "#define M%d (%d + 1)\t/* text */\nstruct s%d { int a; char b[M%d]; };\n", i, i, i, i)
			}
			dir := writeFiles(b, map[string]string{"h.h": h.String()})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: "bpfel"}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/define")
		})
	}
}
