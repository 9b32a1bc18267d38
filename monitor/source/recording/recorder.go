// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"fmt"
	"io"
	"os"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
)

// recorderSize is how many bytes a Recorder keeps before it writes them out.
const recorderSize = 64 << 10

// Recorder writes a recording to a file. It is made to be the Tee of a payload.Reader or payload.MetaReader:
// each Write must be of whole messages.
//
// A failure to write, of a full disk say, ends the recording and not the events: the file keeps the messages
// that are whole, the failure is told once, and later writes do nothing. A Recorder is for one goroutine at a
// time.
type Recorder struct {
	file   file
	path   string
	failed func(error)
	buf    []byte
	ends   []int // where in buf each Write ended
	size   int64 // bytes of whole messages in the file
	err    error
}

// file is what a Recorder needs of an os.File.
type file interface {
	io.WriteCloser
	Truncate(size int64) error
}

// Create creates the file at path, or empties it, for a recording. It shows the network's traffic, so a file that is
// created is for its owner only. failed is called at most once, with an error
// that names the file and says how much of the recording it keeps.
func Create(path string, failed func(error)) (*Recorder, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &Recorder{file: f, path: path, failed: failed}, nil
}

// Write adds whole messages to the recording. It always takes all of b and returns no error.
func (r *Recorder) Write(b []byte) (int, error) {
	if r.err != nil {
		return len(b), nil
	}
	if len(r.buf) > 0 && len(r.buf)+len(b) > recorderSize {
		r.Flush()
	}
	r.buf = append(r.buf, b...)
	r.ends = append(r.ends, len(r.buf))
	return len(b), nil
}

// Flush writes what is kept to the file.
func (r *Recorder) Flush() {
	if r.err != nil || len(r.buf) == 0 {
		return
	}
	n, err := r.file.Write(r.buf)
	if err != nil {
		r.fail(n, err)
		return
	}
	r.size += int64(n)
	r.buf, r.ends = r.buf[:0], r.ends[:0]
	if cap(r.buf) > 16*recorderSize {
		r.buf = nil
	}
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

// end tells of an error, once.
func (r *Recorder) end(err error) {
	if r.err != nil {
		return
	}
	r.err = fmt.Errorf("recording ended, %s keeps %d bytes: %w", r.path, r.size, err)
	r.buf, r.ends = nil, nil
	r.failed(r.err)
}

// Close writes what is kept and closes the file. It returns the error that ended the recording, which failed
// was told of, or nil.
func (r *Recorder) Close() error {
	r.Flush()
	if err := r.file.Close(); err != nil {
		r.end(err)
	}
	return r.err
}

// Sink returns a sink that writes each event to the recording, with its time. It returns no error: failed is told.
func (r *Recorder) Sink() sink.Sink { return &recorderSink{rec: r, to: payload.NewWriter(r)} }

// recorderSink writes events to a recording.
type recorderSink struct {
	rec *Recorder
	to  *payload.Writer
	pl  payload.Payload
}

func (s *recorderSink) Event(e *event.Event) error {
	s.pl.Of(e)
	return s.to.Write(&s.pl) // an error is of an event over payload.MaxSize, which no source gives
}

func (s *recorderSink) Flush() error {
	s.rec.Flush()
	return nil
}
