// SPDX-License-Identifier: Apache-2.0

//go:build unix && !aix && !solaris

package gen

import (
	"os"
	"syscall"
)

// hold says that this process works on a file until what it returns is closed or the process has ended. It returns nil where
// that cannot be said: nothing is abandoned there either.
func hold(f *os.File) *os.File {
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX) != nil {
		return nil
	}
	fd, err := syscall.Dup(int(f.Fd())) // a lock belongs to both, so that f itself can be closed, which reports whether all is written
	if err != nil {
		return nil
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), f.Name())
}

// isAbandoned reports whether no process holds the file.
func isAbandoned(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was only read
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
