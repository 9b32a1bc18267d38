// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/internal/session"
)

// vectors is one payload of each kind, and each number's extremes.
var vectors = []Payload{
	{},
	{Data: []byte{1}, Type: EventSample},
	{Data: bytes.Repeat([]byte{4, 0x80, 0xff}, 50), CPU: 3, Type: EventSample},
	{Data: make([]byte, 127), CPU: -1, Type: EventSample},
	{Data: make([]byte, 128), CPU: 63, Type: -64},
	{Data: make([]byte, 70_000), CPU: 64, Type: EventSample},
	{CPU: 1, Lost: 17, Type: RecordLost},
	{Lost: 1<<64 - 1, CPU: 1<<31 - 1, Type: -1 << 31},
	{Lost: 127}, {Lost: 128}, {Lost: 255}, {Lost: 256}, {Lost: 1 << 32},
	{Data: []byte{1, 2}, CPU: 5, Type: EventSample, Time: 1789000000123456789},
	{CPU: 2, Lost: 3, Type: RecordLost, Time: -1}, {Time: 1<<63 - 1}, {Time: -1 << 63},
}

// equal compares Data, of which a decoded payload may have none as an empty slice.
var equal = cmp.Comparer(bytes.Equal)

// stale is a payload with every field set: nothing of it may be left after a decode.
func stale() Payload { return Payload{Data: []byte("stale"), CPU: 99, Lost: 99, Type: 99, Time: 99} }

func TestDecodeEncode(t *testing.T) {
	for _, want := range vectors {
		enc, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got := stale()
		if err := got.Decode(enc); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("Decode(Encode()) (-want +got):\n%s", diff)
		}
	}
}

