// SPDX-License-Identifier: Apache-2.0

package pcapng_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	ng "github.com/lockstep-bpf/lockstep/monitor/internal/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	sink "github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/source/pcapng"
)

const demo = "../../../cmd/bpfmon/testdata/demo.gob"

// events calls f for each event of a session.
func events(t testing.TB, session []byte, f func(*event.Event)) {
	t.Helper()
	r := payload.NewReader(bytes.NewReader(session))
	var pl payload.Payload
	e := new(event.Event)
	for {
		pl.Borrow(e)
		err := r.Next(&pl)
		pl.Lend(e)
		var truncated *payload.TruncatedError
		if errors.Is(err, io.EOF) || errors.As(err, &truncated) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		f(e)
	}
}

// toFile returns a session as a pcapng file, and as text.
func toFile(t testing.TB, session []byte, host *event.Host) (file, lines []byte) {
	t.Helper()
	var out bytes.Buffer
	s := sink.New(&out, sink.Options{Application: "bpfmon test"})
	var d monitor.Decoder
	events(t, session, func(e *event.Event) {
		e.Host = host
		d.Decode(e)
		if err := s.Event(e); err != nil {
			t.Fatal(err)
		}
		if len(e.Raw) < 1<<20 {
			lines = text.AppendEvent(lines, e, &event.Style{Form: event.JSON})
		}
	})
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), lines
}

// fromFile returns a pcapng file as a session, and as text.
func fromFile(t testing.TB, r io.Reader) (session, lines []byte) {
	t.Helper()
	var out bytes.Buffer
	w := payload.NewWriter(&out)
	src := pcapng.NewReader(r)
	var d monitor.Decoder
	var pl payload.Payload
	for e := new(event.Event); ; {
		err := src.Next(e)
		if errors.Is(err, io.EOF) {
			return out.Bytes(), lines
		}
		if err != nil {
			t.Fatal(err)
		}
		pl.Of(e)
		if err := w.Write(&pl); err != nil {
			t.Fatal(err)
		}
		d.Decode(e)
		if len(e.Raw) < 1<<20 {
			lines = text.AppendEvent(lines, e, &event.Style{Form: event.JSON})
		}
	}
}

type names map[uint32]string

func (n names) InterfaceName(index uint32) (string, bool) {
	name, ok := n[index]
	return name, ok
}

func TestRoundTrip(t *testing.T) {
	session, err := os.ReadFile(demo)
	if err != nil {
		t.Fatal(err)
	}
	hosts := map[string]*event.Host{
		"unknown": {},
		"this":    nil,
		"named":   {Name: "node7", Interfaces: names{12: "lxc1a2b", 14: "lxc3c4d"}, Release: "1.5.3"},
	}
	for name, host := range hosts {
		t.Run(name, func(t *testing.T) {
			file, before := toFile(t, session, host)
			again, after := fromFile(t, bytes.NewReader(file))
			if !bytes.Equal(session, again) {
				t.Errorf("a session of %d bytes comes back as %d other ones", len(session), len(again))
			}
			if diff := cmp.Diff(string(before), string(after)); diff != "" && host != nil { // this host's names are not in the file
				t.Errorf("(-before +after):\n%s", diff)
			}
			if again, _ := fromFile(t, iotest.OneByteReader(bytes.NewReader(file))); !bytes.Equal(session, again) {
				t.Error("another session from single bytes")
			}
			if again, _ := fromFile(t, bytes.NewReader(append(file[:len(file):len(file)], file...))); len(again) == 0 {
				t.Error("nothing from two sections")
			}
		})
	}
}

