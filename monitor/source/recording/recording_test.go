// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// equal compares Data, of which a payload may have none as an empty slice.
var equal = cmp.Comparer(bytes.Equal)

// sample returns n payloads of about 100 bytes, each other than the next, and the recording of them.
func sample(n int) (all []payload.Payload, recording []byte) {
	for i := range n {
		pl := payload.Payload{Data: bytes.Repeat([]byte{byte(i)}, 100+i%7), CPU: i, Type: payload.EventSample}
		all = append(all, pl)
		recording = payload.AppendSession(recording, i == 0, &pl)
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
	rec, err := Create(path, func(err error) { t.Error(err) })
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

// fullDisk is a file that takes so many bytes.
type fullDisk struct {
	bytes.Buffer
	space    int
	truncate error
	close    error
}

func (f *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), f.space-f.Len())
	f.Buffer.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (f *fullDisk) Truncate(size int64) error {
	if f.truncate == nil {
		f.Buffer.Truncate(int(size))
	}
	return f.truncate
}

func (f *fullDisk) Close() error { return f.close }

// TestRecorderFullDisk fills the disk at every byte of a recording, which is flushed after every third message.
func TestRecorderFullDisk(t *testing.T) {
	want, whole := sample(10)
	for space := range len(whole) {
		var told []error
		disk := &fullDisk{space: space}
		rec := &Recorder{file: disk, path: "file", failed: func(err error) { told = append(told, err) }}
		w := payload.NewWriter(rec)
		for i := range want {
			if err := w.Write(&want[i]); err != nil {
				t.Fatal(err)
			}
			if i%3 == 2 {
				rec.Flush()
			}
		}
		err := rec.Close()
		if !errors.Is(err, syscall.ENOSPC) || len(told) != 1 || !errors.Is(told[0], err) {
			t.Fatalf("%d bytes of space: told %v, Close: %v", space, told, err)
		}
		kept, err := readKept(&disk.Buffer)
		if err != nil {
			t.Fatalf("%d bytes of space: %v", space, err)
		}
		if diff := cmp.Diff(want[:len(kept)], kept, equal); diff != "" {
			t.Fatalf("%d bytes of space (-want +got):\n%s", space, diff)
		}
		if fits := len(whole[:space]) / 120; len(kept) < fits-1 {
			t.Fatalf("%d bytes of space: kept %d messages", space, len(kept))
		}
	}
}

// readKept reads the recording that a full disk keeps, without a Source.
func readKept(r io.Reader) ([]payload.Payload, error) {
	all := []payload.Payload{}
	for s := payload.NewReader(r); ; {
		var pl payload.Payload
		if err := s.Next(&pl); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		all = append(all, pl)
	}
}

func TestRecorderErrors(t *testing.T) {
	rec := bytes.Repeat([]byte{1}, 276)
	var told []string
	failed := func(err error) { told = append(told, err.Error()) }
	r := &Recorder{file: &fullDisk{space: 5, truncate: errors.New("cannot cut")}, path: "file", failed: failed}
	_, _ = r.Write(rec)
	r.Flush()
	r = &Recorder{file: &fullDisk{space: 1000, close: errors.New("cannot close")}, path: "file", failed: failed}
	_, _ = r.Write(rec)
	_ = r.Close()
	want := []string{
		"recording ended, file keeps 0 bytes: no space left on device (and cannot cut)",
		"recording ended, file keeps 276 bytes: cannot close",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Create(t.TempDir(), failed); err == nil {
		t.Error("created a file in place of a folder")
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
