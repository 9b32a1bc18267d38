// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
)

// dropOf returns a decoded drop of a packet.
func dropOf(packet []byte) *event.Event {
	n := monitor.DropNotify{Type: 1, SubType: 133, Source: 1042, OrigLen: 1500, CapLen: uint32(len(packet)), SrcLabel: 2107}
	e := &event.Event{Kind: event.Sample, Raw: append(n.Append(nil), packet...)}
	new(monitor.Decoder).Decode(e)
	return e
}

var (
	macs  = []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	tcp4  = []byte{0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x1f, 0x90, 0x15, 0x38, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x12, 1, 0, 0, 0, 0, 0}
	echo6 = append([]byte{0x60, 0, 0, 0, 0, 8, 58, 255, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, 128, 0, 0, 0, 0, 1, 0, 1)
)

// frame returns an Ethernet frame, with a VLAN tag unless id is 0.
func frame(id, etherType uint16, payload []byte) []byte {
	b := append([]byte(nil), macs...)
	if id != 0 {
		b = binary.BigEndian.AppendUint16(append(b, 0x81, 0), id)
	}
	return append(binary.BigEndian.AppendUint16(b, etherType), payload...)
}

// vxlan returns a frame in VXLAN in UDP in IPv4.
func vxlan(inner []byte) []byte {
	b := append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, inner...)
	udp := binary.BigEndian.AppendUint16([]byte{0x30, 0x39, 0x12, 0xb5}, uint16(len(b)+8))
	b = append(append(udp, 0, 0), b...)
	ip := []byte{0x45, 0, 0, byte(len(b) + 20), 0, 1, 0, 0, 64, 17, 0, 0, 192, 168, 0, 1, 192, 168, 0, 2}
	return append(ip, b...)
}

func TestFacts(t *testing.T) {
	const fields = `"reasonCode":133,"fields":{"type":1,"subType":133,"source":1042,"hash":0,"origLen":1500,"capLen":%,"srcLabel":2107,"dstLabel":0,"dstID":0,"unused":0}`
	for name, c := range map[string]struct {
		packet []byte
		want   string
	}{
		"none": {nil, ``},
		"tcp": {frame(100, 0x0800, tcp4), `,"packet":{"length":1500,"captured":58,"vlan":100,"ipVersion":4,"src":"10.0.0.1","dst":"10.0.0.2",` +
			`"proto":6,"protocol":"tcp","ttl":64,"srcPort":8080,"dstPort":5432,"tcpFlags":18,"flags":"SYN,ACK"}`},
		"echo": {frame(0, 0x86dd, echo6), `,"packet":{"length":1500,"captured":62,"ipVersion":6,"src":"fd00::1","dst":"fd00::2",` +
			`"proto":58,"protocol":"icmp6","ttl":255,"icmpType":128,"icmpCode":0}`},
		"vxlan": {frame(0, 0x0800, vxlan(frame(0, 0x0800, tcp4))), `,"packet":{"length":1500,"captured":104,"tunnel":"vxlan","tunnelID":7,` +
			`"ipVersion":4,"src":"10.0.0.1","dst":"10.0.0.2","proto":6,"protocol":"tcp","ttl":64,"srcPort":8080,"dstPort":5432,"tcpFlags":18,"flags":"SYN,ACK",` +
			`"outer":{"ipVersion":4,"src":"192.168.0.1","dst":"192.168.0.2","proto":17,"protocol":"udp","ttl":64,"srcPort":12345,"dstPort":4789}}`},
		"arp": {frame(0, 0x0806, make([]byte, 28)), `,"packet":{"length":1500,"captured":42}`},
	} {
		e := dropOf(c.packet)
		plain := print(t, text.Options{Style: event.Style{Form: event.JSON}}, e)
		got := print(t, text.Options{Style: event.Style{Form: event.JSON, Facts: true}}, e)
		captured, _ := json.Marshal(len(c.packet))
		want := strings.TrimSuffix(plain, "}\n") + "," + strings.Replace(fields, "%", string(captured), 1) + c.want + "}\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s: invalid JSON %s", name, got)
		}
	}
}

func TestFactsAllocateNothing(t *testing.T) {
	s := text.New(nil, text.Options{Style: event.Style{Form: event.JSON, Facts: true}})
	e := dropOf(frame(100, 0x0800, tcp4))
	var dst []byte
	if n := testing.AllocsPerRun(100, func() { dst = s.Append(dst[:0], e) }); n != 0 {
		t.Errorf("%v allocations for each event", n)
	}
}

// names knows one interface, where it leads, and one rule.
type names struct{}

func (names) InterfaceName(index uint32) (string, bool) { return "veth7", index == 7 }
func (names) PeerName(index uint32) (string, bool)      { return `a"b`, index == 7 }
func (names) RuleText(number uint32) (string, bool)     { return "all,tcp/23", number == 3 }

// TestNames checks that JSON has where the interface leads and which rule denied a packet, where that is known, and nothing of it
// without Facts.
func TestNames(t *testing.T) {
	known := &event.Host{Interfaces: names{}, Peers: names{}, Rules: names{}}
	trace := func(reason monitor.TraceReason, pad uint8, ifindex uint32) []byte {
		n := monitor.TraceNotify{Type: 4, Reason: uint8(reason), Pad: pad, Ifindex: ifindex}
		return n.Append(nil)
	}
	drop := func(rule uint32) []byte {
		n := monitor.DropNotify{Type: 1, SubType: 133, Unused: rule}
		return n.Append(nil)
	}
	for _, c := range []struct {
		raw  []byte
		host *event.Host
		want string
	}{
		{trace(monitor.TraceReasonDenied, 3, 7), known, `,"peer":"a\"b","rule":3,"ruleText":"all,tcp/23","fields":{`},
		{trace(monitor.TraceReasonDenied, 4, 8), known, `,"rule":4,"fields":{`},
		{trace(monitor.TraceReasonDenied, 255, 8), known, `"dstID":0,"fields":{`},
		{trace(monitor.TraceReasonMalformed, 3, 0), known, `"dstID":0,"fields":{`},
		{trace(monitor.TraceReasonDenied, 3, 7), &event.Host{}, `"dstID":0,"rule":3,"fields":{`},
		{drop(3), known, `,"reasonCode":133,"rule":3,"ruleText":"all,tcp/23","fields":{`},
		{drop(0), known, `,"reasonCode":133,"fields":{`},
	} {
		e := &event.Event{Kind: event.Sample, Raw: c.raw, Host: c.host}
		new(monitor.Decoder).Decode(e)
		if got := print(t, text.Options{Style: event.Style{Form: event.JSON, Facts: true}}, e); !strings.Contains(got, c.want) || !json.Valid([]byte(got)) {
			t.Errorf("got %swant %s", got, c.want)
		}
		if got := print(t, text.Options{Style: event.Style{Form: event.JSON}}, e); strings.Contains(got, "peer") || strings.Contains(got, `"rule`) {
			t.Errorf("without facts: %s", got)
		}
		s := text.New(nil, text.Options{Style: event.Style{Form: event.JSON, Facts: true}})
		var dst []byte
		if n := testing.AllocsPerRun(100, func() { dst = s.Append(dst[:0], e) }); n != 0 {
			t.Errorf("%s: %v allocations", c.want, n)
		}
	}
}
