// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/lockstep-bpf/lockstep/gen/internal/emit"
)

// Written says what Write did.
type Written struct {
	Wrote     []string // files that were not there or were different
	Unchanged []string
	Removed   []string // files that were left over
}

// Write puts the files on disk and removes those that are left over. A file that is as it should be is
// not touched. Each one is written beside its place and then moved there, so that no reader ever meets
// half a file; all are written before the first is moved.
func (r *Result) Write() (*Written, error) {
	w := &Written{}
	staged, err := r.stage(w)
	defer func() {
		for _, s := range staged {
			_ = os.Remove(s.temp) // it is gone already where it was moved
		}
	}()
	if err != nil {
		return nil, err
	}
	for _, s := range staged {
		if err := os.Rename(s.temp, s.path); err != nil {
			return nil, err
		}
		w.Wrote = append(w.Wrote, s.path)
	}
	for _, name := range r.LeftOver {
		if err := os.Remove(name); err != nil {
			return nil, err
		}
		w.Removed = append(w.Removed, name)
	}
	return w, nil
}

// stage writes the files that are not as they should be beside their places. It returns what it has
// written also where it fails.
func (r *Result) stage(w *Written) (staged []stagedFile, err error) {
	for _, f := range r.Files {
		same, err := isOnDisk(f)
		if err != nil {
			return staged, err
		}
		if same {
			w.Unchanged = append(w.Unchanged, f.Path)
			continue
		}
		s, err := stage(f)
		if err != nil {
			return staged, err
		}
		staged = append(staged, s)
	}
	return staged, nil
}

// isOnDisk tells whether the file is there with the same contents, line ends apart.
func isOnDisk(f File) (bool, error) {
	data, err := readText(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return bytes.Equal(data, f.Data), err
}

// readText reads a file with "\n" for "\r\n": a checkout on another system may have converted it.
func readText(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), err
}

// stagedFile is a complete file that is not yet in its place.
type stagedFile struct {
	temp, path string
}

func stage(f File) (s stagedFile, err error) {
	dir := filepath.Dir(f.Path)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return s, err
	}
	temp, err := os.CreateTemp(dir, "."+filepath.Base(f.Path)+".*")
	if err != nil {
		return s, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}()
	_, err = temp.Write(f.Data)
	if err := errors.Join(err, temp.Close()); err != nil {
		return s, fmt.Errorf("%s: %w", f.Path, err)
	}
	if err := os.Chmod(temp.Name(), 0o644); err != nil {
		return s, err
	}
	return stagedFile{temp.Name(), f.Path}, nil
}

// Compare returns how the disk differs from the result, as unified diffs from what is there to what
// should be: nil where nothing differs. A missing file is empty on the left, one left over is empty on
// the right. Line ends do not count.
func (r *Result) Compare() ([]byte, error) {
	var out []byte
	for _, f := range r.Files {
		have, err := readText(f.Path)
		old := f.Path
		if errors.Is(err, fs.ErrNotExist) {
			old, err = os.DevNull, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, diff.Diff(slash(old), have, slash(f.Path), f.Data)...)
	}
	for _, name := range r.LeftOver {
		have, err := readText(name)
		if err != nil {
			return nil, err
		}
		out = append(out, diff.Diff(slash(name), have, "/dev/null", nil)...)
	}
	return out, nil
}

// slash names a file in a diff, which looks the same on every system.
func slash(name string) string {
	if name == os.DevNull {
		return "/dev/null"
	}
	return filepath.ToSlash(name)
}

// leftOver returns the Go files below the configuration's folder whose first line says that this
// configuration generated them, and that are not among its files.
func leftOver(configPath string, files []File) ([]string, error) {
	var found []string
	err := walk(filepath.Dir(configPath), func(name string) error {
		if filepath.Ext(name) != ".go" || slices.ContainsFunc(files, func(f File) bool { return f.Path == name }) {
			return nil
		}
		from, err := generatedFrom(name)
		if err == nil && from != "" && filepath.Clean(from) == filepath.Clean(configPath) {
			found = append(found, name)
		}
		return err
	})
	return found, err
}

// generatedFrom returns the path of the configuration that a file's first line names, or "".
func generatedFrom(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	line, err := bufio.NewReaderSize(f, 1024).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	from, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), emit.Marker)
	if !ok {
		return "", nil
	}
	from, ok = strings.CutSuffix(from, emit.MarkerEnd)
	if !ok {
		return "", nil
	}
	return filepath.Join(filepath.Dir(name), filepath.FromSlash(from)), nil
}
