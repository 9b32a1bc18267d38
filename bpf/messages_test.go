// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// loopback is the index of the interface that a test run is said to be on.
const loopback = 1

// TestTraceFields holds every field of a trace: who, whose endpoint, where, and how long.
func TestTraceFields(t *testing.T) {
	for _, endpoint := range []uint16{0, 4711} {
		h := newHarness(t, Options{Endpoint: endpoint})
		h.identify()
		for _, v6 := range []bool{false, true} {
			m := maker{tb: t, v6: v6}
			for _, dir := range []Direction{Ingress, Egress} {
				frame := m.udp(400)
				_, events := h.run(dir, frame)
				got := *events[0].Trace
				want := monitor.TraceNotify{
					Type: api.MessageTypeTrace, ObsPoint: wantPoint(endpoint, dir), Source: endpoint, Hash: got.Hash,
					OrigLen: uint32(len(frame)), CapLen: 128, SrcLabel: identityA, DstLabel: identityB,
					Reason: uint8(monitor.CtNew), Ifindex: loopback,
				}
				if dir == Ingress {
					want.DstID = endpoint
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("v6=%t %s (-want +got)\n%s", v6, dir, diff)
				}
				if got.Hash == 0 || !bytes.Equal(events[0].Packet, frame[:128]) {
					t.Errorf("v6=%t %s: hash %#x, packet %x", v6, dir, got.Hash, events[0].Packet)
				}
			}
		}
	}
}

func wantPoint(endpoint uint16, dir Direction) uint8 {
	switch {
	case endpoint == 0 && dir == Ingress:
		return monitor.TraceToStack
	case endpoint == 0:
		return monitor.TraceFromStack
	case dir == Ingress:
		return monitor.TraceToLxc
	}
	return monitor.TraceFromLxc
}

// TestDropFields does the same for a drop; identities are told of a malformed packet too, as soon as its addresses are
// known.
func TestDropFields(t *testing.T) {
	h := newHarness(t, Options{Enforce: true, Strict: true, Endpoint: 7, CaptureLen: -1})
	h.identify()
	m := maker{tb: t}
	frame := m.tcp("SF")
	for _, dir := range []Direction{Ingress, Egress} {
		_, events := h.run(dir, frame)
		got := *events[0].Drop
		want := monitor.DropNotify{
			Type: api.MessageTypeDrop, SubType: api.DropCtInvalidHdr, Source: 7, Hash: got.Hash,
			OrigLen: uint32(len(frame)), SrcLabel: identityA, DstLabel: identityB,
		}
		if dir == Ingress {
			want.DstID = 7
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", dir, diff)
		}
	}
}

// TestCaptureLen holds how many bytes of a packet follow, by both kinds of ring, up to the most there can be.
func TestCaptureLen(t *testing.T) {
	for _, ring := range []bool{false, true} {
		for option, most := range map[int]int{1: 1, 1501: 1501, MaxCaptureLen: MaxCaptureLen} {
			h := newHarness(t, Options{RingBuffer: ring, CaptureLen: option, Enforce: true, Strict: true})
			for _, frame := range [][]byte{maker{tb: t}.udp(0), maker{tb: t}.udp(1459), maker{tb: t}.udp(3500),
				maker{tb: t}.tcp("SF")} {
				_, events := h.run(Ingress, frame)
				if want := frame[:min(most, len(frame))]; !bytes.Equal(events[0].Packet, want) {
					t.Errorf("ring=%t, option %d: captured %d bytes of %d", ring, option, len(events[0].Packet),
						len(frame))
				}
			}
		}
	}
}

