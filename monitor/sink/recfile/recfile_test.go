// SPDX-License-Identifier: Apache-2.0

package recfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fixture is a directory with a recording.
type fixture struct {
	*testing.T
	dir, path string
	now       time.Time
	reports   []string
}

func newFixture(t *testing.T) *fixture {
	dir := t.TempDir()
	return &fixture{T: t, dir: dir, path: filepath.Join(dir, "r.log"), now: time.Unix(1000, 0)}
}

// create begins a recording, which must not fail.
func (f *fixture) create(opts Options) *Recorder {
	f.Helper()
	opts.Now = func() time.Time { return f.now }
	opts.Report = func(err error) { f.reports = append(f.reports, strings.ReplaceAll(err.Error(), f.dir, "DIR")) }
	r, err := Create(f.path, whole, opts, func(err error) { f.Error(err) })
	if err != nil {
		f.Fatal(err)
	}
	return r
}

// record records messages from a number to another.
func (f *fixture) record(r *Recorder, first, last int) {
	for n := first; n <= last; n++ {
		record(r, message(n))
	}
}

// close ends a recording.
func (f *fixture) close(r *Recorder) {
	f.Helper()
	if err := r.Close(); err != nil {
		f.Error(err)
	}
}

// put writes a file.
func (f *fixture) put(name, text string) {
	f.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
}

// want checks what the directory holds: names, and the messages in them as "name first-last".
func (f *fixture) want(want ...string) {
	f.Helper()
	var got []string
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(f.dir, e.Name()))
		if err != nil {
			f.Fatal(err)
		}
		text := strings.ReplaceAll(string(b), head, "")
		if lines := strings.Fields(text); len(lines) > 0 && len(lines[0]) == 6 {
			text = strings.TrimLeft(lines[0], "0") + "-" + strings.TrimLeft(lines[len(lines)-1], "0")
		}
		got = append(got, e.Name()+" "+strings.TrimSpace(text))
		if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			f.Errorf("%s: mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if !slices.Equal(got, want) {
		f.Errorf("got %q, want %q", got, want)
	}
}

// TestNew checks that a file is never written twice.
func TestNew(t *testing.T) {
	f := newFixture(t)
	r := f.create(Options{})
	f.record(r, 1, 20000) // more than is kept in memory
	f.close(r)
	f.want("r.log 1-20000")
	if _, err := Create(f.path, whole, Options{}, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that exists: %v", err)
	}
	if _, err := Create(filepath.Join(f.dir, "none", "r.log"), whole, Options{}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that does not exist: %v", err)
	}
	f.want("r.log 1-20000")
}

// TestClosed checks that what is written after Close goes nowhere, not to another file either.
func TestClosed(t *testing.T) {
	f := newFixture(t)
	r := f.create(Options{RotateSize: 1})
	f.record(r, 1, 1)
	f.close(r)
	r.Reopen()
	f.record(r, 2, 3)
	r.Flush()
	f.close(r)
	f.want("r.log 1-1")
}

// TestAppend continues a recording, also one that ends inside a message or is empty, and begins one.
func TestAppend(t *testing.T) {
	for torn := range 7 {
		f := newFixture(t)
		f.put("r.log", head+"000001\n"+"000002\n"[:torn])
		r := f.create(Options{Mode: Append})
		f.record(r, 2, 3)
		f.close(r)
		f.want("r.log 1-3")
		if want := fmt.Sprintf("DIR%cr.log: %d bytes at its end were not a whole message and are cut off", filepath.Separator, torn); torn > 0 && !slices.Equal(f.reports, []string{want}) {
			t.Errorf("reported %q", f.reports)
		}
		b, err := os.ReadFile(f.path)
		if err != nil || strings.Count(string(b), head) != 2 {
			t.Errorf("%q, %v", b, err)
		}
	}
	for _, exists := range []bool{true, false} {
		f := newFixture(t)
		if exists {
			f.put("r.log", "")
		}
		r := f.create(Options{Mode: Append})
		f.record(r, 1, 3)
		f.close(r)
		f.want("r.log 1-3")
	}
	f := newFixture(t)
	f.put("r.log", "a letter")
	if _, err := Create(f.path, whole, Options{Mode: Append}, nil); err == nil || err.Error() != "record to "+f.path+": it is not a recording" {
		t.Errorf("what is no recording: %v", err)
	}
	f.want("r.log a letter")
}

func TestReplace(t *testing.T) {
	f := newFixture(t)
	for range 2 {
		r := f.create(Options{Mode: Replace})
		f.record(r, 1, 3)
		f.close(r)
		f.want("r.log 1-3")
	}
}

