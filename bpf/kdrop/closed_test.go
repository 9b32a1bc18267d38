// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
)

// TestClosed checks that a closed watch says so, whatever is asked of it, and that nothing of it is left.
func TestClosed(t *testing.T) {
	w := loadWatch(t, Options{})
	src, err := NewSource(context.Background(), w, SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := errors.Join(src.Close(), w.Close()); err != nil {
			t.Error(err)
		}
	}
	_, errStats := w.Stats()
	_, errLost := w.Lost(nil)
	_, errSource := NewSource(context.Background(), w, SourceOptions{})
	for what, err := range map[string]error{"Stats": errStats, "Lost": errLost, "NewSource": errSource, "Attach": w.Attach()} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	if err := w.Detach(); err != nil {
		t.Errorf("Detach after Close: %v", err)
	}
}

// TestCloseWhileInUse closes a watch that other goroutines ask: they get counts or os.ErrClosed, and never those of another
// file that has the descriptor by then.
func TestCloseWhileInUse(t *testing.T) {
	w := loadWatch(t, Options{})
	var group sync.WaitGroup
	for _, ask := range []func() error{
		func() error { _, err := w.Stats(); return err },
		func() error { _, err := w.Lost(nil); return err },
	} {
		started := make(chan struct{})
		group.Go(func() {
			var err error
			for i := 0; err == nil; i++ {
				if err = ask(); i == 0 {
					close(started)
				}
			}
			if !errors.Is(err, os.ErrClosed) {
				t.Error(err)
			}
		})
		<-started
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
}

// TestAttachTwice checks that what is attached twice reports once, and that one Detach ends it.
func TestAttachTwice(t *testing.T) {
	w := loadWatch(t, Options{})
	for range 2 {
		if err := w.Attach(); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.links) != len(w.opts.programs()) {
		t.Errorf("%d links for %d programs", len(w.links), len(w.opts.programs()))
	}
	if err := w.Detach(); err != nil || len(w.links) != 0 {
		t.Errorf("%d links left, %v", len(w.links), err)
	}
}

// TestLoadReadsReasons loads a watch without reasons.
func TestLoadReadsReasons(t *testing.T) {
	needBPF(t)
	w, err := Load(Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.reasons == nil {
		t.Error("no reasons")
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
