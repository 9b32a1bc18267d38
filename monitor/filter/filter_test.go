// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// message is a message of the tests: a type, numbers, a text, and a packet behind them.
type message struct {
	typ    uint8
	name   string
	fields []event.Field
	values []uint64
	text   string
	packet []byte
	length int // of the packet on the wire; 0 for that of its bytes
}

func (m *message) MessageType() uint8                                    { return m.typ }
func (m *message) TypeName() string                                      { return m.name }
func (m *message) Fields() []event.Field                                 { return m.fields }
func (m *message) Endpoints() (src, dst uint64)                          { return m.values[1], m.values[2] }
func (m *message) AppendEvent([]byte, *event.Event, *event.Style) []byte { return nil }

// Capture says that the packet follows the type.
func (m *message) Capture() event.Capture {
	return event.Capture{Offset: 1, Captured: uint32(len(m.packet)), Original: uint32(max(m.length, len(m.packet))), Link: packet.LinkEthernet}
}

func (m *message) Uint(field int) uint64 { return m.values[field] }

func (m *message) Bytes(field int) []byte {
	if m.fields[field].Kind == event.KindText {
		return []byte(m.text)
	}
	return nil
}

func enum(name string, flags bool, texts ...string) *event.Enum {
	e := &event.Enum{Name: name, Flags: flags}
	for i, text := range texts {
		e.Values = append(e.Values, event.EnumValue{Value: uint64(i), C: strings.ToUpper(name) + "_" + strings.ToUpper(text), Text: text})
	}
	return e
}

var (
	reasons    = enum("DropCode", false, "unused", "Policy denied", "Policy denied (L3)", "Invalid packet")
	states     = enum("TraceReason", false, "new", "established", "reply", "related")
	points     = enum("TracePoint", false, "to-endpoint", "to-proxy", "from-network")
	dropFields = []event.Field{
		{Name: "subType", C: "subtype", Bits: 8, Enum: reasons},
		{Name: "source", C: "source", Bits: 16},
		{Name: "dstID", C: "dst_id", Bits: 32},
		{Name: "srcLabel", C: "src_label", Bits: 32},
		{Name: "dstLabel", C: "dst_label", Bits: 32},
		{Name: "delta", C: "delta", Kind: event.KindInt, Bits: 32},
	}
	traceFields = []event.Field{
		{Name: "obsPoint", C: "subtype", Bits: 8, Enum: points},
		{Name: "source", C: "source", Bits: 16},
		{Name: "dstID", C: "dst_id", Bits: 32},
		{Name: "srcLabel", C: "src_label", Bits: 32},
		{Name: "dstLabel", C: "dst_label", Bits: 32},
		{Name: "reason", C: "reason", Bits: 8, Enum: states},
		{Name: "ifindex", C: "ifindex", Bits: 32},
		{Name: "dns.query", Kind: event.KindText},
	}
)

func dropMessage(values ...uint64) *message {
	return &message{typ: 1, name: "drop", fields: dropFields, values: append(values, make([]uint64, len(dropFields)-len(values))...)}
}

func traceMessage(values ...uint64) *message {
	return &message{typ: 4, name: "trace", fields: traceFields, values: append(values, make([]uint64, len(traceFields)-len(values))...)}
}

type interfaces map[uint32]string

func (i interfaces) InterfaceName(index uint32) (string, bool) {
	name, ok := i[index]
	return name, ok
}

var schema = &Schema{
	Messages:      []event.Message{dropMessage(), traceMessage()},
	Location:      time.UTC,
	Interfaces:    interfaces{7: "eth0", 12: "lxc1a2b"},
	InterfaceList: func() []string { return []string{"eth0", "lxc1a2b"} },
}

// sampleOf returns an event with a message.
func sampleOf(m *message) *event.Event {
	e := &event.Event{Kind: event.Sample, CPU: 3, Raw: append([]byte{m.typ}, m.packet...)}
	e.SetMessage(m, nil)
	return e
}

// frame returns an Ethernet frame with a TCP segment in IPv4, with VLAN tags before it.
func frame(src, dst [4]byte, sport, dport uint16, flags uint8, vlans ...uint16) []byte {
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	for _, id := range vlans {
		b = binary.BigEndian.AppendUint16(append(b, 0x81, 0), id)
	}
	b = append(b, 8, 0, 0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0)
	b = append(append(b, src[:]...), dst[:]...)
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, sport), dport)
	return append(b, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 1, 0, 0, 0, 0, 0)
}

