// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// step is a packet of a connection and what it is to the connection.
type step struct {
	name     string
	dir      Direction
	frame    []byte
	want     string // the trace's reason
	lifetime uint32 // seconds that the connection has afterwards; 0 to leave it out
}

// other is the direction in which answers pass.
func other(d Direction) Direction { return Ingress + Egress - d }

// eachOpening calls f for both families and for connections that come in and that go out.
func eachOpening(t *testing.T, f func(t *testing.T, h *harness, m maker, opener Direction)) {
	h := newHarness(t, Options{})
	for _, v6 := range []bool{false, true} {
		for _, dir := range []Direction{Ingress, Egress} {
			t.Run(fmt.Sprintf("v6=%t opener=%s", v6, dir), func(t *testing.T) {
				h.forget(t)
				f(t, h, maker{tb: t, v6: v6}, dir)
			})
		}
	}
}

// TestConntrackTCP follows a connection from its SYN to a second one with the same ports, errors about it included.
func TestConntrackTCP(t *testing.T) {
	const syn, established, closing = 60, 21600, 10
	eachOpening(t, func(_ *testing.T, h *harness, m maker, opener Direction) {
		answerer, back := other(opener), m.turn()
		h.steps([]step{
			{"SYN", opener, m.tcp("S"), "new", syn},
			{"SYN again", opener, m.tcp("S"), "new", syn},
			{"SYN ACK", answerer, back.tcp("SA"), "reply", established},
			{"ACK", opener, m.tcp("A"), "established", established},
			{"data", opener, m.tcp("AP"), "established", established},
			{"answer", answerer, back.tcp("AP"), "reply", established},
			{"error about data", answerer, back.unreachable(m.tcp("AP")), "related", 0},
			{"error about the answer", opener, m.unreachable(back.tcp("AP")), "related", 0},
			{"FIN", opener, m.tcp("FA"), "established", established},
			{"data after FIN", answerer, back.tcp("AP"), "reply", established},
			{"FIN of the other", answerer, back.tcp("FA"), "reply", closing},
			{"last ACK", opener, m.tcp("A"), "established", closing},
			{"SYN of the next one", opener, m.tcp("S"), "new", syn},
			{"RST", answerer, back.tcp("RA"), "reply", closing},
			{"SYN the other way", answerer, back.tcp("S"), "new", 0},
			{"SYN ACK the other way", opener, m.tcp("SA"), "reply", 0},
		})
	})
}

// TestConntrackMiddle checks that a connection that was there before the datapath is taken as established.
func TestConntrackMiddle(t *testing.T) {
	eachOpening(t, func(_ *testing.T, h *harness, m maker, opener Direction) {
		h.steps([]step{
			{"data", opener, m.tcp("A"), "new", 21600},
			{"answer", other(opener), m.turn().tcp("A"), "reply", 21600},
		})
	})
}

// TestConntrackOther follows what has no handshake.
func TestConntrackOther(t *testing.T) {
	eachOpening(t, func(_ *testing.T, h *harness, m maker, opener Direction) {
		answerer, back := other(opener), m.turn()
		h.steps([]step{
			{"ping", opener, m.echo(false), "new", 60},
			{"its answer", answerer, back.echo(true), "reply", 60},
			{"ping again", opener, m.echo(false), "established", 60},
			{"error about the ping", answerer, back.unreachable(m.echo(false)), "related", 0},
			{"error about unknown UDP", answerer, back.unreachable(m.udp(30)), "new", 0},
			{"UDP", opener, m.udp(30), "new", 60},
			{"UDP answer", answerer, back.udp(30), "reply", 60},
			{"error about UDP", answerer, back.unreachable(m.udp(30)), "related", 0},
			{"error about UDP that goes the same way", opener, m.unreachable(m.udp(30)), "new", 0},
		})
	})
}

// TestConntrackSecondProgram checks that a packet that comes in and goes out again is new each time: it passes two
// programs, and opens a connection for each.
func TestConntrackSecondProgram(t *testing.T) {
	h := newHarness(t, Options{})
	m := maker{tb: t}
	h.steps([]step{
		{"SYN comes in", Ingress, m.tcp("S"), "new", 0},
		{"SYN goes out", Egress, m.tcp("S"), "new", 0},
		{"SYN ACK comes in", Ingress, m.turn().tcp("SA"), "reply", 0},
		{"SYN ACK goes out", Egress, m.turn().tcp("SA"), "reply", 0},
		{"ACK comes in", Ingress, m.tcp("A"), "established", 0},
		{"ACK goes out", Egress, m.tcp("A"), "established", 0},
	})
}

// TestConntrackFragments checks that all fragments of a packet belong to its connection, and that one that comes
// before the first belongs to none.
func TestConntrackFragments(t *testing.T) {
	eachOpening(t, func(t *testing.T, h *harness, m maker, opener Direction) {
		cut := fragment4
		if m.v6 {
			cut = fragment6
		}
		out, in := cut(m.udp(2000), 800), cut(m.turn().udp(900), 800)
		h.steps([]step{
			{"first", opener, out[0], "new", 60},
			{"second", opener, out[1], "new", 60},
			{"last", opener, out[2], "new", 60},
			{"answer's first", other(opener), in[0], "reply", 60},
			{"answer's last", other(opener), in[1], "reply", 60},
		})
		_, events := h.run(other(opener), out[1])
		if got := texts(events); !strings.HasSuffix(got[0], " malformed: "+api.DropReason(api.DropFragNosupport)) {
			t.Errorf("a fragment in the other direction: %v", got)
		}
	})
}

