// SPDX-License-Identifier: Apache-2.0

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package serve

import (
	"errors"
	"os"
	"syscall"
	"time"
)

const (
	// lockPatience is how long a directory may be locked by others: who makes or removes a socket needs a moment.
	lockPatience = 10 * time.Second
	lockInterval = 5 * time.Millisecond
)

// errLocked tells that a directory is locked for longer than any server needs.
var errLocked = errors.New("another process keeps the directory locked")

// lockDir locks a directory against other servers that make or remove sockets there, and returns what unlocks it. Nothing is
// left in the directory, and a process that is killed unlocks it. File systems without locks are not locked.
func lockDir(path string) (unlock func(), err error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	unlock = func() { _ = dir.Close() }
	for end := time.Now().Add(lockPatience); ; time.Sleep(lockInterval) {
		err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return unlock, nil
		case time.Now().After(end):
			unlock()
			return nil, errLocked
		}
	}
}
