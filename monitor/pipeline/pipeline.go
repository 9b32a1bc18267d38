// SPDX-License-Identifier: Apache-2.0

// Package pipeline carries events from a source to its outputs.
package pipeline

import (
	"errors"
	"io"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// Pipeline says where events come from and where they go. Only Source must be set.
type Pipeline struct {
	Source source.Source
	// Decoder decodes the samples; nil where no filter and no sink looks at messages.
	Decoder event.Decoder
	// Host is the host that sent the events whose source does not say which; nil for this host.
	Host *event.Host
	// All are sinks that get every event, before Selected do.
	All []sink.Sink
	// Filter says whether a sample goes to Selected; nil for all. It is not asked about anything but samples: what
	// says that events were lost is never filtered.
	Filter func(e *event.Event) bool
	// Selected are sinks that get the losses, and the samples that Filter lets pass.
	Selected []sink.Sink
	// Unknown, if not nil, is called with an event that is neither a sample nor a loss; no sink of Selected gets it.
	Unknown func(e *event.Event)
}

// Stats says what became of the events: Events = Selected + Filtered + Losses + Unknown.
type Stats struct {
	Events   uint64 // events that the source gave
	Selected uint64 // samples that passed the filter
	Filtered uint64 // samples that did not
	Losses   uint64 // events that say how many were lost
	Unknown  uint64 // events that are neither
	Lost     uint64 // how many were lost, by all losses together
}

// Run carries events until the source ends or a sink fails, and flushes the sinks. It returns nil at the end of a source
// that has one (io.EOF), else the error of a sink, or that of the source.
//
// Nothing waits in a sink while the source waits: before that, all sinks are flushed.
func (p *Pipeline) Run() (Stats, error) {
	r := run{Pipeline: p}
	err := r.events()
	return r.stats, err
}

// run is a Pipeline that runs.
type run struct {
	*Pipeline
	stats Stats
	clean bool // the sinks were flushed since the last event
}

func (r *run) events() error {
	for e := new(event.Event); ; {
		if !r.Source.Ready() {
			if err := r.flush(); err != nil {
				return err
			}
		}
		if err := r.Source.Next(e); err != nil {
			return r.end(err)
		}
		if err := r.pass(e); err != nil {
			return errors.Join(err, r.flush())
		}
	}
}

// end flushes the sinks after the source ended.
func (r *run) end(err error) error {
	if failed := r.flush(); failed != nil {
		return failed
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// pass gives one event to the sinks.
func (r *run) pass(e *event.Event) error {
	r.stats.Events++
	r.clean = false
	if e.Host == nil {
		e.Host = r.Host
	}
	if r.Decoder != nil {
		r.Decoder.Decode(e)
	}
	for _, s := range r.All {
		if err := s.Event(e); err != nil {
			return err
		}
	}
	if !r.selects(e) {
		return nil
	}
	for _, s := range r.Selected {
		if err := s.Event(e); err != nil {
			return err
		}
	}
	return nil
}

// selects counts an event and reports whether it goes to Selected.
func (r *run) selects(e *event.Event) bool {
	switch e.Kind {
	case event.Lost:
		r.stats.Losses++
		r.stats.Lost += e.Lost
		return true
	case event.Sample:
		if r.Filter != nil && !r.Filter(e) {
			r.stats.Filtered++
			return false
		}
		r.stats.Selected++
		return true
	}
	r.stats.Unknown++
	if r.Unknown != nil {
		r.Unknown(e)
	}
	return false
}

// flush flushes all sinks that have been given events since, whatever the others say; what somebody may be looking at first.
func (r *run) flush() error {
	if r.clean {
		return nil
	}
	r.clean = true
	var errs []error
	for _, sinks := range [...][]sink.Sink{r.Selected, r.All} {
		for _, s := range sinks {
			if err := s.Flush(); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}
