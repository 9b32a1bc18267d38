// SPDX-License-Identifier: Apache-2.0

// Package source defines what a source of events is. The packages below it are the sources: recording reads a file or a
// pipe, pcapng a capture, agent a monitor agent's sockets, and ring, on Linux, the kernel's rings; merge puts the events of
// several sources in order. Package bpf/kdrop has the source of the kernel's drops.
package source

import "github.com/lockstep-bpf/lockstep/monitor/event"

// Source yields events in the order in which they came.
//
// Next and Ready are for one goroutine at a time; Close may be called from any, at any time and more than
// once.
type Source interface {
	// Next waits for the next event and reads it to e. It sets every field but the message, which is nil then.
	// The memory of e.Raw is the caller's: it is reused, or replaced by larger memory, and the source keeps no
	// reference to it.
	//
	// It returns io.EOF once there are no more events; os.ErrClosed after Close; the cause of the source's
	// context after that was cancelled; and otherwise what went wrong. After an error e is empty and every
	// further call returns an error.
	Next(e *event.Event) error

	// Ready reports whether Next would return without waiting. A program that buffers its output writes it
	// out before it waits.
	Ready() bool

	// Close ends the source, and a Next that waits.
	Close() error
}
