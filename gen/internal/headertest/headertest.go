// SPDX-License-Identifier: Apache-2.0

// Package headertest runs tests over headers and goldens that lie together in txtar archives.
package headertest

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// wantDir is the directory in an archive that holds what a test wants.
const wantDir = "want/"

// Case is one archive, its files written to a directory of their own.
type Case struct {
	Name  string
	Dir   string
	files map[string]string
}

// Run runs do for every archive in testdata. The files that do returns, by name, are what the archive holds
// in its directory want; with update they replace it.
func Run(t *testing.T, update bool, do func(*testing.T, *Case) map[string][]byte) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata (%v)", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := do(t, newCase(t, name, archive))
			if update {
				rewrite(t, name, archive, got)
			}
			compare(t, archive, got)
		})
	}
}

func newCase(t *testing.T, name string, archive *txtar.Archive) *Case {
	c := &Case{Name: filepath.Base(name), files: map[string]string{}}
	for _, f := range archive.Files {
		if !strings.HasPrefix(f.Name, wantDir) {
			c.files[f.Name] = string(f.Data)
		}
	}
	c.Dir = Files(t, c.files)
	return c
}

// File returns a file of the archive, "" where it has none of that name.
func (c *Case) File(name string) string { return c.files[name] }

// Files writes files to a new directory and returns it.
func Files(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Parse parses headers of a directory, which must be without a fault.
func Parse(t testing.TB, target, dir string, headers ...string) *model.Unit {
	t.Helper()
	u, err := cparse.Parse(cparse.Options{Dir: dir, Headers: headers, Target: target})
	if err != nil {
		t.Fatalf("parse %v: %v", headers, err)
	}
	return u
}

// Text parses one header, which must be without a fault.
func Text(t testing.TB, target, header string) *model.Unit {
	t.Helper()
	return Parse(t, target, Files(t, map[string]string{"a.h": header}), "a.h")
}

func rewrite(t *testing.T, name string, archive *txtar.Archive, got map[string][]byte) {
	var kept []txtar.File
	for _, f := range archive.Files {
		if !strings.HasPrefix(f.Name, wantDir) {
			kept = append(kept, f)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(got)) {
		kept = append(kept, txtar.File{Name: wantDir + n, Data: got[n]})
	}
	archive.Files = kept
	if err := os.WriteFile(name, txtar.Format(archive), 0o666); err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, archive *txtar.Archive, got map[string][]byte) {
	for _, f := range archive.Files {
		name, ok := strings.CutPrefix(f.Name, wantDir)
		if !ok {
			continue
		}
		data, ok := got[name]
		if !ok {
			t.Errorf("%s: wanted, and not made", name)
		}
		if !bytes.Equal(f.Data, data) {
			t.Errorf("%s (-want +got; run with -update to accept):\n%s", name, cmp.Diff(string(f.Data), string(data)))
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		t.Errorf("%s: made, and not wanted (run with -update to accept):\n%s", name, got[name])
	}
}
