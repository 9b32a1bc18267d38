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
	"slices"
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

// crafted is a frame, and what tshark says of it.
type crafted struct {
	name   string
	length int // on the wire; a capture of the frame may be shorter
	data   []byte
	fields map[string]string
}

// cut reports whether the frame is longer than what tshark was shown of it.
func (c *crafted) cut() bool { return c.length > len(c.data) }

// noConnection has the frames, by the beginning of their names, whose entry in the table of connections is not compared, and why.
var noConnection = []struct{ frames, reason string }{
	{"tcp all flags", "no TCP sends SYN and FIN: malformed"},
	{"router alert, mld report", "it keeps the link running, and is of no connection"},
	{"neighbor solicitation", "it keeps the link running, and is of no connection"},
	{"ipv4 fragment, middle", "the first fragment, which has the ports, was not seen"},
	{"ipv4 fragment, last", "the first fragment, which has the ports, was not seen"},
	{"ipv4 fragment, vlan, middle", "the first fragment, which has the ports, was not seen"},
	{"ipv4 fragment, vlan, last", "the first fragment, which has the ports, was not seen"},
	{"ipv6 fragment, middle", "the first fragment, which has the ports, was not seen"},
	{"ipv6 fragment, last", "the first fragment, which has the ports, was not seen"},
	{"mpls", "the datapath does not look behind labels"},
	{"vlan, mpls", "the datapath does not look behind labels"},
	{"icmp port unreachable", "an error opens no connection"},
	{"icmp fragmentation needed", "an error opens no connection"},
	{"icmp time exceeded", "an error opens no connection"},
	{"icmp redirect", "an error opens no connection"},
	{"icmp parameter problem", "an error opens no connection"},
	{"icmp6 ", "an error opens no connection"},
	{"arp request", "it is not IP"},
	{"lldp", "it is not IP"},
	{"802.3", "it is not IP"},
	{"broken, ip version", "malformed"},
	{"broken, ip header length", "malformed"},
	{"broken, ip length", "malformed"},
	{"broken, tcp header", "malformed"},
	{"broken, ports", "malformed"},
	{"broken, udp length", "malformed"},
	{"broken, icmp header", "malformed"},
	{"broken, fragment", "malformed"},
	{"broken, extension", "malformed"},
}

// printedDiffers has what is printed of frames and is not what tshark says, and why.
var printedDiffers = []struct{ frame, fields, reason string }{
	{"jumbo option", "length", "the kernel runs programs on at most a page"},
	{"broken, ip header length below 20", "src dst", "tshark gives up before the addresses"},
	{"broken, ip header length beyond packet", "src dst", "tshark gives up before the addresses"},
	{"broken, ip length below header", "src dst", "tshark gives up before the addresses"},
	{"broken, tcp header length below 20", "tcpFlags", "tshark gives up before the flags"},
	{"ipv4 tcp, 30 bytes", "src", "half of the addresses is printed as none"},
	{"ipv4 tcp, 48 bytes", "tcpFlags", "tshark wants the byte behind the flags too"},
}

// TestAgainstTshark runs frames through the datapath, and checks that what it takes for their addresses, ports, flags and
// VLANs is what tshark says, that it passes on the bytes and the length on the wire, tags included, and that what is
// printed of them is what tshark says too. Of a frame that tshark was shown in part, that part is captured.
func TestAgainstTshark(t *testing.T) {
	needBPF(t)
	whole := capturing(t, MaxCaptureLen)
	parts := map[int]*harness{}
	frames := craftedFrames(t)
	entered := 0
	for i := range frames {
		c, h := &frames[i], whole
		if c.cut() {
			if h = parts[len(c.data)]; h == nil {
				h = capturing(t, len(c.data))
				parts[len(c.data)] = h
			}
		}
		if e, ok := h.send(t, c); ok {
			c.comparePrinted(t, e)
		}
		if !c.cut() && h.compareEntry(t, c) {
			entered++
		}
		h.forget(t)
	}
	if len(frames) < 172 || entered < 134 {
		t.Errorf("%d frames, %d of them entered as connections", len(frames), entered)
	}
	t.Logf("%d frames compared as they are printed, %d of them as connections too", len(frames), entered)
}

// capturing loads what the test needs of a datapath that captures so much.
func capturing(t *testing.T, length int) *harness {
	t.Helper()
	spec, err := loadDatapath()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"conntrack4", "conntrack6", "fragments"} {
		spec.Maps[name].MaxEntries = 128 // large tables take long to make
	}
	opts := Options{CaptureLen: length}
	return harnessFor(t, spec, opts)
}

// TestListedFrames checks that each frame that is not compared, or not in all, is there.
func TestListedFrames(t *testing.T) {
	var listed []string
	for _, n := range noConnection {
		listed = append(listed, n.frames)
	}
	for _, d := range printedDiffers {
		listed = append(listed, d.frame)
	}
	frames := craftedFrames(t)
	for _, prefix := range listed {
		if !slices.ContainsFunc(frames, func(c crafted) bool { return strings.HasPrefix(c.name, prefix) }) {
			t.Errorf("no frame is called %q", prefix)
		}
	}
}

// craftedFrames reads the frames.
func craftedFrames(t *testing.T) []crafted {
	t.Helper()
	file, err := os.Open(answers)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this is not the source tree: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []crafted
	lines := bufio.NewScanner(file)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		columns := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(columns[0], "#") {
			continue
		}
		c := crafted{name: columns[0], fields: map[string]string{}}
		if c.length, err = strconv.Atoi(columns[1]); err != nil {
			t.Fatal(err)
		}
		if c.data, err = hex.DecodeString(columns[2]); err != nil {
			t.Fatal(err)
		}
		for _, f := range columns[3:] {
			name, value, _ := strings.Cut(f, "=")
			c.fields[name] = value
		}
		all = append(all, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// send runs a frame, with zeros for what is not there of it, and returns the event about it.
func (h *harness) send(t *testing.T, c *crafted) (event, bool) {
	t.Helper()
	frame := append(bytes.Clone(c.data), make([]byte, c.length-len(c.data))...)
	run := func() error {
		_, err := h.use(true, Ingress).Run(&ebpf.RunOptions{Data: frame, DataOut: make([]byte, len(frame)+256)})
		return err
	}
	err := run()
	if err != nil && c.cut() { // too long for a test run
		frame = c.data
		err = run()
	}
	events := h.events()
	if err != nil || len(events) != 1 || events[0].Trace == nil {
		t.Errorf("%s: %v, %v", c.name, texts(events), err)
		return event{}, false
	}
	if e := events[0]; int(e.Trace.OrigLen) != len(frame) || !bytes.Equal(e.Packet, c.data) {
		t.Errorf("%s: %d bytes on the wire, want %d:\n%x\n%x", c.name, e.Trace.OrigLen, len(frame), e.Packet, c.data)
	}
	return events[0], true
}

// compareEntry compares what the frame has entered into the table of connections. It returns false if it must enter none.
func (h *harness) compareEntry(t *testing.T, c *crafted) bool {
	got, entered := h.onlyConnection(t)
	for _, n := range noConnection {
		if strings.HasPrefix(c.name, n.frames) {
			if entered {
				t.Errorf("%s has entered %v, which can be compared. It was listed as: %s", c.name, got, n.reason)
			}
			return false
		}
	}
	if !entered {
		t.Errorf("%s has entered no connection, and is not listed", c.name)
		return false
	}
	if diff := cmp.Diff(tsharkSays(c.data, c.fields, got), got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("%s (-tshark +datapath)\n%s", c.name, diff)
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
