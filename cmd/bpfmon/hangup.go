// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"slices"
	"sync"

	"github.com/lockstep-bpf/lockstep/monitor/sink"
)

// hangup says what SIGHUP does. Where the terminal that the command was started on has gone, it ends the command; so it does
// where nothing was registered. Else it calls what was: it is the signal by which programs that rotate logs ask for new files.
type hangup struct {
	terminal bool // the command was started on a terminal

	mu       sync.Mutex
	handlers []*func()
}

// hangupKey is the key of a hangup in the context of a command.
type hangupKey struct{}

func newHangup() *hangup { return &hangup{terminal: hasTerminal()} }

// hasTerminal reports whether this process has a terminal that controls it.
func hasTerminal() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	_ = tty.Close() // nothing was written to it
	return true
}

// handle reports whether SIGHUP was handled, or else is to end the command.
func (h *hangup) handle() bool {
	h.mu.Lock()
	handlers := slices.Clone(h.handlers)
	h.mu.Unlock()
	if len(handlers) == 0 || h.terminal && !hasTerminal() {
		return false
	}
	for _, f := range handlers {
		(*f)()
	}
	return true
}

// onHangup has SIGHUP call a function, and not end the command, until the function that it returns is called.
func onHangup(ctx context.Context, f func()) (stop func()) {
	h, _ := ctx.Value(hangupKey{}).(*hangup)
	if h == nil {
		return func() {}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.handlers = append(h.handlers, &f)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.handlers = slices.DeleteFunc(h.handlers, func(p *func()) bool { return p == &f })
	}
}

// reopener is a sink that writes to a file, and to a new one if that was given another name. Reopen may be called at any time.
type reopener interface{ Reopen() }

// reopenAll has all sinks that write files look for whether they must write to new ones, and says if there are none.
func reopenAll(sinks []sink.Sink, log func(any)) {
	files := false
	for _, s := range sinks {
		if r, ok := s.(reopener); ok {
			r.Reopen()
			files = true
		}
	}
	if !files {
		log("SIGHUP: there is no recording that could go on in a new file")
	}
}
