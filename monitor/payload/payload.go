// SPDX-License-Identifier: Apache-2.0

// Package payload encodes and decodes the two messages that a monitor agent sends to its clients, in both
// protocols, 1.0 and 1.2.
//
// A Payload carries one event: the bytes that the datapath or the agent emitted, or a count of events that
// were lost. Protocol 1.0 sends each Payload as a gob stream of its own, behind a Meta that says how long it
// is (ReadMetaPayload, WriteMetaPayload, MetaReader). Protocol 1.2 sends all Payloads of a connection as one
// gob stream, a session (Reader, Writer); a recording is such a stream in a file.
//
// Readers accept hostile input: they reject a payload larger than MaxSize before allocating memory for it, allocate
// memory only as bytes arrive, and return a *TruncatedError for a stream that ends inside a message, a
// *CorruptError for one that cannot be decoded, both with the byte offset.
package payload

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"

	"github.com/lockstep-bpf/lockstep/monitor/internal/session"
)

// What Payload.Type says, with the numbers of Linux's enum perf_event_type.
const (
	// EventSample is a payload whose Data is one event (PERF_RECORD_SAMPLE).
	EventSample = 9
	// RecordLost is a payload that only counts lost events (PERF_RECORD_LOST).
	RecordLost = 2
)

// MaxSize is the largest Payload.Data, in bytes, that is read or written.
const MaxSize = 64 << 20

// MetaLen is the size of an encoded Meta in bytes.
const MetaLen = 32

// Meta precedes each payload of protocol 1.0. Encoded it is MetaLen bytes: Size in the byte order of the
// host, then reserved bytes, zero when written and ignored when read.
type Meta struct {
	Size uint32 // length in bytes of the encoded payload that follows
	_    [28]byte
}

// MarshalBinary returns the encoded Meta. The error is always nil.
func (meta *Meta) MarshalBinary() ([]byte, error) {
	return meta.append(make([]byte, 0, MetaLen)), nil
}

func (meta *Meta) append(b []byte) []byte {
	var enc [MetaLen]byte
	binary.NativeEndian.PutUint32(enc[:], meta.Size)
	return append(b, enc[:]...)
}

// UnmarshalBinary decodes the first MetaLen bytes of data; it ignores what follows them. Of fewer bytes it
// returns an error that wraps io.ErrUnexpectedEOF.
func (meta *Meta) UnmarshalBinary(data []byte) error {
	if len(data) < MetaLen {
		return fmt.Errorf("meta: need %d bytes, have %d: %w", MetaLen, len(data), io.ErrUnexpectedEOF)
	}
	meta.Size = binary.NativeEndian.Uint32(data)
	return nil
}

// ReadBinary reads MetaLen bytes from r and decodes them. It returns io.EOF where r ends before the first
// byte, and an error that wraps io.ErrUnexpectedEOF where it ends before the last.
func (meta *Meta) ReadBinary(r io.Reader) error {
	var enc [MetaLen]byte
	n, err := io.ReadFull(r, enc[:])
	switch err {
	case nil, io.ErrUnexpectedEOF:
		return meta.UnmarshalBinary(enc[:n])
	default:
		return err
	}
}

// WriteBinary writes the encoded Meta to w in one Write.
func (meta *Meta) WriteBinary(w io.Writer) error {
	_, err := w.Write(meta.append(nil))
	return err
}

// Payload is one event on its way from the agent to a client.
//
// Agents send no Time. It is in recordings of this project: readers of v1.5.3's type ignore it, and a stream without it
// has the times 0.
type Payload struct {
	Data []byte // the event, its first byte the message type; empty in a lost record
	CPU  int    // the CPU that emitted the event
	Lost uint64 // how many events were lost, in a lost record
	Type int    // EventSample or RecordLost
	Time int64  // when it happened, in nanoseconds since 1970-01-01 UTC; 0 if that is not known
}

