// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"bytes"
	"encoding/gob"
	"io"
	"testing"
)

// usual is what a node mostly sends.
func usual() *Payload {
	return &Payload{Data: bytes.Repeat([]byte{0xa5}, 32+86), CPU: 1, Type: EventSample}
}

// loop repeats the messages of a session without end: the definition once, then the value.
type loop struct {
	first, again []byte
}

func (l *loop) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(l.first) == 0 {
			l.first = l.again
		}
		c := copy(p[n:], l.first)
		l.first = l.first[c:]
		n += c
	}
	return n, nil
}

func newLoop() io.Reader {
	pl := usual()
	return &loop{first: appendSession(nil, true, pl), again: appendSession(nil, false, pl)}
}

func BenchmarkSession(b *testing.B) {
	b.Run("Reader", func(b *testing.B) {
		r := NewReader(newLoop())
		var pl Payload
		b.ReportAllocs()
		for b.Loop() {
			if err := r.Next(&pl); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gob.Decoder", func(b *testing.B) {
		dec := gob.NewDecoder(newLoop())
		b.ReportAllocs()
		for b.Loop() {
			var pl Payload
			if err := dec.Decode(&pl); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWriter(b *testing.B) {
	pl := usual()
	b.Run("Writer", func(b *testing.B) {
		w := NewWriter(io.Discard)
		b.ReportAllocs()
		for b.Loop() {
			if err := w.Write(pl); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gob.Encoder", func(b *testing.B) {
		enc := gob.NewEncoder(io.Discard)
		b.ReportAllocs()
		for b.Loop() {
			if err := enc.Encode(pl); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkMeta(b *testing.B) {
	pl := usual()
	msg, err := pl.BuildMessage()
	if err != nil {
		b.Fatal(err)
	}
	r := NewMetaReader(&loop{first: msg, again: msg})
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Next(pl); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAllocations checks that reading and writing the usual payloads takes nothing from the heap.
func TestAllocations(t *testing.T) {
	pl := usual()
	r, w := NewReader(newLoop()), NewWriter(io.Discard)
	if n := testing.AllocsPerRun(1000, func() {
		if err := r.Next(pl); err != nil {
			t.Fatal(err)
		}
		if err := w.Write(pl); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per payload", n)
	}
}
