// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package recfile

import "os"

func (osSystem) open(path string) (file, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := regular(info); err != nil {
		return nil, &os.PathError{Op: "record to", Path: path, Err: err}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osSystem) own(os.FileInfo) error { return nil }

// isRemoved returns false: a file that is open cannot be removed, or it cannot be known.
func isRemoved(os.FileInfo) bool { return false }
