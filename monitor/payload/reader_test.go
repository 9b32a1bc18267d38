// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"bytes"
	"encoding/gob"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// wholeSession returns vectors as a session.
func wholeSession(tb testing.TB) []byte {
	tb.Helper()
	var buf bytes.Buffer
	w := NewWriter(&buf)
	for _, pl := range vectors {
		if err := w.Write(&pl); err != nil {
			tb.Fatal(err)
		}
	}
	return buf.Bytes()
}

// recorded returns the session that a v1.5.3 agent sent.
func recorded(tb testing.TB) []byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/v1.5.3-stream.gob")
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// readAll reads a session to its end or an error, which it returns unless it is io.EOF.
func readAll(r io.Reader) ([]Payload, error) { return readFrom(NewReader(r)) }

func readFrom(r interface{ Next(*Payload) error }) (all []Payload, err error) {
	pl := stale()
	for {
		if err := r.Next(&pl); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		own := pl
		own.Data = slices.Clone(pl.Data)
		all = append(all, own)
	}
}

// gobAll is readAll with a gob.Decoder, for a single session.
func gobAll(dec *gob.Decoder) (all []Payload, err error) {
	for {
		var pl Payload
		if err := dec.Decode(&pl); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		all = append(all, pl)
	}
}

func TestReader(t *testing.T) {
	got, err := readAll(iotest.OneByteReader(bytes.NewReader(wholeSession(t))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(vectors, got, equal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReaderRecorded(t *testing.T) {
	want, err := gobAll(gob.NewDecoder(bytes.NewReader(recorded(t))))
	if err != nil || len(want) == 0 {
		t.Fatalf("%d payloads, %v", len(want), err)
	}
	r := NewReader(bytes.NewReader(recorded(t)))
	got, err := readFrom(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("(-gob.Decoder +Reader):\n%s", diff)
	}
	if r.slow != nil {
		t.Error("the session of a v1.5.3 agent was left to gob.Decoder")
	}
}

// Types with which other agents might send a payload. Gob sends the name of the type, so that is the same.
func otherTypes(pl *Payload) map[string]any {
	type more struct {
		Cause string
		Path  []map[string][2]float64
	}
	return map[string]any{
		"reordered": struct {
			Type int
			Lost uint64
			CPU  int
			Data []byte
		}{pl.Type, pl.Lost, pl.CPU, pl.Data},
		"more fields": struct {
			Before any
			More   *more
			Data   []byte
			Inner  []more
			CPU    int8
			Lost   uint16
			Type   int64
		}{vectors[1], &more{"x", nil}, pl.Data, []more{{"y", []map[string][2]float64{{"z": {1, 2}}}}},
			int8(pl.CPU), uint16(pl.Lost), int64(pl.Type)},
		"fewer fields": struct{ Data []byte }{pl.Data},
	}
}

func TestReaderOtherTypes(t *testing.T) {
	gob.Register(Payload{})
	pl := Payload{Data: []byte("data"), CPU: 5, Lost: 6, Type: 7}
	for name, v := range otherTypes(&pl) {
		var buf, tee bytes.Buffer
		enc := gob.NewEncoder(&buf)
		for range 3 {
			if err := enc.Encode(v); err != nil {
				t.Fatal(err)
			}
		}
		want, err := gobAll(gob.NewDecoder(bytes.NewReader(buf.Bytes())))
		if err != nil || len(want) != 3 {
			t.Fatalf("%s: gob.Decoder: %d payloads, %v", name, len(want), err)
		}
		r := NewReader(bytes.NewReader(buf.Bytes()))
		r.Tee(&tee)
		got, err := readFrom(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("%s (-gob.Decoder +Reader):\n%s", name, diff)
		}
		if !bytes.Equal(tee.Bytes(), buf.Bytes()) {
			t.Errorf("%s: the copy differs from the stream", name)
		}
	}
}

func TestReaderSeveralSessions(t *testing.T) {
	reordered := new(bytes.Buffer)
	pl := Payload{Data: []byte("data"), CPU: 5, Lost: 6, Type: 7}
	if err := gob.NewEncoder(reordered).Encode(otherTypes(&pl)["reordered"]); err != nil {
		t.Fatal(err)
	}
	other := gobEncode(t, 100, &pl)
	stream := slices.Concat(wholeSession(t), reordered.Bytes(), wholeSession(t), other, reordered.Bytes(), other)
	want := slices.Concat(vectors, []Payload{pl}, vectors, []Payload{pl, pl, pl})
	got, err := readAll(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReaderCutOff cuts a session at every byte.
func TestReaderCutOff(t *testing.T) {
	whole := wholeSession(t)
	starts := []int{0}
	for r := NewReader(bytes.NewReader(whole)); r.Next(new(Payload)) == nil; {
		starts = append(starts, int(r.Offset()))
	}
	for end := range min(len(whole), 2000) {
		n, atStart := slices.BinarySearch(starts, end)
		if !atStart {
			n-- // the number of payloads that are whole
		}
		got, err := readAll(bytes.NewReader(whole[:end]))
		if len(got) != n {
			t.Fatalf("cut at %d: %d payloads, want %d", end, len(got), n)
		}
		if atStart {
			if err != nil {
				t.Fatalf("cut at %d, between messages: %v", end, err)
			}
			continue
		}
		start := starts[n]
		if n == 0 && end > len(definition) {
			start = len(definition)
		}
		want := &TruncatedError{Start: int64(start), End: int64(end)}
		if diff := cmp.Diff(error(want), err); diff != "" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d (-want +got):\n%s", end, diff)
		}
	}
}

func TestMetaReaderCutOff(t *testing.T) {
	pl := vectors[2]
	msg, err := pl.BuildMessage()
	if err != nil {
		t.Fatal(err)
	}
	stream := slices.Concat(msg, msg)
	for end := range stream {
		got, err := readFrom(NewMetaReader(bytes.NewReader(stream[:end])))
		if len(got) != end/len(msg) {
			t.Fatalf("cut at %d: %d payloads", end, len(got))
		}
		var want error
		if end%len(msg) != 0 {
			want = &TruncatedError{Start: int64(end / len(msg) * len(msg)), End: int64(end)}
		}
		if diff := cmp.Diff(want, err); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", end, diff)
		}
	}
}

func TestReaderErrorStays(t *testing.T) {
	r := NewReader(io.MultiReader(bytes.NewReader(wholeSession(t)[:100]), iotest.ErrReader(errors.New("once"))))
	_, first := readFrom(r)
	pl := stale()
	second := r.Next(&pl)
	if first == nil || first.Error() != "once" || !errors.Is(second, first) {
		t.Errorf("%v, then %v", first, second)
	}
	if diff := cmp.Diff(Payload{}, pl, equal); diff != "" {
		t.Errorf("payload after an error (-want +got):\n%s", diff)
	}
}

func TestReady(t *testing.T) {
	pl := vectors[1]
	meta, err := pl.BuildMessage()
	if err != nil {
		t.Fatal(err)
	}
	gobs := appendSession(nil, true, &pl)
	for name, c := range map[string]struct {
		msg []byte
		new func(io.Reader) interface {
			Next(*Payload) error
			Ready() bool
		}
	}{
		"1.2": {gobs, func(r io.Reader) interface {
			Next(*Payload) error
			Ready() bool
		} {
			return NewReader(r)
		}},
		"1.0": {meta, func(r io.Reader) interface {
			Next(*Payload) error
			Ready() bool
		} {
			return NewMetaReader(r)
		}},
	} {
		// What follows a whole message, and whether the reader is ready after that message.
		for cut := range len(c.msg) + 1 {
			r := c.new(bytes.NewReader(slices.Concat(c.msg, c.msg[:cut])))
			if r.Ready() {
				t.Fatalf("%s: ready before the first read", name)
			}
			if err := r.Next(new(Payload)); err != nil {
				t.Fatal(err)
			}
			if got, want := r.Ready(), cut == len(c.msg); got != want {
				t.Errorf("%s: ready with %d of %d bytes: %v", name, cut, len(c.msg), got)
			}
		}
	}
}

func TestTee(t *testing.T) {
	want := recorded(t)
	var got bytes.Buffer
	r := NewReader(iotest.OneByteReader(bytes.NewReader(append(slices.Clip(want), want[:500]...))))
	r.Tee(&got)
	if _, err := readFrom(r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	second := got.Bytes()[len(want):]
	if !bytes.HasPrefix(got.Bytes(), want) || !bytes.HasPrefix(want, second) || len(second) == 0 {
		t.Errorf("copied %d bytes of %d: not what was whole", got.Len(), len(want)+500)
	}
	if _, err := readAll(&got); err != nil {
		t.Errorf("the copy of a stream that broke off: %v", err)
	}
}

func TestTeeError(t *testing.T) {
	r := NewReader(bytes.NewReader(wholeSession(t)))
	pr, pw := io.Pipe()
	_ = pr.Close()
	r.Tee(pw)
	if err := r.Next(new(Payload)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error of the copy: %v", err)
	}
}

func TestMetaReaderTee(t *testing.T) {
	var stream, tee bytes.Buffer
	for _, pl := range vectors {
		if err := WriteMetaPayload(&stream, &Meta{}, &pl); err != nil {
			t.Fatal(err)
		}
	}
	r := NewMetaReader(&stream)
	r.Tee(&tee)
	if _, err := readFrom(r); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(tee.Bytes(), wholeSession(t)) {
		t.Error("the copy of a 1.0 connection is not the session of its payloads")
	}
}
