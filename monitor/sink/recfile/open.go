// SPDX-License-Identifier: Apache-2.0

package recfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// system is what a Recorder does with names of files.
type system interface {
	create(path string) (file, error)     // a new one, for its owner only
	createTemp(path string) (file, error) // the same beside path, with another name
	open(path string) (file, error)       // for reading and writing; follows no link and waits for nobody
	lock(f file) error                    // errLocked where another process has it
	own(info os.FileInfo) error           // whether the user may write to it: an error says why not
	lstat(path string) (os.FileInfo, error)
	rename(from, to string) error
	remove(path string) error
	names(dir string) ([]string, error)
}

// errLocked tells that another process writes to a file.
var errLocked = errors.New("another process is recording to it")

// newFile begins a file that must not exist. With rotation, one that exists is kept as the file before.
func (r *Recorder) newFile() error {
	f, err := r.fs.create(r.path)
	if errors.Is(err, fs.ErrExist) && r.opts.rotates() {
		if err := r.setAside(); err != nil {
			return err
		}
		f, err = r.fs.create(r.path)
	}
	if err != nil {
		return err
	}
	return r.begin(f, 0)
}

// setAside makes the file that an earlier run left a file before the next.
func (r *Recorder) setAside() error {
	f, err := r.ownFile() // not one that somebody writes to, or that is no recording
	if err != nil {
		return err
	}
	_ = f.Close() // nothing was written to it
	return r.shift()
}

// replaceFile begins a file in the place of one that may exist.
func (r *Recorder) replaceFile() error {
	info, err := r.fs.lstat(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r.newFile()
	case err != nil:
		return err
	}
	if err := regular(info); err != nil {
		return r.refuse(err)
	}
	f, err := r.fs.createTemp(r.path)
	if err != nil {
		return err
	}
	if err := r.fs.rename(f.Name(), r.path); err != nil {
		_ = f.Close()
		return errors.Join(err, r.fs.remove(f.Name()))
	}
	return r.begin(f, 0)
}

// continueFile opens a file to add to what it holds, or begins one.
func (r *Recorder) continueFile() error {
	if _, err := r.fs.lstat(r.path); errors.Is(err, fs.ErrNotExist) {
		return r.newFile()
	}
	f, err := r.ownFile()
	if err != nil {
		return err
	}
	whole, err := r.cut(f)
	if err != nil {
		_ = f.Close()
		return r.refuse(err)
	}
	return r.begin(f, whole)
}

// ownFile opens the file if it is one that this user may continue, and nobody else writes to it.
func (r *Recorder) ownFile() (file, error) {
	info, err := r.fs.lstat(r.path)
	if err != nil {
		return nil, err
	}
	if err := regular(info); err != nil { // before it is opened, which may be said to others, as by a device
		return nil, r.refuse(err)
	}
	f, err := r.fs.open(r.path)
	if err != nil {
		return nil, err
	}
	info, err = f.Stat() // of what was opened
	for _, check := range []func() error{
		func() error { return err },
		func() error { return regular(info) },
		func() error { return r.fs.own(info) },
		func() error { return r.fs.lock(f) },
	} {
		if err := check(); err != nil {
			_ = f.Close()
			return nil, r.refuse(err)
		}
	}
	return f, nil
}

// refuse says of which file an error is.
func (r *Recorder) refuse(err error) error {
	return &fs.PathError{Op: "record to", Path: r.path, Err: err}
}

// regular returns an error for what is not a regular file.
func regular(info os.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("it is a directory")
	case mode&fs.ModeSymlink != 0:
		return errLink
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("it is a named pipe: a recording needs a file")
	default:
		return errors.New("it is not a regular file")
	}
}

// errLink tells that a name is that of a symbolic link.
var errLink = errors.New("it is a symbolic link: name the file itself")

// cut cuts what is not whole off the end of a recording and returns its size.
func (r *Recorder) cut(f file) (int64, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return 0, err
	}
	whole, err := r.whole(bufio.NewReaderSize(f, bufferSize))
	if err != nil {
		return 0, err
	}
	if cut := info.Size() - whole; cut > 0 {
		if err := f.Truncate(whole); err != nil {
			return 0, err
		}
		r.opts.Report(fmt.Errorf("%s: %d bytes at its end were not a whole message and are cut off", r.path, cut))
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			return 0, err
		}
	}
	_, err = f.Seek(whole, io.SeekStart)
	return whole, err
}

// begin makes f, which holds so many bytes, the file that is written to.
func (r *Recorder) begin(f file, size int64) error {
	if size == 0 { // else it is locked already
		if err := r.fs.lock(f); err != nil {
			_ = f.Close()
			return r.refuse(err)
		}
	}
	r.file, r.size, r.fresh = f, size, true
	return nil
}

// osSystem is the system itself.
type osSystem struct{}

func (osSystem) create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osSystem) createTemp(path string) (file, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osSystem) lstat(path string) (os.FileInfo, error) { return os.Lstat(path) }
func (osSystem) rename(from, to string) error           { return os.Rename(from, to) }
func (osSystem) remove(path string) error               { return os.Remove(path) }

func (osSystem) names(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close() //nolint:errcheck // it was only read
	return d.Readdirnames(-1)
}
