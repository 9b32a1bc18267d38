// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"bytes"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// FuzzRecognize checks that a connection reads the same however its first bytes arrive, and as what it was taken for reads
// without the recognizing.
func FuzzRecognize(f *testing.F) {
	one, two := payload.Payload{Data: []byte{4, 1}, CPU: 1, Type: payload.EventSample}, payload.Payload{CPU: 2, Lost: 22, Type: payload.RecordLost}
	session := agenttest.Session(one, two)
	metas, err := agenttest.Metas(one, two)
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range [][]byte{session, session[:10], metas, metas[:40], metas[:20], {}, {0}, make([]byte, 40), []byte("HTTP/1.1 400 Bad Request\r\n\r\n")} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, err := recognize(bytes.NewReader(b))
		if err != nil {
			if len(b) > 0 {
				t.Fatal(err)
			}
			return
		}
		slow, err := recognize(iotest.OneByteReader(bytes.NewReader(b)))
		if err != nil {
			t.Fatal(err)
		}
		var plain stream = payload.NewReader(bytes.NewReader(b))
		if _, ok := whole.(*payload.MetaReader); ok {
			plain = payload.NewMetaReader(bytes.NewReader(b))
		}
		want := readStream(plain)
		for name, s := range map[string]stream{"whole": whole, "byte by byte": slow} {
			if diff := cmp.Diff(want, readStream(s)); diff != "" {
				t.Errorf("%s (-plain +recognized):\n%s", name, diff)
			}
		}
	})
}

// readStream returns all that a stream holds, and how it ends, in a form to compare.
func readStream(s stream) (all []string) {
	for pl := new(payload.Payload); ; {
		if err := s.Next(pl); err != nil {
			return append(all, err.Error())
		}
		enc, err := pl.Encode()
		if err != nil {
			return append(all, err.Error())
		}
		all = append(all, string(enc))
	}
}
