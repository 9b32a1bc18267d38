// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// onReaderGone calls gone once if w is a pipe that all its readers have closed, or when they do. stop ends the wait, and must
// be called before w is closed. Nothing wakes up until one of both happens.
func onReaderGone(w io.Writer, gone func()) (stop func()) {
	file, ok := w.(*os.File)
	if !ok {
		return func() {}
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 { // which anonymous pipes have, too
		return func() {}
	}
	var fd int
	raw, err := file.SyscallConn()
	if err != nil || raw.Control(func(n uintptr) { fd = int(n) }) != nil {
		return func() {}
	}
	stopped, stopping, err := os.Pipe()
	if err != nil {
		return func() {}
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		fds := []unix.PollFd{{Fd: int32(fd)}, {Fd: int32(stopped.Fd())}} // errors are always waited for
		for {
			switch _, err := unix.Poll(fds, -1); {
			case err == unix.EINTR:
			case err == nil && fds[1].Revents == 0 && fds[0].Revents&unix.POLLERR != 0:
				gone()
				return
			default:
				return
			}
		}
	}()
	return func() {
		_ = stopping.Close()
		<-over
		_ = stopped.Close()
	}
}
