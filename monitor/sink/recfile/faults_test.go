// SPDX-License-Identifier: Apache-2.0

package recfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The recordings of these tests have a line as head, and messages that are numbered lines.
const head = "== head\n"

func message(n int) []byte { return fmt.Appendf(nil, "%06d\n", n) }

func whole(r io.Reader) (int64, error) {
	b, err := io.ReadAll(r)
	if err == nil && !bytes.HasPrefix(b, []byte(head)) {
		err = errors.New("it is not a recording")
	}
	return int64(bytes.LastIndexByte(b, '\n') + 1), err
}

// record writes a message as a sink does.
func record(r *Recorder, message []byte) {
	size := len(message)
	if r.fresh {
		size += len(head)
	}
	if r.Next(size) {
		message = append([]byte(head), message...)
	}
	_, _ = r.Write(message)
}

// faulty is the system with faults: step is called before each thing that is done, and fails it.
type faulty struct {
	osSystem
	step func(what string) error
}

func (s *faulty) wrap(f file, err error) (file, error) {
	if err != nil {
		return nil, err
	}
	return &faultyFile{f.(*os.File), s}, nil
}

func (s *faulty) create(path string) (file, error) {
	if err := s.step("create"); err != nil {
		return nil, err
	}
	return s.wrap(s.osSystem.create(path))
}

func (s *faulty) createTemp(path string) (file, error) {
	if err := s.step("createTemp"); err != nil {
		return nil, err
	}
	return s.wrap(s.osSystem.createTemp(path))
}

func (s *faulty) open(path string) (file, error) {
	if err := s.step("open"); err != nil {
		return nil, err
	}
	return s.wrap(s.osSystem.open(path))
}

func (s *faulty) lock(f file) error { return s.osSystem.lock(f.(*faultyFile).File) }

func (s *faulty) lstat(path string) (os.FileInfo, error) {
	if err := s.step("lstat"); err != nil {
		return nil, err
	}
	return s.osSystem.lstat(path)
}

func (s *faulty) rename(from, to string) error {
	return errors.Join(s.step("rename"), s.osSystem.rename(from, to))
}

func (s *faulty) remove(path string) error {
	return errors.Join(s.step("remove"), s.osSystem.remove(path))
}

func (s *faulty) names(dir string) ([]string, error) {
	if err := s.step("names"); err != nil {
		return nil, err
	}
	return s.osSystem.names(dir)
}

type faultyFile struct {
	*os.File
	system *faulty
}

// Write writes only half where it fails, as a disk does that gets full.
func (f *faultyFile) Write(b []byte) (int, error) {
	if err := f.system.step("write"); err != nil {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, err
	}
	return f.File.Write(b)
}

func (f *faultyFile) Read(b []byte) (int, error) {
	if err := f.system.step("read"); err != nil {
		return 0, err
	}
	return f.File.Read(b[:min(len(b), 5)]) // short reads
}

func (f *faultyFile) Truncate(size int64) error {
	return errors.Join(f.system.step("truncate"), f.File.Truncate(size))
}

func (f *faultyFile) Chmod(mode os.FileMode) error {
	return errors.Join(f.system.step("chmod"), f.File.Chmod(mode))
}

func (f *faultyFile) Close() error { return errors.Join(f.File.Close(), f.system.step("close")) }

// recorded reads the files of a recording, checks that each holds whole messages behind its head, in order and without a
// gap, and returns the numbers of the first and the last, or zeros.
func recorded(t *testing.T, dir string) (first, last int) {
	t.Helper()
	r := &Recorder{fs: osSystem{}, path: filepath.Join(dir, "r.log")}
	numbers, err := r.numbers()
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, path := range append(numberedAll(r, numbers), r.path) {
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if len(b) > 0 && !bytes.HasPrefix(b, []byte(head)) {
			t.Fatalf("%s has no head: %q", path, b)
		}
		all = append(all, b...)
	}
	for line := range strings.Lines(string(all)) {
		if line == head {
			continue
		}
		var n int
		if _, err := fmt.Sscanf(line, "%06d\n", &n); err != nil || line != string(message(n)) || first > 0 && n != last+1 {
			t.Fatalf("line %q after message %d", line, last)
		}
		if first == 0 {
			first = n
		}
		last = n
	}
	return first, last
}

func numberedAll(r *Recorder, numbers []int) (paths []string) {
	for _, n := range numbers {
		paths = append(paths, r.numbered(n))
	}
	return paths
}

// workload is a run that is disturbed.
type workload struct {
	name string
	opts Options
	old  string // what the file holds before, if anything
}

var workloads = []workload{
	{"new", Options{}, ""},
	{"replace", Options{Mode: Replace}, "of another\n"},
	{"append", Options{Mode: Append}, head + "000001\n000002\n0000"},
	{"rotate", Options{RotateSize: 40, Keep: 3}, ""},
	{"rotate and set aside", Options{RotateSize: 40, Keep: 3}, head + "000001\n000002\n"},
	{"append and rotate", Options{Mode: Append, RotateSize: 40}, head + "000001\n000002\n00000"},
	{"rotate by time", Options{RotateAfter: 3 * time.Second}, ""},
}

// neighbour is a file that no recording may touch.
const neighbour = "r.000003.log.txt"

