// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
)

// Reader reads the payloads of a session, the stream of protocol 1.2 and of recordings.
//
// Several sessions one after the other, as a recording has them when the connection was lost in between, read
// as one: a type that is defined again replaces the earlier one of its id.
//
// Messages of the usual Payload type are decoded here, without allocation; streams that define the type in
// another way, with more fields or in another order, are left to gob.Decoder, and the caller sees no
// difference. A Reader is for one goroutine at a time.
type Reader struct {
	in   input
	tee  io.Writer
	held []byte // messages to give to tee once the value that they end with is decoded
	err  error  // the error that ended the session

	types   typeTable
	pending int64        // offset of the first definition that no value has followed; -1 for none
	slow    *gob.Decoder // nil until it is needed, and after a type was defined again
	feed    *feed        // what slow reads from
}

// NewReader returns a Reader of the session in r, which it reads in large pieces.
func NewReader(r io.Reader) *Reader { return &Reader{in: input{src: r}, pending: -1} }

// resetBytes prepares for the stream in data, which is not changed.
func (r *Reader) resetBytes(data []byte) {
	*r = Reader{in: input{buf: data, end: len(data)}, pending: -1}
}

// Tee makes Next copy to w, as they came, the messages of each payload that it returns: type definitions that
// stand before the payload, then the payload, in one Write. What does not decode is not copied, so that w
// receives a session that can be read to its end. An error of w ends the session.
func (r *Reader) Tee(w io.Writer) { r.tee = w }

// Offset returns the offset in the stream of the first byte that follows the last message read.
func (r *Reader) Offset() int64 { return r.in.off }

// Ready reports whether Next would return without waiting for the stream.
func (r *Reader) Ready() bool { return r.err != nil || r.in.ready() }

// Next reads the next payload to pl. It sets every field; the memory of pl.Data is the caller's and is used
// again, or replaced by a larger one.
//
// It returns io.EOF at the end of the stream, a *TruncatedError where that is inside a message or behind a
// type definition, a *CorruptError for what cannot be decoded (which wraps a *SizeError for a payload over
// MaxSize), and other errors of the underlying reader as they are. After an error, pl is empty, and every
// further call returns the same error.
func (r *Reader) Next(pl *Payload) error {
	if r.err == nil {
		r.err = r.next(pl)
	}
	if r.err != nil {
		pl.reset()
	}
	return r.err
}

func (r *Reader) next(pl *Payload) error {
	if r.fast(pl) {
		return nil
	}
	for {
		m, err := r.in.message()
		if err != nil {
			return r.endError(err)
		}
		if m.id < 0 {
			if err := r.define(m); err != nil {
				return err
			}
			continue
		}
		r.hold(m.raw)
		if err := r.value(m, pl); err != nil {
			return err
		}
		r.pending = -1
		return r.release()
	}
}

// fast reads a payload of the usual type whose message is here as a whole. It takes nothing, and leaves pl alone, where
// there is anything else to do.
func (r *Reader) fast(pl *Payload) bool {
	if r.tee != nil {
		return false
	}
	b := r.in.avail()
	size, prefix := gobUint(b)
	if prefix == 0 || size > uint64(len(b)-prefix) {
		return false
	}
	end := prefix + int(size)
	id, n := gobInt(b[prefix:end])
	f := r.types.form(id)
	if f == 0 || !parseMessage(b[prefix+n:end], f, pl) {
		return false
	}
	r.in.take(end)
	r.pending = -1
	return true
}

// endError turns an end behind a type definition into an error: the value it was sent for is missing.
func (r *Reader) endError(err error) error {
	if errors.Is(err, io.EOF) && r.pending >= 0 {
		return &TruncatedError{Start: r.pending, End: r.in.off}
	}
	return err
}

// define takes a message that defines a type.
func (r *Reader) define(m message) error {
	again, err := r.types.add(m)
	if err != nil {
		return err
	}
	if r.pending < 0 {
		r.pending = m.off
	}
	r.hold(m.raw)
	if again {
		r.slow = nil
	} else if r.slow != nil {
		r.feed.add(r.types.get(-m.id))
	}
	return nil
}

// value decodes a message that holds a value.
func (r *Reader) value(m message, pl *Payload) error {
	if f := r.types.form(m.id); f != 0 && parseMessage(m.body, f, pl) {
		return nil
	}
	pl.reset()
	err := r.decodeSlow(m, pl)
	if err == nil {
		err = pl.check()
	}
	if err == nil || isStreamError(err) {
		return err
	}
	return &CorruptError{Offset: m.off, Err: noEOF(err)}
}

// decodeSlow leaves a message to gob.Decoder, which has then seen every definition.
func (r *Reader) decodeSlow(m message, pl *Payload) error {
	if err := r.types.check(m.id); err != nil {
		return err
	}
	if r.slow == nil {
		r.feed = &feed{in: &r.in, types: &r.types, pulled: r.hold}
		r.slow = gob.NewDecoder(r.feed)
		for raw := range r.types.all() {
			r.feed.add(raw)
		}
	}
	r.feed.add(m.raw)
	return decodeGob(r.slow, pl)
}

// noEOF keeps the end of a message, which gob reports as the end of its input, from looking like the end of
// the stream.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errNoPayload
	}
	return err
}

// hold keeps a message for tee until the value that it belongs to has been decoded.
func (r *Reader) hold(raw []byte) {
	if r.tee != nil {
		r.held = append(r.held, raw...)
	}
}

// release gives the messages held to tee.
func (r *Reader) release() error {
	if r.tee == nil {
		return nil
	}
	_, err := r.tee.Write(r.held)
	r.held = r.held[:0]
	return err
}

// single reads the one payload of a stream that ends with it.
func (r *Reader) single(pl *Payload) error {
	if err := r.Next(pl); err != nil {
		return err
	}
	if len(r.in.avail()) > 0 {
		pl.reset()
		return r.in.corrupt(errTrailing)
	}
	return nil
}

// decodeGob is dec.Decode, with a panic of gob turned into an error.
func decodeGob(dec *gob.Decoder, pl *Payload) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("gob: panic: %v", p)
		}
	}()
	return dec.Decode(pl)
}
