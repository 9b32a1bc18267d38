// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/google/go-cmp/cmp"
)

// answers holds frames, and what tshark says of each: name, length, bytes, then fields. Package packet writes it.
const answers = "../monitor/packet/testdata/tshark.txt"

// seen is what the datapath makes of a packet, as its table of connections shows.
type seen struct {
	Src, Dst     netip.Addr
	Sport, Dport uint16
	Proto        uint8
	Flags        uint8
	VLAN, Inner  uint16
}

// TestAgainstTshark runs frames through the datapath, and checks that what it takes for their addresses, ports, flags and
// VLANs is what tshark says, and that it passes on the bytes and the length on the wire, tags included.
func TestAgainstTshark(t *testing.T) {
	file, err := os.Open(answers)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this is not the source tree: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	h := newHarness(t, Options{CaptureLen: MaxCaptureLen})
	compared := 0
	lines := bufio.NewScanner(file)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		parts := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(parts[0], "#") || len(parts) < 4 {
			continue
		}
		frame, err := hex.DecodeString(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		fields := map[string]string{}
		for _, f := range parts[3:] {
			name, value, _ := strings.Cut(f, "=")
			fields[name] = value
		}
		if h.compare(t, parts[0], frame, fields) {
			compared++
		}
	}
	if err := lines.Err(); err != nil || compared < 100 {
		t.Errorf("only %d frames were compared: %v", compared, err)
	}
	t.Logf("%d frames compared", compared)
}

// compare runs one frame. It returns false if the datapath has entered no connection for it, or the kernel refuses it.
func (h *harness) compare(t *testing.T, name string, frame []byte, fields map[string]string) bool {
	if _, err := h.objs.LockstepIngress.Run(&ebpf.RunOptions{Data: frame, DataOut: make([]byte, len(frame)+256)}); err != nil {
		return false // the kernel takes no frame that ends within an IP header
	}
	events := h.events()
	if len(events) != 1 || events[0].Trace == nil {
		t.Errorf("%s: %v", name, texts(events))
		return false
	}
	if e := events[0]; int(e.Trace.OrigLen) != len(frame) || !bytes.Equal(e.Packet, frame) {
		t.Errorf("%s: %d bytes on the wire, want %d:\n%x\n%x", name, e.Trace.OrigLen, len(frame), e.Packet, frame)
	}
	defer h.forget(t)
	got, entered := h.onlyConnection(t)
	if !entered || strings.HasPrefix(name, "broken") {
		return false
	}
	if diff := cmp.Diff(tsharkSays(frame, fields, got), got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("%s (-tshark +datapath)\n%s", name, diff)
	}
	return true
}

// tsharkSays picks the outermost of each field. What the datapath does not look for, it takes over.
func tsharkSays(frame []byte, fields map[string]string, got seen) seen {
	first := func(names ...string) string {
		for _, name := range names {
			if value, _, _ := strings.Cut(fields[name], ","); value != "" {
				return value
			}
		}
		return ""
	}
	number := func(s string) uint16 {
		n, _ := strconv.ParseUint(s, 0, 16)
		return uint16(n)
	}
	want := got
	src, dst := "ip.src", "ip.dst"
	if got.Src.Is6() {
		src, dst = "ipv6.src", "ipv6.dst"
	}
	want.Src, want.Dst = netip.MustParseAddr(first(src)), netip.MustParseAddr(first(dst))
	ports := map[uint8]string{protoTCP: "tcp", protoUDP: "udp", protoSCTP: "sctp"}[got.Proto]
	if ports != "" {
		want.Sport, want.Dport = number(first(ports+".srcport")), number(first(ports+".dstport"))
	}
	if got.Proto == protoTCP {
		want.Flags = uint8(number(first("tcp.flags")))
	}
	var tags []string
	for _, name := range []string{"ieee8021ad.id", "vlan.id"} {
		if fields[name] != "" {
			tags = append(tags, strings.Split(fields[name], ",")...)
		}
	}
	switch tags = append(tags, "0", "0"); binary.BigEndian.Uint16(frame[12:]) {
	case 0x8100, 0x88a8, 0x9100:
		want.VLAN, want.Inner = number(tags[0]), number(tags[1])
	default: // a tag is in a tunnel
		want.VLAN, want.Inner = 0, 0
	}
	return want
}

// onlyConnection returns the connection in the table, and false if there is none.
func (h *harness) onlyConnection(t *testing.T) (seen, bool) {
	t.Helper()
	var entry datapathCtEntry
	var key4 datapathCt4Key
	for it := h.objs.Conntrack4.Iterate(); it.Next(&key4, &entry); {
		return seen{
			address4(key4.Saddr), address4(key4.Daddr), networkOrder(key4.Sport), networkOrder(key4.Dport), key4.Proto,
			entry.Side[0].Flags, key4.Vlan, key4.Inner,
		}, true
	}
	var key6 datapathCt6Key
	for it := h.objs.Conntrack6.Iterate(); it.Next(&key6, &entry); {
		return seen{
			address6(key6.Saddr.Word), address6(key6.Daddr.Word), networkOrder(key6.Sport), networkOrder(key6.Dport),
			key6.Proto, entry.Side[0].Flags, key6.Vlan, key6.Inner,
		}, true
	}
	return seen{}, false
}

func address4(word uint32) netip.Addr {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], word)
	return netip.AddrFrom4(b)
}

func address6(words [4]uint32) netip.Addr {
	var b [16]byte
	for i, w := range words {
		binary.NativeEndian.PutUint32(b[4*i:], w)
	}
	return netip.AddrFrom16(b)
}

// String makes differences readable.
func (s seen) String() string {
	return fmt.Sprintf("%s:%d -> %s:%d protocol %d flags %#x vlan %d %d", s.Src, s.Sport, s.Dst, s.Dport, s.Proto, s.Flags, s.VLAN, s.Inner)
}
