// SPDX-License-Identifier: Apache-2.0

package batch

import (
	"errors"
	"testing"
)

// writes are the sizes of the writes that a writer got.
type writes struct {
	sizes []int
	err   error
}

func (w *writes) Write(p []byte) (int, error) {
	w.sizes = append(w.sizes, len(p))
	return len(p), w.err
}

// TestWriter checks that bytes wait until there are enough for a write, and that an empty buffer makes no write: a reader
// would take it for something.
func TestWriter(t *testing.T) {
	w := &writes{}
	b := New(w)
	for range 2 {
		b.Bytes = append(b.Bytes, make([]byte, Size-1)...)
		if err := b.FlushFull(); err != nil || len(w.sizes) != 0 {
			t.Fatalf("%d bytes: error %v, writes of %v bytes; want none before %d", len(b.Bytes), err, w.sizes, Size)
		}
		b.Bytes = append(b.Bytes, 1)
		if err := b.FlushFull(); err != nil || len(w.sizes) != 1 || w.sizes[0] != Size || len(b.Bytes) != 0 {
			t.Fatalf("error %v, writes of %v bytes, %d bytes left; want one of %d", err, w.sizes, len(b.Bytes), Size)
		}
		w.sizes = nil
		if err := b.Flush(); err != nil || len(w.sizes) != 0 {
			t.Fatalf("error %v, writes of %v bytes of nothing", err, w.sizes)
		}
	}
}

// TestMemory checks that a usual buffer is used again and that a huge one is not kept.
func TestMemory(t *testing.T) {
	b := New(&writes{})
	for _, c := range []struct {
		size int
		kept bool
	}{{Size, true}, {Keep + 1, false}} {
		b.Bytes = make([]byte, c.size)
		if err := b.Flush(); err != nil {
			t.Fatal(err)
		}
		if kept := cap(b.Bytes) > 0; kept != c.kept {
			t.Errorf("after %d bytes: kept %v, want %v", c.size, kept, c.kept)
		}
	}
}

// TestError checks that a failed write is reported once and its bytes are not written again.
func TestError(t *testing.T) {
	failed := errors.New("failed")
	w := &writes{err: failed}
	b := New(w)
	b.Bytes = append(b.Bytes, "event"...)
	if err := b.Flush(); !errors.Is(err, failed) {
		t.Errorf("error %v, want %v", err, failed)
	}
	if err := b.Flush(); err != nil || len(w.sizes) != 1 {
		t.Errorf("error %v, %d writes; want the bytes in one write alone", err, len(w.sizes))
	}
}
