// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

var (
	writeFor   = flag.Duration("write", 0, "processor time, the compilers' too, for which TestDifferential writes headers; 0 writes a few")
	writeSeed  = flag.Uint64("writeseed", 1, "seed of the first header that TestDifferential writes")
	writeKeep  = flag.String("writekeep", "", "directory for the headers that are refused, or read differently")
	refusalMax = 60 // of a hundred headers, before the writer counts as broken
)

// judge is a compiler that is asked about a target.
type judge struct {
	target string
	clang  bool
	args   []string
	names  []string // of the program
}

// judges are asked about each header. Those that are not installed are left out, but gcc and clang of the machine's own
// target and clang for bpf must be there.
var judges = []judge{
	{"bpfel", true, []string{"-target", "bpfel", "-O2"}, clangs},
	{"bpfeb", true, []string{"-target", "bpfeb", "-O2"}, clangs},
	{"linux/amd64", false, nil, []string{"gcc"}},
	{"linux/amd64", true, []string{"-target", "x86_64-linux-gnu"}, clangs},
	{"linux/386", false, []string{"-m32"}, []string{"gcc"}},
	{"linux/386", true, []string{"-target", "i386-linux-gnu"}, clangs},
	{"linux/arm64", false, nil, []string{"aarch64-linux-gnu-gcc"}},
	{"linux/arm64", true, []string{"-target", "aarch64-linux-gnu"}, clangs},
	{"linux/arm", false, nil, []string{"arm-linux-gnueabihf-gcc"}},
	{"linux/arm", true, []string{"-target", "armv7-linux-gnueabihf"}, clangs},
	{"linux/s390x", false, nil, []string{"s390x-linux-gnu-gcc"}},
	{"linux/s390x", true, []string{"-target", "s390x-linux-gnu"}, clangs},
}

// installed returns the judges that work here, each with the path of its program as the first argument.
func installed(t *testing.T) []judge {
	t.Helper()
	var list []judge
	for _, j := range judges {
		if path := j.works(t); path != "" {
			j.names = []string{path}
			list = append(list, j)
		}
	}
	for _, must := range []compilerFor{{"linux/amd64", false, nil}, {"bpfel", true, nil}} {
		if !slices.ContainsFunc(list, func(j judge) bool { return j.target == must.target && j.clang == must.clang }) {
			missing(t, must.kind(), "no compiler for "+must.target)
		}
	}
	return list
}

// works returns the path of a judge's program; "" where it is not here, or has not the target.
func (j judge) works(t *testing.T) string {
	t.Helper()
	key := fmt.Sprint(j)
	if path, done := working.Load(key); done {
		return path.(string)
	}
	found := ""
	for _, n := range j.names {
		path, err := exec.LookPath(n)
		if err != nil {
			continue
		}
		if _, out := compile(t, t.TempDir(), "try", "int x;", path, j.args...); out == "" {
			found = path
		}
		break
	}
	working.Store(key, found)
	return found
}

var working sync.Map // what works has found

// askJudge asks one judge about a header, if it is here.
func askJudge(t *testing.T, j judge, header string, unit *model.Unit) {
	t.Helper()
	q := &quiz{}
	q.unit(unit)
	askAll(t, j, filepath.Dir(header), fmt.Sprintf("#include %q\n", filepath.Base(header)), q)
}

// askAll asks one judge all questions of a quiz about the headers that head includes, if it is here.
func askAll(t *testing.T, j judge, dir, head string, q *quiz) {
	t.Helper()
	path := j.works(t)
	if path == "" {
		return
	}
	object, out := compile(t, t.TempDir(), "ask", q.source(head), path, append(j.args, "-I", dir)...)
	if out != "" {
		t.Errorf("%s %v: %.3000s", path, j.args, out)
		return
	}
	failed := &failures{TB: t}
	q.check(failed, object)
	for _, f := range failed.list {
		t.Errorf("%s %v: %s", path, j.args, f)
	}
}

// tally counts what became of headers.
type tally struct {
	headers, read, facts, differences int
	refused                           map[string]int // by reason
}

