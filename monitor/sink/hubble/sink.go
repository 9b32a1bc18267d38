// SPDX-License-Identifier: Apache-2.0

package hubble

import (
	"io"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/batch"
)

// Sink writes records as lines of JSON. Lines are written whole.
type Sink struct {
	mapper Mapper
	out    batch.Writer
	rec    []byte
}

// NewSink returns a sink that writes to w. node is the name of the host of events whose source does not say it.
func NewSink(w io.Writer, node string, interfaces event.InterfaceNames) *Sink {
	return &Sink{mapper: Mapper{Node: node, Interfaces: interfaces}, out: batch.New(w)}
}

// Event writes the line of an event, if it has one. The errors are those of the writer.
func (s *Sink) Event(e *event.Event) error {
	s.out.Bytes, s.rec = s.mapper.Record(e).AppendJSON(s.out.Bytes, s.rec)
	return s.out.FlushFull()
}

// Flush writes what was gathered.
func (s *Sink) Flush() error { return s.out.Flush() }
