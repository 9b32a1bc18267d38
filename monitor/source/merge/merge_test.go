// SPDX-License-Identifier: Apache-2.0

package merge_test

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source"
	"github.com/lockstep-bpf/lockstep/monitor/source/merge"
)

// list is a source of events at given times: 0 stands for a loss.
type list struct {
	times  []int64
	end    error         // after them; nil for a source that then waits to be closed
	closed chan struct{} // by Close
}

func newList(end error, times ...int64) *list {
	return &list{times: times, end: end, closed: make(chan struct{})}
}

func (l *list) Next(e *event.Event) error {
	e.Reset()
	if len(l.times) == 0 {
		if l.end == nil {
			<-l.closed
			return os.ErrClosed
		}
		return l.end
	}
	e.Kind, e.Time, e.CPU = event.Sample, l.times[0], 1
	e.Raw = strconv.AppendInt(e.Raw, e.Time, 10)
	if e.Time == 0 {
		e.Kind, e.Lost = event.Lost, 7
	}
	l.times = l.times[1:]
	return nil
}

func (l *list) Ready() bool { return len(l.times) > 0 }

func (l *list) Close() error {
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

// read returns the times of all events, and the error after them.
func read(t *testing.T, src source.Source) (times []int64, err error) {
	t.Helper()
	for e := new(event.Event); ; {
		if err := src.Next(e); err != nil {
			return times, err
		}
		if e.Kind == event.Sample && string(e.Raw) != strconv.FormatInt(e.Time, 10) || e.Kind == event.Lost && e.Lost != 7 {
			t.Errorf("event %+v", e)
		}
		times = append(times, e.Time)
	}
}

// TestOrder checks that events come in the order of their times, and a loss behind the event before it.
func TestOrder(t *testing.T) {
	for _, c := range []struct {
		sources [][]int64
		want    []int64
	}{
		{nil, nil},
		{[][]int64{{1, 2, 3}}, []int64{1, 2, 3}},
		{[][]int64{{}, {}, {5}}, []int64{5}},
		{[][]int64{{1, 4, 5, 9}, {2, 3, 6}, {7}}, []int64{1, 2, 3, 4, 5, 6, 7, 9}},
		{[][]int64{{1, 4, 0, 9}, {2, 5}}, []int64{1, 2, 4, 0, 5, 9}},
		{[][]int64{{3, 3}, {3}}, []int64{3, 3, 3}},
	} {
		var sources []source.Source
		for _, times := range c.sources {
			sources = append(sources, newList(io.EOF, times...))
		}
		m := merge.New(merge.Options{Hold: time.Hour}, sources...)
		got, err := read(t, m)
		if !slices.Equal(got, c.want) || !errors.Is(err, io.EOF) {
			t.Errorf("%v: %v, %v, want %v", c.sources, got, err, c.want)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestFails checks that what was read is given before the error of a source, which ends the others.
func TestFails(t *testing.T) {
	broken := errors.New("broken")
	m := merge.New(merge.Options{Hold: time.Millisecond}, newList(broken, 1, 2), newList(nil))
	got, err := read(t, m)
	if !slices.Equal(got, []int64{1, 2}) || !errors.Is(err, broken) {
		t.Errorf("%v, %v", got, err)
	}
	if err := m.Next(new(event.Event)); !errors.Is(err, broken) || !m.Ready() {
		t.Errorf("again: %v", err)
	}
}

// TestQuiet checks that a source that says nothing keeps the events of others for a while only.
func TestQuiet(t *testing.T) {
	m := merge.New(merge.Options{Hold: time.Millisecond}, newList(nil), newList(nil, 1, 2))
	for _, want := range []int64{1, 2} {
		var e event.Event
		if err := m.Next(&e); err != nil || e.Time != want {
			t.Errorf("%d, %v, want %d", e.Time, err, want)
		}
	}
	if m.Ready() {
		t.Error("ready, and there is nothing")
	}
	ended := make(chan error)
	go func() { ended <- m.Next(new(event.Event)) }()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

// TestFull checks that a source that has filled its room waits for no other, whatever the hold is, and loses nothing.
func TestFull(t *testing.T) {
	var times []int64
	for i := range int64(10_000) {
		times = append(times, i+1)
	}
	quiet := newList(nil)
	m := merge.New(merge.Options{Hold: time.Hour}, quiet, newList(io.EOF, times...))
	var e event.Event
	for i := range 5000 { // the others wait for the quiet one
		if err := m.Next(&e); err != nil || e.Time != times[i] {
			t.Fatal(e.Time, err)
		}
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func BenchmarkMerge(b *testing.B) {
	times := make([]int64, b.N)
	for i := range times {
		times[i] = int64(i + 1)
	}
	m := merge.New(merge.Options{}, newList(io.EOF, times...), newList(io.EOF))
	b.ReportAllocs()
	b.ResetTimer()
	var e event.Event
	for m.Next(&e) == nil {
	}
}

// TestSetBack checks that a source whose events are from before the clock was set back is not kept waiting until the clock is
// there again, though another always has an event.
func TestSetBack(t *testing.T) {
	const before, after, most = 1_000_000, 1, 300_000
	later := make([]int64, most)
	for i := range later {
		later[i] = after + int64(i)
	}
	m := merge.New(merge.Options{Hold: time.Hour}, newList(io.EOF, before, before+1, before+2, most+7), newList(io.EOF, later...))
	got, err := read(t, m)
	if len(got) != most+4 || !errors.Is(err, io.EOF) {
		t.Fatalf("%d events, %v", len(got), err)
	}
	// All three come together, after as many as wait in a ring and before the others have ended.
	at := slices.Index(got, before)
	if at < most/2 || at > most-2 || !slices.Equal(got[at:at+3], []int64{before, before + 1, before + 2}) {
		t.Errorf("the first event from before is number %d, then %d", at, got[at:min(at+5, len(got))])
	}
}
