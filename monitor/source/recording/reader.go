// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"bytes"
	"io"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source/pcapng"
)

// reader reads a recording of one format.
type reader interface {
	Next(e *event.Event) error
	Ready() bool
	Offset() int64
}

// sessionReader reads a session.
type sessionReader struct {
	*payload.Reader
	pl payload.Payload
}

func (r *sessionReader) Next(e *event.Event) error {
	r.pl.Borrow(e)
	err := r.Reader.Next(&r.pl)
	r.pl.Lend(e)
	return err
}

// anyReader reads a recording of either format. Which it is, the first call of Next finds out.
type anyReader struct {
	r      io.Reader
	reader reader // nil before that
}

func (a *anyReader) Next(e *event.Event) error {
	if a.reader == nil {
		a.recognize()
	}
	return a.reader.Next(e)
}

// recognize reads the first bytes. What is not a pcapng file is taken for a session; an error comes again.
func (a *anyReader) recognize() {
	var begin [4]byte
	n, _ := io.ReadFull(a.r, begin[:])
	r := io.MultiReader(bytes.NewReader(begin[:n]), a.r)
	if pcapng.Is(begin[:n]) {
		a.reader = pcapng.NewReader(r)
	} else {
		a.reader = &sessionReader{Reader: payload.NewReader(r)}
	}
}

// Ready reports whether an event is here. It reads nothing, so before the first event it does not know.
func (a *anyReader) Ready() bool { return a.reader != nil && a.reader.Ready() }

func (a *anyReader) Offset() int64 {
	if a.reader == nil {
		return 0
	}
	return a.reader.Offset()
}