// TestMany writes events of more hosts, and with more names of interfaces, than a reader remembers of a section: each comes back
// with its own.
func TestMany(t *testing.T) {
	session, err := os.ReadFile(demo)
	if err != nil {
		t.Fatal(err)
	}
	var traced *event.Event
	var d monitor.Decoder
	events(t, session, func(e *event.Event) {
		if d.Decode(e); traced == nil && e.Msg != nil && e.Msg.TypeName() == "trace" {
			traced = &event.Event{Kind: e.Kind, Raw: bytes.Clone(e.Raw), Time: e.Time}
		}
	})
	const ifindex = 28 // of a trace of Cilium 1.5
	for name, host := range map[string]func(i int) *event.Host{
		"hosts": func(i int) *event.Host {
			return &event.Host{Name: strconv.Itoa(i), Interfaces: names{7: "eth" + strconv.Itoa(i)}}
		},
		"names": func() func(int) *event.Host {
			all := names{}
			one := &event.Host{Name: "one", Interfaces: all}
			return func(i int) *event.Host { all[uint32(i)+1] = "eth" + strconv.Itoa(i); return one }
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			const many = ng.MaxNames + 100
			var file bytes.Buffer
			s := sink.New(&file, sink.Options{})
			index := func(i int) uint32 {
				if name == "hosts" {
					return 7
				}
				return uint32(i) + 1 // 0 is none
			}
			for i := range many {
				traced.Host = host(i)
				binary.NativeEndian.PutUint32(traced.Raw[ifindex:], index(i))
				d.Decode(traced)
				if err := s.Event(traced); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
			src, e := pcapng.NewReader(&file), new(event.Event)
			for i := range many {
				if err := src.Next(e); err != nil {
					t.Fatalf("event %d: %v", i, err)
				}
				if got, _ := e.Host.Interfaces.InterfaceName(index(i)); got != "eth"+strconv.Itoa(i) || e.Host.Name != host(i).Name {
					t.Fatalf("event %d is of interface %q on host %q", i, got, e.Host.Name)
				}
			}
			if err := src.Next(e); !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		})
	}
}

// TestRandom writes events that are anything at all.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var session bytes.Buffer
	w := payload.NewWriter(&session)
	for range 2000 {
		pl := payload.Payload{CPU: int(r.Int64()) >> r.IntN(64), Type: []int{9, 2, 7, -1}[r.IntN(4)], Time: r.Int64() >> r.IntN(64)}
		if r.IntN(3) == 0 {
			pl.Lost = r.Uint64() >> r.IntN(64)
		}
		pl.Data = make([]byte, r.IntN(120))
		for i := range pl.Data {
			pl.Data[i] = byte(r.IntN(256))
		}
		if len(pl.Data) > 40 {
			pl.Data[0] = []byte{1, 2, 3, 4, 129, 130, 200}[r.IntN(7)]
			binary.NativeEndian.PutUint32(pl.Data[8:], uint32(len(pl.Data)))
			binary.NativeEndian.PutUint32(pl.Data[12:], uint32(r.IntN(len(pl.Data)))) // some are longer than the message
		}
		if err := w.Write(&pl); err != nil {
			t.Fatal(err)
		}
	}
	file, before := toFile(t, session.Bytes(), &event.Host{})
	again, after := fromFile(t, bytes.NewReader(file))
	if !bytes.Equal(session.Bytes(), again) {
		t.Errorf("a session of %d bytes comes back as %d other ones", session.Len(), len(again))
	}
	if !bytes.Equal(before, after) {
		t.Error("another text")
	}
}

// TestLarge writes messages that are longer than a block, and packets that are longer than Wireshark takes.
func TestLarge(t *testing.T) {
	var session bytes.Buffer
	w := payload.NewWriter(&session)
	sizes := []int{ng.MaxPacket - 100, ng.MaxPacket + 1000, ng.MaxPart + 1}
	if !testing.Short() {
		sizes = append(sizes, ng.MaxPart, 3*ng.MaxPart-7)
	}
	for _, size := range sizes {
		pl := payload.Payload{Type: payload.EventSample, Data: make([]byte, size)}
		pl.Data[0] = 1
		binary.NativeEndian.PutUint32(pl.Data[8:], uint32(size))
		binary.NativeEndian.PutUint32(pl.Data[12:], uint32(size))
		if err := w.Write(&pl); err != nil {
			t.Fatal(err)
		}
	}
	file, _ := toFile(t, session.Bytes(), &event.Host{})
	if again, _ := fromFile(t, bytes.NewReader(file)); !bytes.Equal(session.Bytes(), again) {
		t.Error("another session")
	}
}

