// SPDX-License-Identifier: Apache-2.0

package closed

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// isClosed reports whether an output was closed when the program started, as by >&- in a shell. The Go runtime then opens
// the null device in its place, for reading and writing, so that no other file gets its number; a shell opens it for
// writing. Some programs open it so too, for all three streams at once: these share it.
func isClosed(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	fd := f.Fd()
	flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
	var stat unix.Stat_t
	if err != nil || flags&unix.O_ACCMODE != unix.O_RDWR || unix.Fstat(int(fd), &stat) != nil ||
		stat.Mode&unix.S_IFMT != unix.S_IFCHR || uint64(stat.Rdev) != unix.Mkdev(1, 3) { //nolint:unconvert // it is 32 bits wide on some machines
		return false
	}
	const kcmpFile = 0
	self := uintptr(os.Getpid())
	for other := range uintptr(3) {
		if other == fd {
			continue
		}
		if differs, _, errno := unix.Syscall6(unix.SYS_KCMP, self, self, kcmpFile, fd, other, 0); errno != 0 || differs == 0 {
			return false
		}
	}
	return true
}
