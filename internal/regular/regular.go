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
	f, size, err := open(name, MaxFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data := make([]byte, 0, size+1)  // one more, so that the end is seen without growing
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
	return nil, tooLarge(name, MaxFile)
}

// Open opens a regular file of at most so many bytes for reading, links followed, and nothing else. The caller closes it. Errors
// are *fs.PathError.
func Open(name string, most int64) (*os.File, error) {
	f, _, err := open(name, most)
	return f, err
}

// open is Open, and returns the size, too.
func open(name string, most int64) (*os.File, int64, error) {
	info, err := stat(name, most)
	if err != nil {
		return nil, 0, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	if isMade(f) {
		_ = f.Close() // nothing was read
		return nil, 0, &fs.PathError{Op: "read", Path: name, Err: errMade}
	}
	return f, info.Size(), nil
}

// Check returns the error that Read would return for a file, as far as it can be had without opening it.
func Check(name string) error {
	_, err := stat(name, MaxFile)
	return err
}

func stat(name string, most int64) (fs.FileInfo, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: name, Err: &Kind{info.Mode()}}
	case info.Size() > most:
		return nil, tooLarge(name, most)
	}
	return info, nil
}

func tooLarge(name string, most int64) error {
	return &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("the file is too large: at most %d MiB are read", most>>20)}
}

// errMade is that of a file like /proc/kmsg, which calls itself a regular one: a reader can wait there for ever.
var errMade = errors.New("the kernel makes this file up when it is read: copy it to a regular file first")

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
