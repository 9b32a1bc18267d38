// SPDX-License-Identifier: Apache-2.0

// Package recfile writes recordings to files, whatever their format.
//
// A recording shows the network's traffic, so its file is for its owner only. It is always a new file, unless an own one
// is continued: no link is followed, and no other user's file, no file with a second name, no device and no pipe is
// written to. A file holds whole messages, also after the disk was full. With rotation, the disk that is used is bounded.
package recfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// bufferSize is how many bytes a Recorder keeps before it writes them out.
const bufferSize = 64 << 10

// Mode says what to do with a file that exists.
type Mode int

// The modes.
const (
	New     Mode = iota // refuse it, with an error that wraps fs.ErrExist
	Append              // continue the recording that it holds, if it is the user's own; begin one if there is none
	Replace             // put a new file in its place, if it is a regular one
)

// Options say how to keep a recording. The zero value begins a new file and never another.
type Options struct {
	Mode Mode
	// RotateSize is how large a file may get, in bytes, before the next is begun. A message that is larger gets a
	// file of its own. 0 means no limit.
	RotateSize int64
	// RotateAfter is for how long after its first message a file is written, before the next is begun with the first
	// message that comes later. 0 means no limit.
	RotateAfter time.Duration
	// Keep is how many files stay, the one that is being written among them; older ones of this recording are
	// removed when the next is begun. 0 means all.
	Keep int
	// Report, if not nil, is called with what else happened to the recording: bytes cut off a file that is continued, a file
	// that cannot be removed.
	Report func(error)
	// Now returns the time, nil for time.Now.
	Now func() time.Time
}

// rotates reports whether there may be more files than one.
func (o *Options) rotates() bool { return o.RotateSize > 0 || o.RotateAfter > 0 }

// Whole reads a recording of one format and returns how many bytes at its start are whole messages, or an error for what
// is not a recording. Append needs it.
type Whole func(r io.Reader) (int64, error)

// Recorder writes a recording to a file, or to one after the other.
//
// A failure to write, of a full disk say, ends the recording and not the events: the file keeps the messages that are
// whole, the failure is reported once, and later writes do nothing. The same is so if another program cuts the file; one that is
// removed is followed by a new one. Reopen may be called by any goroutine; all else is
// for one at a time.
type Recorder struct {
	fs     system
	path   string
	whole  Whole
	opts   Options
	failed func(error)

	file   file
	begun  time.Time // when the first message of file came, or it was opened
	size   int64     // bytes of whole messages in file
	buf    []byte
	ends   []int // where in buf each message ends
	fresh  bool  // file has nothing of this recorder, nor has buf
	err    error
	closed bool // file is nil
	reopen atomic.Bool
}

// Create begins a recording in the file at path. failed, if not nil, is called at most once, with an error that names the
// file and says how many bytes of the recording it keeps.
func Create(path string, whole Whole, opts Options, failed func(error)) (*Recorder, error) {
	return create(osSystem{}, path, whole, opts, failed)
}

func create(fs system, path string, whole Whole, opts Options, failed func(error)) (*Recorder, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Report == nil {
		opts.Report = func(error) {}
	}
	if failed == nil {
		failed = func(error) {}
	}
	r := &Recorder{fs: fs, path: path, whole: whole, opts: opts, failed: failed}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r, nil
}

// open opens the first file.
func (r *Recorder) open() (err error) {
	switch r.opts.Mode {
	case Append:
		err = r.continueFile()
	case Replace:
		err = r.replaceFile()
	default:
		err = r.newFile()
	}
	r.begun = r.opts.Now()
	return err
}

// Next prepares for a message of up to so many bytes: if it is time for the next file, that is begun. It is to be called
// before each Write, and reports whether the file has nothing of this recorder yet: then the message must begin with
// what begins a recording in its format.
func (r *Recorder) Next(size int) (first bool) {
	if r.err == nil && !r.closed && r.due(size) {
		r.Flush()
		r.rotate()
	}
	return r.fresh
}

// Write adds a whole message to the recording. It always takes all of b and returns no error.
func (r *Recorder) Write(b []byte) (int, error) {
	if r.err == nil && len(r.buf) > 0 && len(r.buf)+len(b) > bufferSize {
		r.Flush()
	}
	if r.err != nil || r.closed {
		return len(b), nil
	}
	if r.opts.RotateAfter > 0 && r.size == 0 && len(r.buf) == 0 {
		r.begun = r.opts.Now()
	}
	r.buf = append(r.buf, b...)
	r.ends = append(r.ends, len(r.buf))
	r.fresh = false
	return len(b), nil
}

// Flush writes what is kept to the file.
func (r *Recorder) Flush() {
	if r.err != nil || len(r.buf) == 0 {
		return
	}
	if !r.intact() {
		return
	}
	n, err := r.file.Write(r.buf)
	if err != nil {
		r.fail(n, err)
		return
	}
	r.size += int64(n)
	r.buf, r.ends = r.buf[:0], r.ends[:0]
	if cap(r.buf) > 16*bufferSize {
		r.buf = nil
	}
}

// errCut is that of a file that is shorter than what was written to it. A reader needs the beginning.
var errCut = errors.New("another program has cut the file: give it another name instead, or rotate")

// intact looks whether the file is still as it was written. One that was cut ends the recording; one that was removed is followed
// by a new one.
func (r *Recorder) intact() bool {
	info, err := r.file.Stat()
	if err != nil {
		return true // writing tells
	}
	if info.Size() < r.size {
		r.size = info.Size()
		r.end(errCut)
		return false
	}
	if isRemoved(info) && !r.reopen.Swap(true) {
		r.opts.Report(fmt.Errorf("%s was removed, with the latest events: a new file follows", r.path))
	}
	return true
}

// fail ends the recording after n of the bytes kept were written: the file is cut back to whole messages.
func (r *Recorder) fail(n int, err error) {
	whole := 0
	for _, end := range r.ends {
		if end <= n {
			whole = end
		}
	}
	r.size += int64(whole)
	if n > whole {
		if cut := r.file.Truncate(r.size); cut != nil {
			err = fmt.Errorf("%w (and %w)", err, cut)
		}
	}
	r.end(err)
}

// end reports an error, once.
func (r *Recorder) end(err error) {
	if r.err != nil {
		return
	}
	r.err = fmt.Errorf("recording ended, %s keeps %d bytes: %w", r.path, r.size, err)
	r.buf, r.ends = nil, nil
	r.failed(r.err)
}

// Close writes what is kept and closes the file. It returns the error that ended the recording, which was reported, or
// nil. Further calls return the same, and later writes do nothing.
func (r *Recorder) Close() error {
	r.Flush()
	r.closed = true
	if r.file != nil {
		if err := r.file.Close(); err != nil {
			r.end(err)
		}
		r.file = nil
	}
	return r.err
}

// Path returns the name of the file that is being written.
func (r *Recorder) Path() string { return r.path }

// file is what a Recorder needs of an os.File.
type file interface {
	io.ReadWriteCloser
	io.Seeker
	Name() string
	Stat() (os.FileInfo, error)
	Chmod(os.FileMode) error
	Truncate(size int64) error
}
