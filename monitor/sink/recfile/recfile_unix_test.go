// SPDX-License-Identifier: Apache-2.0

//go:build unix

package recfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestHostileNames has in the place of the file what may not be written to: it stays as it is, and nobody is waited for.
func TestHostileNames(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	make := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		put     func(f *fixture, precious string)
		replace string // why it is not replaced, nothing if it is
		add     string // why nothing is added to it
	}{
		"link": {
			func(f *fixture, precious string) { make(os.Symlink(precious, f.path)) },
			"it is a symbolic link: name the file itself", "it is a symbolic link: name the file itself",
		},
		"link to nothing": {
			func(f *fixture, precious string) { make(os.Symlink(precious+"2", f.path)) },
			"it is a symbolic link: name the file itself", "it is a symbolic link: name the file itself",
		},
		"hard link": {
			func(f *fixture, precious string) { make(os.Link(precious, f.path)) },
			"", "it has another name too, a hard link",
		},
		"named pipe": {
			func(f *fixture, _ string) { make(syscall.Mkfifo(f.path, 0o600)) },
			"it is a named pipe: a recording needs a file", "it is a named pipe: a recording needs a file",
		},
		"directory": {
			func(f *fixture, _ string) { make(os.Mkdir(f.path, 0o700)) },
			"it is a directory", "it is a directory",
		},
	} {
		for _, mode := range []Mode{New, Replace, Append} {
			f := newFixture(t)
			precious := filepath.Join(f.dir, "precious")
			make(os.WriteFile(precious, []byte(head+"000007\n"), 0o600))
			c.put(f, precious)
			before, err := os.Lstat(f.path)
			make(err)
			r, err := Create(f.path, whole, Options{Mode: mode}, func(err error) { t.Error(err) })
			want := map[Mode]string{New: "file exists", Replace: c.replace, Append: c.add}[mode]
			if want == "" && err == nil {
				f.record(r, 1, 1)
				f.close(r)
			} else if err == nil || !strings.HasSuffix(err.Error(), ": "+want) || !strings.Contains(err.Error(), f.path) {
				t.Errorf("%s, mode %d: %v, want %s", name, mode, err, want)
			}
			if after, err := os.Lstat(f.path); want != "" && (err != nil || !os.SameFile(before, after)) {
				t.Errorf("%s, mode %d: it is replaced", name, mode)
			}
			if b, err := os.ReadFile(precious); err != nil || string(b) != head+"000007\n" {
				t.Errorf("%s, mode %d: the other file holds %q, %v", name, mode, b, err)
			}
		}
	}
}

// TestOwnerOnly checks the mode of files, whatever the umask, and that of one that is continued.
func TestOwnerOnly(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	for _, opts := range []Options{{}, {Mode: Replace}, {Mode: Append}, {RotateSize: 20}} {
		f := newFixture(t)
		if opts.Mode != New {
			f.put("r.log", head+"000001\n")
			if err := os.Chmod(f.path, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		r := f.create(opts)
		f.record(r, 2, 3)
		f.close(r)
		entries, err := os.ReadDir(f.dir)
		if err != nil || len(entries) == 0 {
			t.Fatal(err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Mode() != 0o600 {
				t.Errorf("%+v: %s: %v, %v", opts, e.Name(), info.Mode(), err)
			}
		}
	}
}

// TestOfAnother has another user's file in the place of the recording, as root sees it.
func TestOfAnother(t *testing.T) {
	f := newFixture(t)
	f.put("r.log", head+"000001\n")
	if err := os.Chown(f.path, os.Geteuid()+1, -1); err != nil {
		t.Skip("only root gives files away")
	}
	for _, opts := range []Options{{Mode: Append}, {RotateSize: 1000}} {
		if _, err := Create(f.path, whole, opts, nil); err == nil || err.Error() != "record to "+f.path+": it belongs to another user" {
			t.Errorf("%+v: %v", opts, err)
		}
	}
	r := f.create(Options{Mode: Replace})
	f.close(r)
	if info, err := os.Lstat(f.path); err != nil || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		t.Errorf("%v, %v", info, err)
	}
}

// TestTwoRecorders checks that of two that add to one file the second is refused until the first ends.
func TestTwoRecorders(t *testing.T) {
	f := newFixture(t)
	r := f.create(Options{})
	f.record(r, 1, 2)
	r.Flush()
	for _, opts := range []Options{{Mode: Append}, {RotateSize: 1000}} {
		if _, err := Create(f.path, whole, opts, nil); err == nil || err.Error() != "record to "+f.path+": another process is recording to it" {
			t.Errorf("%+v: %v", opts, err)
		}
	}
	f.record(r, 3, 4)
	f.close(r)
	r = f.create(Options{Mode: Append})
	f.record(r, 5, 6)
	f.close(r)
	f.want("r.log 1-6")
}

// TestOldFileIsLink checks that an old file which became something else is left alone, and that is reported.
func TestOldFileIsLink(t *testing.T) {
	f := newFixture(t)
	f.put("precious", "a letter")
	if err := os.Symlink("precious", filepath.Join(f.dir, "r.000001.log")); err != nil {
		t.Fatal(err)
	}
	r := f.create(Options{RotateSize: 20, Keep: 1})
	f.record(r, 1, 3)
	f.close(r)
	want := "cannot remove the old recording DIR/r.000001.log: it is a symbolic link: name the file itself"
	if len(f.reports) == 0 || f.reports[0] != want {
		t.Errorf("reported %q", f.reports)
	}
	if info, err := os.Lstat(filepath.Join(f.dir, "r.000001.log")); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("%v, %v", info, err)
	}
}

// TestRemoved removes the file while it is recorded to: a new one follows.
func TestRemoved(t *testing.T) {
	for name, opts := range map[string]Options{"one": {}, "rotating": {RotateSize: 1000}} {
		f := newFixture(t)
		r := f.create(opts)
		f.record(r, 1, 2)
		r.Flush()
		if err := os.Remove(f.path); err != nil {
			t.Fatal(err)
		}
		f.record(r, 3, 4)
		r.Flush() // here it is noticed
		f.record(r, 5, 6)
		r.Flush()
		f.record(r, 7, 8)
		f.close(r)
		f.want("r.log 5-8")
		if want := []string{"DIR/r.log was removed, with the latest events: a new file follows"}; !slices.Equal(f.reports, want) {
			t.Errorf("%s: reported %q", name, f.reports)
		}
	}
}

// TestCut cuts the file while it is recorded to, as "> file" does: what follows would be a hole and what nobody can read.
func TestCut(t *testing.T) {
	f := newFixture(t)
	var failures []error
	r, err := Create(f.path, whole, Options{}, func(err error) { failures = append(failures, err) })
	if err != nil {
		t.Fatal(err)
	}
	f.record(r, 1, 2)
	r.Flush()
	if err := os.Truncate(f.path, int64(len(head)+len(message(1)))); err != nil {
		t.Fatal(err)
	}
	f.record(r, 3, 4)
	r.Flush()
	f.record(r, 5, 6)
	if err := r.Close(); !errors.Is(err, errCut) || len(failures) != 1 || !strings.Contains(err.Error(), "r.log keeps 15 bytes: ") {
		t.Errorf("%v, reported %v", err, failures)
	}
	f.want("r.log 1-1")
}