// reset empties the payload and keeps the memory of Data.
func (pl *Payload) reset() { *pl = Payload{Data: pl.Data[:0]} }

// Decode decodes a payload from data, which is a gob stream of its own. Every field of pl is set; the bytes
// are copied to the memory of pl.Data, which grows where it is too small. Bytes after the payload are a
// *CorruptError. (A method named UnmarshalBinary would be called by gob itself.)
func (pl *Payload) Decode(data []byte) error {
	if parseStream(data, pl) {
		return nil
	}
	var r Reader
	r.resetBytes(data)
	return r.single(pl)
}

// Encode returns the payload as a gob stream of its own. It refuses Data over MaxSize with a *SizeError.
// (A method named MarshalBinary would be called by gob itself.)
func (pl *Payload) Encode() ([]byte, error) {
	if err := pl.check(); err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(session.Timed.Definition())+len(pl.Data)+session.MaxOverhead)
	f := formOf(pl)
	return appendMessage(append(b, f.Definition()...), f, pl), nil
}

// check reports whether the payload may be written.
func (pl *Payload) check() error {
	if len(pl.Data) > MaxSize {
		return &SizeError{Size: uint64(len(pl.Data))}
	}
	return nil
}

// ReadBinary reads a payload that is a gob stream of its own from r, and not a byte more. Every field of pl
// is set, as Decode does. It returns io.EOF where r ends before the first byte.
func (pl *Payload) ReadBinary(r io.Reader) error {
	s := NewReader(r)
	s.in.exact = true
	return s.Next(pl)
}

// WriteBinary writes the payload to w as a gob stream of its own, in one Write.
func (pl *Payload) WriteBinary(w io.Writer) error {
	b, err := pl.Encode()
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// DecodeBinary reads the next payload from dec. Every field of pl is set. It returns io.EOF at a clean end
// (and, since dec does not tell them apart, for a message that ends before its value does), and a *CorruptError
// with an Offset of -1 for what cannot be decoded.
//
// How much memory a message may take is up to dec: use one made by NewGobDecoder, which has the bounds of
// this package, for bytes that are not trusted.
func (pl *Payload) DecodeBinary(dec *gob.Decoder) error {
	pl.reset()
	err := decodeGob(dec, pl)
	switch {
	case err == nil:
		return pl.check()
	case errors.Is(err, io.EOF) || isStreamError(err):
		return err
	default:
		return &CorruptError{Offset: -1, Err: err}
	}
}

// EncodeBinary writes the payload to enc, which sends the type first where it has not yet done so. It refuses
// Data over MaxSize with a *SizeError.
func (pl *Payload) EncodeBinary(enc *gob.Encoder) error {
	if err := pl.check(); err != nil {
		return err
	}
	return enc.Encode(pl)
}

// BuildMessage returns a message of protocol 1.0: a Meta, then the encoded payload.
func (pl *Payload) BuildMessage() ([]byte, error) {
	var buf bytes.Buffer
	if err := WriteMetaPayload(&buf, &Meta{}, pl); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// ReadMetaPayload reads one message of protocol 1.0 from r, and not a byte more. It sets meta and every field
// of pl, as Decode does. It returns io.EOF where r ends before the first byte of the message. Offsets in
// errors count from there. To read a whole connection use a MetaReader, which takes no memory per message.
func ReadMetaPayload(r io.Reader, meta *Meta, pl *Payload) error {
	m := NewMetaReader(r)
	m.in.exact = true
	err := m.Next(pl)
	*meta = m.meta
	return err
}

// WriteMetaPayload writes one message of protocol 1.0 to w in one Write, and sets meta.Size to the length of
// the encoded payload.
func WriteMetaPayload(w io.Writer, meta *Meta, pl *Payload) error {
	enc, err := pl.Encode()
	if err != nil {
		return err
	}
	meta.Size = uint32(len(enc))
	_, err = w.Write(append(meta.append(make([]byte, 0, MetaLen+len(enc))), enc...))
	return err
}