// TestRotateSize checks that no file gets larger than it may, but for a message that is larger, and that old files go.
func TestRotateSize(t *testing.T) {
	f := newFixture(t)
	f.put("r.000041.log", head+"000001\n")
	f.put("r.0042.log", "not one of them")
	f.put("r.000043.log.gz", "nor this")
	f.put("rx000044.log", "nor this")
	r := f.create(Options{RotateSize: int64(len(head) + 3*7 + 2), Keep: 3})
	f.record(r, 2, 14)
	record(r, []byte(strings.Repeat("x", 100)+"\n"))
	f.record(r, 16, 16)
	f.close(r)
	f.want("r.000043.log.gz nor this", "r.000046.log 14-14", "r.000047.log "+strings.Repeat("x", 100),
		"r.0042.log not one of them", "r.log 16-16", "rx000044.log nor this")
	if r.Path() != f.path {
		t.Error(r.Path())
	}
}

// TestRotateSetsAside checks that with rotation a file that exists is kept as the one before, and one is enough.
func TestRotateSetsAside(t *testing.T) {
	f := newFixture(t)
	f.put("r.log", head+"000001\n")
	r := f.create(Options{RotateSize: 1000})
	f.record(r, 2, 3)
	f.close(r)
	f.want("r.000001.log 1-1", "r.log 2-3")
	r = f.create(Options{RotateSize: 1000, Keep: 1})
	f.record(r, 4, 5)
	f.close(r)
	f.want("r.log 4-5")
}

// TestRotateAfter begins a file with the first message after the time, so that none is empty.
func TestRotateAfter(t *testing.T) {
	f := newFixture(t)
	r := f.create(Options{RotateAfter: time.Minute})
	f.now = f.now.Add(time.Hour) // before the first message
	f.record(r, 1, 2)
	f.now = f.now.Add(59 * time.Second)
	f.record(r, 3, 3)
	f.now = f.now.Add(time.Second)
	f.record(r, 4, 4)
	f.now = f.now.Add(time.Hour)
	f.close(r)
	f.want("r.000001.log 1-3", "r.log 4-4")
}

// TestAppendAndRotate checks that what the file holds counts for its size.
func TestAppendAndRotate(t *testing.T) {
	f := newFixture(t)
	r := f.create(Options{RotateSize: 40})
	f.record(r, 1, 3)
	f.close(r)
	r = f.create(Options{Mode: Append, RotateSize: 60})
	f.record(r, 4, 10)
	f.close(r)
	f.want("r.000001.log 1-6", "r.log 7-10")
}

// TestReopen moves the file away, as a program does that rotates logs.
func TestReopen(t *testing.T) {
	f := newFixture(t)
	r := f.create(Options{})
	f.record(r, 1, 2)
	r.Reopen() // for nothing: it is still there
	f.record(r, 3, 4)
	if err := os.Rename(f.path, filepath.Join(f.dir, "moved")); err != nil {
		t.Fatal(err)
	}
	f.record(r, 5, 6)
	r.Reopen()
	f.record(r, 7, 8)
	f.close(r)
	f.want("moved 1-6", "r.log 7-8")
	r = f.create(Options{RotateSize: 1000, Mode: Append})
	f.record(r, 9, 10)
	r.Reopen()
	f.record(r, 11, 12)
	f.close(r)
	f.want("moved 1-6", "r.000001.log 7-10", "r.log 11-12")
}

// TestReopenTaken puts another file in the place of the one that is being written: it stays, and the recording ends.
func TestReopenTaken(t *testing.T) {
	f := newFixture(t)
	var failures []error
	r, err := Create(f.path, whole, Options{}, func(err error) { failures = append(failures, err) })
	if err != nil {
		t.Fatal(err)
	}
	f.record(r, 1, 2)
	if err := os.Rename(f.path, filepath.Join(f.dir, "moved")); err != nil {
		t.Fatal(err)
	}
	f.put("r.log", "of another")
	r.Reopen()
	f.record(r, 3, 4)
	if err := r.Close(); !errors.Is(err, fs.ErrExist) || len(failures) != 1 {
		t.Errorf("%v, reported %v", err, failures)
	}
	f.want("moved 1-2", "r.log of another")
}

// TestDirectoryRemoved removes the directory while it is recorded to.
func TestDirectoryRemoved(t *testing.T) {
	f := newFixture(t)
	var failures []error
	r, err := Create(f.path, whole, Options{RotateSize: 20}, func(err error) { failures = append(failures, err) })
	if err != nil {
		t.Fatal(err)
	}
	f.record(r, 1, 1)
	if err := os.RemoveAll(f.dir); err != nil {
		t.Skip(err) // as on Windows
	}
	f.record(r, 2, 9)
	if err := r.Close(); !errors.Is(err, fs.ErrNotExist) || len(failures) != 1 {
		t.Errorf("%v, reported %v", err, failures)
	}
}
