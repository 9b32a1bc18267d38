// SPDX-License-Identifier: Apache-2.0

// Package recording reads and writes recordings. A recording is the stream of a monitor agent's 1.2 session
// as it is, or of several sessions one after the other; or a pcapng file with events, which is recognized by its first
// bytes.
package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// Source is the events of a recording, a source.Source.
type Source struct {
	reader reader
	any    *anyReader // the reader, until the format is known
	name   string
	ctx    context.Context
	cancel context.CancelCauseFunc
	file   io.Closer // nil where the reading goroutine has it
}

var _ source.Source = (*Source)(nil)

// Open opens the recording at path, a file or a named pipe. The source ends when ctx is cancelled.
func Open(ctx context.Context, path string) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("is a directory")}
	}
	if !info.Mode().IsRegular() {
		// Opening it may block, until somebody writes, and so may reading.
		return newPumped(ctx, path, func() (io.ReadCloser, error) { return os.Open(path) }), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := newSource(ctx, path)
	s.read(&checkedReader{s.ctx, f})
	s.file = f
	return s, nil
}

// New returns a source that reads the recording in r, named name in errors. The source ends when ctx is
// cancelled, even while r waits: r is read by a goroutine of the source, which ends with the first Read that
// returns after that. r is not closed.
func New(ctx context.Context, name string, r io.Reader) *Source {
	return newPumped(ctx, name, func() (io.ReadCloser, error) { return io.NopCloser(r), nil })
}

func newPumped(ctx context.Context, name string, open func() (io.ReadCloser, error)) *Source {
	s := newSource(ctx, name)
	s.read(startPump(s.ctx, open))
	return s
}

func newSource(ctx context.Context, name string) *Source {
	s := &Source{name: name}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	return s
}

// read makes r what the source reads.
func (s *Source) read(r io.Reader) {
	s.any = &anyReader{r: r}
	s.reader = s.any
}

// ErrEmpty reports that a recording has no byte: it was never begun, or its contents are lost.
var ErrEmpty = errors.New("the recording is empty: it ends at byte 0")

// Next reads the next event. Where the recording breaks off or is corrupt it returns an error that wraps a
// *payload.TruncatedError or *payload.CorruptError, with the byte offset; every event before that was read. For an
// empty recording it returns an error that wraps ErrEmpty.
func (s *Source) Next(e *event.Event) error {
	err := s.reader.Next(e)
	if s.any != nil && s.any.reader != nil {
		s.reader, s.any = s.any.reader, nil // from now on without the detour
	}
	if err != nil {
		return s.end(err)
	}
	return nil
}

// Ready reports whether an event is here, or the end.
func (s *Source) Ready() bool { return s.reader.Ready() }

// Offset returns how many bytes of the recording the events so far took.
func (s *Source) Offset() int64 { return s.reader.Offset() }

// end returns what is to be said of an error of the reader.
func (s *Source) end(err error) error {
	var path *fs.PathError
	var corrupt *payload.CorruptError
	var truncated *payload.TruncatedError
	switch {
	case errors.Is(err, io.EOF) && s.reader.Offset() == 0:
		return fmt.Errorf("%s: %w", s.name, ErrEmpty)
	case errors.Is(err, io.EOF):
		return err
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case errors.As(err, &path):
		return err // names the file
	case errors.As(err, &corrupt) && corrupt.Offset == 0:
		return fmt.Errorf("%s: not a recording: %w", s.name, err)
	case errors.As(err, &truncated) && truncated.Start == 0:
		return fmt.Errorf("%s: not a recording, or one without a whole message: %w", s.name, err)
	default:
		return fmt.Errorf("%s: %w", s.name, err)
	}
}

// Close ends the source and closes its file.
func (s *Source) Close() error {
	s.cancel(os.ErrClosed)
	if s.file == nil {
		return nil
	}
	if err := s.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// checkedReader reads a file, where no read waits for long, until its context ends.
type checkedReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *checkedReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
