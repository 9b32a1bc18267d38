// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// TestSignalRepeated sends a signal several times, as timeout(1) does: only the first counts until the pause is over. Without the
// pause, the second signal ends the test.
func TestSignalRepeated(t *testing.T) {
	pause := make(chan time.Time)
	ctx, stop := withSignals(context.Background(), func() <-chan time.Time { return pause })
	defer stop()
	for range 3 {
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
	}
	var s *signalError
	if !errors.As(context.Cause(ctx), &s) || s.signal != syscall.SIGTERM {
		t.Errorf("the context ended with %v", context.Cause(ctx))
	}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM) // for good: the last signal may still be on its way
	close(pause)
}

// TestClosedPipe checks that a reader that goes away is no failure, and hides none.
func TestClosedPipe(t *testing.T) {
	gone := outputError(&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE})
	for _, test := range []struct {
		err  error
		want int
	}{
		{gone, 0},
		{errors.Join(gone, gone), 0},
		{errors.Join(gone, errors.New("detach: it failed")), exitFailure},
		{unlessFailed(gone, nil), 0},
		{unlessFailed(gone, errReported), exitFailure},
	} {
		if code := exitCode(&runError{test.err}); code != test.want {
			t.Errorf("exit code %d, want %d: %v", code, test.want, test.err)
		}
	}
}
