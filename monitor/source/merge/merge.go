// SPDX-License-Identifier: Apache-2.0

// Package merge makes one source of several: the events of all, in the order of their times.
package merge

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// DefaultHold is how long an event waits for older ones of the other sources. A reader of the kernel's rings looks at them
// at least every 20 ms.
const DefaultHold = 50 * time.Millisecond

// depth is how many events of a source wait at the most.
const depth = 4096

// passedMost is how many events of other sources a source's oldest event lets pass, more than wait in any ring. Its time is
// then no order: the clock was set back, and those that come after that seem to be older for as long as it was set back by.
const passedMost = 1 << 18

// Options say how to merge. The zero value is ready to use.
type Options struct {
	// Hold is how long an event waits for older ones of the other sources; 0 for DefaultHold. An event that comes later
	// than that is given as soon as it is there: it is out of order, not lost.
	Hold time.Duration
}

// Source is the events of several sources, a source.Source. It reads each in a goroutine of its own, and ends once all
// have ended, or with the error of the first that fails.
type Source struct {
	hold   time.Duration
	inputs []*input
	done   chan struct{} // closed by Close
	news   chan struct{} // something has come since Next looked
	close  sync.Once
	work   sync.WaitGroup
	timer  *time.Timer

	// Of the goroutine that calls Next.
	err error // what ended the source, or will once everything that was read is given
}

var _ source.Source = (*Source)(nil)

// input is one of the sources, and its events that wait.
type input struct {
	source.Source
	free chan *event.Event
	full chan item
	last int64 // the time of its newest event: that of a loss

	head   item // the oldest that waits
	has    bool // there is one
	passed int  // how many events of others were given since one of this source was the oldest of all
	ended  bool
}

// item is an event that waits, or why the source has ended.
type item struct {
	event *event.Event
	order int64     // its time, or, where it has none, that of the one before
	came  time.Time // when it was read
	err   error
}

// New reads the sources until Close, which closes them too.
func New(opts Options, sources ...source.Source) *Source {
	s := &Source{hold: opts.Hold, done: make(chan struct{}), news: make(chan struct{}, 1), timer: time.NewTimer(0)}
	if s.hold == 0 {
		s.hold = DefaultHold
	}
	if len(sources) == 0 {
		s.err = io.EOF
	}
	for _, src := range sources {
		in := &input{Source: src, free: make(chan *event.Event, depth), full: make(chan item, depth+1)}
		for range depth {
			in.free <- new(event.Event)
		}
		s.inputs = append(s.inputs, in)
		s.work.Go(func() { s.read(in) })
	}
	return s
}

// read reads a source to its end. It is the only one that writes to full, which has room for all events and an error.
func (s *Source) read(in *input) {
	for {
		var it item
		select {
		case it.event = <-in.free:
		case <-s.done:
			return
		}
		it.err = in.Next(it.event)
		it.came = time.Now()
		if it.event.Time != 0 {
			in.last = it.event.Time
		}
		it.order = in.last
		in.full <- it
		select {
		case s.news <- struct{}{}:
		default:
		}
		if it.err != nil {
			return
		}
	}
}

// Next waits for the next event; see source.Source.
func (s *Source) Next(e *event.Event) error {
	e.Reset()
	for {
		select {
		case <-s.done:
			return os.ErrClosed
		default:
		}
		in, wait := s.next()
		if in != nil {
			s.pass(in)
			s.give(in, e)
			return nil
		}
		if wait < 0 {
			return s.err
		}
		s.await(wait)
	}
}

// await waits until something comes, or for a time if that is not 0.
func (s *Source) await(wait time.Duration) {
	var late <-chan time.Time
	if wait > 0 {
		s.timer.Reset(wait)
		late = s.timer.C
	}
	select {
	case <-s.news:
	case <-late:
	case <-s.done:
	}
}

// next returns the source whose event is the next, or for how long to wait for another: 0 for as long as nothing comes,
// less than 0 if all have ended.
func (s *Source) next() (next *input, wait time.Duration) {
	running, quiet, full := false, false, false
	for _, in := range s.inputs {
		s.look(in)
		switch {
		case in.has:
			full = full || len(in.free) == 0
			if next == nil || in.before(next) {
				next = in
			}
		case !in.ended:
			quiet = true
		}
		running = running || !in.ended
	}
	switch {
	case next == nil && running:
		return nil, 0
	case next == nil:
		return nil, -1
	case !quiet || full:
		return next, 0
	}
	if wait = s.hold - time.Since(next.head.came); wait <= 0 {
		return next, 0
	}
	return nil, wait
}

// before reports whether a source's event is to be given before that of another.
func (in *input) before(other *input) bool {
	if late, too := in.passed >= passedMost, other.passed >= passedMost; late != too {
		return late
	}
	return in.head.order < other.head.order
}

// pass counts that the events of the other sources wait while one is given.
func (s *Source) pass(given *input) {
	oldest := true
	for _, in := range s.inputs {
		if in == given || !in.has {
			continue
		}
		oldest = oldest && given.head.order <= in.head.order
		if in.head.order > given.head.order {
			in.passed++
		}
	}
	if oldest {
		given.passed = 0
	}
}

// look takes the oldest event of a source that waits, and notes its end.
func (s *Source) look(in *input) {
	if in.has || in.ended {
		return
	}
	select {
	case in.head = <-in.full:
	default:
		return
	}
	if in.has = in.head.err == nil; in.has {
		return
	}
	in.ended = true
	failed := !errors.Is(in.head.err, io.EOF)
	if failed && (s.err == nil || errors.Is(s.err, io.EOF)) {
		s.err = in.head.err
		for _, other := range s.inputs { // what they have read is given
			_ = other.Close()
		}
	}
	if s.err == nil {
		s.err = io.EOF
	}
}

// give moves the event of a source to e.
func (s *Source) give(in *input, e *event.Event) {
	from := in.head.event
	e.Kind, e.Time, e.CPU, e.Lost, e.Host = from.Kind, from.Time, from.CPU, from.Lost, from.Host
	e.Raw, from.Raw = from.Raw, e.Raw[:0]
	in.head, in.has = item{}, false
	in.free <- from // there is room: it has come from there
}

// Ready reports whether Next would return without waiting.
func (s *Source) Ready() bool {
	in, wait := s.next()
	return in != nil || wait < 0
}

// Close closes all sources, and ends this one.
func (s *Source) Close() error {
	var errs []error
	s.close.Do(func() {
		close(s.done)
		for _, in := range s.inputs {
			errs = append(errs, in.Close())
		}
	})
	s.work.Wait()
	return errors.Join(errs...)
}
