// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/rlimit"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/internal/cpus"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// sample is what the programs of these tests send.
const sample = 0x0807060504030201

// needBPF skips the test where BPF cannot be used at all, and fails it where LOCKSTEP_REQUIRE says that it can.
func needBPF(tb testing.TB) {
	tb.Helper()
	_ = rlimit.RemoveMemlock() // what it is needed for fails below
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err == nil {
		_ = m.Close()
		return
	}
	if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "bpf") || !errors.Is(err, os.ErrPermission) {
		tb.Fatal(err)
	}
	tb.Skip(err)
}

// newMap makes a map of events.
func newMap(tb testing.TB, kind ebpf.MapType) *ebpf.Map {
	tb.Helper()
	needBPF(tb)
	spec := &ebpf.MapSpec{Type: kind, KeySize: 4, ValueSize: 4}
	if kind == ebpf.RingBuf {
		spec = &ebpf.MapSpec{Type: kind, MaxEntries: 1 << 16}
	}
	m, err := ebpf.NewMap(spec)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = m.Close() })
	return m
}

// emitter returns a function that runs a program n times, which sends the sample to the map each time.
func emitter(tb testing.TB, m *ebpf.Map) func(n int) {
	tb.Helper()
	body := asm.Instructions{
		asm.LoadMapPtr(asm.R2, m.FD()),
		asm.LoadImm(asm.R3, 0xffffffff, asm.DWord),
		asm.Mov.Reg(asm.R4, asm.RFP),
		asm.Add.Imm(asm.R4, -8),
		asm.Mov.Imm(asm.R5, 8),
		asm.FnPerfEventOutput.Call(),
	}
	if m.Type() == ebpf.RingBuf {
		body = asm.Instructions{
			asm.LoadMapPtr(asm.R1, m.FD()),
			asm.Mov.Reg(asm.R2, asm.RFP),
			asm.Add.Imm(asm.R2, -8),
			asm.Mov.Imm(asm.R3, 8),
			asm.Mov.Imm(asm.R4, 0),
			asm.FnRingbufOutput.Call(),
		}
	}
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.SchedCLS, License: "GPL",
		Instructions: slices.Concat(asm.Instructions{
			asm.LoadImm(asm.R6, sample, asm.DWord),
			asm.StoreMem(asm.RFP, -8, asm.R6, asm.DWord),
		}, body, asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}),
	})
	if err != nil {
		tb.Fatalf("%+v", err)
	}
	tb.Cleanup(func() { _ = program.Close() })
	return func(n int) {
		if _, err := program.Run(&ebpf.RunOptions{Data: make([]byte, 64), Repeat: uint32(n)}); err != nil {
			tb.Fatal(err)
		}
	}
}