// TestDebug holds which debug messages tell of a packet, in order and with their arguments.
func TestDebug(t *testing.T) {
	h := newHarness(t, Options{Debug: true})
	h.identify()
	if err := h.SetRule(Rule{Direction: Ingress, Proto: protoTCP}); err != nil {
		t.Fatal(err)
	}
	m4, m6 := maker{tb: t}, maker{tb: t, v6: true}
	for _, c := range []struct {
		name  string
		dir   Direction
		frame []byte
		want  []string
	}{
		{"SYN comes in", Ingress, m4.tcp("S"), []string{
			fmt.Sprintf("DBG_IP_ID_MAP_SUCCEED4 %d 1002 0", binary.NativeEndian.Uint32(ip4B)),
			lookup4(m4.tcp("S")), "DBG_CT_LOOKUP4_2 1537 0 0", "DBG_CT_VERDICT 0 0 0",
			fmt.Sprintf("DBG_L4_POLICY %d 1 0", networkOrder(portB)), "DBG_CT_CREATED4 0 1001 0",
			fmt.Sprintf("DBG_L4_CREATE 1001 1002 %d", uint32(networkOrder(portB))<<16|6), "DBG_TO_STACK 0 0 0",
			"to-stack new",
		}},
		{"ping goes out", Egress, m6.echo(false), []string{
			fmt.Sprintf("DBG_IP_ID_MAP_SUCCEED6 %d 1002 0", binary.NativeEndian.Uint32(ip6B[12:])), "DBG_ICMP6_HANDLE 128 0 0", lookup6(m6.echo(false), 7, 0),
			"DBG_CT_LOOKUP6_2 14848 0 0", "DBG_CT_VERDICT 0 0 0", "DBG_CT_CREATED6 0 1001 0",
			"DBG_CAPTURE_DELIVERY 1", "from-stack new",
		}},
	} {
		_, events := h.run(c.dir, c.frame)
		var got []string
		for _, e := range events {
			got = append(got, withArgs(e))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}

// withArgs is an event's words with the arguments of debug messages and captures.
func withArgs(e event) string {
	switch {
	case e.Debug != nil:
		return fmt.Sprintf("%s %d %d %d", monitor.DbgCode(e.Debug.SubType), e.Debug.Arg1, e.Debug.Arg2, e.Debug.Arg3)
	case e.Capture != nil:
		return fmt.Sprintf("%s %d", e, e.Capture.Arg1)
	}
	return e.String()
}

// lookup4 is what the first message of a lookup says of a frame.
func lookup4(frame []byte) string {
	return fmt.Sprintf("DBG_CT_LOOKUP4_1 %d %d %d", binary.NativeEndian.Uint32(frame[26:]),
		binary.NativeEndian.Uint32(frame[30:]),
		uint32(binary.BigEndian.Uint16(frame[36:]))<<16|uint32(binary.BigEndian.Uint16(frame[34:])))
}

func lookup6(frame []byte, sport, dport uint32) string {
	return fmt.Sprintf("DBG_CT_LOOKUP6_1 %d %d %d", binary.NativeEndian.Uint32(frame[34:]),
		binary.NativeEndian.Uint32(frame[50:]), dport<<16|sport)
}

// TestAggregation holds what each level holds back.
func TestAggregation(t *testing.T) {
	m := maker{tb: t}
	back := m.turn()
	conversation := []step{
		{dir: Ingress, frame: m.tcp("S")}, {dir: Egress, frame: back.tcp("SA")}, {dir: Ingress, frame: m.tcp("A")},
		{dir: Ingress, frame: m.tcp("A")}, {dir: Ingress, frame: m.tcp("AP")}, {dir: Ingress, frame: m.tcp("AP")},
		{dir: Ingress, frame: m.tcp("FA")}, {dir: Ingress, frame: m.tcp("A")},
		{dir: Ingress, frame: m.tcp("")}, // a fault: always told
	}
	fault := []string{"to-stack malformed: CT: Missing TCP ACK flag"}
	for level, want := range map[Aggregation][]string{
		AggregateNone: {"to-stack new", "from-stack reply", "to-stack established", "to-stack established",
			"to-stack established", "to-stack established", "to-stack established", "to-stack established"},
		AggregateRx: {"to-stack new", "to-stack established", "to-stack established", "to-stack established",
			"to-stack established", "to-stack established", "to-stack established"},
		// Not the bare ACK after the first, nor data after the first flag that says so.
		AggregateActive: {"to-stack new", "to-stack established", "to-stack established", "to-stack established"},
	} {
		h := newHarness(t, Options{Aggregation: level})
		var got []string
		for _, s := range conversation {
			_, events := h.run(s.dir, s.frame)
			got = append(got, texts(events)...)
		}
		if diff := cmp.Diff(append(want, fault...), got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", level, diff)
		}
	}
}

// TestBareIP checks that a device without a link layer is understood, and that its packets are told as if it had one:
// with a header of zeros before what is captured, and the length that they have on the wire. A test run takes the
// EtherType from where it would be in a frame, which here is in the source address.
func TestBareIP(t *testing.T) {
	h := newHarness(t, Options{})
	m4, m6 := maker{tb: t}, maker{tb: t, v6: true}
	for _, packet := range [][]byte{
		patched(m4.udp(60), 26, 8, 0)[14:],
		patched(m6.udp(60), 26, 0x86, 0xdd)[14:],
	} {
		_, events := h.runOn(device{}, Ingress, packet)
		want := append(make([]byte, 12), packet[12:14]...)
		want = append(want, packet...)
		got := events[0]
		if len(events) != 1 || got.Trace == nil || got.Trace.OrigLen != uint32(len(packet)) ||
			!bytes.Equal(got.Packet, want[:min(len(want), 128+14)]) {
			t.Errorf("%v: %+v\n%x", texts(events), got.Trace, got.Packet)
		}
	}
}
