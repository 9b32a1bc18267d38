// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"encoding/gob"
	"errors"
	"io"
)

// NewGobDecoder returns a gob.Decoder of the stream in r that sees only whole messages within the bounds of
// this package: a length that lies, a message over the limit, or a value of a type that contains itself is an error
// (*TruncatedError, *CorruptError) before memory is taken for it.
func NewGobDecoder(r io.Reader) *gob.Decoder {
	return gob.NewDecoder(&feed{in: &input{src: r}, types: &typeTable{}})
}

// feed gives a gob.Decoder the messages that were added, then those of its input. It has a ReadByte, so the
// decoder puts no buffer in front of it and takes what it needs and no more.
type feed struct {
	in     *input
	queue  [][]byte         // messages added, the first perhaps in part
	pulled func(raw []byte) // is told of a message that the decoder took from the input; may be nil
	types  *typeTable       // of the input
}

// add adds a message, which must stay as it is until it is read.
func (f *feed) add(raw []byte) { f.queue = append(f.queue, raw) }

// Read reads from the current message, or the next.
func (f *feed) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := f.next(); err != nil {
		return 0, err
	}
	n := copy(p, f.queue[0])
	f.drop(n)
	return n, nil
}

// ReadByte reads one byte of the current message, or of the next.
func (f *feed) ReadByte() (byte, error) {
	if err := f.next(); err != nil {
		return 0, err
	}
	c := f.queue[0][0]
	f.drop(1)
	return c, nil
}

// next sees that there is a byte to read.
func (f *feed) next() error {
	if len(f.queue) > 0 {
		return nil
	}
	m, err := f.in.message()
	if err != nil {
		return err
	}
	if err := f.judge(m); err != nil {
		return err
	}
	f.add(m.raw)
	if f.pulled != nil {
		f.pulled(m.raw)
	}
	return nil
}

// judge reports whether the decoder may have a message of the input. Whether a value is at the top, or the rest of one that
// went on behind a type inside an interface value, cannot be seen from here: of neither may the type contain itself.
func (f *feed) judge(m message) error {
	if m.id < 0 {
		_, err := f.types.add(m)
		return err
	}
	if err := f.types.check(m.id); errors.Is(err, errHoldsItself) {
		return &CorruptError{Offset: m.off, Err: err}
	}
	return nil
}

// drop takes n bytes off the current message.
func (f *feed) drop(n int) {
	f.queue[0] = f.queue[0][n:]
	if len(f.queue[0]) == 0 {
		f.queue = f.queue[1:]
		if len(f.queue) == 0 {
			f.queue = nil
		}
	}
}