func TestMatch(t *testing.T) {
	drop := sampleOf(dropMessage(2, 1042, 9, 2107, 5120, uint64(0xffffffffffffffec)))
	trace := sampleOf(traceMessage(2, 300, 1042, 1, 2107, 2, 12))
	trace.Msg.(*message).text = "web.Shop.svc."
	bad := &event.Event{Kind: event.Sample, Raw: []byte{1}}
	bad.SetMessage(nil, errors.New("too short"))
	other := &event.Event{Kind: event.Sample, Raw: []byte{200}}
	for expr, want := range map[string]string{ // d drop, t trace, b bad drop, o of another type
		"":                                     "dtbo",
		"type drop":                            "db",
		"type = drop":                          "db",
		"type != drop":                         "to",
		"not type drop":                        "to",
		"type drop or trace":                   "dtb",
		"type {drop, 200}":                     "dbo",
		"type drop,trace":                      "dtb",
		"type 1":                               "db",
		"type d*":                              "db",
		"type 2-255":                           "to",
		`reason "policy denied*"`:              "db",
		`reason "Policy denied"`:               "b",
		"reason 2":                             "db",
		"reason {1, 2}":                        "db",
		"state reply":                          "tb",
		"state new":                            "b",
		"not state new":                        "dtbo",
		"state != new":                         "tb",
		"state new or reply":                   "tb",
		"point from-*":                         "tb",
		"endpoint 1042":                        "dtb",
		"src endpoint 1042":                    "db",
		"from endpoint 1042":                   "db",
		"dst endpoint 1042":                    "tb",
		"src or dst endpoint 1042":             "dtb",
		"src and dst endpoint 1042":            "b",
		"endpoint 1042 or 7":                   "dtb",
		"endpoint 1042 and 9":                  "db",
		"identity 2107":                        "dtb",
		"src identity 2107":                    "db",
		"src.identity 2107":                    "db",
		"identity != 2107":                     "b",
		"dst identity > 3000":                  "db",
		"iface eth0":                           "b",
		"iface lxc*":                           "tb",
		"iface 12":                             "tb",
		"iface = 12":                           "tb",
		"cpu 3":                                "dtb",
		"cpu 0":                                "bo",
		"cpu 0-3":                              "dtbo",
		"lost":                                 "",
		"undecodable":                          "b",
		"srcLabel = 2107":                      "db",
		"src_label = 0x83b":                    "db",
		"srclabel 2000-3000":                   "db",
		"drop.srcLabel != 1":                   "db",
		"trace.srcLabel = 1":                   "tb",
		"delta = -20":                          "db",
		"delta < 0":                            "db",
		"delta > 0":                            "b",
		"delta -30--10":                        "db",
		`dns.query "web.shop*"`:                "tb",
		"dns.query web.shop.svc.":              "tb",
		"type drop and srcLabel 2107":          "db",
		"type drop and not srcLabel 2107":      "b",
		"srcLabel 1 or srcLabel 2107 or cpu 9": "dtb",
		"!(type drop || type trace) && cpu 0":  "o",
		"packet":                               "b",
	} {
		f, err := Compile(expr, schema)
		if err != nil {
			t.Errorf("%s", err)
			continue
		}
		got := ""
		for i, e := range []*event.Event{drop, trace, bad, other} {
			if f.Match(e) {
				got += "dtbo"[i : i+1]
				if !f.Wants(e.Raw[0]) {
					t.Errorf("%s: matches %c, but does not want it", expr, "dtbo"[i])
				}
			}
		}
		if got != want {
			t.Errorf("%s: matches %q, want %q", expr, got, want)
		}
		if lost := (&event.Event{Kind: event.Lost, Lost: 3}); !f.Match(lost) {
			t.Errorf("%s: hides a loss", expr)
		}
		again(t, f, []*event.Event{drop, trace, bad, other}, got)
	}
}

// again checks that the expression that a tree prints as means the same.
func again(t *testing.T, f *Filter, events []*event.Event, want string) {
	t.Helper()
	if f.expr == "" {
		return
	}
	tree, err := parse(f.expr, newVocabulary(schema))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	tree.text(&b)
	second, err := Compile(b.String(), schema)
	if err != nil {
		t.Errorf("%s prints as what does not compile: %s", f.expr, err)
		return
	}
	got := ""
	for i, e := range events {
		if second.Match(e) {
			got += "dtbo"[i : i+1]
		}
	}
	if got != want {
		t.Errorf("%s prints as %s, which matches %q, not %q", f.expr, b.String(), got, want)
	}
}