// TestBroken cuts a file off everywhere: all events before that are read, and the error says where.
func TestBroken(t *testing.T) {
	session, err := os.ReadFile(demo)
	if err != nil {
		t.Fatal(err)
	}
	file, _ := toFile(t, session[:1500], &event.Host{})
	last := 0
	for n := range len(file) {
		r := pcapng.NewReader(bytes.NewReader(file[:n]))
		events := 0
		var err error
		for e := new(event.Event); err == nil; {
			if err = r.Next(e); err == nil {
				events++
			}
		}
		var truncated *payload.TruncatedError
		switch {
		case events < last:
			t.Fatalf("%d bytes: %d events, %d of a byte less", n, events, last)
		case errors.As(err, &truncated) && (truncated.End != int64(n) || truncated.Start != r.Offset()), !errors.As(err, &truncated) && !errors.Is(err, io.EOF):
			t.Fatalf("%d bytes: %v at %d", n, err, r.Offset())
		case errors.Is(err, io.EOF) != (r.Offset() == int64(n)):
			t.Fatalf("%d bytes: %v, of which %d were read", n, err, r.Offset())
		}
		whole, err := pcapng.Whole(bytes.NewReader(file[:n]))
		if err != nil || whole != r.Offset() {
			t.Fatalf("%d bytes: %d whole, want %d: %v", n, whole, r.Offset(), err)
		}
		last = events
	}
}

// TestForeign reads files that bpfmon did not write.
func TestForeign(t *testing.T) {
	for name, c := range map[string]struct{ file, err string }{
		"gob":         {"\x3f\xff\x81\x03\x01\x01\x07Payload\x01\xff\x82", "corrupt message at byte 0: no pcapng file: it does not begin with a section"},
		"version":     {section("\x02\x00"), "corrupt message at byte 0: version 2 of pcapng: only 1 is known"},
		"order":       {"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x00\x00\x00\x00", "corrupt message at byte 0: malformed byte order"},
		"length":      {section("\x01\x00") + "\x01\x00\x00\x00\x0d\x00\x00\x00\x0d\x00\x00\x00", "corrupt message at byte 28: malformed block length"},
		"only packet": {section("\x01\x00") + "\x06\x00\x00\x00\x24\x00\x00\x00" + string(make([]byte, 12)) + "\x04\x00\x00\x00\x04\x00\x00\x00abcd\x24\x00\x00\x00", pcapng.ErrNoEvents.Error()},
		"long packet": {section("\x01\x00") + "\x06\x00\x00\x00\x24\x00\x00\x00" + string(make([]byte, 12)) + "\x05\x00\x00\x00\x04\x00\x00\x00abcd\x24\x00\x00\x00", "corrupt message at byte 28: packet longer than its block"},
		"empty":       {section("\x01\x00"), "EOF"},
	} {
		err := pcapng.NewReader(bytes.NewReader([]byte(c.file))).Next(new(event.Event))
		if err == nil || err.Error() != c.err {
			t.Errorf("%s: %v, want %s", name, err, c.err)
		}
	}
}

// section returns the header of a section with a version.
func section(major string) string {
	return "\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a" + major + "\x00\x00" + string(bytes.Repeat([]byte{0xff}, 8)) + "\x1c\x00\x00\x00"
}

// FuzzReader checks that no file makes the reader fail other than with an error, or take more memory than the file has
// bytes, and that what it reads is read again the same after it was written.
func FuzzReader(f *testing.F) {
	session, err := os.ReadFile(demo)
	if err != nil {
		f.Fatal(err)
	}
	file, _ := toFile(f, session, &event.Host{})
	f.Add(file[:2000])
	named, _ := toFile(f, session[:3000], &event.Host{Name: "node7", Interfaces: names{12: "lxc1a2b"}, Order: binary.BigEndian})
	f.Add(named)
	f.Add([]byte(section("\x01\x00")))
	f.Fuzz(func(t *testing.T, file []byte) {
		r := pcapng.NewReader(bytes.NewReader(file))
		var again bytes.Buffer
		s := sink.New(&again, sink.Options{})
		var d monitor.Decoder
		var read []event.Event
		for e := new(event.Event); r.Next(e) == nil; {
			if len(e.Raw) > len(file) {
				t.Fatalf("a message of %d bytes in a file of %d", len(e.Raw), len(file))
			}
			read = append(read, event.Event{Time: e.Time, CPU: e.CPU, Kind: e.Kind, Lost: e.Lost, Raw: bytes.Clone(e.Raw)})
			d.Decode(e)
			if err := s.Event(e); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
		_, _ = pcapng.Whole(bytes.NewReader(file))
		r = pcapng.NewReader(&again)
		for i := range read {
			var e event.Event
			if err := r.Next(&e); err != nil {
				t.Fatalf("event %d: %v", i, err)
			}
			if w := &read[i]; e.Time != w.Time || e.CPU != w.CPU || e.Kind != w.Kind || e.Lost != w.Lost || !bytes.Equal(e.Raw, w.Raw) {
				t.Fatalf("event %d: %+v, want %+v", i, e, w)
			}
		}
	})
}
