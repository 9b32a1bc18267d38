// SPDX-License-Identifier: Apache-2.0

//go:build unix

package recfile

import (
	"errors"
	"os"
	"syscall"
)

func (osSystem) open(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) { // the second on BSDs
		return nil, &os.PathError{Op: "record to", Path: path, Err: errLink}
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osSystem) own(info os.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return nil
	case int(stat.Uid) != os.Geteuid():
		return errors.New("it belongs to another user")
	case stat.Nlink > 1:
		return errors.New("it has another name too, a hard link")
	}
	return nil
}

// isRemoved reports whether a file that is open has no name any more.
func isRemoved(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink == 0
}
