// SPDX-License-Identifier: Apache-2.0

package payload

import "io"

// Writer writes payloads as a session, the stream of protocol 1.2 and of recordings. A Writer is for one
// goroutine at a time.
type Writer struct {
	w       io.Writer
	buf     []byte
	defined bool
}

// NewWriter returns a Writer of a new session to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes one payload in one Write, with the definition of its type before the first. It refuses Data
// over MaxSize with a *SizeError, and then the session goes on; any other error is of the underlying writer.
func (w *Writer) Write(pl *Payload) error {
	if err := pl.check(); err != nil {
		return err
	}
	w.buf = AppendSession(w.buf[:0], !w.defined, pl)
	_, err := w.w.Write(w.buf)
	w.defined = true
	return err
}

// AppendDefinition appends what a session starts with, the definition of the payloads' type.
func AppendDefinition(dst []byte) []byte { return append(dst, definition...) }

// AppendSession appends the message of one payload to dst, after the definition of its type where first is
// set. It is Writer without the writing: for one who sends the same bytes to many.
func AppendSession(dst []byte, first bool, pl *Payload) []byte {
	if first {
		dst = AppendDefinition(dst)
	}
	return appendMessage(dst, pl)
}
