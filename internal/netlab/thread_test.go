// SPDX-License-Identifier: Apache-2.0

//go:build linux

package netlab

import (
	"os"
	"runtime"
	"testing"
)

// The main goroutine stays on the main thread, so that TestMain can start a namespace from there.
func init() { runtime.LockOSThread() } //nolint:gochecknoinits // only what locks the thread in an init function keeps the main one

// fromMain is what a namespace that was made from the main thread did to the process.
var fromMain struct {
	before, after string // the process's namespace
	err           error
}

func TestMain(m *testing.M) {
	fromMain.before, _ = os.Readlink("/proc/self/ns/net")
	n, ready := &Namespace{calls: make(chan func())}, make(chan error, 1)
	close(n.calls)
	n.run(ready)
	fromMain.err = <-ready
	fromMain.after, _ = os.Readlink("/proc/self/ns/net")
	os.Exit(m.Run())
}

// TestMainThread: a namespace is never that of the main thread, which /proc shows as the process's and which cannot end.
func TestMainThread(t *testing.T) {
	if os.IsPermission(fromMain.err) {
		t.Skip(fromMain.err)
	}
	if fromMain.err != nil {
		t.Fatal(fromMain.err)
	}
	if fromMain.before == "" || fromMain.before != fromMain.after {
		t.Errorf("the process was in %q and is in %q", fromMain.before, fromMain.after)
	}
}
