// SPDX-License-Identifier: Apache-2.0

package lockstep_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// provenancePath matches a path in the tables of PROVENANCE.md.
var provenancePath = regexp.MustCompile("`([^` ]*testdata[^` ]*)`")

// TestProvenance checks that PROVENANCE.md names every testdata directory with committed files, or a file in it, and
// nothing that does not exist. If it fails, add a row to PROVENANCE.md.
func TestProvenance(t *testing.T) {
	text, err := os.ReadFile("PROVENANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, m := range provenancePath.FindAllStringSubmatch(string(text), -1) {
		found, err := filepath.Glob(m[1])
		if err != nil || len(found) == 0 {
			t.Errorf("PROVENANCE.md names %s, which does not exist: %v", m[1], err)
		}
		for _, f := range found {
			named = append(named, filepath.ToSlash(f))
		}
	}
	out, err := exec.Command("git", "ls-files", "--", "*testdata/*").Output()
	if err != nil {
		t.Skip("not a git checkout")
	}
	for file := range strings.Lines(string(out)) {
		file = strings.TrimSpace(file)
		covered := false
		for _, n := range named {
			covered = covered || n == file || strings.HasPrefix(file, strings.TrimSuffix(n, "/")+"/")
		}
		if !covered {
			t.Errorf("PROVENANCE.md does not name %s", file)
		}
	}
}
