// SPDX-License-Identifier: Apache-2.0

package hubble

import (
	"io"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// writeSize is how many bytes of output are gathered before they are written.
const writeSize = 64 << 10

// Sink writes records as lines of JSON. Lines are written whole.
type Sink struct {
	mapper   Mapper
	w        io.Writer
	buf, rec []byte
}

// NewSink returns a sink that writes to w. node is the name of the host of events whose source does not say it.
func NewSink(w io.Writer, node string, interfaces event.InterfaceNames) *Sink {
	return &Sink{mapper: Mapper{Node: node, Interfaces: interfaces}, w: w}
}

// Event writes the line of an event, if it has one. The errors are those of the writer.
func (s *Sink) Event(e *event.Event) error {
	s.buf, s.rec = s.mapper.Record(e).AppendJSON(s.buf, s.rec)
	if len(s.buf) >= writeSize {
		return s.Flush()
	}
	return nil
}

// Flush writes what was gathered.
func (s *Sink) Flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	if cap(s.buf) > 16*writeSize {
		s.buf = nil
	}
	return err
}
