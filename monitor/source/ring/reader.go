// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"errors"
	"fmt"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
	"github.com/cilium/ebpf/ringbuf"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// reader reads one kind of map.
type reader interface {
	// read sets e's CPU and Raw to the next sample, into the memory of Raw, or returns how many samples were
	// lost on that CPU.
	read(e *event.Event) (lost uint64, err error)
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
		r, err := perf.NewReaderWithOptions(events, opts.PerCPU, perf.ReaderOptions{Watermark: opts.PerCPU / 8})
		if err != nil {
			return nil, fmt.Errorf("read a perf event array: %w", err)
		}
		return &perfReader{Reader: r}, nil
	case ebpf.RingBuf:
		r, err := ringbuf.NewReader(events)
		if err != nil {
			return nil, fmt.Errorf("read a ring buffer: %w", err)
		}
		return &ringbufReader{Reader: r}, nil
	}
	return nil, &MapTypeError{Type: events.Type()}
}

// isFlushed tells that a reader has given all that was in the rings when it was flushed.
func isFlushed(err error) bool {
	return errors.Is(err, perf.ErrFlushed) || errors.Is(err, ringbuf.ErrFlushed)
}

// perfReader reads a perf event array.
type perfReader struct {
	*perf.Reader
	rec perf.Record
}

func (r *perfReader) read(e *event.Event) (uint64, error) {
	r.rec.RawSample = e.Raw
	err := r.ReadInto(&r.rec)
	e.CPU, e.Raw = r.rec.CPU, r.rec.RawSample
	r.rec.RawSample = nil
	if err != nil {
		r.rec.Remaining = 0
		return 0, err
	}
	return r.rec.LostSamples, nil
}

func (r *perfReader) ready() bool { return r.rec.Remaining > 0 }

// ringbufReader reads a ring buffer.
type ringbufReader struct {
	*ringbuf.Reader
	rec ringbuf.Record
}

func (r *ringbufReader) read(e *event.Event) (uint64, error) {
	r.rec.RawSample = e.Raw
	err := r.ReadInto(&r.rec)
	e.CPU, e.Raw = -1, r.rec.RawSample
	r.rec.RawSample = nil
	if err != nil {
		r.rec.Remaining = 0
		return 0, err
	}
	return 0, nil
}

func (r *ringbufReader) ready() bool { return r.rec.Remaining > 0 }
