// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package thread runs functions that change their thread for good: that move it to another network namespace, for example.
package thread

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Go runs f in a goroutine that keeps its thread, which ends when f returns and takes along whatever f made of it.
//
// It is never the process's main thread. That one cannot end, and /proc shows its network namespace as the process's: the
// process would seem to be where f has gone, and the namespace would live as long as the process.
func Go(f func()) {
	go onNext(f, func() {})
}

// onNext runs f on a thread of its own, and calls started when the goroutine has it.
func onNext(f, started func()) {
	runtime.LockOSThread() // and never unlock
	if !isMain() {
		started()
		f()
		return
	}
	// While the main thread is held here, the next goroutine gets another one.
	defer runtime.UnlockOSThread()
	held := make(chan struct{})
	go onNext(f, func() { close(held) })
	<-held
	started()
}

// isMain reports whether the caller is on the main thread.
func isMain() bool { return unix.Gettid() == unix.Getpid() }
