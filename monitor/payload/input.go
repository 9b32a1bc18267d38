// SPDX-License-Identifier: Apache-2.0

package payload

import "io"

// inputSize is the size of the buffer in front of a stream, in bytes. It grows for a message that does not
// fit and shrinks again after it.
const inputSize = 64 << 10

// input is a window over a stream that knows its offset. Memory follows the bytes that have arrived, never a
// length that the stream claims: the buffer at most doubles each time it is full.
type input struct {
	src   io.Reader // nil for a stream that is all in buf
	buf   []byte
	pos   int // buf[pos:end] are the bytes not yet taken
	end   int
	off   int64 // offset in the stream of buf[pos]
	err   error // an error that came together with bytes
	exact bool  // never read more than was asked for
}

// avail returns the bytes that are here without a read. They are valid until the next call of need.
func (in *input) avail() []byte { return in.buf[in.pos:in.end] }

// take drops the next n bytes, which must be here. Slices of them stay valid until the next call of need.
func (in *input) take(n int) {
	in.pos += n
	in.off += int64(n)
}

// need reads until n bytes are here. It returns io.EOF where the stream ends before that, whatever is here,
// and any other error of the reader as it is.
func (in *input) need(n int) error {
	for in.end-in.pos < n {
		if in.src == nil {
			return io.EOF
		}
		if err := in.read(n); err != nil {
			return err
		}
	}
	return nil
}

// read makes room and reads once.
func (in *input) read(n int) error {
	in.room()
	dst := in.buf[in.end:]
	if want := n - (in.end - in.pos); in.exact && len(dst) > want {
		dst = dst[:want]
	}
	for range 100 {
		if in.err != nil {
			return in.err
		}
		var got int
		got, in.err = in.src.Read(dst)
		in.end += got
		if got > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// room moves the bytes that are here to the front of the buffer and sees that there is space behind them.
func (in *input) room() {
	have := in.end - in.pos
	switch {
	case have == len(in.buf):
		in.move(min(max(2*len(in.buf), in.initialSize()), maxStream+MetaLen))
	case have == 0 && len(in.buf) > 16*inputSize:
		in.move(inputSize)
	case in.pos > 0 && (in.end == len(in.buf) || have == 0):
		in.move(len(in.buf))
	}
}

// initialSize is small for a reader that lives for one message.
func (in *input) initialSize() int {
	if in.exact {
		return 512
	}
	return inputSize
}

// move moves the bytes that are here to the front of a buffer of size bytes, a new one if the size differs.
func (in *input) move(size int) {
	dst := in.buf
	if size != len(in.buf) {
		dst = make([]byte, size)
	}
	in.end = copy(dst, in.avail())
	in.pos = 0
	in.buf = dst
}
