// SPDX-License-Identifier: Apache-2.0

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package recfile

import (
	"errors"
	"os"
	"syscall"
)

// lock locks a file until it is closed. Where the file system has no locks nothing is locked.
func (osSystem) lock(f file) error {
	if err := syscall.Flock(int(f.(*os.File).Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return nil
}
