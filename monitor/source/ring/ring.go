// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/cilium/ebpf"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

const (
	// DefaultInterval is how long an event may wait in a ring before it is read, where the programs do not know when
	// the reader sleeps. Being woken for each event costs the sender more than all the rest.
	DefaultInterval = 20 * time.Millisecond

	// DefaultPerCPU is the size of the ring of each CPU of a perf event array, in bytes.
	DefaultPerCPU = 4 << 20

	// checkEvery is after how many events without a pause the time is looked at.
	checkEvery = 4096
)

// Options tells how to read a map. The zero value reads one that is filled by programs nothing is known of.
type Options struct {
	// PerCPU is the size of each CPU's ring of a perf event array, in bytes; zero for DefaultPerCPU. A ring buffer
	// has the size it was made with.
	PerCPU int

	// Interval is how long an event may wait in a ring; zero for DefaultInterval. After a second without events it grows
	// to 100 ms, or a second for a ring buffer. Programs that fill a ring buffer decide themselves when they wake its
	// reader, and most do so at once.
	Interval time.Duration

	// Trailer says that the records of a ring buffer end with struct ring_trailer of bpf/lib/ring.h, which tells the
	// CPU and the time. It is cut off. Without it, neither is known of a ring buffer's events. A perf event array
	// tells both by itself.
	Trailer bool

	// Reader, if not nil, is the map of struct ring_reader by which the programs that fill a ring buffer know when to
	// wake its reader: at once if it sleeps. Then Interval plays no part, and an idle ring costs nothing. The map
	// stays the caller's.
	Reader *ebpf.Map

	// Lost, if not nil, appends to counts how many events of each CPU were lost so far as the ring was full, and
	// returns the result. It makes loss exact. Without it the source knows of loss only what a perf ring tells
	// with the next event that fits, and of a ring buffer nothing.
	Lost func(counts []uint64) ([]uint64, error)

	// Clock, if not nil, converts the times of events. Sources whose events are to be put into one order share one.
	Clock *Clock
}

// MapTypeError reports that a map holds no events.
type MapTypeError struct{ Type ebpf.MapType }

// Error names the type of the map, and those that hold events.
func (e *MapTypeError) Error() string {
	return fmt.Sprintf("the map is of type %s: events come from a %s or a %s", e.Type, ebpf.PerfEventArray, ebpf.RingBuf)
}

// Source is the events of a map, a source.Source.
type Source struct {
	opts   Options
	clock  *Clock
	ctx    context.Context
	unhook func() bool
	reader reader
	bed    *bed // nil if the programs do not know when the reader sleeps: it looks at intervals
	doze   doze
	closed atomic.Bool

	// Of the goroutine that calls Next.
	rec     record
	quiet   bool // no event since await
	loss    loss
	err     error     // what ended the source
	drained bool      // there is nothing more to read, but perhaps a loss to report
	since   int       // events since the time was looked at
	next    time.Time // when to look how many events were refused
}

var _ source.Source = (*Source)(nil)

// errNoMap is what a collection that has no map of a name leads to.
var errNoMap = errors.New("read events: there is no map (nil): no map of the collection has the name")

// New reads the events of a map, a perf event array or a ring buffer; any other is a *MapTypeError. The map stays the
// caller's, and may be closed once New has returned.
//
// A perf event array has one reader: New replaces the reader before it. A ring buffer's events are divided
// between all who read it. The source ends when ctx is cancelled.
func New(ctx context.Context, events *ebpf.Map, opts Options) (*Source, error) {
	if opts.PerCPU == 0 {
		opts.PerCPU = DefaultPerCPU
	}
	if opts.Interval == 0 {
		opts.Interval = DefaultInterval
	}
	if events == nil {
		return nil, errNoMap
	}
	s := &Source{opts: opts, ctx: ctx, clock: opts.Clock, doze: doze{most: longestPerf}}
	if events.Type() == ebpf.RingBuf {
		s.doze.most = longestRing
	}
	if s.clock == nil {
		s.clock = new(Clock)
	}
	s.loss.read = opts.Lost
	var err error
	if opts.Reader != nil && events.Type() == ebpf.RingBuf {
		if s.bed, err = newBed(opts.Reader); err != nil {
			return nil, err
		}
	}
	if s.reader, err = newReader(events, opts); err != nil {
		return nil, err
	}
	s.await()
	s.unhook = context.AfterFunc(ctx, func() { _ = s.reader.Close() })
	return s, nil
}

// Next waits for the next event, which after a loss is how much of it there was; see source.Source.
func (s *Source) Next(e *event.Event) error {
	e.Reset()
	for s.err == nil {
		if s.loss.take(e) {
			return nil
		}
		if s.drained {
			s.err = io.EOF
			break
		}
		s.rec.data = e.Raw[:0]
		err := s.reader.read(&s.rec)
		e.Raw, s.rec.data = s.rec.data, nil
		switch {
		case err != nil:
			s.err = s.pause(err)
		case s.rec.lost > 0:
			s.loss.add(s.rec.cpu, s.rec.lost)
		default:
			return s.sample(e)
		}
	}
	e.Reset()
	return s.err
}

// sample completes a sample.
func (s *Source) sample(e *event.Event) error {
	e.Kind, e.CPU, e.Time = event.Sample, s.rec.cpu, s.clock.wall(s.rec.time)
	s.quiet = false
	if s.bed != nil && s.bed.rise() || s.doze.rise() {
		s.await()
	}
	s.since++
	if s.since >= checkEvery {
		s.since = 0
		if now := time.Now(); now.After(s.next) {
			s.err = s.count() // reported with the next call, which this event does not wait for
			s.next = now.Add(s.opts.Interval)
		}
	}
	return nil
}

// pause is called when the reader has no event: because a while has passed, or because it was asked to stop. It returns
// what ends the source, or nil to go on.
func (s *Source) pause(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.clock.refresh()
		s.await()
		return s.count()
	case isFlushed(err):
		s.drained = true
		return s.count()
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case errors.Is(err, os.ErrClosed):
		return os.ErrClosed
	}
	return fmt.Errorf("read events: %w", err)
}

// await sets the time until which the reader waits for events.
func (s *Source) await() {
	now := time.Now()
	s.next = now.Add(s.opts.Interval)
	if s.bed == nil {
		s.reader.SetDeadline(now.Add(s.doze.interval(s.opts.Interval)))
		return
	}
	s.reader.SetDeadline(s.bed.until(now, s.quiet, s.opts.Interval))
	s.quiet = true
}

// count looks how many events the ring has refused.
func (s *Source) count() error {
	switch err := s.loss.count(); {
	case err != nil && s.ctx.Err() != nil: // the programs may be gone with it
		return context.Cause(s.ctx)
	case err != nil:
		return fmt.Errorf("count lost events: %w", err)
	}
	return nil
}

// Ready reports whether Next would return without waiting.
func (s *Source) Ready() bool {
	return s.err != nil || s.drained || s.loss.pending() || s.reader.ready()
}

// Finish makes the source end with io.EOF once it has given all events that are in the rings, and all that was lost. Stop
// the programs first. It may be called from any goroutine.
func (s *Source) Finish() error {
	if err := s.reader.Flush(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("flush the rings: %w", err)
	}
	return nil
}

// Close ends the source. What is in the rings is not read.
func (s *Source) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.unhook()
	if err := s.reader.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("close the rings: %w", err)
	}
	return nil
}
