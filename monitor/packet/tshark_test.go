// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what tshark says of the crafted frames to testdata")

// answersFile holds the crafted frames and what tshark says of them, a line each: name, length on the wire, bytes, fields.
const answersFile = "testdata/tshark.txt"

// fields are what tshark is asked for.
var fields = []string{
	"eth.dst", "eth.src", "vlan.id", "vlan.priority", "ieee8021ad.id", "ieee8021ad.priority",
	"ip.src", "ip.dst", "ip.proto", "ip.ttl", "ip.len", "ip.id", "ip.frag_offset", "ip.flags.df",
	"ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.plen", "ipv6.flow", "ipv6.fraghdr.offset", "ipv6.fraghdr.ident",
	"tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value",
	"udp.srcport", "udp.dstport", "sctp.srcport", "sctp.dstport",
	"icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code",
	"vxlan.vni", "geneve.vni", "gre.key", "mpls.label", "esp.spi", "ah.spi", "arp.src.proto_ipv4", "arp.dst.proto_ipv4",
}

// answer is a line of answersFile.
type answer struct {
	crafted
	fields map[string]string
}

// tsharkDiffers has the fields that are not compared, by the beginning of the frames' names, with the reason.
var tsharkDiffers = []struct{ frames, fields, reason string }{
	{"ah esp", "esp.spi", "a Flow has one SPI, the outermost"},
	{"jumbo option", "ipv6.plen", "Length is the jumbo length"},
	{"vxlan in geneve", "eth.dst eth.src", "the frame between the outermost and the innermost is left out"},
	{"mpls, two labels", "mpls.label", "a Tunnel has one label, that at the bottom"},
	{"broken, ip ", "ip.src ip.dst ip.proto ip.ttl ip.len ip.id ip.frag_offset ip.flags.df", "tshark gives up before the addresses"},
	{"broken, tcp header length below 20", "tcp.flags tcp.ack_raw tcp.window_size_value", "tshark gives up before the flags"},
	{"broken, icmp header not all there", "icmp.type icmp.code", "tshark wants the whole header"},
	{"ipv4 tcp, 30 bytes", "ip.src ip.proto ip.ttl ip.len ip.id ip.frag_offset ip.flags.df", "a Flow has both addresses"},
	{"ipv4 tcp, 48 bytes", "tcp.flags", "tshark wants the byte behind the flags too"},
}

// compared reports whether a field of a frame is compared with what tshark says.
func compared(frame, field string) bool {
	for _, d := range tsharkDiffers {
		if strings.HasPrefix(frame, d.frames) && slices.Contains(strings.Fields(d.fields), field) {
			return false
		}
	}
	return true
}

// TestFrames compares what a Packet says of the crafted frames with what tshark was recorded to say.
func TestFrames(t *testing.T) {
	answers := readAnswers(t)
	frames := craftedFrames()
	if len(answers) < 172 || len(answers) != len(frames) {
		t.Fatalf("%d answers for %d frames: go test ./monitor/packet -run TestTshark -update", len(answers), len(frames))
	}
	for i, a := range answers {
		if f := frames[i]; f.name != a.name || !bytes.Equal(f.data, a.data) {
			t.Fatalf("%s is not what was recorded: go test ./monitor/packet -run TestTshark -update", f.name)
		}
		var p Packet
		p.Reset(a.data, LinkEthernet)
		got := ownFields(&p)
		for _, name := range fields {
			if own := strings.Join(got[name], ","); own != a.fields[name] && compared(a.name, name) {
				t.Errorf("%s: %s: got %q, tshark says %q\n%x", a.name, name, own, a.fields[name], a.data)
			}
		}
		if broken := strings.HasPrefix(a.name, "broken, "); broken != (p.Malformed() != NoFault) {
			t.Errorf("%s: malformed: %v", a.name, p.Malformed())
		}
		if cut := a.length > len(a.data); cut != (p.Truncated() != NoPart) {
			t.Errorf("%s: truncated in %v", a.name, p.Truncated())
		}
	}
}

// ownFields returns what a Packet says, in tshark's words.
func ownFields(p *Packet) map[string][]string {
	m := make(map[string][]string)
	add := func(name, format string, v any) { m[name] = append(m[name], fmt.Sprintf(format, v)) }
	for _, e := range []*Ethernet{p.Ethernet(), p.InnerEthernet()} {
		if e != nil {
			add("eth.dst", "%v", e.Dst)
			add("eth.src", "%v", e.Src)
		}
	}
	for _, v := range p.VLANs() {
		name := "vlan"
		if v.Type == etherServiceVLAN {
			name = "ieee8021ad"
		}
		add(name+".id", "%d", v.ID)
		add(name+".priority", "%d", v.Priority)
	}
	for _, t := range p.Tunnels() {
		switch {
		case !t.HasID:
		case t.Kind == TunnelVXLAN:
			add("vxlan.vni", "%d", t.ID)
		case t.Kind == TunnelGeneve:
			add("geneve.vni", "0x%06x", t.ID)
		case t.Kind == TunnelGRE:
			add("gre.key", "0x%08x", t.ID)
		case t.Kind == TunnelMPLS:
			add("mpls.label", "%d", t.ID)
		}
	}
	if a, ok := p.ARP(); ok {
		add("arp.src.proto_ipv4", "%v", a.Sender)
		add("arp.dst.proto_ipv4", "%v", a.Target)
	}
	flows := slices.Clone(p.Flows())
	if q := p.Quoted(); q != nil {
		flows = append(flows, *q)
	}
	for i := range flows {
		addIP(&flows[i], add)
		addTransport(&flows[i], add)
	}
	return m
}

