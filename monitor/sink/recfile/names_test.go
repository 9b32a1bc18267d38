// SPDX-License-Identifier: Apache-2.0

package recfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// listing is a system with a directory that has names of anybody's.
type listing struct {
	osSystem
	all []string
}

func (l *listing) names(string) ([]string, error) { return l.all, nil }

// FuzzNumbers reads the names in a recording's directory: the numbers are those of files of this recording, and no other
// name is taken for one.
func FuzzNumbers(f *testing.F) {
	f.Add("node.gob", "node.000001.gob\nnode.000002.gob\nnode.1.gob\nnode.000000.gob\nnode..gob\nnode.gob")
	f.Add("node", "node.000007\nnode.000007.gob\nnode.+00007\nnode.-00007\nnode.0x0007")
	f.Add(".gob", ".000003.gob\n.gob\n000003.gob")
	f.Add("a.b.gob", "a.b.2147483647.gob\na.b.2147483648.gob\na.b.99999999999999999999.gob\na.b.0000001.gob")
	f.Fuzz(func(t *testing.T, base, names string) {
		if base == "" || strings.Contains(base, "/") {
			return
		}
		l := &listing{all: strings.Split(names, "\n")}
		r := &Recorder{fs: l, path: "dir/" + base}
		numbers, err := r.numbers()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(numbers) {
			t.Errorf("%v", numbers)
		}
		for _, n := range numbers {
			if n <= 0 || !slices.Contains(l.all, filepath.Base(r.numbered(n))) {
				t.Errorf("%q in %q: number %d", base, names, n)
			}
		}
	})
}

// TestLargestNumber: a file with a number that is too large to be one that was given, whoever put it there, costs no
// recording. The file after it would take the place of the one before.
func TestLargestNumber(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.gob")
	if err := os.WriteFile(filepath.Join(dir, "r.2147483647.gob"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var failed error
	r, err := Create(path, whole, Options{RotateSize: int64(len(head)) + 7}, func(err error) { failed = err })
	if err != nil {
		t.Fatal(err)
	}
	for n := range 4 {
		record(r, message(n))
	}
	_ = r.Close()
	if failed == nil || !strings.Contains(failed.Error(), "r.2147483648.gob is there already") {
		t.Errorf("%v", failed)
	}
	for name, want := range map[string]string{"r.2147483648.gob": "000000\n", "r.gob": "000001\n"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != head+want {
			t.Errorf("%s has %q, %v", name, got, err)
		}
	}
}
