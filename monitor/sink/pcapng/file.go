// SPDX-License-Identifier: Apache-2.0

package pcapng

import (
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/batch"
	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
)

// FileSink writes events to a recording in a file, or in one after the other: each is complete by itself.
type FileSink struct {
	rec *recfile.Recorder
	enc *Encoder
	buf []byte
}

// NewFile returns a sink that writes to a recording.
func NewFile(rec *recfile.Recorder, opts Options) *FileSink {
	return &FileSink{rec: rec, enc: NewEncoder(opts)}
}

// overhead is more than what most events take in a file beside their bytes.
const overhead = 512

// Event writes one event. It returns no error: the recording reports its own.
func (s *FileSink) Event(e *event.Event) error {
	if s.rec.Next(len(e.Raw) + overhead) {
		s.enc.Reset()
	}
	s.buf = s.enc.Append(s.buf[:0], e)
	_, err := s.rec.Write(s.buf)
	if cap(s.buf) > batch.Keep {
		s.buf = nil
	}
	return err
}

// Flush writes what was gathered.
func (s *FileSink) Flush() error {
	s.rec.Flush()
	return nil
}

// Close writes what was gathered and closes the file. It returns the error that ended the recording, which was reported.
func (s *FileSink) Close() error { return s.rec.Close() }

// Reopen has the recording go on in a new file if its file was given another name. It may be called by any goroutine.
func (s *FileSink) Reopen() { s.rec.Reopen() }
