// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"errors"
	"io"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
)

// Recorder writes a recording to a file, or to one after the other: see recfile. Sink returns the sink that does it. A
// Recorder is for one goroutine at a time.
type Recorder struct{ *recfile.Recorder }

// Create begins a recording in the file at path. failed, if not nil, is called at most once, with an error that names the file and says
// how much of the recording it keeps.
func Create(path string, opts recfile.Options, failed func(error)) (*Recorder, error) {
	rec, err := recfile.Create(path, whole, opts, failed)
	if err != nil {
		return nil, err
	}
	return &Recorder{rec}, nil
}

// errNoRecording tells that a file cannot be continued.
var errNoRecording = errors.New("it is not a recording")

// whole returns how many bytes at the start of a recording are whole messages.
func whole(r io.Reader) (int64, error) {
	reader, size := payload.NewReader(r), int64(0)
	for pl := new(payload.Payload); ; size = reader.Offset() {
		var cut *payload.TruncatedError
		switch err := reader.Next(pl); {
		case err == nil:
		case size == 0 && (errors.Is(err, io.EOF) || errors.As(err, &cut)):
			return 0, errNoRecording
		case errors.Is(err, io.EOF) || errors.As(err, &cut):
			return size, nil
		default:
			return 0, err
		}
	}
}

// Sink returns a sink that writes each event to the recording, with its time. It returns no error: failed is called with it.
func (r *Recorder) Sink() sink.Sink { return &recorderSink{rec: r} }

// recorderSink writes events to a recording.
type recorderSink struct {
	rec *Recorder
	to  *payload.Writer // of the file that is being written
	pl  payload.Payload
}

// overhead is more than what an event takes in a recording beside its bytes, the definition of its type included.
const overhead = 256

func (s *recorderSink) Event(e *event.Event) error {
	s.pl.Of(e)
	if s.rec.Next(len(e.Raw)+overhead) || s.to == nil {
		s.to = payload.NewWriter(s.rec) // each file has the definitions
	}
	return s.to.Write(&s.pl) // an error is of an event over payload.MaxSize, which no source gives
}

func (s *recorderSink) Flush() error {
	s.rec.Flush()
	return nil
}
