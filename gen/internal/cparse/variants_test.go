// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

var variantsFlag = flag.String("variants", "testdata/variants/*.txtar", "the archives of TestVariants")

// variant is a header of an archive that is read for a target.
type variant struct {
	name string
	q    *quiz
}

// variants are the archives that TestVariants reads.
type variants struct {
	dir      string // of all their headers
	lax      string // the headers that compilers may refuse, a line each
	archives []*txtar.Archive
	refused  []string // what is said of each archive
}

// TestVariants reads small headers, each for every target. What is read must be what every compiler of the target says;
// what is refused is recorded in the archive's file "refused". Compilers may refuse those that the file "lax" lists. The
// headers of all archives use no name twice, so that one run of a compiler judges all that are read.
func TestVariants(t *testing.T) {
	names, err := filepath.Glob(*variantsFlag)
	if err != nil || len(names) == 0 {
		t.Fatal("no archives", err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // thousands of small runs
	v, files := &variants{refused: make([]string, len(names))}, map[string]string{}
	for _, name := range names {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if strings.HasSuffix(f.Name, ".h") {
				files[f.Name] = string(f.Data)
			}
		}
		v.archives, v.lax = append(v.archives, ar), v.lax+"\n"+file(ar, "lax")
	}
	v.dir = writeFiles(t, files)
	for _, target := range layout.Names() {
		v.judge(t, target)
	}
	for i, ar := range v.archives {
		if *update {
			setFile(ar, "refused", v.refused[i])
			if err := os.WriteFile(names[i], txtar.Format(ar), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(file(ar, "refused"), v.refused[i]); diff != "" {
			t.Errorf("%s, which -update writes: %s", names[i], diff)
		}
	}
}

// judge reads the headers for a target, compares what is read with the compilers that are here, and notes what is refused.
func (v *variants) judge(t *testing.T, target string) {
	t.Helper()
	var read []variant
	for i, ar := range v.archives {
		for _, f := range ar.Files {
			if !strings.HasSuffix(f.Name, ".h") || strings.HasPrefix(f.Name, "in_") {
				continue
			}
			unit, err := Parse(Options{Dir: v.dir, Headers: []string{f.Name}, Target: target})
			if err != nil {
				v.refused[i] += fmt.Sprintf("%s: %s\n", target, strings.Join(faultsOf(t, err), "\n\t"))
				continue
			}
			for _, s := range unit.Skipped {
				if s.Reason != "takes arguments" && s.Reason != "has no value" {
					v.refused[i] += fmt.Sprintf("%s: %v: %s skipped: it %s\n", target, s.Pos, s.Name, s.Reason)
				}
			}
			q := &quiz{}
			q.unit(unit)
			read = append(read, variant{f.Name, q})
		}
	}
	for _, j := range judges {
		if path := j.works(t); j.target == target && path != "" && !testing.Short() {
			v.ask(t, j, path, read)
		}
	}
}

var (
	headerError   = regexp.MustCompile(`(\w+\.h):\d+:\d+: error: .*`)
	missingHeader = regexp.MustCompile(`fatal error: .*(?:file not found|No such file or directory)`)
	includedBy    = regexp.MustCompile(`from \S*?(\w+\.h):\d+`)
)

// withoutLibrary returns which of the headers includes one of a C library that is not here for the target: compilers come with
// their own headers only, and those ask for the library's. It is "" where the compiler says something else.
func withoutLibrary(target, out string, read []variant) string {
	if target == "linux/amd64" || !missingHeader.MatchString(out) {
		return ""
	}
	for _, m := range includedBy.FindAllStringSubmatch(out, -1) {
		if slices.ContainsFunc(read, func(r variant) bool { return r.name == m[1] }) {
			return m[1]
		}
	}
	return ""
}

// ask asks a compiler about headers, all at once, and reports those that it refuses.
func (v *variants) ask(t *testing.T, j judge, path string, read []variant) {
	t.Helper()
	for {
		q, head := &quiz{}, ""
		for _, r := range read {
			head += fmt.Sprintf("#include %q\n", r.name)
			q.numbers, q.bits = append(q.numbers, r.q.numbers...), append(q.bits, r.q.bits...)
		}
		object, out := compile(t, t.TempDir(), "ask", q.source(head), path, append(j.args, "-I", v.dir)...)
		if out == "" {
			failed := &failures{TB: t}
			q.check(failed, object)
			for _, f := range failed.list {
				t.Errorf("%s, %s: %s", j.target, filepath.Base(path), f)
			}
			return
		}
		if name := withoutLibrary(j.target, out, read); name != "" {
			t.Logf("%s, %s: this machine has no C library's headers for %s", j.target, filepath.Base(path), name)
			read = slices.DeleteFunc(slices.Clone(read), func(r variant) bool { return r.name == name })
			continue
		}
		bad := map[string]bool{}
		for _, m := range headerError.FindAllStringSubmatch(out, -1) {
			if !bad[m[1]] {
				bad[m[1]] = true
				if strings.Contains(v.lax, "\n"+m[1]+":") {
					continue
				}
				t.Errorf("%s, %s refuses what is read: %s", j.target, filepath.Base(path), m[0])
			}
		}
		left := slices.DeleteFunc(slices.Clone(read), func(r variant) bool { return bad[r.name] })
		if len(bad) == 0 || len(left) == len(read) {
			t.Errorf("%s, %s: %.2000s", j.target, filepath.Base(path), out)
			return
		}
		read = left
	}
}
