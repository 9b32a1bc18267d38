// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"bytes"
	"encoding/gob"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/internal/session"
)

// zeros is an endless stream of zero bytes behind a prefix.
func zeros(prefix []byte) io.Reader { return io.MultiReader(bytes.NewReader(prefix), zeroReader{}) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// define returns the message that defines a type by a part of gob's wireType.
func define(id int64, wire ...byte) []byte { return appendBody(nil, -id, wire) }

// sliceOf defines a slice type.
func sliceOf(id, elem int64) []byte {
	wire := append([]byte("\x02\x01\x02"), session.AppendInt(nil, id)...)
	wire = append(append(wire, 0, 1), session.AppendInt(nil, elem)...)
	return define(id, append(wire, 0, 0)...)
}

// structOf defines a struct type called Payload with a field X of the given type, and the field Data, without which gob
// would not look at a value.
func structOf(id, field int64) []byte {
	wire := append([]byte(session.Head), session.AppendInt(nil, id)...)
	wire = append(append(wire, "\x00\x01\x02\x01\x01X\x01"...), session.AppendInt(nil, field)...)
	wire = append(wire, "\x00\x01\x04Data\x01\x0a\x00"...)
	return define(id, append(wire, 0, 0)...)
}

// deep is a value whose field X nests n levels.
func deep(id int64, n int) []byte { return appendBody(nil, id, bytes.Repeat([]byte{1}, n)) }

// manyTypes defines n types.
func manyTypes(n int) (b []byte) {
	for i := range n {
		b = append(b, sliceOf(int64(100+i), 2)...)
	}
	return b
}

// chain defines n types that each hold the next, and a Payload of the first.
func chain(n int) []byte {
	b := structOf(99, 100)
	for i := range n {
		b = append(b, sliceOf(int64(100+i), int64(101+i))...)
	}
	return append(b, sliceOf(int64(100+n), 2)...)
}

// gobOf returns the stream of a value.
func gobOf(v any) []byte {
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(v); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

// levels is how deep a hostile value is nested: short runs take fewer, which are refused for the same reason.
func levels() int {
	if testing.Short() {
		return 1 << 20
	}
	return 16 << 20
}

// hostileStream is what a reader may be given instead of a session, and a part of the error's text.
type hostileStream struct {
	name   string
	stream []byte
	want   string
}

var hostile = sync.OnceValue(func() []hostileStream {
	return append(hostileStreams, []hostileStream{
		{"type that holds itself", slices.Concat(structOf(70, 71), sliceOf(71, 71), deep(70, levels())), "type 71 contains itself"},
		{"types that hold each other", slices.Concat(structOf(70, 71), sliceOf(71, 72), sliceOf(72, 71), deep(70, levels())), "type 71 contains itself"},
		{"deep types, deep value", slices.Concat(chain(1000), deep(99, levels())), "gob"},
	}...)
})

var hostileStreams = []hostileStream{
	{"length over the limit", session.AppendUint(nil, maxMessage+1), "over the limit"},
	{"length of all ones", session.AppendUint(nil, 1<<64-1), "over the limit"},
	{"length in too many bytes", []byte{0x80, 1, 2, 3}, "malformed message length"},
	{"length that lies", append(session.AppendUint(nil, maxMessage), 1, 2, 3), "cut off at byte 8, in the message that begins at byte 0"},
	{"cut-off length", []byte{0xfc, 1}, "cut off at byte 2"},
	{"empty message", []byte{0, 0, 0}, "message of no bytes"},
	{"no type id", []byte{1, 0xff}, "malformed type id"},
	{"type id out of range", appendBody(nil, 1<<40, nil), "malformed type id"},
	{"type not defined", appendBody(nil, 65, []byte{0}), "type 65 was not defined"},
	{"text", []byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close"), "not a type of payloads"},
	{"number", gobOf(7), "type 2 is not a type of payloads"},
	{"other struct", gobOf(struct{ A, B string }{"a", "b"}), "gob"},
	{"field of another type", gobOf(struct{ Data string }{"text"}), "gob"},
	{"number too large", gobOf(struct{ Lost, CPU uint64 }{1, 1 << 63}), "gob"},
	{"data longer than the message", append([]byte(definition), appendBody(nil, ownID, []byte{1, 0xf8, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})...), "slice length"},
	{"field out of bounds", append([]byte(definition), appendBody(nil, ownID, []byte{9, 1, 0})...), "field numbers out of bounds"},
	{"value of no bytes", append([]byte(definition), appendBody(nil, ownID, []byte{1})...), "no payload in the message"},
	{"definition of no bytes", define(65), ""},
	{"definition of rubbish", define(65, 9, 9, 9), "malformed type definition"},
	{"definition with a wrong end", define(65, 3, 1, 1, 0xff), "malformed type definition"},
	{"definition with more fields than bytes", define(65, append([]byte{3, 2}, session.AppendUint(nil, 1<<64-1)...)...), "malformed type definition"},
	{"definition too large", define(65, make([]byte, maxDefinition)...), "type definitions too large or too many"},
	{"too many types", manyTypes(maxTypes + 1), "type definitions too large or too many"},
	{"field of a type not defined", slices.Concat(structOf(70, 71), deep(70, 9)), "type 71 was not defined"},
}

// entries are the ways in for a stream of gob.
var entries = map[string]func(stream []byte) error{
	"Reader":     func(b []byte) error { _, err := readAll(bytes.NewReader(b)); return err },
	"ReadBinary": func(b []byte) error { return new(Payload).ReadBinary(bytes.NewReader(b)) },
	"Decode":     func(b []byte) error { return new(Payload).Decode(b) },
	"DecodeBinary": func(b []byte) error {
		return new(Payload).DecodeBinary(NewGobDecoder(bytes.NewReader(b)))
	},
	"ReadMetaPayload": func(b []byte) error {
		return ReadMetaPayload(bytes.NewReader(withMeta(b)), &Meta{}, new(Payload))
	},
}

// withMeta returns a message of protocol 1.0 around a stream.
func withMeta(b []byte) []byte {
	meta := Meta{Size: uint32(len(b))}
	return append(meta.append(nil), b...)
}

func TestHostile(t *testing.T) {
	for _, c := range hostile() {
		for name, read := range entries {
			err := read(c.stream)
			var corrupt *CorruptError
			var truncated *TruncatedError
			switch {
			case name == "DecodeBinary" && errors.Is(err, io.EOF) && strings.HasPrefix(c.want, "no payload"):
				// What gob.Decoder makes of it: the caller's decoder does not tell it from the end.
			case !errors.As(err, &corrupt) && !errors.As(err, &truncated):
				t.Errorf("%s: %s: error %v is not one of this package", c.name, name, err)
			case (name == "Reader" || strings.HasSuffix(c.want, "contains itself")) && !strings.Contains(err.Error(), c.want):
				t.Errorf("%s: %s: error %q, want %q in it", c.name, name, err, c.want)
			}
		}
	}
}

// TestHostileMemory holds what is taken from the heap for a stream that claims more than it sends.
func TestHostileMemory(t *testing.T) {
	const bound = 4 << 20
	for _, c := range hostile() {
		if len(c.stream) > bound/8 {
			continue
		}
		for name, read := range entries {
			if got := allocated(func() { _ = read(c.stream) }); got > bound {
				t.Errorf("%s: %s took %d bytes for %d", c.name, name, got, len(c.stream))
			}
		}
	}
	meta := Meta{Size: maxStream}
	if got := allocated(func() {
		_ = ReadMetaPayload(bytes.NewReader(meta.append(nil)), &Meta{}, new(Payload))
	}); got > bound {
		t.Errorf("a Meta that lies took %d bytes", got)
	}
}

// allocated returns how many bytes f took from the heap in all.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestEndless reads streams that never end: the reader must not wait for their end to refuse them.
func TestEndless(t *testing.T) {
	for name, prefix := range map[string][]byte{
		"zeros":           nil,
		"over the limit":  session.AppendUint(nil, maxMessage+1),
		"a value":         session.AppendUint(nil, maxMessage),
		"a definition":    append(session.AppendUint(nil, maxMessage), 1),
		"a meta too long": {0xff, 0xff, 0xff, 0xff},
	} {
		if testing.Short() && name == "a definition" { // 64 MiB, as for a value
			continue
		}
		var corrupt *CorruptError
		if _, err := readAll(zeros(prefix)); !errors.As(err, &corrupt) {
			t.Errorf("%s: Reader: %v", name, err)
		}
		if err := ReadMetaPayload(zeros(prefix), &Meta{}, new(Payload)); !errors.As(err, &corrupt) {
			t.Errorf("%s: ReadMetaPayload: %v", name, err)
		}
	}
}

func TestMetaHostile(t *testing.T) {
	var size *SizeError
	over := Meta{Size: maxStream + 1}
	if err := ReadMetaPayload(bytes.NewReader(over.append(nil)), &Meta{}, new(Payload)); !errors.As(err, &size) {
		t.Errorf("size over the limit: %v", err)
	}
	var corrupt *CorruptError
	enc, _ := vectors[2].Encode()
	for name, b := range map[string][]byte{
		"no payload":       nil,
		"type, no payload": []byte(definition),
		"half a payload":   enc[:100],
		"two payloads":     slices.Concat(enc, enc),
		"a byte more":      append(slices.Clip(enc), 0),
	} {
		pl := stale()
		err := ReadMetaPayload(bytes.NewReader(withMeta(b)), &Meta{}, &pl)
		if !errors.As(err, &corrupt) || corrupt.Offset != 0 || len(pl.Data) != 0 || pl.CPU != 0 {
			t.Errorf("%s: %v, %+v", name, err, pl)
		}
	}
}

// TestFeedEnds checks that a bounded decoder passes an end and a reader's error on.
func TestFeedEnds(t *testing.T) {
	if err := new(Payload).DecodeBinary(NewGobDecoder(bytes.NewReader(nil))); !errors.Is(err, io.EOF) {
		t.Errorf("empty stream: %v", err)
	}
	var truncated *TruncatedError
	b := wholeSession(t)[:70]
	if err := new(Payload).DecodeBinary(NewGobDecoder(bytes.NewReader(b))); err != nil {
		t.Errorf("first payload: %v", err)
	}
	dec := NewGobDecoder(bytes.NewReader(b[:60]))
	if err := new(Payload).DecodeBinary(dec); !errors.As(err, &truncated) || truncated.End != 60 {
		t.Errorf("cut-off stream: %v", err)
	}
}
