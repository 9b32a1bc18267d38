// SPDX-License-Identifier: Apache-2.0

package cilium_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// notify returns the bytes of a message of size bytes with a packet of 20.
func notify(kind, version byte, size, more int) []byte {
	data := make([]byte, size+20+more)
	data[0], data[8], data[12], data[14] = kind, 20, 20, version
	return data
}

// TestContradictions gives messages of other releases to a decoder, each several times: it says so once.
func TestContradictions(t *testing.T) {
	const behind = ": name the right release with --cilium"
	for _, test := range []struct {
		release string
		data    []byte
		want    string
	}{
		{"1.6", notify(1, 0, 32, 0), ""},
		{"1.7", notify(1, 1, 32, 0), ""},
		{"1.13", notify(1, 1, 36, 7), ""},
		{"1.18", notify(1, 2, 40, 0), ""},
		{"1.20", notify(1, 3, 48, 0), ""},
		{"1.20", notify(4, 2, 56, 0), ""},
		{"1.18", notify(5, 1, 32, 0), ""},
		{"1.19", notify(5, 1, 40, 4), ""},
		{"1.20", notify(1, 1, 36, 0), "a drop with version 1 is not what Cilium 1.20 sends, but 1.7 to 1.17" + behind},
		{"1.15", notify(1, 2, 40, 0), "a drop with version 2 is not what Cilium 1.15 sends, but 1.18" + behind},
		{"1.6", notify(1, 3, 48, 0), "a drop with version 3 is not what Cilium 1.6 sends, but 1.19 to 1.20" + behind},
		{"1.20", notify(4, 0, 32, 0), "a trace with version 0 is not what Cilium 1.20 sends, but 1.5 to 1.6 and bpfmon attach (as 1.5)" + behind},
		{"1.20", notify(3, 0, 24, 0), "a capture with version 0 is not what Cilium 1.20 sends, but 1.5 to 1.6 and bpfmon attach (as 1.5)" + behind},
		{"1.13", notify(1, 1, 32, 0), "a drop of 52 bytes with 20 of a packet is not what Cilium 1.13 sends" + behind},
		{"1.18", notify(5, 1, 40, 0), "a policy-verdict of 60 bytes with 20 of a packet is not what Cilium 1.18 sends" + behind},
		{"1.20", notify(6, 0, 24, 0), "the message type 6 (recorder) is not what Cilium 1.20 sends, but 1.10 to 1.18" + behind},
		{"1.7", notify(5, 1, 32, 0), "the message type 5 (policy-verdict) is not what Cilium 1.7 sends, but 1.8 to 1.20" + behind},
		{"1.12", notify(7, 1, 32, 0), "the message type 7 (trace-sock) is not what Cilium 1.12 sends, but 1.13 to 1.20" + behind},
		{"1.20", []byte{8, 1}, ""},
	} {
		d, err := cilium.NewDecoder(test.release)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		d.Warn = func(text string) { got = append(got, text) }
		for range 3 {
			e := event.Event{Kind: event.Sample, Raw: test.data, Host: &event.Host{Order: binary.LittleEndian}}
			d.Decode(&e)
		}
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s, % x:\nwant %q\n got %q", test.release, test.data, want, got)
		}
	}
}

// TestPacketAt compares where the packet begins by release and version.
func TestPacketAt(t *testing.T) {
	for _, test := range []struct {
		release       string
		kind, version byte
		at            int // -1 for an error
	}{
		{"1.6", 1, 0, 32}, {"1.6", 4, 0, 32}, {"1.7", 1, 1, 32}, {"1.7", 4, 1, 48}, {"1.12", 1, 1, 32}, {"1.13", 1, 1, 36},
		{"1.15", 1, 0, 36}, {"1.15", 1, 2, 40}, {"1.15", 1, 3, 48}, {"1.15", 4, 2, 56}, {"1.15", 4, 3, -1},
		{"1.18", 1, 2, 40}, {"1.18", 4, 1, 48}, {"1.18", 5, 1, 32}, {"1.19", 5, 1, 40},
		{"1.20", 1, 0, 36}, {"1.20", 1, 3, 48}, {"1.20", 1, 4, -1}, {"1.20", 4, 0, 32}, {"1.20", 4, 2, 56}, {"1.20", 4, 3, -1},
		{"1.20", 3, 1, 24},
	} {
		d, err := cilium.NewDecoder(test.release)
		if err != nil {
			t.Fatal(err)
		}
		data := notify(test.kind, test.version, 60, 0)
		e := event.Event{Kind: event.Sample, Raw: data, Host: &event.Host{Order: binary.LittleEndian}}
		d.Decode(&e)
		got := -1
		if e.Err == nil {
			got = e.Msg.Capture().Offset
		}
		if got != test.at {
			t.Errorf("%s: type %d, version %d: packet at %d, want %d (%v)", test.release, test.kind, test.version, got, test.at, e.Err)
		}
	}
}
