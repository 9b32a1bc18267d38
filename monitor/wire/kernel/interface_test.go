// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"bytes"
	"encoding/binary"
	"maps"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/filter"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
	"github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/sink/summary"
	"github.com/lockstep-bpf/lockstep/monitor/sink/tally"
)

// hostNames are the interfaces of the host, whose names a message about another namespace must not get.
type hostNames map[uint32]string

func (n hostNames) InterfaceName(index uint32) (string, bool) {
	name, ok := n[index]
	return name, ok
}

// located returns a drop on a device of a network namespace.
func located(index uint32, device, netns string) *event.Event {
	n := &Notify{IfIndex: index, NetNS: 4026532000}
	copy(n.Device[:], device)
	copy(n.NetNSName[:], netns)
	e := sample(n, tcp, "")
	new(Decoder).Decode(e)
	return e
}

// TestInterface checks that a device in another network namespace is never taken for the one of the host with its index.
func TestInterface(t *testing.T) {
	names := hostNames{1: "lo", 2: "ifb0", 3: "eth0"}
	events := []*event.Event{
		located(2, "eth0", "shop"), located(2, "eth0", "containerd:0123"), located(3, "eth0", "host"), located(2, "", "shop"),
		located(2, "", ""), located(0, "", "shop"), located(2, "eth0", "shop"),
	}

	s, err := summary.New(summary.Options{By: "iface", Interfaces: names})
	if err != nil {
		t.Fatal(err)
	}
	var capture bytes.Buffer
	file := pcapng.New(&capture, pcapng.Options{Host: &event.Host{Interfaces: names}})
	mapper := &hubble.Mapper{Interfaces: names}
	counted := tally.New(tally.Options{Interfaces: names})
	for _, e := range events {
		if err := s.Event(e); err != nil {
			t.Fatal(err)
		}
		if err := file.Event(e); err != nil {
			t.Fatal(err)
		}
		if err := counted.Event(e); err != nil {
			t.Fatal(err)
		}
		if r := mapper.Record(e); r == nil || r.Flow.IfName != string(until(e.Msg.(*Notify).Device[:])) {
			t.Errorf("hubble: %+v", r)
		}
	}
	rows := map[string]uint64{}
	for _, r := range counted.Interfaces.Top(10) {
		rows[r.Interface] = r.Events
	}
	if want := map[string]uint64{"eth0@shop": 2, "eth0@containerd:0123": 1, "eth0": 1, "if2@shop": 1, "if2@4026532000": 1, "": 1}; !maps.Equal(rows, want) {
		t.Errorf("tally: %v, want %v", rows, want)
	}
	var written strings.Builder
	if err := s.Write(&written); err != nil {
		t.Fatal(err)
	}
	table := written.String()
	for _, want := range []string{"\neth0@shop ", "\neth0@containerd:0123 ", "\neth0 ", "\nif2@shop ", "\nif2@4026532000 "} {
		if strings.Count(table, want) != 1 {
			t.Errorf("summary: no row of %q in\n%s", want, table)
		}
	}
	if err := file.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"eth0@shop", "eth0@containerd:0123", "if2@4026532000"} {
		const name = 2 // the option if_name
		option := append(binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, name), uint16(len(want))), want...)
		if n := bytes.Count(capture.Bytes(), option); n != 1 {
			t.Errorf("pcapng: %d interfaces %s", n, want)
		}
	}
	if strings.Contains(table, "ifb0") || bytes.Contains(capture.Bytes(), []byte("ifb0")) {
		t.Errorf("a device has the host's name:\n%s\n%q", table, capture.Bytes())
	}

	schema := &filter.Schema{Messages: new(Decoder).Messages(), Interfaces: names}
	for expr, want := range map[string]string{
		"iface eth0":                     "0126",
		"iface eth0@shop":                "06",
		"iface *@containerd:*":           "1",
		"iface eth0@host":                "2",
		"iface != eth0@shop":             "12345",
		"iface 3":                        "2",
		"iface ifb0":                     "",
		`iface eth1 or iface "eth0@sh*"`: "06",
	} {
		f, err := filter.Compile(expr, schema)
		if err != nil {
			t.Error(err)
			continue
		}
		got := ""
		for i, e := range events {
			if f.Match(e) {
				got += string(rune('0' + i))
			}
			if n := testing.AllocsPerRun(10, func() { f.Match(e) }); n != 0 {
				t.Errorf("%s: %v allocations", expr, n)
			}
		}
		if got != want {
			t.Errorf("%s: matches %q, want %q", expr, got, want)
		}
	}
	enc, buf := pcapng.NewEncoder(pcapng.Options{}), make([]byte, 0, 1<<16)
	if n := testing.AllocsPerRun(10, func() { buf = enc.Append(buf[:0], events[0]) }); n != 0 {
		t.Errorf("pcapng: %v allocations", n)
	}
}
