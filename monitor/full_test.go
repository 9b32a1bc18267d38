// SPDX-License-Identifier: Apache-2.0

package monitor_test

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// TestFullStyle prints packets of which v1.5.3's text has only addresses or less.
func TestFullStyle(t *testing.T) {
	const ip = "45000020000100004084000" + "00a0000010a000002" // SCTP
	for _, c := range []struct{ what, packet, v153, full string }{
		{"tcp", "ffffffffffff020000000001" + "0800" + "450000280001000040060000c0a80001c0a80002" +
			"01bbd4310000000100000002501001f4abcd0000",
			"192.168.0.1:443 -> 192.168.0.2:54321 tcp ACK", "192.168.0.1:443 -> 192.168.0.2:54321 tcp ACK"},
		{"sctp", "ffffffffffff020000000001" + "0800" + ip + "13880f1c0000000000000000",
			"10.0.0.1 -> 10.0.0.2", "10.0.0.1:5000 -> 10.0.0.2:3868 sctp"},
		{"vlan", "ffffffffffff020000000001" + "81000064" + "0800" + ip + "13880f1c0000000000000000",
			"02:00:00:00:00:01 -> ff:ff:ff:ff:ff:ff Dot1Q", "vlan 100 10.0.0.1:5000 -> 10.0.0.2:3868 sctp"},
		{"malformed", "ffffffffffff020000000001" + "0800" + "450000280001000040060000c0a80001c0a80002" +
			"01bbd4310000000100000002401001f4abcd0000",
			"192.168.0.1 -> 192.168.0.2", "192.168.0.1:443 -> 192.168.0.2:54321 tcp ACK (wrong TCP header length)"},
		{"nothing captured", "", "[unknown]", "[unknown]"},
	} {
		data, err := hex.DecodeString(c.packet)
		if err != nil {
			t.Fatal(err)
		}
		n := monitor.DropNotify{Type: api.MessageTypeDrop, CapLen: uint32(len(data))}
		e := event.Event{Time: 1, Kind: event.Sample, Host: &event.Host{Order: binary.LittleEndian}}
		if e.Raw, err = binary.Append(nil, binary.LittleEndian, &n); err != nil {
			t.Fatal(err)
		}
		e.Raw = append(e.Raw, data...)
		var d monitor.Decoder
		d.Decode(&e)
		const head = "xx drop (Success) flow 0x0 to endpoint 0, identity 0->0: "
		for _, style := range []event.Style{{}, {Full: true}} {
			want := head + c.v153 + "\n"
			if style.Full {
				want = head + c.full + "\n"
			}
			if got := string(e.Msg.AppendEvent(nil, &e, &style)); got != want {
				t.Errorf("%s, full: %v: got %swant %s", c.what, style.Full, got, want)
			}
		}
		e.Time = 0
		if got := string(e.Msg.AppendEvent(nil, &e, &event.Style{Full: true})); got != head+c.v153+"\n" {
			t.Errorf("%s, without time: got %s", c.what, got)
		}
		e.Time = 1
		buf := make([]byte, 0, 1024)
		style := event.Style{Full: true}
		if allocs := testing.AllocsPerRun(10, func() { buf = e.Msg.AppendEvent(buf[:0], &e, &style) }); allocs != 0 {
			t.Errorf("%s: %v allocations", c.what, allocs)
		}
	}
}

// names knows one interface, where it leads, and one rule.
type names struct{}

func (names) InterfaceName(index uint32) (string, bool) { return "veth7", index == 7 }
func (names) PeerName(index uint32) (string, bool)      { return "docker:0123\n", index == 7 }
func (names) RuleText(number uint32) (string, bool)     { return "all,tcp/23", number == 3 }

// TestPeersAndRules prints where an interface leads and which rule denied a packet, where the host knows that, and the number of
// the rule of a drop unless it is one of v1.5.3's sessions.
func TestPeersAndRules(t *testing.T) {
	known := &event.Host{Interfaces: names{}, Peers: names{}, Rules: names{}}
	live := event.Style{Full: true}
	trace := func(reason monitor.TraceReason, pad uint8, ifindex uint32) *monitor.TraceNotify {
		return &monitor.TraceNotify{Type: api.MessageTypeTrace, ObsPoint: uint8(monitor.TraceToStack), Reason: uint8(reason), Pad: pad, Ifindex: ifindex}
	}
	drop := func(rule uint32) *monitor.DropNotify {
		return &monitor.DropNotify{Type: api.MessageTypeDrop, SubType: 133, Unused: rule}
	}
	verbose := event.Style{Form: event.Verbose, Full: true}
	for _, c := range []struct {
		msg   interface{ Append([]byte) []byte }
		host  *event.Host
		style event.Style
		want  string
	}{
		{trace(monitor.TraceReasonDenied, 3, 7), known, live, "-> stack flow 0x0 identity 0->0 state denied by rule 3 (all,tcp/23) ifindex veth7 (docker:0123\\n): [unknown]\n"},
		{trace(monitor.TraceReasonDenied, 3, 7), known, event.Style{}, "-> stack flow 0x0 identity 0->0 state denied by rule 3 (all,tcp/23) ifindex veth7 (docker:0123\\n): [unknown]\n"},
		{trace(monitor.TraceReasonDenied, 4, 8), known, live, "-> stack flow 0x0 identity 0->0 state denied by rule 4 ifindex 8: [unknown]\n"},
		{trace(monitor.TraceReasonDenied, 255, 8), known, live, "-> stack flow 0x0 identity 0->0 state denied by rule 255 or later ifindex 8: [unknown]\n"},
		{trace(monitor.TraceReasonDenied, 3, 7), &event.Host{}, live, "-> stack flow 0x0 identity 0->0 state denied by rule 3 ifindex 7: [unknown]\n"},
		{trace(monitor.TraceReasonCtReply, 3, 7), known, live, "-> stack flow 0x0 identity 0->0 state reply ifindex veth7 (docker:0123\\n): [unknown]\n"},
		{trace(monitor.TraceReasonDenied, 3, 7), known, verbose, "CPU 00: MARK 0x0 FROM 0 to-stack: 0 bytes (0 captured), state denied by rule 3 (all,tcp/23), interface veth7 (docker:0123\\n)\n"},
		{drop(3), known, live, "xx drop (Policy denied (L3) by rule 3 (all,tcp/23)) flow 0x0 to endpoint 0, identity 0->0: [unknown]\n"},
		{drop(300), known, live, "xx drop (Policy denied (L3) by rule 300) flow 0x0 to endpoint 0, identity 0->0: [unknown]\n"},
		{drop(3), known, event.Style{}, "xx drop (Policy denied (L3)) flow 0x0 to endpoint 0, identity 0->0: [unknown]\n"},
		{drop(0), known, live, "xx drop (Policy denied (L3)) flow 0x0 to endpoint 0, identity 0->0: [unknown]\n"},
		{drop(3), known, verbose, "CPU 00: MARK 0x0 FROM 0 DROP: 0 bytes, reason Policy denied (L3) by rule 3 (all,tcp/23)\n"},
	} {
		e := event.Event{Time: 1, Kind: event.Sample, Raw: c.msg.Append(nil), Host: c.host}
		var d monitor.Decoder
		d.Decode(&e)
		buf := e.Msg.AppendEvent(nil, &e, &c.style)
		if string(buf) != c.want {
			t.Errorf("got  %swant %s", buf, c.want)
		}
		if n := testing.AllocsPerRun(10, func() { buf = e.Msg.AppendEvent(buf[:0], &e, &c.style) }); n != 0 {
			t.Errorf("%s: %v allocations", c.want, n)
		}
	}
}
