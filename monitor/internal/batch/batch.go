// SPDX-License-Identifier: Apache-2.0

// Package batch gathers what a sink prints, so that many events cost one write.
package batch

import "io"

const (
	// Size is how many bytes are gathered before they are written.
	Size = 64 << 10
	// Keep is the size up to which a buffer is kept for what follows: one huge event must not hold its memory for ever.
	Keep = 16 * Size
)

// Writer gathers bytes for an io.Writer. It is for one goroutine at a time.
type Writer struct {
	Bytes []byte // what is gathered: callers append whole messages to it
	w     io.Writer
}

// New returns a Writer that writes to w.
func New(w io.Writer) Writer { return Writer{w: w} }

// FlushFull writes what is gathered if it is enough for a write. The error is that of the io.Writer.
func (b *Writer) FlushFull() error {
	if len(b.Bytes) < Size {
		return nil
	}
	return b.Flush()
}

// Flush writes what is gathered, in one write. After an error the bytes are gone: part of them may have been written. The error
// is that of the io.Writer.
func (b *Writer) Flush() error {
	if len(b.Bytes) == 0 {
		return nil
	}
	_, err := b.w.Write(b.Bytes)
	b.Bytes = b.Bytes[:0]
	if cap(b.Bytes) > Keep {
		b.Bytes = nil
	}
	return err
}
