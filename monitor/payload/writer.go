// SPDX-License-Identifier: Apache-2.0

package payload

import "io"

// Writer writes payloads as a session, the stream of protocol 1.2 and of recordings. Payloads without a time are
// written as v1.5.3 writes them. A Writer is for one goroutine at a time.
type Writer struct {
	w       io.Writer
	buf     []byte
	defined [timed + 1]bool // forms whose definition was written
}

// NewWriter returns a Writer of a new session to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes one payload in one Write, with the definition of its type before the first. It refuses Data
// over MaxSize with a *SizeError, and then the session goes on; any other error is of the underlying writer.
func (w *Writer) Write(pl *Payload) error {
	if err := pl.check(); err != nil {
		return err
	}
	f := formOf(pl)
	w.buf = w.buf[:0]
	if !w.defined[f] {
		w.buf = append(w.buf, f.Definition()...)
	}
	w.buf = appendMessage(w.buf, f, pl)
	_, err := w.w.Write(w.buf)
	w.defined[f] = true
	return err
}