// TestConntrackExpiry checks that an entry that is past its time opens a new connection.
func TestConntrackExpiry(t *testing.T) {
	h := newHarness(t, Options{})
	m := maker{tb: t}
	h.steps([]step{{"SYN", Ingress, m.tcp("S"), "new", 60}, {"SYN ACK", Egress, m.turn().tcp("SA"), "reply", 21600}})
	var key datapathCt4Key
	var entry datapathCtEntry
	if it := h.objs.Conntrack4.Iterate(); !it.Next(&key, &entry) {
		t.Fatal(it.Err())
	}
	entry.Expires = now(t)
	if err := h.objs.Conntrack4.Put(key, entry); err != nil {
		t.Fatal(err)
	}
	h.steps([]step{{"SYN ACK", Egress, m.turn().tcp("SA"), "new", 21600}})
}

// steps runs the steps one by one.
func (h *harness) steps(steps []step) {
	h.tb.Helper()
	for _, s := range steps {
		_, events := h.run(s.dir, s.frame)
		point := "to-stack "
		if s.dir == Egress {
			point = "from-stack "
		}
		if diff := cmp.Diff([]string{point + s.want}, texts(events)); diff != "" {
			h.tb.Fatalf("%s: (-want +got)\n%s", s.name, diff)
		}
		if s.lifetime != 0 && !slices.Contains(h.lifetimes(), s.lifetime) {
			h.tb.Fatalf("%s: no entry lives for %d s, but for %d", s.name, s.lifetime, h.lifetimes())
		}
	}
}

// lifetimes returns how many seconds each connection has left; a second may have passed since.
func (h *harness) lifetimes() []uint32 {
	var out []uint32
	var entry datapathCtEntry
	add := func(it *ebpf.MapIterator, key any) {
		for it.Next(key, &entry) {
			left := entry.Expires - now(h.tb)
			out = append(out, left, left+1)
		}
		if err := it.Err(); err != nil {
			h.tb.Fatal(err)
		}
	}
	add(h.objs.Conntrack4.Iterate(), new(datapathCt4Key))
	add(h.objs.Conntrack6.Iterate(), new(datapathCt6Key))
	return out
}

// now returns the seconds since boot as the programs count them.
func now(tb testing.TB) uint32 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		tb.Fatal(err)
	}
	return uint32(ts.Sec)
}

// TestConntrackFull checks that a connection that the table cannot take is a fault, and is dropped where the datapath
// enforces: it could not be told from an attack on its answers.
func TestConntrackFull(t *testing.T) {
	for _, enforce := range []bool{false, true} {
		needBPF(t)
		spec, err := loadDatapath()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{datapathMapConntrack4, datapathMapConntrack6} {
			spec.Maps[name].Type, spec.Maps[name].MaxEntries = ebpf.Hash, 1 // a table that does not evict
		}
		h := harnessFor(t, spec, Options{Enforce: enforce, Strict: true})
		for _, m := range []maker{{tb: t}, {tb: t, v6: true}} {
			h.steps([]step{{"UDP", Ingress, m.udp(30), "new", 0}})
			ret, events := h.run(Ingress, m.tcp("S"))
			got := strings.Join(texts(events), ", ")
			text := api.DropReason(api.DropCtCreateFailed)
			if enforce && (ret != actShot || got != "drop "+text) {
				t.Errorf("returned %d: %s", ret, got)
			}
			if !enforce && (ret != actUnspec || got != "to-stack malformed: "+text) {
				t.Errorf("returned %d: %s", ret, got)
			}
		}
	}
}

// TestConntrackPushedOut checks that connections that a full table pushes out are counted, and that one that takes the place
// of an older one with its key is not. The kernel pushes out many at a time: the count is held against what is there.
func TestConntrackPushedOut(t *testing.T) {
	const size, opened = 512, 2000
	sourcePort := []int{14 + 20, 14 + 40} // where it is in a frame
	needBPF(t)
	spec, err := loadDatapath()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{datapathMapConntrack4, datapathMapConntrack6} {
		spec.Maps[name].MaxEntries = size
	}
	h := harnessFor(t, spec, Options{})
	want := []ConnTable{{Family: "IPv4", Size: size}, {Family: "IPv6", Size: size}}
	for i, m := range []maker{{tb: t}, {tb: t, v6: true}} {
		h.steps([]step{
			{"SYN", Ingress, m.tcp("S"), "new", 0},
			{"RST", Egress, m.turn().tcp("RA"), "reply", 0},
			{"SYN again", Ingress, m.tcp("S"), "new", 0},
		})
		want[i].Entered = 1
		h.wantConnections(want)
		frame := m.udp(30)
		for port := range uint16(opened) {
			binary.BigEndian.PutUint16(frame[sourcePort[i]:], port)
			h.steps([]step{{"UDP", Ingress, frame, "new", 0}})
		}
		want[i].Entered += opened
		want[i].PushedOut = want[i].Entered - h.held(i)
		if want[i].PushedOut < opened-size {
			t.Errorf("%d pushed out of a table of %d", want[i].PushedOut, size)
		}
		h.wantConnections(want)
	}
}

// wantConnections checks what the datapath says of its tables.
func (h *harness) wantConnections(want []ConnTable) {
	h.tb.Helper()
	got, err := h.Connections()
	if err != nil {
		h.tb.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.tb.Errorf("(-want +got)\n%s", diff)
	}
}

// held returns how many connections a table holds, counted one by one.
func (h *harness) held(table int) (n uint64) {
	it, key := h.objs.Conntrack4.Iterate(), any(new(datapathCt4Key))
	if table == 1 {
		it, key = h.objs.Conntrack6.Iterate(), new(datapathCt6Key)
	}
	for entry := new(datapathCtEntry); it.Next(key, entry); {
		n++
	}
	if err := it.Err(); err != nil {
		h.tb.Fatal(err)
	}
	return n
}
