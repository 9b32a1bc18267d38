// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"encoding/binary"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// TestAppendFacts is about what JSON has beside that of Cilium.
func TestAppendFacts(t *testing.T) {
	drop := func(size int, version, file byte) []byte {
		b := make([]byte, size)
		b[0], b[1], b[14], b[30] = TypeDrop, 133, version, file
		return b
	}
	trace := func(version, reason, flags byte, address ...byte) []byte {
		b := make([]byte, 48)
		b[0], b[14], b[26], b[27] = TypeTrace, version, reason, flags
		copy(b[32:], address)
		return b
	}
	for _, test := range []struct {
		release string
		raw     []byte
		want    string
	}{
		{"1.11", drop(32, 1, 2), ``},
		{"1.12", drop(32, 1, 2), `,"fileName":"bpf_sock.c"`},
		{"1.15", drop(36, 1, 103), `,"fileName":"srv6.h"`},
		{"1.19", drop(48, 3, 103), `,"fileName":"icmp6.h"`},
		{"1.19", drop(48, 3, 250), ``},
		{"1.6", trace(0, 1, 0)[:32], ``},
		{"1.15", trace(1, 1, 0), ``},
		{"1.15", trace(1, 1, 0, 192, 0, 2, 9), `,"origIP":"192.0.2.9"`},
		{"1.15", trace(1, 0x81, 1, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9), `,"origIP":"2001:db8::9","encrypted":true`},
	} {
		d, err := NewDecoder(test.release)
		if err != nil {
			t.Fatal(err)
		}
		e := &event.Event{Kind: event.Sample, Raw: test.raw, Host: &event.Host{Order: binary.LittleEndian}}
		d.Decode(e)
		m, ok := e.Msg.(event.Explained)
		if !ok {
			t.Fatalf("%s: no facts of %T, %v", test.release, e.Msg, e.Err)
		}
		if got := string(m.AppendFacts([]byte(`{"a":1`))[6:]); got != test.want {
			t.Errorf("%s: %s, want %s", test.release, got, test.want)
		}
	}
}