func TestReadWriteBinary(t *testing.T) {
	var buf bytes.Buffer
	for _, pl := range vectors {
		if err := pl.WriteBinary(&buf); err != nil {
			t.Fatal(err)
		}
	}
	r := iotest.OneByteReader(&buf)
	for _, want := range vectors {
		got := stale()
		if err := got.ReadBinary(r); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if err := new(Payload).ReadBinary(r); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// TestEncodeLikeGob compares the encoding with gob.Encoder's, which differs in the id of the type only.
func TestEncodeLikeGob(t *testing.T) {
	for _, pl := range vectors {
		got, err := pl.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(gobEncode(t, formOf(&pl).ID(), &pl), got); diff != "" {
			t.Errorf("%d bytes of data (-gob.Encoder +Encode):\n%s", len(pl.Data), diff)
		}
	}
}

// gobEncode returns the stream that gob.Encoder makes of pl, with the type's id replaced: of v1.5.3's type if pl has no
// time.
func gobEncode(t *testing.T, id int64, pl *Payload) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := encodeAs(gob.NewEncoder(&buf), pl); err != nil {
		t.Fatal(err)
	}
	f := formOf(pl)
	in := input{src: &buf}
	def, err := in.message()
	if err != nil || definitionForm(-def.id, def.body) != f {
		t.Fatalf("not the definition of Payload: %x, %v", def.raw, err)
	}
	tail := session.PlainTail
	if f == timed {
		tail = session.TimedTail
	}
	b := appendBody(nil, -id, slices.Concat([]byte(session.Head), session.AppendInt(nil, id), []byte(tail)))
	val, err := in.message()
	if err != nil || val.id != -def.id {
		t.Fatalf("not a value of Payload: %x, %v", val.raw, err)
	}
	return appendBody(b, id, val.body)
}

// encodeAs encodes pl, as v1.5.3's type if it has no time.
func encodeAs(enc *gob.Encoder, pl *Payload) error {
	if pl.Time != 0 {
		return enc.Encode(pl)
	}
	type Payload struct { // its name is part of the stream
		Data []byte
		CPU  int
		Lost uint64
		Type int
	}
	return enc.Encode(&Payload{pl.Data, pl.CPU, pl.Lost, pl.Type})
}

// appendBody appends a message of a type.
func appendBody(dst []byte, id int64, body []byte) []byte {
	body = append(session.AppendInt(nil, id), body...)
	return append(session.AppendUint(dst, uint64(len(body))), body...)
}

func TestDecodeBinary(t *testing.T) {
	var buf bytes.Buffer
	enc := gob.NewEncoder(&buf)
	for _, pl := range vectors {
		if err := pl.EncodeBinary(enc); err != nil {
			t.Fatal(err)
		}
	}
	for name, dec := range map[string]*gob.Decoder{
		"plain":   gob.NewDecoder(bytes.NewReader(buf.Bytes())),
		"bounded": NewGobDecoder(bytes.NewReader(buf.Bytes())),
	} {
		got := stale()
		for _, want := range vectors {
			if err := got.DecodeBinary(dec); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, got, equal); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if err := got.DecodeBinary(dec); !errors.Is(err, io.EOF) {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

func TestDecodeTrailing(t *testing.T) {
	enc, _ := vectors[1].Encode()
	var corrupt *CorruptError
	pl := stale()
	if err := pl.Decode(append(enc, 0)); !errors.As(err, &corrupt) || corrupt.Offset != int64(len(enc)) {
		t.Errorf("Decode with a byte too many: %v", err)
	}
	if diff := cmp.Diff(Payload{}, pl, equal); diff != "" {
		t.Errorf("payload after an error (-want +got):\n%s", diff)
	}
}

func TestTooLarge(t *testing.T) {
	pl := Payload{Data: make([]byte, MaxSize+1)}
	var size *SizeError
	_, encodeErr := pl.Encode()
	_, buildErr := pl.BuildMessage()
	for name, err := range map[string]error{
		"Encode":           encodeErr,
		"BuildMessage":     buildErr,
		"WriteBinary":      pl.WriteBinary(io.Discard),
		"WriteMetaPayload": WriteMetaPayload(io.Discard, &Meta{}, &pl),
		"EncodeBinary":     pl.EncodeBinary(gob.NewEncoder(io.Discard)),
		"Writer":           NewWriter(io.Discard).Write(&pl),
	} {
		if !errors.As(err, &size) || size.Size != MaxSize+1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if testing.Short() {
		return // the largest payload takes as long as all other tests
	}
	pl.Data = pl.Data[:MaxSize]
	enc, err := pl.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var got Payload
	if err := got.Decode(enc); err != nil || len(got.Data) != MaxSize {
		t.Errorf("the largest payload: %d bytes, %v", len(got.Data), err)
	}
}

func TestMeta(t *testing.T) {
	want := Meta{Size: 0x01020304}
	enc, err := want.MarshalBinary()
	if err != nil || len(enc) != MetaLen || binary.Size(want) != MetaLen {
		t.Fatalf("%d bytes, %v", len(enc), err)
	}
	if size := binary.NativeEndian.Uint32(enc); size != want.Size {
		t.Errorf("encoded size %#x", size)
	}
	var buf bytes.Buffer
	if err := want.WriteBinary(&buf); err != nil || !bytes.Equal(buf.Bytes(), enc) {
		t.Errorf("WriteBinary: %x, %v", buf.Bytes(), err)
	}
	var read, unmarshalled Meta
	if err := read.ReadBinary(&buf); err != nil || read != want {
		t.Errorf("ReadBinary: %+v, %v", read, err)
	}
	if err := unmarshalled.UnmarshalBinary(append(enc, 1)); err != nil || unmarshalled != want {
		t.Errorf("UnmarshalBinary: %+v, %v", unmarshalled, err)
	}
	if err := read.ReadBinary(&buf); !errors.Is(err, io.EOF) {
		t.Errorf("ReadBinary at the end: %v", err)
	}
	for n := 1; n < MetaLen; n++ {
		if err := read.ReadBinary(bytes.NewReader(enc[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("ReadBinary of %d bytes: %v", n, err)
		}
		if err := read.UnmarshalBinary(enc[:n]); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("UnmarshalBinary of %d bytes: %v", n, err)
		}
	}
}

func TestMetaPayload(t *testing.T) {
	var stream bytes.Buffer
	for _, pl := range vectors {
		var meta Meta
		before := stream.Len()
		if err := WriteMetaPayload(&stream, &meta, &pl); err != nil {
			t.Fatal(err)
		}
		msg, err := pl.BuildMessage()
		if err != nil || !bytes.Equal(msg, stream.Bytes()[before:]) {
			t.Errorf("BuildMessage differs from WriteMetaPayload, %v", err)
		}
		if int(meta.Size) != len(msg)-MetaLen {
			t.Errorf("meta.Size = %d of %d bytes", meta.Size, len(msg))
		}
	}
	one := iotest.OneByteReader(bytes.NewReader(stream.Bytes()))
	whole := NewMetaReader(bytes.NewReader(stream.Bytes()))
	got, next := stale(), stale()
	for _, want := range vectors {
		var meta Meta
		if err := ReadMetaPayload(one, &meta, &got); err != nil || meta.Size == 0 {
			t.Fatal(meta, err)
		}
		if err := whole.Next(&next); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Payload{want, want}, []Payload{got, next}, equal); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if err := ReadMetaPayload(one, &Meta{}, &got); !errors.Is(err, io.EOF) {
		t.Errorf("ReadMetaPayload at the end: %v", err)
	}
	if err := whole.Next(&next); !errors.Is(err, io.EOF) {
		t.Errorf("MetaReader at the end: %v", err)
	}
}

// definition is the message that a session without times begins with.
var definition = plain.Definition()

const (
	ownID   = 65 // the id of its type
	timedID = 66 // that of a session with times
)

// appendSession appends the message of a payload, after the definition of its type where first is set.
func appendSession(dst []byte, first bool, pl *Payload) []byte {
	f := formOf(pl)
	if first {
		dst = append(dst, f.Definition()...)
	}
	return appendMessage(dst, f, pl)
}
