// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
)

// fuzzEvents are what is added.
func fuzzEvents() (all []*event.Event) {
	for i := range 3 {
		all = append(all, &event.Event{Raw: bytes.Repeat([]byte{byte(200 + i)}, 50), CPU: i, Kind: event.Sample, Time: int64(i)})
	}
	return append(all, &event.Event{CPU: 1, Kind: event.Lost, Lost: 7})
}

// eventsOf returns the whole events of a recording.
func eventsOf(t *testing.T, path string) []payload.Payload {
	t.Helper()
	src, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	all, _ := readAll(src)
	return all
}

// continueFile adds events to a recording, and reports whether it could be continued.
func continueFile(t *testing.T, path string, ng bool) bool {
	t.Helper()
	opts, failed := recfile.Options{Mode: recfile.Append}, func(err error) { t.Error(err) }
	var to sink.Sink
	var end io.Closer
	if ng {
		s, err := CreatePcapng(path, opts, pcapng.Options{}, failed)
		if err != nil {
			return false
		}
		to, end = s, s
	} else {
		rec, err := Create(path, opts, failed)
		if err != nil {
			return false
		}
		to, end = rec.Sink(), rec
	}
	for _, e := range fuzzEvents() {
		if err := to.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := end.Close(); err != nil {
		t.Fatal(err)
	}
	return true
}

// FuzzContinue takes any bytes for a recording that is continued, in both formats: it is refused, and then left as it is, or
// what was whole in it is read as before, with what is added behind it.
func FuzzContinue(f *testing.F) {
	_, rec := sample(5)
	f.Add(rec, false)
	f.Add(rec[:len(rec)-3], false)
	path := filepath.Join(f.TempDir(), "seed.pcapng")
	s, err := CreatePcapng(path, recfile.Options{}, pcapng.Options{}, func(err error) { f.Error(err) })
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range fuzzEvents() {
		if err := s.Event(e); err != nil {
			f.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file, true)
	f.Add(file[:len(file)-5], true)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte, ng bool) {
		path := filepath.Join(dir, "r")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		before := eventsOf(t, path)
		ByteOrder(t.Context(), path)
		if !continueFile(t, path, ng) {
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, b) {
				t.Fatalf("refused, and changed: %d bytes of %d, %v", len(after), len(b), err)
			}
			return
		}
		after := eventsOf(t, path)
		added := len(after) - len(fuzzEvents())
		if added < 0 || added > len(before) {
			t.Fatalf("%d events before, %d after", len(before), len(after))
		}
		if diff := cmp.Diff(before[:added], after[:added], equal); diff != "" && added > 0 {
			t.Fatalf("(-before +after):\n%s", diff)
		}
		if added != len(before) {
			t.Fatalf("of %d whole events %d are left", len(before), added)
		}
	})
}
