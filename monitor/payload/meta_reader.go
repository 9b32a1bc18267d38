// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"errors"
	"io"
)

// MetaReader reads the payloads of a connection of protocol 1.0, where each message is a Meta and a gob stream
// of its own. A MetaReader is for one goroutine at a time.
type MetaReader struct {
	in   input
	meta Meta
	tee  *Writer
	err  error
}

// NewMetaReader returns a MetaReader of the connection r, which it reads in large pieces.
func NewMetaReader(r io.Reader) *MetaReader { return &MetaReader{in: input{src: r}} }

// Tee makes Next write each payload that it returns to w as a session, since a recording is one: not the
// bytes as they came, which are of another protocol. An error of w ends the connection.
func (r *MetaReader) Tee(w io.Writer) { r.tee = NewWriter(w) }

// Ready reports whether Next would return without waiting for the connection.
func (r *MetaReader) Ready() bool {
	var meta Meta
	b := r.in.avail()
	if r.err != nil || meta.UnmarshalBinary(b) == nil && meta.Size > maxStream {
		return true
	}
	return len(b) >= MetaLen && uint64(len(b)-MetaLen) >= uint64(meta.Size)
}

// Next reads the next payload to pl, with the errors and the ownership of Reader.Next. Offsets in errors
// are those of the connection.
func (r *MetaReader) Next(pl *Payload) error {
	if r.err == nil {
		r.err = r.next(pl)
	}
	if r.err != nil {
		pl.reset()
	}
	return r.err
}

func (r *MetaReader) next(pl *Payload) error {
	if err := r.in.need(1); err != nil {
		return err
	}
	if err := r.in.needMessage(MetaLen); err != nil {
		return err
	}
	if err := r.meta.UnmarshalBinary(r.in.avail()); err != nil {
		return err
	}
	if r.meta.Size > maxStream {
		return r.in.corrupt(&SizeError{Size: uint64(r.meta.Size)})
	}
	size := MetaLen + int(r.meta.Size)
	if err := r.in.needMessage(size); err != nil {
		return err
	}
	if err := pl.Decode(r.in.avail()[MetaLen:size]); err != nil {
		return r.in.corrupt(noEOF(cause(err)))
	}
	r.in.take(size)
	if r.tee != nil {
		return r.tee.Write(pl)
	}
	return nil
}

// cause strips the offset, which counts from the start of the payload, off an error.
func cause(err error) error {
	var corrupt *CorruptError
	if errors.As(err, &corrupt) {
		return corrupt.Err
	}
	return err
}
