// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// signalPause is how long signals are ignored after the first one. timeout(1) sends its signal to the command and, at once, to
// the command's process group: the command receives it twice.
const signalPause = 250 * time.Millisecond

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal os.Signal }

func (e *signalError) Error() string { return e.signal.String() }

// number returns the signal's number.
func (e *signalError) number() int {
	if s, ok := e.signal.(syscall.Signal); ok {
		return int(s)
	}
	return 0
}

// withSignals returns a context that ends with the first signal that asks the process to end, with a *signalError
// as its cause. SIGHUP asks for that only where no hangup handles it. The next such signal ends the process at once, if it comes
// after the pause, which begins with the first. A write to a closed pipe becomes an error instead of a signal.
func withSignals(parent context.Context, pause func() <-chan time.Time) (context.Context, func()) {
	hang := newHangup()
	ctx, cancel := context.WithCancelCause(context.WithValue(parent, hangupKey{}, hang))
	ends := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as under nohup
			signal.Notify(ends, s)
		}
	}
	pipes := make(chan os.Signal, 1)
	signal.Notify(pipes, syscall.SIGPIPE)
	go func() {
		for {
			select {
			case s := <-ends:
				if s == syscall.SIGHUP && hang.handle() {
					continue
				}
				over := pause()
				cancel(&signalError{s})
				<-over
				signal.Stop(ends)
			case <-ctx.Done():
			}
			return
		}
	}()
	return ctx, func() {
		signal.Stop(ends)
		signal.Stop(pipes)
		cancel(nil)
	}
}

// isClosedPipe reports whether an error is that nobody reads what is written, and none beside that. Only what is written to
// standard output comes here: an agent that goes away is not an error.
func isClosedPipe(err error) bool {
	switch e := err.(type) { //nolint:errorlint // it looks at all that are joined
	case interface{ Unwrap() []error }:
		return !slices.ContainsFunc(e.Unwrap(), func(err error) bool { return !isClosedPipe(err) })
	case interface{ Unwrap() error }:
		return isClosedPipe(e.Unwrap())
	}
	return errors.Is(err, syscall.EPIPE)
}
