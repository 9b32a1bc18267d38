// SPDX-License-Identifier: Apache-2.0

//go:build unix

// Package descriptors tells a process that may open too few files, before Go's runtime crashes for want of one.
package descriptors

import (
	"errors"
	"fmt"
	"syscall"
)

// needed is how many files a command must be able to open at once: two for Go's poller, which it opens with the first
// file and cannot do without, one to read and one to write.
const needed = 4

// Check returns an error if the process cannot open as many files as a command needs.
func Check() error {
	var open []int
	defer func() {
		for _, fd := range open {
			_ = syscall.Close(fd)
		}
	}()
	for range needed {
		fd, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		switch {
		case errors.Is(err, syscall.EMFILE):
			return fmt.Errorf("too few file descriptors: %d are free and %d are needed; raise the limit (ulimit -n)", len(open), needed)
		case err != nil:
			return nil // it says nothing about the limit: there may be no /dev/null here
		}
		open = append(open, fd)
	}
	return nil
}
