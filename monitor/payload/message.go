// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"errors"
	"io"
	"math"
)

// message is one message of a gob stream. Its slices are parts of the input's buffer.
type message struct {
	off  int64  // offset in the stream of its first byte
	raw  []byte // all of it
	id   int64  // the type of its value; negative for a definition
	body []byte // what follows the id
}

// message reads the next message. It returns io.EOF at the end of the stream, a *TruncatedError where that is
// inside a message, a *CorruptError for what cannot be a message, and other errors of the reader as they are.
func (in *input) message() (message, error) {
	prefix, size, err := in.prefix()
	if err != nil {
		return message{}, err
	}
	if err := in.needMessage(prefix + size); err != nil {
		return message{}, err
	}
	m := message{off: in.off, raw: in.avail()[:prefix+size]}
	id, n := gobInt(m.raw[prefix:])
	if n == 0 || id < math.MinInt32 || id > math.MaxInt32 {
		return message{}, in.corrupt(errTypeID)
	}
	m.id, m.body = id, m.raw[prefix+n:]
	in.take(len(m.raw))
	return m, nil
}

// prefix reads the length of the next message: the bytes it takes, and the bytes of the body it announces.
func (in *input) prefix() (prefix, size int, err error) {
	if err := in.need(1); err != nil {
		return 0, 0, err
	}
	prefix = uintLen(in.avail()[0])
	if prefix > maxPrefix {
		return 0, 0, in.corrupt(errLength)
	}
	if err := in.needMessage(prefix); err != nil {
		return 0, 0, err
	}
	v, _ := gobUint(in.avail())
	switch {
	case v == 0:
		return 0, 0, in.corrupt(errEmptyMessage)
	case v > maxMessage:
		return 0, 0, in.corrupt(&SizeError{Size: v})
	}
	return prefix, int(v), nil
}

// needMessage is need inside a message, where the end of the stream cuts it off.
func (in *input) needMessage(n int) error {
	err := in.need(n)
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return &TruncatedError{Start: in.off, End: in.off + int64(len(in.avail()))}
	}
	return err
}

// corrupt returns an error about the message that begins at the current offset.
func (in *input) corrupt(err error) error { return &CorruptError{Offset: in.off, Err: err} }

// ready reports whether a message with a value is here as a whole, or something that is an error without
// further bytes.
func (in *input) ready() bool {
	for b := in.avail(); len(b) > 0; {
		size, n := gobUint(b)
		if n == 0 {
			return uintLen(b[0]) > maxPrefix
		}
		if size == 0 || size > maxMessage {
			return true
		}
		if uint64(len(b)-n) < size {
			return false
		}
		if id, _ := gobInt(b[n:]); id >= 0 {
			return true
		}
		b = b[n+int(size):]
	}
	return false
}
