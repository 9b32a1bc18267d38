// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// grown writes a project whose header has n enums, n structs and n macros of each group, all of them asked for,
// and returns its configuration.
func grown(tb testing.TB, n int) string {
	tb.Helper()
	var header, groups, structs strings.Builder
	for i := range n {
		fmt.Fprintf(&header, "/* Number %d. */\nenum e%d {\n", i, i)
		for j := range 20 {
			fmt.Fprintf(&header, "\tE%d_CODE_%d,	/* code %d */\n", i, j, j)
		}
		fmt.Fprintf(&header, "};\n\n/* What happened. */\nstruct s%d {\n", i)
		for j := range 10 {
			fmt.Fprintf(&header, "\tunsigned int field_%d;	/* number %d */\n", j, j)
		}
		header.WriteString("};\n\n")
		for j := range 20 {
			fmt.Fprintf(&header, "#define M%d_FLAG_%d (1 << %d) /* flag %d */\n", i, j, j, j)
		}
		fmt.Fprintf(&groups, "      E%d: {enum: e%d, text: comment}\n", i, i)
		fmt.Fprintf(&groups, "      M%d: {macros: ['M%d_*'], type: uint32, flags: true, methods: [parse]}\n", i, i)
		fmt.Fprintf(&structs, "      s%d:\n", i)
	}
	dir := tb.TempDir()
	config := "package: p\nheaders: [a.h]\nfiles:\n  zz.go:\n    groups:\n" + groups.String() + "    structs:\n" + structs.String()
	put(tb, filepath.Join(dir, "a.h"), header.String())
	put(tb, filepath.Join(dir, ConfigName), config)
	return filepath.Join(dir, ConfigName)
}

// sizes are those of the headers that cost is measured over: each one twice the one before.
var sizes = []int{10, 20, 40, 80}

// BenchmarkGrowth generates from headers that grow. The time for one enum, struct and set of macros, which it
// reports, stays the same where cost is linear.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("%dx", n/sizes[0]), func(b *testing.B) {
			config := grown(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Generate(config); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "us/part")
		})
	}
}
