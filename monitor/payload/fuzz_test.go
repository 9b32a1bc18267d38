// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"bytes"
	"encoding/gob"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// crashers are streams that a fuzz target has failed on.
var crashers = []struct{ name, stream string }{
	{"an interface value goes on behind a type, with one that is not defined", "O\xff\x87\x03\x01\x02\xff\x88\x00\x01\a\x01\x06Before\x01\x10\x00\x01\x04More\x01\xff\x8a\x00\x01\x04Dat" +
		"a\x01\n\x00\x01\x05Inner\x01\xff\x8e\x00\x01\x03CPU\x01\x04\x00\x01\x04LosC\x01\x06\x00\x01\x04Type\x01" +
		"\x04\x00\x00\x00&\xff\x89\x03\x01\x01\x04more\x01\xff\x8a\x00\x01\x02\x01\x05Cause\x01\f\x00\x01\x04Path" +
		"\x01\xff\x90\x00\x00\x00&\xff\x8f\x02\x01\x01\x17[]map[string][2]float64\x01\xff\x90\x00\x01\xff\x8e\x00" +
		"\x00\x0f\xff\x8d\x04\x01\x02\xff\x8e\x00\x01\f\x01\xff\x8c\x00\x00\x0e\xff\x8b\x04\x01\x02\xff\x8c\x00" +
		"\x01\b\x01\x04\x00\x00\x1d\xff\x91\x02\x01\x01\x0e[]payloa\xf0.more\x01\xff\x92\x00\x01\xff\x8a\x00\x00t" +
		"\xff\x88\x018github.com/lockstep-bpf/lockstep/monitor/payload.Payload\xff\x93\x03\x01\x01\aPayload\x01" +
		"\xff\xa7\x00\x01\x04\x01\x04Data\x01\n\x00\x01\x03CPU\x01\x04\x00\x01\x04Lost\x01\x06\x00\x01\x04Type" +
		"\x01\x04\x00\x00\x00+\xff\x94\x06\x01\x01\x01\x03\x12\x00\x01\x00\x02\x00\x00\x01\x04data\x01\x01\x01" +
		"\x01y\x01\x01\x01\x01z\x02\xfe\xf0?@\x00\x01\n\x01\x06\x01\x0e\x00"},
}

// seeds adds streams that are right, wrong and cut off.
func seeds(f *testing.F) {
	f.Add(wholeSession(f)[:2000])
	rec := recorded(f)
	f.Add(rec[:4000])
	f.Add(rec[:500])
	for _, c := range hostile() {
		if len(c.stream) < 4000 {
			f.Add(c.stream)
		}
	}
	for _, c := range crashers {
		f.Add([]byte(c.stream))
	}
	pl := Payload{Data: []byte("data"), CPU: 5, Lost: 6, Type: 7}
	for _, v := range otherTypes(&pl) {
		gob.Register(Payload{})
		f.Add(append(gobOf(v), gobOf(v)...))
	}
}

// FuzzReader compares a Reader with one that leaves every message to gob.Decoder: equal payloads, and an error
// of one where there is one of the other.
func FuzzReader(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readAll(bytes.NewReader(b))
		want, wantErr := slowAll(bytes.NewReader(b))
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("(-gob.Decoder +Reader):\n%s", diff)
		}
		if text(err) != text(wantErr) {
			t.Errorf("error %q, with gob.Decoder %q", text(err), text(wantErr))
		}
	})
}

// slowAll is readAll without the fast path.
func slowAll(r io.Reader) (all []Payload, err error) {
	s := NewReader(r)
	for pl := stale(); ; {
		err := s.Next(&pl)
		s.types.plain, s.types.timed, s.types.checked = 0, 0, 0
		if errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		own := pl
		own.Data = bytes.Clone(pl.Data)
		all = append(all, own)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// FuzzGob compares a Reader with a plain gob.Decoder, and with one that is safe with any stream, for streams that all
// of them take.
func FuzzGob(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded, boundedErr := gobAll(NewGobDecoder(bytes.NewReader(b)))
		got, err := readAll(bytes.NewReader(b))
		if err != nil {
			return
		}
		want, wantErr := gobAll(gob.NewDecoder(bytes.NewReader(b)))
		if wantErr != nil && wantErr.Error() == "gob: duplicate type received" {
			return // several sessions, on purpose
		}
		if err := errors.Join(wantErr, boundedErr); err != nil {
			t.Fatalf("read whole, but gob.Decoder: %v", err)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("(-gob.Decoder +Reader):\n%s", diff)
		}
		if diff := cmp.Diff(want, bounded, equal); diff != "" {
			t.Errorf("(-gob.Decoder +NewGobDecoder):\n%s", diff)
		}
	})
}

// FuzzPayload decodes a payload and, where that works, encodes and decodes it again.
func FuzzPayload(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		first := stale()
		if first.Decode(b) != nil {
			return
		}
		enc, err := first.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var second Payload
		if err := second.Decode(enc); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second, equal); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	})
}

// FuzzMeta compares ReadMetaPayload, which reads exactly, with MetaReader, which reads ahead.
func FuzzMeta(f *testing.F) {
	for _, pl := range vectors[:5] {
		b, err := pl.BuildMessage()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(b, b...))
		f.Add(b[:len(b)-1])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		m := NewMetaReader(bytes.NewReader(b))
		for got, want := stale(), stale(); ; {
			err, wantErr := ReadMetaPayload(r, &Meta{}, &got), m.Next(&want)
			if (err == nil) != (wantErr == nil) || (errors.Is(err, io.EOF)) != (errors.Is(wantErr, io.EOF)) {
				t.Fatalf("ReadMetaPayload: %v, MetaReader: %v", err, wantErr)
			}
			if diff := cmp.Diff(want, got, equal); diff != "" {
				t.Errorf("(-MetaReader +ReadMetaPayload):\n%s", diff)
			}
			if err != nil {
				return
			}
		}
	})
}