// TestDifferential writes headers as people write them and compares what this package reads with what gcc and clang
// say, for each target. Where it reads a header, every number must be the compilers'; it may refuse one.
func TestDifferential(t *testing.T) {
	if testing.Short() && *writeFor == 0 {
		t.Skip("compiles many files")
	}
	list := installed(t)
	sum := &tally{refused: map[string]int{}}
	start, dir := spent(t), t.TempDir()
	seed := *writeSeed
	for ; *writeFor == 0 && seed < *writeSeed+4 || spent(t)-start < *writeFor; seed++ {
		differential(t, list, dir, seed, sum)
		if sum.differences > 20 {
			break
		}
	}
	for _, why := range slices.Sorted(maps.Keys(sum.refused)) {
		t.Logf("refused %4d times: %s", sum.refused[why], why)
	}
	t.Logf("seeds %d to %d, %v of processor time: %d headers for a target, %d read, %d facts compared, %d differences",
		*writeSeed, seed-1, (spent(t) - start).Round(time.Second), sum.headers, sum.read, sum.facts, sum.differences)
	if sum.headers > 100 && (sum.headers-sum.read)*100 > sum.headers*refusalMax {
		t.Errorf("%d of %d headers are refused: the writer writes too little that can be read", sum.headers-sum.read, sum.headers)
	}
}

// positions matches what differs from one message to the next.
var positions = regexp.MustCompile(`^\S+:\d+:\d+: |"[^"]*"|\b\w*\d\w*\b|\(in the expansion of \w+\)`)

// differential judges the header of one seed.
func differential(t *testing.T, list []judge, dir string, seed uint64, sum *tally) {
	t.Helper()
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 17))}
	header := w.header()
	if err := os.WriteFile(filepath.Join(dir, "w.h"), []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	asked := map[string]*quiz{}
	for _, j := range list {
		q, done := asked[j.target]
		if !done {
			sum.headers++
			unit, err := Parse(Options{Dir: dir, Headers: []string{"w.h"}, Target: j.target})
			if err != nil {
				first := faultsOf(t, err)[0]
				if why := positions.ReplaceAllString(first, "_"); sum.refused[why] == 0 {
					t.Logf("seed %d, %s: %s", seed, j.target, first)
					keep(seed, header)
				}
				sum.refused[positions.ReplaceAllString(first, "_")]++
			} else {
				sum.read++
				q = &quiz{}
				q.unit(unit)
			}
			asked[j.target] = q
		}
		if q == nil {
			continue
		}
		object, out := compile(t, dir, "w", q.source("#include \"w.h\""), j.names[0], append(j.args, "-I", dir)...)
		if out != "" {
			if _, plain := compile(t, dir, "plain", "#include \"w.h\"", j.names[0], append(j.args, "-I", dir)...); plain != "" {
				t.Logf("seed %d, %s: %s", seed, j.target, firstError(plain))
				sum.refused[fmt.Sprintf("accepted, but not by the compiler: %s", positions.ReplaceAllString(firstError(plain), "_"))]++
				continue
			}
		}
		failed := &failures{TB: t}
		if out != "" {
			failed.Errorf("the compiler takes the header, but not the questions: %s", firstError(out))
		} else {
			q.check(failed, object)
		}
		sum.facts += len(q.numbers) + len(q.bits)
		if len(failed.list) > 0 {
			sum.differences++
			t.Errorf("seed %d, %s, %s %v:\n%s", seed, j.target, j.names[0], j.args, strings.Join(failed.list[:min(4, len(failed.list))], "\n"))
			keep(seed, header)
		}
	}
}

// keep writes a header to the directory that was asked for.
func keep(seed uint64, header string) {
	if *writeKeep != "" {
		_ = os.WriteFile(filepath.Join(*writeKeep, fmt.Sprintf("%d.h", seed)), []byte(header), 0o644)
	}
}

func firstError(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, "error") {
			return strings.TrimSpace(line)
		}
	}
	return out
}

// failures collects what a check reports.
type failures struct {
	testing.TB
	list []string
}

func (f *failures) Errorf(format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf(format, args...))
}
func (f *failures) Helper() {}
