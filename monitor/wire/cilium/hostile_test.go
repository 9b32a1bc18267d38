// SPDX-License-Identifier: Apache-2.0

package cilium_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// releases are one of each state of the layouts.
var releases = []string{"1.6", "1.7", "1.8", "1.11", "1.12", "1.13", "1.15", "1.16", "1.17", "1.18", "1.19.0", "1.20"}

func decoders(t testing.TB) []*cilium.Decoder {
	t.Helper()
	var all []*cilium.Decoder
	for _, name := range releases {
		d, err := cilium.NewDecoder(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

var styles = []event.Style{
	{}, {Form: event.Debug}, {Form: event.Verbose}, {Form: event.Verbose, Hex: true}, {Form: event.JSON}, {Numeric: true},
}

// check prints data as messages of each release in each style: nothing may panic, print control characters, or print JSON
// that is none.
func check(t *testing.T, all []*cilium.Decoder, data []byte) {
	t.Helper()
	for i, d := range all {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			e := event.Event{Kind: event.Sample, Raw: data, Host: &event.Host{Order: order}}
			d.Decode(&e)
			if e.Msg != nil {
				for field := range e.Msg.Fields() {
					_, _ = e.Msg.Uint(field), e.Msg.Bytes(field)
				}
				if c := e.Msg.Capture(); len(c.Of(data)) > len(data) {
					t.Fatalf("%s: %d bytes of packet in %d", releases[i], len(c.Of(data)), len(data))
				}
			}
			for _, style := range styles {
				out := text.AppendEvent(nil, &e, &style)
				if bytes.ContainsFunc(out, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) {
					t.Fatalf("%s: control characters in %q of % x", releases[i], out, data)
				}
				if style.Form == event.JSON && len(out) > 0 && !json.Valid(out) {
					t.Fatalf("%s: no JSON: %s of % x", releases[i], out, data)
				}
			}
		}
	}
}

// distinct returns the data of some samples of each kind.
func distinct(t testing.TB, perKind int) [][]byte {
	var all [][]byte
	seen := map[string]int{}
	for _, release := range []string{"1.15.19", "1.20.2"} {
		for _, s := range samples(t, release) {
			kind := s.Name[:max(0, strings.LastIndexByte(s.Name, '/'))]
			if seen[kind]++; seen[kind] <= perKind {
				all = append(all, s.data)
			}
		}
	}
	return all
}

// step returns how many of something to try: a tenth of it in short mode.
func step(n int) int {
	if testing.Short() {
		return max(1, n/10)
	}
	return n
}

func TestTruncated(t *testing.T) {
	all := decoders(t)
	for _, data := range distinct(t, 1) {
		for n := 0; n < len(data); n += 1 + len(data)/step(40) {
			check(t, all, data[:n:n])
		}
	}
}

// TestVersions gives every version byte to messages.
func TestVersions(t *testing.T) {
	all := decoders(t)
	for _, data := range distinct(t, 1) {
		if len(data) < 16 {
			continue
		}
		data = bytes.Clone(data)
		for v := 0; v < 256; v += 1 + 256/step(256)/2 {
			data[14] = byte(v)
			check(t, all[len(all)-2:], data)
		}
	}
}

func TestChanged(t *testing.T) {
	all := decoders(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, data := range distinct(t, 2) {
		data = bytes.Clone(data)
		for range step(10) {
			if len(data) > 0 {
				data[r.IntN(len(data))] = byte(r.Uint32())
			}
			check(t, all, data)
		}
	}
}

// TestAllocations checks that messages of the datapath are decoded and printed without allocations.
func TestAllocations(t *testing.T) {
	d, err := cilium.NewDecoder("1.20")
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 0, 1<<16)
	e := event.Event{Kind: event.Sample, Host: &event.Host{Order: binary.LittleEndian}}
	for _, s := range samples(t, "1.20.2") {
		if len(s.data) == 0 || s.data[0] > 7 || strings.HasPrefix(s.Stdout, "cannot decode") {
			continue
		}
		e.Raw = s.data
		print := func() {
			d.Decode(&e)
			for i := range styles {
				buf = text.AppendEvent(buf[:0], &e, &styles[i])
			}
		}
		// The runtime allocates too, now and then: the average of many runs, rounded down, is without that.
		if testing.AllocsPerRun(1, print) > 0 && testing.AllocsPerRun(20, print) > 0 && e.Err == nil {
			t.Errorf("%s: it allocates", s.Name)
			return
		}
	}
}

// FuzzDecode decodes and prints anything.
func FuzzDecode(f *testing.F) {
	for _, data := range distinct(f, 1) {
		f.Add(data)
	}
	all := decoders(f)
	f.Fuzz(func(t *testing.T, data []byte) { check(t, all, data) })
}

// TestMemory changes bytes of what an agent sends: the memory that is allocated stays below a bound, whatever a length in
// it says.
func TestMemory(t *testing.T) {
	const bound = 16 << 20 // encoding/gob, which is asked for the text of an error, takes 10 MiB for a length that it doubts
	d, err := cilium.NewDecoder("1.20")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	var before, after runtime.MemStats
	for _, data := range distinct(t, 1) {
		if len(data) < 2 || data[0] < 129 {
			continue
		}
		for range step(2000) {
			changed := bytes.Clone(data)
			for range 1 + r.IntN(3) {
				at := 1 + r.IntN(len(changed)-1)
				changed[at] = byte(r.Uint32())
				if r.IntN(2) == 0 && at+5 < len(changed) { // a long number
					copy(changed[at:], []byte{0xfc, 0x7f, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
				}
			}
			e := event.Event{Kind: event.Sample, Raw: changed, Host: &event.Host{Order: binary.LittleEndian}}
			runtime.ReadMemStats(&before)
			d.Decode(&e)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > bound {
				t.Fatalf("%d bytes for a message of %d: %x", n, len(changed), changed)
			}
		}
	}
}
