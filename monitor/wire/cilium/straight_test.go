// SPDX-License-Identifier: Apache-2.0

package cilium_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// straight reads a message in the plainest way: each field at its offset, from a table written by hand. It returns where
// the packet begins, 0 for messages without one and for those that cannot be decoded.
func straight(minor int, raw []byte, order binary.ByteOrder) (fields map[string]uint64, at int) {
	size, table := straightLayout(minor, raw, order)
	if size == 0 || len(raw) < size {
		return nil, 0
	}
	fields = map[string]uint64{}
	for _, f := range strings.Fields(table) {
		var name string
		var offset, width int
		if _, err := fmt.Sscanf(strings.NewReplacer(":", " ", "/", " ").Replace(f), "%s %d %d", &name, &offset, &width); err != nil {
			panic(err)
		}
		if offset+width > size {
			fields[name] = 0
			continue
		}
		switch width {
		case 1:
			fields[name] = uint64(raw[offset])
		case 2:
			fields[name] = uint64(order.Uint16(raw[offset:]))
		case 4:
			fields[name] = uint64(order.Uint32(raw[offset:]))
		case 8:
			fields[name] = order.Uint64(raw[offset:])
		}
	}
	if raw[0] == 2 || raw[0] == 7 {
		size = 0
	}
	return fields, size
}

const straightHead = "type:0/1 subtype:1/1 source:2/2 hash:4/4 "

// straightLayout returns the size of a message's struct, and its fields as name:offset/bytes.
func straightLayout(minor int, raw []byte, order binary.ByteOrder) (size int, table string) {
	if len(raw) < 16 {
		return 0, ""
	}
	version := int(raw[14])
	if minor < 19 {
		version = int(order.Uint16(raw[14:]))
	}
	switch raw[0] {
	case 1:
		size = 32
		if minor >= 13 {
			size = 36
		}
		if minor >= 7 && version >= 2 {
			switch {
			case version == 2:
				size = 40
			case version == 3:
				size = 48
			case minor >= 18:
				return 0, ""
			}
		} else if minor < 7 {
			switch order.Uint32(raw[12:]) >> 16 {
			case 2:
				size = 40
			case 3:
				size = 48
			}
		}
		return size, straightHead + "len_orig:8/4 src_label:16/4 dst_label:20/4 dst_id:24/4 ifindex:32/4 flags:36/1 ip_trace_id:40/8"
	case 2:
		return 20, straightHead + "arg1:8/4 arg2:12/4 arg3:16/4"
	case 3:
		return 24, straightHead + "len_orig:8/4 arg1:16/4 arg2:20/4"
	case 4:
		sizes := []int{32, 48, 56}
		if minor < 7 {
			version = 0
		}
		if version >= len(sizes) {
			return 0, ""
		}
		return sizes[version], straightHead + "len_orig:8/4 src_label:16/4 dst_label:20/4 dst_id:24/2 ifindex:28/4 ip_trace_id:48/8"
	case 5:
		if minor < 8 {
			return 0, ""
		}
		size = 32
		if minor >= 19 {
			size = 40
		}
		return size, straightHead + "len_orig:8/4 remote_label:16/4 dst_port:24/2 proto:26/1 bits:27/1 auth_type:28/1 cookie:32/4"
	case 6:
		if minor < 10 || minor >= 19 {
			return 0, ""
		}
		return 24, straightHead + "tv_boot:8/8 len_cap:16/4 len_orig:20/4"
	case 7:
		switch {
		case minor < 13:
			return 0, ""
		case minor < 19:
			return 38, "type:0/1 xlate_point:1/1 dst_port:18/2 sock_cookie:20/8 cgroup_id:28/8 l4_proto:36/1 ipv6:37/1"
		}
		return 40, "type:0/1 xlate_point:1/1 l4_proto:2/1 ipv6:3/1 dst_port:4/2 sock_cookie:8/8 cgroup_id:16/8"
	}
	return 0, ""
}

// compareStraight compares what a decoder reads with what straight does.
func compareStraight(t *testing.T, d *cilium.Decoder, release string, raw []byte) {
	t.Helper()
	minor, _ := strconv.Atoi(strings.Split(release, ".")[1])
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		e := event.Event{Kind: event.Sample, Raw: raw, Host: &event.Host{Order: order}}
		d.Decode(&e)
		if len(raw) == 0 || raw[0] == 129 || raw[0] == 130 {
			continue
		}
		want, at := straight(minor, raw, order)
		if (want == nil) != (e.Msg == nil) {
			t.Fatalf("%s, %v: message %v, error %v, want fields %v of % x", release, order, e.Msg, e.Err, want, raw)
		}
		if want == nil {
			continue
		}
		if got := e.Msg.Capture().Offset; got != at {
			t.Errorf("%s, %v: packet at %d, want %d of % x", release, order, got, at, raw)
		}
		for i, f := range e.Msg.Fields() {
			if v, ok := want[f.C]; ok && f.C != "" && e.Msg.Uint(i) != v {
				t.Errorf("%s, %v: %s is %d, want %d of % x", release, order, f.C, e.Msg.Uint(i), v, raw)
			}
		}
	}
}

// TestStraightforward compares it for messages of each type, version and length.
func TestStraightforward(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i, d := range decoders(t) {
		for range step(3000) {
			raw := make([]byte, r.IntN(70))
			for j := range raw {
				raw[j] = byte(r.Uint32())
			}
			if len(raw) > 0 {
				raw[0] = byte(r.IntN(9))
			}
			if len(raw) > 15 && r.IntN(4) > 0 {
				raw[14], raw[15] = byte(r.IntN(5)), byte(r.IntN(2)*r.IntN(5))
			}
			compareStraight(t, d, releases[i], raw)
		}
		for _, data := range distinct(t, 1) {
			compareStraight(t, d, releases[i], data)
		}
	}
}

// FuzzStraightforward compares it for anything.
func FuzzStraightforward(f *testing.F) {
	for _, data := range distinct(f, 1) {
		f.Add(data)
	}
	all := decoders(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for i, d := range all {
			compareStraight(t, d, releases[i], data)
		}
	})
}
