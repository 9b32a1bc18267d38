// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// uapiFolders are the folders of the kernel's headers below an include path.
var uapiFolders = []string{
	"linux", "asm", "asm-generic", "drm", "misc", "mtd", "rdma", "scsi", "sound", "video", "xen",
}

// searchPath returns the folders that gcc searches for system headers.
func searchPath(t testing.TB, cc string) []string {
	t.Helper()
	out, err := exec.Command(cc, "-E", "-v", "-x", "c", os.DevNull).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(out), "search starts here:\n#include <...> search starts here:\n")
	rest, _, found := strings.Cut(rest, "End of search list.")
	if !found {
		t.Fatalf("no search path in %s", out)
	}
	return strings.Fields(rest)
}

// uapiHeaders lists the kernel's headers as they are included.
func uapiHeaders(t testing.TB, path []string) []string {
	t.Helper()
	var names []string
	for _, dir := range path {
		for _, sub := range uapiFolders {
			_ = filepath.WalkDir(filepath.Join(dir, sub), func(p string, d fs.DirEntry, err error) error {
				if err == nil && strings.HasSuffix(p, ".h") && !d.IsDir() {
					rel, _ := filepath.Rel(dir, p)
					names = append(names, filepath.ToSlash(rel))
				}
				return nil
			})
		}
	}
	return names
}

// TestUAPI compares everything that the kernel's headers on this machine declare with gcc: sizes, alignments,
// offsets, bit positions, constants. What gcc accepts must be accepted, and what has a constant value for gcc
// must not be skipped.
func TestUAPI(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles some 500 files")
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("compares with the gcc of linux/amd64")
	}
	cc := gcc(t)
	path := searchPath(t, cc)
	headers := uapiHeaders(t, path)
	if len(headers) < 100 {
		t.Skipf("the kernel's headers are not installed: %d found", len(headers))
	}
	dir := t.TempDir()
	totals := &uapiTotals{}
	work := make(chan string)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for h := range work {
				compareHeader(t, cc, dir, path, h, totals)
			}
		}()
	}
	for _, h := range headers {
		work <- h
	}
	close(work)
	wg.Wait()
	t.Logf("%d headers, %d refused by gcc, %d facts compared, %d bit-fields, %d skipped macros confirmed",
		len(headers), totals.refused, totals.facts, totals.bits, totals.skipped)
}

type uapiTotals struct {
	sync.Mutex
	refused, facts, bits, skipped int
}

// compareHeader compares one header with gcc.
func compareHeader(t *testing.T, cc, dir string, path []string, header string, totals *uapiTotals) {
	name := strings.NewReplacer("/", "_", ".", "_").Replace(header)
	include := "#include <" + header + ">"
	if err := os.WriteFile(filepath.Join(dir, name+".h"), []byte(include+"\n"), 0o644); err != nil {
		t.Error(err)
		return
	}
	unit, err := Parse(Options{Dir: dir, Headers: []string{name + ".h"}, Include: path, Target: "linux/amd64"})
	if err != nil {
		if _, out := compile(t, dir, name, include, cc); out == "" {
			t.Errorf("%s: gcc accepts what we refuse: %v", header, err)
		}
		totals.Lock()
		totals.refused++
		totals.Unlock()
		return
	}
	q := &quiz{}
	q.unit(unit)
	object, out := compile(t, dir, name, q.source(include), cc)
	if out != "" {
		if _, plain := compile(t, dir, name, include, cc); plain != "" {
			t.Logf("%s: accepted, refused by gcc: %.100s", header, plain)
			return
		}
		t.Errorf("%s: gcc: %.2000s", header, out)
		return
	}
	q.check(t, object)
	skipped := confirmSkipped(t, cc, dir, name, include, unit)
	totals.Lock()
	defer totals.Unlock()
	totals.facts += len(q.numbers)
	totals.bits += len(q.bits)
	totals.skipped += skipped
}

var gccErrorLine = regexp.MustCompile(`(?m)\.c:(\d+):\d+: error:`)

// confirmSkipped checks that no skipped macro has a constant integer value for gcc, and returns how many
// there are.
func confirmSkipped(t *testing.T, cc, dir, name, include string, unit *model.Unit) int {
	var asked []model.Skipped
	var b strings.Builder
	b.WriteString(include + "\n")
	for i, s := range unit.Skipped {
		if s.Reason == "takes arguments" || s.Reason == "has no value" || strings.HasSuffix(s.Reason, "of the same name") {
			continue
		}
		// In a function of its own, since gcc reports an undeclared name once a function.
		fmt.Fprintf(&b, "void lockstep_skipped_%d(void) { enum { x = (%s) }; }\n", i, s.Name)
		asked = append(asked, s)
	}
	if len(asked) == 0 {
		return 0
	}
	_, out := compile(t, dir, name+"_skipped", b.String(), cc, "-fmax-errors=0")
	bad := map[string]bool{}
	for _, m := range gccErrorLine.FindAllStringSubmatch(out, -1) {
		bad[m[1]] = true
	}
	for i, s := range asked {
		if !bad[fmt.Sprint(i+2)] {
			t.Errorf("%v: %s is skipped (%s) and a constant for gcc", s.Pos, s.Name, s.Reason)
		}
	}
	return len(asked)
}
