// SPDX-License-Identifier: Apache-2.0

// Package closed makes a standard output that is closed an error: the Go runtime opens the null device in its place, so
// that everything that is written is gone without a word.
package closed

import (
	"errors"
	"io"
	"io/fs"
)

// Err reports that standard output was closed when the program started.
var Err = errors.New("it is closed, or a null device that is open for reading too, which looks the same: use >/dev/null to discard the output")

// Writer stands for an output that was closed when the program started.
type Writer struct{}

// Write fails.
func (Writer) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "standard output", Err: Err}
}

// Output returns w, or a Writer if it was closed when the program started.
func Output(w io.Writer) io.Writer {
	if isClosed(w) {
		return Writer{}
	}
	return w
}
