// SPDX-License-Identifier: Apache-2.0

// Package sink defines what an output of events is. The packages below it are the outputs.
package sink

import "github.com/lockstep-bpf/lockstep/monitor/event"

// Sink takes events. A sink is for one goroutine at a time.
type Sink interface {
	// Event takes one event and keeps no reference to it. An error ends the run: a sink whose failure must not end
	// the others reports it by itself and returns nil.
	Event(e *event.Event) error

	// Flush passes on what the sink has gathered. It is called before the source waits, and at the end.
	Flush() error
}

// Func is a sink that is one function. It gathers nothing.
type Func func(e *event.Event) error

// Event calls the function.
func (f Func) Event(e *event.Event) error { return f(e) }

// Flush does nothing.
func (f Func) Flush() error { return nil }
