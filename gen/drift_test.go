// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// contract are the headers that this project's configurations mirror, from its root.
var contract = []string{
	"bpf/lib/common.h", "bpf/lib/conntrack.h", "bpf/lib/dbg.h", "bpf/lib/drop.h", "bpf/lib/trace.h",
	"bpf/lib/loader.h", "headers/linux/pkt_cls.h", "headers/linux/types.h",
}

// driftConfigs are those configurations.
var driftConfigs = []string{"monitor/" + ConfigName, "bpf/" + ConfigName}

// TestDrift changes this project's own headers in every way that it knows, one change at a time and at every
// place that it applies to. Compare must show each change that matters to Go, and none of those that do not.
func TestDrift(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // thousands of small runs
	headers := readHeaders(t)
	allFound(t, headers)
	var work []mutation
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		work = append(work, meaningful(headers[name])...)
		work = append(work, meaningless(headers[name])...)
	}
	score := tally{}
	todo := make(chan mutation)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		w := newDriftWorker(t, headers)
		wg.Go(func() {
			for m := range todo {
				score.add(m, w.try(t, m))
			}
		})
	}
	tried := map[string]int{}
	for _, m := range work {
		tried[m.op]++
		if n := tried[m.op]; testing.Short() && (m.matters && n%64 != 1 || !m.matters && n > 2) {
			continue // of each kind of change the first and every 64th, or two headers full of it
		}
		todo <- m
	}
	close(todo)
	wg.Wait()
	score.report(t)
}

// readHeaders returns the headers by name.
func readHeaders(t *testing.T) map[string]*header {
	t.Helper()
	headers := map[string]*header{}
	for _, name := range contract {
		data, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		headers[name] = scanHeader(name, string(data))
	}
	return headers
}

// allFound checks that the places at which the headers are changed are all that the configurations ask for.
func allFound(t *testing.T, headers map[string]*header) {
	t.Helper()
	want, got := map[string]bool{}, map[string]bool{}
	for _, h := range headers {
		for _, e := range h.entries {
			if e.kind != typedefEntry {
				got[e.name] = true
			}
		}
	}
	for _, name := range driftConfigs {
		drifting(t, filepath.Join("..", filepath.FromSlash(name)), want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("places that are asked for (-) and changed (+):\n%s", diff)
	}
}

// drifting adds the C names of the constants and fields that a configuration carries over.
func drifting(t *testing.T, name string, into map[string]bool) {
	t.Helper()
	c, err := load(name)
	if err != nil {
		t.Fatal(err)
	}
	checked, _, err := lower(filepath.Dir(name), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range checked.Files {
		for _, k := range f.Constants {
			into[k.C] = true
		}
		for _, g := range f.Groups {
			for _, k := range g.Consts {
				into[k.C] = true
			}
		}
		for _, s := range f.Structs {
			for _, field := range s.Fields {
				into[field.C] = true
			}
		}
	}
}

// driftWorker has a copy of the project to change.
type driftWorker struct {
	dir     string
	headers map[string]*header
}

func newDriftWorker(t *testing.T, headers map[string]*header) *driftWorker {
	t.Helper()
	w := &driftWorker{t.TempDir(), headers}
	for _, dir := range []string{"bpf", "headers", "monitor"} {
		copyTree(t, filepath.Join("..", dir), filepath.Join(w.dir, dir))
	}
	for _, c := range driftConfigs {
		if diff, err := generate(t, filepath.Join(w.dir, filepath.FromSlash(c))).Compare(); diff != nil || err != nil {
			t.Fatalf("the project itself is stale: %v\n%s", err, diff)
		}
	}
	return w
}

// copyTree copies headers, configurations and what is generated.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		base := entry.Name()
		if err != nil || entry.IsDir() || filepath.Ext(base) != ".h" && base != ConfigName && !strings.HasPrefix(base, "zz_generated") {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(to, rel)), 0o777),
			os.WriteFile(filepath.Join(to, rel), data, 0o666))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// try reports whether one change shows, and fails where it should not or should, or is no C.
func (w *driftWorker) try(t *testing.T, m mutation) (caught bool) {
	name := filepath.Join(w.dir, filepath.FromSlash(m.header))
	defer func() {
		if err := os.WriteFile(name, []byte(w.headers[m.header].text), 0o666); err != nil {
			t.Error(err)
		}
	}()
	if err := os.WriteFile(name, []byte(m.text), 0o666); err != nil {
		t.Error(err)
	}
	shown := ""
	for _, c := range driftConfigs {
		if shown = w.compare(t, m, c); shown != "" {
			break
		}
	}
	switch {
	case shown == "" && m.matters:
		t.Errorf("not caught: %s: %s of %s", m.header, m.op, m.name)
	case shown != "" && !m.matters:
		t.Errorf("false: %s: %s of %s:\n%s", m.header, m.op, m.name, shown)
	}
	return shown != ""
}

// compare returns what a configuration says of a change: a diff, or a fault.
func (w *driftWorker) compare(t *testing.T, m mutation, name string) string {
	r, err := Generate(filepath.Join(w.dir, filepath.FromSlash(name)))
	if err != nil {
		if !m.breaks && !w.parses(name) {
			t.Errorf("not C: %s: %s of %s: %v", m.header, m.op, m.name, err)
		}
		return err.Error()
	}
	diff, err := r.Compare()
	if err != nil {
		t.Error(err)
	}
	return string(diff)
}

// parses reports whether the changed headers are still C.
func (w *driftWorker) parses(name string) bool {
	name = filepath.Join(w.dir, filepath.FromSlash(name))
	var c *config.Config
	var unit *model.Unit
	c, err := load(name)
	if err == nil {
		unit, err = cparse.Parse(cparse.Options{
			Dir: filepath.Dir(name), Headers: values(c.Headers), Include: values(c.Include), Target: target(c),
		})
	}
	return err == nil && unit != nil
}

// tally counts changes by kind.
type tally struct {
	mu            sync.Mutex
	tried, caught map[string]int
	sites         map[string]int // of changes that do not matter, which come many at once
}

func (c *tally) add(m mutation, caught bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tried == nil {
		c.tried, c.caught, c.sites = map[string]int{}, map[string]int{}, map[string]int{}
	}
	if !m.matters {
		c.sites[m.op] += m.sites
		if caught {
			c.caught[m.op]++
		}
		return
	}
	c.tried[m.op]++
	if caught {
		c.caught[m.op]++
	}
}

// report prints the counts.
func (c *tally) report(t *testing.T) {
	t.Helper()
	tried, caught, sites, alarms := 0, 0, 0, 0
	for _, op := range slices.Sorted(maps.Keys(c.tried)) {
		t.Logf("%-40s %4d changes, %4d caught", op, c.tried[op], c.caught[op])
		tried, caught = tried+c.tried[op], caught+c.caught[op]
	}
	for _, op := range slices.Sorted(maps.Keys(c.sites)) {
		t.Logf("%-40s %4d places,  %4d false alarms", op, c.sites[op], c.caught[op])
		sites, alarms = sites+c.sites[op], alarms+c.caught[op]
	}
	t.Logf("%d of %d changes that matter are caught; %d alarms for changes at %d places that do not", caught, tried, alarms, sites)
	if tried == 0 || sites == 0 {
		t.Error("nothing was tried")
	}
}
