// SPDX-License-Identifier: Apache-2.0

// Package regular reads files whose names come from strangers: a configuration may name a pipe, on which a reader waits for ever,
// or a device, which has no end.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// MaxFile is the size of the largest file that is read, in bytes.
const MaxFile = 64 << 20

// Read returns what a regular file has, links followed. It opens nothing else, and reads no file of more than MaxFile bytes, also if
// it grows meanwhile. Errors are *fs.PathError.
func Read(name string) ([]byte, error) {
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
	}
	data := make([]byte, 0, info.Size()+1) // one more, so that the end is seen without growing
	for len(data) <= MaxFile {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		} else if err != nil {
			return nil, err
		}
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
}

// Open opens a regular file of any size for reading, links followed, and nothing else. The caller closes it. Errors are
// *fs.PathError.
func Open(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: &Kind{info.Mode()}}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if isMade(f) {
		_ = f.Close() // nothing was read
		return nil, &fs.PathError{Op: "read", Path: name, Err: errMade}
	}
	return f, nil
}

// Check returns the error that Read would return for a file, as far as it can be had without opening it.
func Check(name string) error {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return &fs.PathError{Op: "read", Path: name, Err: &Kind{info.Mode()}}
	case info.Size() > MaxFile:
		return &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
	}
	return nil
}

// errMade is that of a file like /proc/kmsg, which calls itself a regular one: a reader can wait there for ever.
var errMade = errors.New("the kernel makes this file up when it is read: copy it to a regular file first")

var errTooLarge = fmt.Errorf("the file is too large: at most %d MiB are read", MaxFile>>20)

// Kind is the error of a name that is not that of a file.
type Kind struct{ Mode fs.FileMode }

// Error says what it is.
func (k *Kind) Error() string {
	kind := "not a regular file"
	switch {
	case k.Mode.IsDir():
		kind = "a directory"
	case k.Mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case k.Mode&fs.ModeSocket != 0:
		kind = "a socket"
	case k.Mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return "this is " + kind + ", not a file"
}
