// SPDX-License-Identifier: Apache-2.0

package top_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	escape "github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/sink/top"
)

var frame, _ = hex.DecodeString("0a0a0a0a0a0a020000000001" + "0800" + "4500003c1c4640004006b1e60a0000010a000002" +
	"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a000000640000000001030307")

// drop returns a drop from 10.0.0.LAST.
func drop(last byte, reason uint8, host *event.Host) *event.Event {
	size := uint32(len(frame))
	raw, err := binary.Append(nil, binary.NativeEndian, monitor.DropNotify{Type: api.MessageTypeDrop, SubType: reason, OrigLen: size, CapLen: size})
	if err != nil {
		panic(err)
	}
	raw = append(raw, frame...)
	raw[len(raw)-len(frame)+29] = last
	e := &event.Event{Kind: event.Sample, Raw: raw, Host: host}
	new(monitor.Decoder).Decode(e)
	return e
}

func add(s *top.Sink, n int, e *event.Event) {
	for range n {
		_ = s.Event(e) // never an error
	}
}

// escapes are what a frame tells the terminal.
var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[a-zA-Z]`)

// text returns the lines of a frame without what tells the terminal how they look.
func text(s *top.Sink, width, height int) []string {
	lines := strings.Split(escapes.ReplaceAllString(string(s.Frame(nil, width, height)), ""), "\r\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

func shows(t *testing.T, s *top.Sink, want ...string) {
	t.Helper()
	all := strings.Join(text(s, 80, 24), "\n")
	at := 0
	for _, w := range want {
		i := strings.Index(all[at:], w)
		if i < 0 {
			t.Fatalf("no %q there:\n%s", w, all)
		}
		at += i
	}
}

var second = time.Unix(1_789_000_000, 0)

func TestTables(t *testing.T) {
	s := top.New(top.Options{Source: "drops", Node: "node7"})
	add(s, 10, drop(1, 133, nil))
	add(s, 4, drop(2, 135, nil))
	_ = s.Event(&event.Event{Kind: event.Lost, Lost: 7, CPU: 2}) // never an error
	s.Tick(second)
	add(s, 30, drop(2, 135, nil))
	s.Tick(second.Add(2 * time.Second))
	shows(t, s, "drops  events 44 (15/s)  drops 44 (15/s)  lost 7  2s", "0 all", "reason of drops",
		"CT: Truncated or invalid header                                  15           34",
		"Policy denied (L3)                                                0           10", "10.0.0.2 -> 10.0.0.2  CT: Truncated", "node7 (none)", "node7 CPU 2")
	s.Keys([]byte("2s")) // pairs by count, which is the same order
	shows(t, s, "dropped between", "10.0.0.2 -> 10.0.0.2", "10.0.0.1 -> 10.0.0.2", "s sort: count")
	s.Keys([]byte("s")) // by name
	shows(t, s, "10.0.0.1 -> 10.0.0.2", "10.0.0.2 -> 10.0.0.2", "s sort: name")
	s.Keys([]byte("/0.0.1 ->\r"))
	shows(t, s, "10.0.0.1 -> 10.0.0.2", "filter: 0.0.1 ->")
	if all := strings.Join(text(s, 80, 24), "\n"); strings.Contains(all, "10.0.0.2 -> 10.0.0.2") {
		t.Errorf("not filtered:\n%s", all)
	}
	s.Keys([]byte("\x1bp"))
	add(s, 100, drop(3, 133, nil))
	s.Tick(second.Add(3 * time.Second))
	shows(t, s, "events 44 ", " paused")
	s.Keys([]byte(" "))
	s.Tick(second.Add(4 * time.Second))
	shows(t, s, "events 144 (50/s)")
	s.Say("slow \x1b[31mclient")
	shows(t, s, `slow \x1b[31mclient`)
	s.Keys([]byte("c"))
	s.Tick(second.Add(5 * time.Second))
	shows(t, s, "events 0 (0/s)", "none")
	for keys, want := range map[string]bool{"q": true, "\x03": true, "xyz\x1b[A\x1b[24~": false, "/q": false} {
		if got := top.New(top.Options{}).Keys([]byte(keys)); got != want {
			t.Errorf("%q ends: %v", keys, got)
		}
	}
	if s.Keys([]byte("/q")); !s.Keys([]byte{3}) {
		t.Error("Ctrl-C does not end while a filter is typed")
	}
}

// TestScroll goes through more rows than there is room for.
func TestScroll(t *testing.T) {
	s := top.New(top.Options{})
	for i := range 200 {
		add(s, 1, drop(byte(i), 133, nil))
	}
	s.Tick(second)
	s.Keys([]byte("2ss")) // by name
	shows(t, s, "dropped between (1 to 19 of 200)", "10.0.0.0 ->")
	s.Keys([]byte("\x1b[6~\x1b[B"))
	shows(t, s, "dropped between (21 to 39 of 200)")
	for range 20 {
		s.Keys([]byte("\x1b[6~"))
		s.Frame(nil, 80, 24)
	}
	shows(t, s, "dropped between (182 to 200 of 200)")
	s.Keys([]byte("g\x1b[A"))
	shows(t, s, "dropped between (1 to 19 of 200)")
	for _, key := range []string{"\t", "\x1b[Z", "0", "\x1b[D", "8", "\x1b[C"} {
		s.Keys([]byte(key))
		s.Frame(nil, 80, 24)
	}
	shows(t, s, "reason of drops") // behind the last is the first
}

// FuzzFrame: whatever names and keys come, a frame has its lines, and tells the terminal nothing but what package top does.
func FuzzFrame(f *testing.F) {
	f.Add("node7", []byte("2s/ab\r"), 80, 24)
	f.Add("\x1b]0;x\x07\u202e", []byte("/\x1b[31m\xff\u202e"), 10, 3)
	f.Add("\u074c", []byte("0"), 211, -43) // no character yet, which no terminal acts on
	f.Fuzz(func(t *testing.T, name string, keys []byte, width, height int) {
		width, height = width&511, height&127
		s := top.New(top.Options{Source: name})
		host := &event.Host{Name: name}
		add(s, 3, drop(1, 133, host))
		_ = s.Event(&event.Event{Kind: event.Lost, Lost: 7, Host: host}) // never an error
		s.Tick(second)
		s.Keys(keys)
		s.Tick(second.Add(time.Second))
		got := string(s.Frame(nil, width, height))
		plain := escapes.ReplaceAllString(got, "")
		if n := strings.Count(plain, "\r\n") + 1; n != max(6, height) {
			t.Errorf("%d lines of %d", n, height)
		}
		if line := strings.ReplaceAll(plain, "\r\n", ""); string(escape.AppendEscaped(nil, line)) != line {
			t.Fatalf("not safe for a terminal: %q", line)
		}
		known := map[string]bool{"\x1b[H": true, "\x1b[2K": true, "\x1b[0m": true, "\x1b[1m": true, "\x1b[7m": true}
		for _, e := range escapes.FindAllString(got, -1) {
			if !known[e] {
				t.Errorf("the terminal is told %q", e)
			}
		}
	})
}

func BenchmarkTop(b *testing.B) {
	s := top.New(top.Options{})
	var d monitor.Decoder
	e := drop(1, 133, nil)
	b.ReportAllocs()
	for b.Loop() {
		d.Decode(e)
		_ = s.Event(e) // never an error
	}
}

func Example() {
	s := top.New(top.Options{Source: "drops"})
	add(s, 3, drop(1, 133, nil))
	s.Tick(second)
	fmt.Println(text(s, 60, 8)[0])
	// Output:
	// drops  events 3 (0/s)  drops 3 (0/s)  lost 0  0s
}
