// SPDX-License-Identifier: Apache-2.0

//go:build linux

package thread

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// The main goroutine stays on the main thread, so that TestMain can begin there.
func init() { runtime.LockOSThread() } //nolint:gochecknoinits // only what locks the thread in an init function keeps the main one

// onMain is whether a function ran on the main thread that was started from there.
var onMain bool

func TestMain(m *testing.M) {
	if !isMain() {
		panic("the main goroutine is not on the main thread")
	}
	ran := make(chan bool)
	onNext(func() { ran <- isMain() }, func() {})
	onMain = <-ran
	os.Exit(m.Run())
}

// TestMainThread checks that a function that the scheduler would run on the main thread runs on another one.
func TestMainThread(t *testing.T) {
	if onMain {
		t.Error("the function ran on the main thread")
	}
}

// TestOwnThread checks that each function has a thread that no other goroutine gets, and that is gone after it.
func TestOwnThread(t *testing.T) {
	const many = 50
	ids, end := make(chan int), make(chan struct{})
	for range many {
		Go(func() {
			ids <- unix.Gettid()
			<-end
		})
	}
	seen := map[int]bool{}
	for range many {
		seen[<-ids] = true
	}
	if len(seen) != many {
		t.Errorf("%d functions ran on %d threads", many, len(seen))
	}
	close(end)
	for id := range seen {
		for unix.Tgkill(unix.Getpid(), id, 0) == nil { // until it has ended
			runtime.Gosched()
		}
	}
}