// run records twelve messages, flushes after every second, and returns how many were flushed, and what was reported.
func (w *workload) run(t *testing.T, dir string, system *faulty, flushed *int) (failures []error, err error) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, neighbour), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	next := 1
	if w.old != "" {
		if err := os.WriteFile(filepath.Join(dir, "r.log"), []byte(w.old), 0o644); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(w.old, head) {
			next = 3
		}
	}
	opts := w.opts
	now := time.Unix(0, 0)
	opts.Now = func() time.Time { now = now.Add(time.Second); return now }
	r, err := create(system, filepath.Join(dir, "r.log"), whole, opts, func(err error) { failures = append(failures, err) })
	if err != nil {
		return failures, err
	}
	for n := range 12 {
		record(r, message(next+n))
		if n%2 == 1 {
			r.Flush()
			if r.err == nil {
				*flushed = next + n
			}
		}
	}
	return failures, r.Close()
}

// TestFailsAtEachStep lets each thing that is done fail, with each of these errors: it is reported once, every file that
// stays is whole, and no file is touched that is not of the recording.
func TestFailsAtEachStep(t *testing.T) {
	for _, w := range workloads {
		for _, fault := range []error{syscall.ENOSPC, syscall.EIO, syscall.EMFILE, syscall.EINTR, syscall.EROFS} {
			for n, more := 0, true; more; n++ {
				dir, at, what, flushed := t.TempDir(), n, "", 0
				system := &faulty{step: func(op string) error {
					if at--; at == -1 {
						what = op
						return &fs.PathError{Op: op, Path: "r.log", Err: fault}
					}
					return nil
				}}
				failures, err := w.run(t, dir, system, &flushed)
				more = what != ""
				if !more && (err != nil || len(failures) > 0) {
					t.Fatalf("%s without a fault: %v, reported %v", w.name, err, failures)
				}
				if len(failures) > 1 || len(failures) == 1 && !errors.Is(err, failures[0]) {
					t.Fatalf("%s, %v at %s: %v, reported %v", w.name, fault, what, err, failures)
				}
				checkDirectory(t, dir, fmt.Sprintf("%s, %v at %s (%d)", w.name, fault, what, n), w, flushed)
			}
		}
	}
}

// checkDirectory checks what a run leaves: all that was flushed, in whole files, and the neighbour.
func checkDirectory(t *testing.T, dir, name string, w workload, flushed int) {
	t.Helper()
	if b, err := os.ReadFile(filepath.Join(dir, neighbour)); err != nil || string(b) != "precious" {
		t.Fatalf("%s: the file beside: %q, %v", name, b, err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "r.log")); err == nil && flushed == 0 && string(b) == w.old {
		return // the run had not begun
	}
	if first, last := recorded(t, dir); last < flushed || w.opts.Keep == 0 && flushed > 0 && first != 1 {
		t.Fatalf("%s: messages %d to %d, flushed %d", name, first, last, flushed)
	}
}

// TestKilledAtEachStep looks at the files before each thing that is done, which is what a process leaves that is killed
// there: whole files with all that was flushed.
func TestKilledAtEachStep(t *testing.T) {
	for _, w := range workloads {
		dir, flushed, steps := t.TempDir(), 0, 0
		system := &faulty{step: func(op string) error {
			steps++
			if flushed > 0 || w.opts.Mode != Append { // before that, the last message is not whole, as it was found
				checkDirectory(t, dir, fmt.Sprintf("%s, killed at %s", w.name, op), w, flushed)
			}
			return nil
		}}
		if failures, err := w.run(t, dir, system, &flushed); err != nil || len(failures) > 0 || steps < 8 {
			t.Errorf("%s: %v, reported %v, %d steps", w.name, err, failures, steps)
		}
	}
}

// TestFullDisk fills the disk at every byte of a recording that is flushed after every third message.
func TestFullDisk(t *testing.T) {
	const messages = 10
	for space := range len(head) + messages*len(message(0)) {
		path := filepath.Join(t.TempDir(), "r.log")
		var failures []error
		r, err := Create(path, whole, Options{}, func(err error) { failures = append(failures, err) })
		if err != nil {
			t.Fatal(err)
		}
		r.file = &fullDisk{File: r.file.(*os.File), space: space}
		for n := range messages {
			record(r, message(n+1))
			if n%3 == 2 {
				r.Flush()
			}
		}
		if err := r.Close(); !errors.Is(err, syscall.ENOSPC) || len(failures) != 1 || !errors.Is(failures[0], err) {
			t.Fatalf("%d bytes of space: reported %v, Close: %v", space, failures, err)
		}
		want := max(0, space-len(head)) / len(message(0))
		if _, last := recorded(t, filepath.Dir(path)); last != want {
			t.Fatalf("%d bytes of space: %d messages, want %d", space, last, want)
		}
	}
}

// fullDisk is a file that takes so many bytes.
type fullDisk struct {
	*os.File
	space int
}

func (f *fullDisk) Write(p []byte) (int, error) {
	n, err := f.File.Write(p[:min(len(p), f.space)])
	f.space -= n
	if err == nil && n < len(p) {
		err = syscall.ENOSPC
	}
	return n, err
}

func TestErrorTexts(t *testing.T) {
	dir, failures := t.TempDir(), []string(nil)
	for _, fails := range []string{"write truncate", "close"} {
		system := &faulty{step: func(op string) error {
			if strings.Contains(fails, op) {
				return errors.New("cannot " + op)
			}
			return nil
		}}
		r, err := create(system, filepath.Join(dir, fails), whole, Options{}, func(err error) { failures = append(failures, err.Error()) })
		if err != nil {
			t.Fatal(err)
		}
		record(r, message(1))
		_ = r.Close()
	}
	want := []string{
		"recording ended, " + filepath.Join(dir, "write truncate") + " keeps 0 bytes: cannot write (and cannot truncate)",
		"recording ended, " + filepath.Join(dir, "close") + " keeps 15 bytes: cannot close",
	}
	if !slices.Equal(want, failures) {
		t.Errorf("got %q", failures)
	}
}
