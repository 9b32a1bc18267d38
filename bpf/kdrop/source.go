// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"context"
	"fmt"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source"
	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
)

// Source is what a watch on the kernel reports, a source.Source.
type Source struct {
	*ring.Source
	complete *Completer
	record   []byte
}

var _ source.Source = (*Source)(nil)

// SourceOptions say how to read what a watch reports. The zero value is ready to use.
type SourceOptions struct {
	// Symbols name functions; nil for none: then functions are addresses.
	Symbols *Symbols
	// Clock, if not nil, is one that the events of other rings have their times from, too.
	Clock *ring.Clock
}

// NewSource reads what a watch reports. The watch stays the caller's: close it after the source. The source ends when ctx is
// cancelled. Several sources of one watch divide its events.
func NewSource(ctx context.Context, w *Watch, opts SourceOptions) (*Source, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	src, err := ring.New(ctx, w.Events(), ring.Options{
		Trailer: true, Reader: w.Reader(), Lost: w.Lost, Clock: opts.Clock,
	})
	if err != nil {
		return nil, err
	}
	return &Source{Source: src, complete: NewCompleter(w, opts.Symbols)}, nil
}

// Next waits for the next event, and completes its message; see source.Source.
func (s *Source) Next(e *event.Event) error {
	if err := s.Source.Next(e); err != nil || e.Kind != event.Sample {
		return err
	}
	s.record = append(s.record[:0], e.Raw...)
	var err error
	if e.Raw, err = s.complete.Append(e.Raw[:0], s.record); err != nil {
		e.Reset()
		return fmt.Errorf("read events: %w", err)
	}
	return nil
}

// Function returns the function at an address of the kernel. It is for the goroutine that calls Next.
func (s *Source) Function(addr uint64) string { return s.complete.Function(addr) }
