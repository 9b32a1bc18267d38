// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"errors"
	"fmt"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// record is what a reader reads: a sample, or how many were lost.
type record struct {
	data []byte // memory of the caller, used again
	cpu  int
	time int64 // CLOCK_MONOTONIC, nanoseconds; 0 if unknown
	lost uint64
}

// reader reads one kind of map.
type reader interface {
	// read waits for the next record, until the deadline: then, and after Flush, it gives what there is, and then
	// the error os.ErrDeadlineExceeded or errFlushed.
	read(rec *record) error
	// ready tells that read would not wait. False says nothing.
	ready() bool
	SetDeadline(t time.Time)
	Flush() error
	Close() error
}

// newReader returns a reader for the map's type.
func newReader(events *ebpf.Map, opts Options) (reader, error) {
	switch events.Type() {
	case ebpf.PerfEventArray:
		r, err := newPerfReader(events, opts.PerCPU)
		if err != nil {
			return nil, fmt.Errorf("read a perf event array: %w", err)
		}
		return r, nil
	case ebpf.RingBuf:
		r, err := ringbuf.NewReader(events)
		if err != nil {
			return nil, fmt.Errorf("read a ring buffer: %w", err)
		}
		return &ringbufReader{Reader: r, trail: opts.Trailer}, nil
	}
	return nil, &MapTypeError{Type: events.Type()}
}

// errFlushed tells that a reader has given all that was in the rings when it was flushed.
var errFlushed = errors.New("flushed")

// isFlushed reports whether an error is errFlushed or the library's own.
func isFlushed(err error) bool {
	return errors.Is(err, errFlushed) || errors.Is(err, ringbuf.ErrFlushed)
}

// ringbufReader reads a ring buffer.
type ringbufReader struct {
	*ringbuf.Reader
	rec   ringbuf.Record
	trail bool // records end with a trailer
}

func (r *ringbufReader) read(rec *record) error {
	r.rec.RawSample = rec.data
	err := r.ReadInto(&r.rec)
	rec.data, rec.cpu, rec.time, rec.lost = r.rec.RawSample, event.UnknownCPU, 0, 0
	r.rec.RawSample = nil
	if err != nil {
		r.rec.Remaining = 0
		return err
	}
	if r.trail {
		return rec.cutTrailer()
	}
	return nil
}

// cutTrailer takes off the trailer that a record ends with. One that is shorter has none.
func (r *record) cutTrailer() error {
	n := len(r.data) - trailerLen
	if n < 0 {
		return nil
	}
	var t trailer
	if err := t.Decode(r.data[n:]); err != nil {
		return err
	}
	r.data, r.cpu, r.time = r.data[:n], int(t.CPU), int64(t.Time)
	return nil
}

func (r *ringbufReader) ready() bool { return r.rec.Remaining > 0 }
