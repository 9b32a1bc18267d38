// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// uapiDirectories are the directories of the kernel's headers below an include path.
var uapiDirectories = []string{
	"linux", "asm", "asm-generic", "drm", "misc", "mtd", "rdma", "scsi", "sound", "video", "xen",
}

// searchPath returns the directories that gcc searches for system headers.
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
		for _, sub := range uapiDirectories {
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

var (
	uapiFlag  = flag.String("uapi", "", "directories with the kernel's headers, with commas: those of another release than this machine's")
	everyFlag = flag.Bool("every", false, "compile each of the kernel's headers alone, not many together; ask every compiler about the cases")
)

// uapiTogether is how many headers a compiler reads at once.
const uapiTogether = 48

// TestUAPI compares everything that the kernel's headers on this machine declare with gcc: sizes, alignments,
// offsets, bit positions, constants. What gcc accepts must be accepted, and what has a constant value for gcc
// must not be skipped. Headers are compiled together, and alone where gcc refuses them together.
func TestUAPI(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles some 500 headers")
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("compares with the gcc of linux/amd64")
	}
	u := &uapi{T: t, cc: gcc(t), dir: t.TempDir()}
	u.path = searchPath(t, u.cc)
	if *uapiFlag != "" {
		own := strings.Split(*uapiFlag, ",")
		u.path = append(own, u.path...)
		for _, dir := range own {
			u.args = append(u.args, "-isystem", dir)
		}
		u.headers = uapiHeaders(t, own)
	} else {
		u.headers = uapiHeaders(t, u.path)
	}
	if len(u.headers) < 100 {
		t.Skipf("the kernel's headers are not installed: %d found", len(u.headers))
	}
	together := uapiTogether
	if *everyFlag {
		together = 1
	}
	work := make(chan []string)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for list := range work {
				u.compare(list)
			}
		}()
	}
	for list := range slices.Chunk(u.headers, together) {
		work <- list
	}
	close(work)
	wg.Wait()
	t.Logf("%d headers in %d compilations, %d refused by gcc, %d facts compared, %d bit-fields, %d skipped macros confirmed",
		len(u.headers), u.compilations, u.refused, u.facts, u.bits, u.skipped)
}

// uapi is a comparison of the kernel's headers with gcc.
type uapi struct {
	*testing.T
	cc, dir       string
	args          []string // of cc
	path, headers []string
	sync.Mutex
	compilations, refused, facts, bits, skipped, names int
}

// compile compiles source under a name of its own.
func (u *uapi) compile(source string, args ...string) (object, output string) {
	u.Lock()
	u.compilations++
	name := fmt.Sprintf("u%d", u.compilations)
	u.Unlock()
	return compile(u.T, u.dir, name, source, u.cc, append(slices.Clone(u.args), args...)...)
}

// halves compares two halves of a list by themselves.
func (u *uapi) halves(list []string) {
	u.compare(list[:len(list)/2])
	u.compare(list[len(list)/2:])
}

// compare compares headers with gcc, together if it takes them so.
func (u *uapi) compare(list []string) {
	include := ""
	for _, h := range list {
		include += "#include <" + h + ">\n"
	}
	u.Lock()
	u.names++
	name := fmt.Sprintf("h%d.h", u.names)
	u.Unlock()
	if err := os.WriteFile(filepath.Join(u.dir, name), []byte(include), 0o644); err != nil {
		u.Error(err)
		return
	}
	unit, err := Parse(Options{Dir: u.dir, Headers: []string{name}, Include: u.path, Target: "linux/amd64"})
	if err != nil {
		if len(list) > 1 {
			u.halves(list)
			return
		}
		if _, out := u.compile(include); out == "" {
			u.Errorf("%s: gcc accepts what we refuse: %v", list[0], err)
		}
		u.Lock()
		u.refused++
		u.Unlock()
		return
	}
	q := &quiz{}
	q.unit(unit)
	object, out := u.compile(q.source(include))
	switch {
	case out != "" && len(list) > 1:
		u.halves(list)
		return
	case out != "":
		if _, plain := u.compile(include); plain != "" {
			u.Logf("%s: accepted, refused by gcc: %.100s", list[0], plain)
			return
		}
		u.Errorf("%s: gcc: %.2000s", list[0], out)
		return
	}
	q.check(u.T, object)
	skipped := u.confirmSkipped(include, unit)
	u.Lock()
	defer u.Unlock()
	u.facts += len(q.numbers)
	u.bits += len(q.bits)
	u.skipped += skipped
}

var gccErrorLine = regexp.MustCompile(`(?m)\.c:(\d+):\d+: error:`)

// confirmSkipped checks that no skipped macro has a constant integer value for gcc, and returns how many
// there are.
func (u *uapi) confirmSkipped(include string, unit *model.Unit) int {
	var asked []model.Skipped
	var b strings.Builder
	b.WriteString(include)
	first := strings.Count(include, "\n") + 1
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
	_, out := u.compile(b.String(), "-fmax-errors=0", "-fsyntax-only")
	bad := map[string]bool{}
	for _, m := range gccErrorLine.FindAllStringSubmatch(out, -1) {
		bad[m[1]] = true
	}
	for i, s := range asked {
		if !bad[fmt.Sprint(i+first)] {
			u.Errorf("%v: %s is skipped (%s) and a constant for gcc", s.Pos, s.Name, s.Reason)
		}
	}
	return len(asked)
}
