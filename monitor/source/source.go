// SPDX-License-Identifier: Apache-2.0

// Package source says what a source of events is. The packages below it are the sources: recording reads a file or a
// pipe, agent a monitor agent's sockets, and ring, on Linux, the kernel's rings.
package source

import "github.com/lockstep-bpf/lockstep/monitor/payload"

// Source yields events in the order in which they came.
//
// Next and Ready are for one goroutine at a time; Close may be called from any, at any time and more than
// once.
type Source interface {
	// Next waits for the next event and reads it to pl. It sets every field. The memory of pl.Data is the
	// caller's: it is used again, or replaced by a larger one, and the source keeps no reference to it.
	//
	// It returns io.EOF once there are no more events; os.ErrClosed after Close; the cause of the source's
	// context after that was cancelled; and otherwise what went wrong. After an error pl is empty and every
	// further call returns an error.
	Next(pl *payload.Payload) error

	// Ready tells whether Next would return without waiting. A program that buffers its output writes it
	// out before it waits.
	Ready() bool

	// Close ends the source, and a Next that waits.
	Close() error
}