func addIP(f *Flow, add func(name, format string, v any)) {
	if f.IsIPv6() {
		add("ipv6.src", "%v", f.Src)
		add("ipv6.dst", "%v", f.Dst)
		add("ipv6.hlim", "%d", f.TTL)
		add("ipv6.plen", "%d", uint16(max(f.Length, 40)-40))
		add("ipv6.flow", "0x%06x", f.FlowLabel)
		if f.ID != 0 {
			add("ipv6.fraghdr.offset", "%d", f.FragmentOffset/8)
			add("ipv6.fraghdr.ident", "0x%08x", f.ID)
		}
		return
	}
	add("ip.src", "%v", f.Src)
	add("ip.dst", "%v", f.Dst)
	add("ip.ttl", "%d", f.TTL)
	add("ip.len", "%d", f.Length)
	add("ip.id", "0x%04x", f.ID)
	add("ip.frag_offset", "%d", f.FragmentOffset/8)
	proto := f.Proto
	if f.Extended {
		proto = ProtoAH
	}
	add("ip.proto", "%d", proto)
	add("ip.flags.df", "%s", bit(f.DontFragment))
}

func bit(set bool) string {
	if set {
		return "1"
	}
	return "0"
}

func addTransport(f *Flow, add func(name, format string, v any)) {
	if f.HasPorts {
		name := map[uint8]string{ProtoTCP: "tcp", ProtoUDP: "udp", ProtoUDPLite: "udp", ProtoSCTP: "sctp"}[f.Proto]
		add(name+".srcport", "%d", f.SrcPort)
		add(name+".dstport", "%d", f.DstPort)
	}
	if f.HasFlags {
		add("tcp.flags", "0x%04x", uint16(f.Flags))
	}
	if f.HasSeq {
		add("tcp.seq_raw", "%d", f.Seq)
		add("tcp.ack_raw", "%d", f.Ack)
		add("tcp.window_size_value", "%d", f.Window)
	}
	if f.HasICMP {
		name := map[uint8]string{ProtoICMP: "icmp", ProtoICMPv6: "icmpv6"}[f.Proto]
		add(name+".type", "%d", f.ICMPType)
		add(name+".code", "%d", f.ICMPCode)
	}
	if f.HasSPI {
		name := "esp.spi"
		if f.Extended {
			name = "ah.spi"
		}
		add(name, "0x%08x", f.SPI)
	}
}

// readAnswers returns what was recorded.
func readAnswers(t *testing.T) []answer {
	t.Helper()
	file, err := os.Open(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []answer
	s := bufio.NewScanner(file)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		columns := strings.Split(s.Text(), "\t")
		a := answer{fields: make(map[string]string)}
		a.name = columns[0]
		if a.length, err = strconv.Atoi(columns[1]); err != nil {
			t.Fatal(err)
		}
		if a.data, err = hex.DecodeString(columns[2]); err != nil {
			t.Fatal(err)
		}
		for _, f := range columns[3:] {
			name, value, _ := strings.Cut(f, "=")
			a.fields[name] = value
		}
		all = append(all, a)
	}
	return all
}

// TestTshark asks tshark, and compares with what was recorded. With -update it records.
func TestTshark(t *testing.T) {
	path, err := exec.LookPath("tshark")
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "tshark") {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	frames := craftedFrames()
	capture := filepath.Join(t.TempDir(), "frames.pcap")
	if err := os.WriteFile(capture, pcap(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", capture, "-T", "fields", "-E", "occurrence=a", "-E", "separator=/t", "-E", "aggregator=,",
		"-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-d", "udp.port==8472,vxlan"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command(path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.Bytes())
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(frames) {
		t.Fatalf("%d lines for %d frames", len(lines), len(frames))
	}
	var b bytes.Buffer
	b.WriteString("# Crafted frames and what tshark says of them. Written by: go test ./monitor/packet -run TestTshark -update\n")
	for i, f := range frames {
		fmt.Fprintf(&b, "%s\t%d\t%x", f.name, max(f.length, len(f.data)), f.data)
		for j, value := range strings.Split(lines[i], "\t") {
			if value != "" {
				fmt.Fprintf(&b, "\t%s=%s", fields[j], value)
			}
		}
		b.WriteByte('\n')
	}
	if *update {
		if err := os.WriteFile(answersFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if recorded, err := os.ReadFile(answersFile); err != nil || !bytes.Equal(recorded, b.Bytes()) {
		t.Errorf("%s is not what tshark says (%v)", answersFile, err)
	}
}

// pcap returns a capture file of frames.
func pcap(frames []crafted) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, 0xa1b2c3d4)
	out = le.AppendUint32(out, 2|4<<16)
	out = append(out, make([]byte, 8)...)
	out = le.AppendUint32(out, 1<<18)
	out = le.AppendUint32(out, 1) // Ethernet
	for i, f := range frames {
		out = le.AppendUint32(out, uint32(1e9+i))
		out = le.AppendUint32(out, 0)
		out = le.AppendUint32(out, uint32(len(f.data)))
		out = le.AppendUint32(out, uint32(max(f.length, len(f.data))))
		out = append(out, f.data...)
	}
	return out
}
