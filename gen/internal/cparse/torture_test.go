// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTorture asks a compiler for each target about everything in a header that holds every construct.
func TestTorture(t *testing.T) {
	for _, c := range compilers {
		t.Run(strings.ReplaceAll(c.target, "/", "-"), func(t *testing.T) {
			unit := c.parse(t, "testdata/torture", "torture.h")
			if len(unit.Records) < 50 || len(unit.Constants) < 90 {
				t.Fatalf("%d records, %d constants", len(unit.Records), len(unit.Constants))
			}
			cc := c.path(t)
			dir := t.TempDir()
			header, err := filepath.Abs("testdata/torture/torture.h")
			if err != nil {
				t.Fatal(err)
			}
			if (judge{c.target, c.clang, c.args, []string{cc}}).works(t) == "" {
				missing(t, c.kind(), cc+" cannot compile for "+c.target)
			}
			q := &quiz{}
			q.unit(unit)
			object, out := compile(t, dir, "torture", q.source("#include \""+header+"\""), cc, c.args...)
			if out != "" {
				t.Fatalf("%.3000s", out)
			}
			q.check(t, object)
		})
	}
}