func newSource(tb testing.TB, ctx context.Context, m *ebpf.Map, opts Options) *Source {
	tb.Helper()
	s, err := New(ctx, m, opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// drain reads the source to its end, and returns the samples' CPUs and the losses.
func drain(tb testing.TB, s *Source) (cpus []int, lost uint64) {
	tb.Helper()
	want := binary.NativeEndian.AppendUint64(nil, sample)
	for e := new(event.Event); ; {
		err := s.Next(e)
		if errors.Is(err, io.EOF) {
			return cpus, lost
		}
		if err != nil {
			tb.Fatal(err)
		}
		if e.Kind == event.Lost {
			lost += e.Lost
			continue
		}
		if e.Kind != event.Sample || !bytes.HasPrefix(e.Raw, want) {
			tb.Fatalf("%+v", e)
		}
		cpus = append(cpus, e.CPU)
	}
}

// TestForeignMap checks that a map is read by what it is, that its events come with the CPU where that is known, and
// that Finish ends the source only after all of them.
func TestForeignMap(t *testing.T) {
	for _, kind := range []ebpf.MapType{ebpf.PerfEventArray, ebpf.RingBuf} {
		m := newMap(t, kind)
		emit := emitter(t, m)
		s := newSource(t, context.Background(), m, Options{})
		emit(100)
		if err := s.Finish(); err != nil {
			t.Fatal(err)
		}
		cpus, lost := drain(t, s)
		if len(cpus) != 100 || lost != 0 {
			t.Errorf("%s: %d events, %d lost", kind, len(cpus), lost)
		}
		for _, cpu := range cpus {
			if known := cpu >= 0; known != (kind == ebpf.PerfEventArray) {
				t.Errorf("%s: CPU %d", kind, cpu)
			}
		}
		if err := s.Next(new(event.Event)); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the end: %v", kind, err)
		}
	}
}

// TestRingTellsLoss checks that the loss which a perf ring tells of itself is passed on.
func TestRingTellsLoss(t *testing.T) {
	m := newMap(t, ebpf.PerfEventArray)
	emit := emitter(t, m)
	s := newSource(t, context.Background(), m, Options{PerCPU: 4096})
	emit(1000) // more than fit: 24 bytes each
	e := new(event.Event)
	received := 0
	for ; received < 100; received++ {
		if err := s.Next(e); err != nil {
			t.Fatal(err)
		}
	}
	emit(1) // told with the next event that fits, on the same CPU
	var lost uint64
	for lost == 0 {
		if err := s.Next(e); err != nil {
			t.Fatal(err)
		}
		if lost = e.Lost; lost == 0 {
			received++
			emit(1)
		}
	}
	if e.Kind != event.Lost || len(e.Raw) != 0 || lost < 500 || lost > 1000 {
		t.Errorf("%+v", e)
	}
}

// TestCountedLoss checks that loss is what the programs count, CPU by CPU, and each of it is told once.
func TestCountedLoss(t *testing.T) {
	m := newMap(t, ebpf.RingBuf)
	counts := []uint64{3, 0, 5}
	s := newSource(t, context.Background(), m, Options{
		Lost: func(dst []uint64) ([]uint64, error) { return append(dst, counts...), nil },
	})
	next := func() event.Event {
		var e event.Event
		if err := s.Next(&e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	got := []event.Event{next(), next()}
	counts = []uint64{3, 1, 5}
	got = append(got, next())
	want := []event.Event{
		{CPU: 0, Lost: 3, Kind: event.Lost}, {CPU: 2, Lost: 5, Kind: event.Lost},
		{CPU: 1, Lost: 1, Kind: event.Lost},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(event.Event{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestEnds holds by what a source that waits ends, and that it stays ended.
func TestEnds(t *testing.T) {
	cause := errors.New("enough")
	failure := errors.New("no counters")
	for name, end := range map[string]struct {
		end  func(s *Source, cancel context.CancelCauseFunc)
		opts Options
		want error
	}{
		"close":  {end: func(s *Source, _ context.CancelCauseFunc) { _ = s.Close() }, want: os.ErrClosed},
		"cancel": {end: func(_ *Source, cancel context.CancelCauseFunc) { cancel(cause) }, want: cause},
		"finish": {end: func(s *Source, _ context.CancelCauseFunc) { _ = s.Finish() }, want: io.EOF},
		"count": {
			end:  func(*Source, context.CancelCauseFunc) {},
			opts: Options{Lost: func([]uint64) ([]uint64, error) { return nil, failure }}, want: failure,
		},
	} {
		for _, kind := range []ebpf.MapType{ebpf.PerfEventArray, ebpf.RingBuf} {
			m := newMap(t, kind)
			ctx, cancel := context.WithCancelCause(context.Background())
			s := newSource(t, ctx, m, end.opts)
			time.AfterFunc(50*time.Millisecond, func() { end.end(s, cancel) })
			e := &event.Event{Raw: []byte("old"), CPU: 7, Lost: 7, Kind: 7}
			for range 2 {
				if err := s.Next(e); !errors.Is(err, end.want) {
					t.Errorf("%s of %s: %v, want %v", name, kind, err, end.want)
				}
			}
			if e.Raw = e.Raw[:len(e.Raw):len(e.Raw)]; len(e.Raw) != 0 || e.CPU != 0 || e.Lost != 0 || e.Kind != 0 {
				t.Errorf("%s of %s: left %+v", name, kind, e)
			}
			if !s.Ready() {
				t.Errorf("%s of %s: Next would not wait", name, kind)
			}
			cancel(nil)
		}
	}
}

// TestWrongType checks that a map that holds no events is refused with its type.
func TestWrongType(t *testing.T) {
	needBPF(t)
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Hash, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_, err = New(context.Background(), m, Options{})
	var wrong *MapTypeError
	if !errors.As(err, &wrong) || wrong.Type != ebpf.Hash {
		t.Fatal(err)
	}
	want := "the map is of type Hash: events come from a PerfEventArray or a RingBuf"
	if err.Error() != want {
		t.Errorf("%q", err)
	}
}

// TestNoMap checks that a map that a collection does not have is an error.
func TestNoMap(t *testing.T) {
	var coll ebpf.Collection
	if _, err := New(context.Background(), coll.Maps["misspelt"], Options{}); err == nil {
		t.Error("nil is read")
	}
}

// TestAllocations checks that reading takes nothing from the heap once the payload has memory.
func TestAllocations(t *testing.T) {
	for _, kind := range []ebpf.MapType{ebpf.PerfEventArray, ebpf.RingBuf} {
		m := newMap(t, kind)
		emit := emitter(t, m)
		s := newSource(t, context.Background(), m, Options{})
		emit(1500)
		e := new(event.Event)
		if n := testing.AllocsPerRun(1000, func() {
			if err := s.Next(e); err != nil {
				t.Fatal(err)
			}
		}); n > 0.01 {
			t.Errorf("%s: %v allocations an event", kind, n)
		}
	}
}

// TestPerfTimes checks that the events of a perf event array come in the order of their times, on all CPUs.
func TestPerfTimes(t *testing.T) {
	m := newMap(t, ebpf.PerfEventArray)
	emit := emitter(t, m)
	s := newSource(t, context.Background(), m, Options{})
	var all unix.CPUSet
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.SchedSetaffinity(0, &all) }()
	online, err := cpus.Online()
	if err != nil {
		t.Fatal(err)
	}
	var want []int
	for range 10 {
		for _, cpu := range online {
			var one unix.CPUSet
			one.Set(cpu)
			if unix.SchedSetaffinity(0, &one) != nil {
				continue // the tests were given other CPUs
			}
			emit(1)
			want = append(want, cpu)
		}
	}
	if err := s.Finish(); err != nil {
		t.Fatal(err)
	}
	var got []int
	var e event.Event
	for last := int64(0); s.Next(&e) == nil; last = e.Time {
		if e.Time <= last {
			t.Errorf("time %d follows %d", e.Time, last)
		}
		got = append(got, e.CPU)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("CPUs (-want +got)\n%s", diff)
	}
}

// FuzzPerfRing checks that a ring with any bytes in it is read to its end or refused, and that nothing is read beyond it.
func FuzzPerfRing(f *testing.F) {
	valid := make([]byte, 64)
	binary.NativeEndian.PutUint32(valid, unix.PERF_RECORD_SAMPLE)
	binary.NativeEndian.PutUint16(valid[6:], 32)
	binary.NativeEndian.PutUint64(valid[8:], 77)
	binary.NativeEndian.PutUint32(valid[16:], 12)
	binary.NativeEndian.PutUint32(valid[32:], unix.PERF_RECORD_LOST)
	binary.NativeEndian.PutUint16(valid[38:], 24)
	f.Add(valid, uint64(0), uint64(56))
	f.Add(valid, uint64(1<<40), uint64(64))
	f.Fuzz(func(t *testing.T, data []byte, tail, size uint64) {
		ring := &perfRing{data: make([]byte, 256), meta: new(unix.PerfEventMmapPage)}
		copy(ring.data, data)
		ring.tail = tail &^ 7
		ring.meta.Data_head = ring.tail + size%257&^7
		var rec record
		for more := ring.refresh(); more; more = ring.peek() {
			if err := ring.read(&rec); err != nil {
				return
			}
			if len(rec.data) > 256 || ring.head-ring.tail > 256 {
				t.Fatalf("%d bytes, %d left", len(rec.data), ring.head-ring.tail)
			}
		}
		if ring.head != ring.tail {
			t.Fatal("not read to the end")
		}
	})
}
