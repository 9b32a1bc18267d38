// SPDX-License-Identifier: Apache-2.0

package regular

import (
	"os"

	"golang.org/x/sys/unix"
)

// isMade reports whether the kernel makes up what a file has when it is read, in a way that can make the reader wait. Files of
// /sys never do.
func isMade(f *os.File) bool {
	var s unix.Statfs_t
	if unix.Fstatfs(int(f.Fd()), &s) != nil {
		return false
	}
	switch uint32(s.Type) { // its width and sign differ between architectures
	case unix.PROC_SUPER_MAGIC, unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC:
		return true
	}
	return false
}
