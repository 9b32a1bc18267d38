// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// equal compares Data, of which a payload may have none as an empty slice.
var equal = cmp.Comparer(bytes.Equal)

// sample returns n payloads of about 100 bytes, each other than the next, and the recording of them.
func sample(n int) (all []payload.Payload, recording []byte) {
	for i := range n {
		pl := payload.Payload{Data: bytes.Repeat([]byte{byte(i)}, 100+i%7), CPU: i, Type: payload.EventSample}
		all = append(all, pl)
		recording = agenttest.AppendSession(recording, i == 0, &pl)
	}
	return all, recording
}

// write writes a file and returns its path.
func write(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recording")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll reads a source to its end.
func readAll(src source.Source) (all []payload.Payload, err error) {
	for {
		var e event.Event
		if err := src.Next(&e); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		var pl payload.Payload
		pl.Of(&e)
		all = append(all, pl)
	}
}

func TestOpenAndNew(t *testing.T) {
	want, rec := sample(2000)
	file, err := Open(t.Context(), write(t, rec))
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]source.Source{
		"file":         file,
		"reader":       New(t.Context(), "reader", bytes.NewReader(rec)),
		"halves":       New(t.Context(), "reader", iotest.HalfReader(bytes.NewReader(rec))),
		"end with all": New(t.Context(), "reader", iotest.DataErrReader(bytes.NewReader(rec))),
	} {
		got, err := readAll(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for range 2 {
			if err := src.Close(); err != nil {
				t.Errorf("%s: Close: %v", name, err)
			}
		}
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	_, rec := sample(3)
	dir := t.TempDir()
	if _, err := Open(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(t.Context(), dir); err == nil || err.Error() != "open "+dir+": is a directory" {
		t.Errorf("directory: %v", err)
	}
	path := write(t, rec[:len(rec)-1])
	src, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := readAll(src)
	var cut *payload.TruncatedError
	if len(all) != 2 || !errors.As(err, &cut) || cut.End != int64(len(rec)-1) || !strings.HasPrefix(err.Error(), path+": ") {
		t.Errorf("cut-off file: %d events, %v", len(all), err)
	}
	if all, err := readAll(New(t.Context(), "name", strings.NewReader(""))); len(all) != 0 || !errors.Is(err, ErrEmpty) {
		t.Errorf("empty recording: %d events, %v", len(all), err)
	}
	_, err = readAll(New(t.Context(), "name", iotest.ErrReader(errors.New("broken"))))
	if err == nil || err.Error() != "name: broken" {
		t.Errorf("broken reader: %v", err)
	}
}

// TestEnds ends sources whose reader waits for ever, and those that never do.
func TestEnds(t *testing.T) {
	cause := errors.New("cause")
	pr, pw := io.Pipe()
	defer pw.Close()
	for name, c := range map[string]struct {
		end  func(*Source, context.CancelCauseFunc)
		want error
	}{
		"close":  {func(s *Source, _ context.CancelCauseFunc) { _ = s.Close() }, os.ErrClosed},
		"cancel": {func(_ *Source, cancel context.CancelCauseFunc) { cancel(cause) }, cause},
	} {
		for kind, r := range map[string]io.Reader{"waiting": pr, "endless": &endless{}} {
			ctx, cancel := context.WithCancelCause(t.Context())
			src := New(ctx, "name", r)
			time.AfterFunc(10*time.Millisecond, func() { c.end(src, cancel) })
			var err error
			for err == nil {
				err = src.Next(new(event.Event))
			}
			if again := src.Next(new(event.Event)); !errors.Is(err, c.want) || !errors.Is(again, c.want) {
				t.Errorf("%s, %s reader: %v, then %v", name, kind, err, again)
			}
		}
	}
}

// endless is a recording without end.
type endless struct{ rest []byte }

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		_, e.rest = sample(10)
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestCloseFileWhileReading(t *testing.T) {
	_, rec := sample(5000)
	src, err := Open(t.Context(), write(t, rec))
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Next(new(event.Event)); err != nil {
		t.Fatal(err)
	}
	if err := src.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(src); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Next after Close: %v", err)
	}
}

func TestRecorder(t *testing.T) {
	want, _ := sample(2000)
	path := write(t, []byte("what was there before"))
	if _, err := Create(path, recfile.Options{}, nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("a file that exists: %v", err)
	}
	rec, err := Create(path, recfile.Options{Mode: recfile.Replace}, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	w := payload.NewWriter(rec)
	for i := range want {
		if err := w.Write(&want[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	src, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(src)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestContinue cuts a recording at every byte and continues it: what was whole, and what is added, is there.
func TestContinue(t *testing.T) {
	want, old := sample(4)
	_, first := sample(1)
	for cut := range old {
		path := write(t, old[:cut])
		rec, err := Create(path, recfile.Options{Mode: recfile.Append}, func(err error) { t.Error(err) })
		if cut > 0 && err != nil && strings.HasSuffix(err.Error(), "it is not a recording") && cut < len(first) {
			continue // there is no whole event
		}
		if err != nil {
			t.Fatalf("%d bytes: %v", cut, err)
		}
		w := payload.NewWriter(rec)
		for i := range want {
			if err := w.Write(&want[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
		src, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(src)
		_ = src.Close()
		kept := len(got) - len(want)
		if err != nil || kept < 0 || kept > 3 {
			t.Fatalf("%d bytes: %d events, %v", cut, len(got), err)
		}
		if diff := cmp.Diff(append(want[:kept:kept], want...), got, equal); diff != "" {
			t.Fatalf("%d bytes (-want +got):\n%s", cut, diff)
		}
	}
}

// TestRotated checks that each of the files is a recording.
func TestRotated(t *testing.T) {
	want, _ := sample(100)
	path := filepath.Join(t.TempDir(), "node.gob")
	rec, err := Create(path, recfile.Options{RotateSize: 1000}, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	to := rec.Sink()
	for i := range want {
		want[i].Time = int64(i / 10 * 1000) // the first have none
		e := &event.Event{Raw: want[i].Data, CPU: want[i].CPU, Kind: event.Sample, Time: want[i].Time}
		if err := to.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "node.0*.gob"))
	if err != nil || len(files) < 10 || !slices.IsSorted(files) {
		t.Fatal(files, err)
	}
	var got []payload.Payload
	for _, path := range append(files, path) {
		info, err := os.Stat(path)
		if err != nil || info.Size() > 1000 {
			t.Errorf("%s: %d bytes, %v", path, info.Size(), err)
		}
		src, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		some, err := readAll(src)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		_ = src.Close()
		got = append(got, some...)
	}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestConcurrentClose closes sources while they are read, as the documentation allows; it is for the race detector.
func TestConcurrentClose(t *testing.T) {
	_, rec := sample(5000)
	for range 20 {
		file, err := Open(t.Context(), write(t, rec))
		if err != nil {
			t.Fatal(err)
		}
		for _, src := range []source.Source{file, New(t.Context(), "reader", bytes.NewReader(rec))} {
			closed := make(chan error, 2)
			for range 2 {
				go func() { closed <- src.Close() }()
			}
			if _, err := readAll(src); err != nil && !errors.Is(err, os.ErrClosed) {
				t.Error(err)
			}
			if err := errors.Join(<-closed, <-closed); err != nil {
				t.Error(err)
			}
		}
	}
}
