// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// wireFrame is a crafted frame: its name, its bytes, and its length on the wire.
type wireFrame struct {
	name   string
	data   []byte
	length int
}

// wireFrames returns the crafted frames of the packet package's tests.
func wireFrames(t *testing.T) []wireFrame {
	t.Helper()
	f, err := os.Open("../packet/testdata/tshark.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []wireFrame
	for lines := bufio.NewScanner(f); lines.Scan(); {
		columns := strings.Split(lines.Text(), "\t")
		if len(columns) < 3 || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		length, err1 := strconv.Atoi(columns[1])
		data, err2 := hex.DecodeString(columns[2])
		if err1 != nil || err2 != nil {
			t.Fatal(lines.Text())
		}
		all = append(all, wireFrame{columns[0], data, length})
	}
	return all
}

// exotic reports whether tcpdump reads a frame in another way: it does not look behind VLAN tags, extension headers and
// tunnels unless asked for them, and compares headers that are broken or not there.
func (f *wireFrame) exotic() bool {
	var p packet.Packet
	p.Reset(f.data, packet.LinkEthernet)
	flow := p.Flow()
	return p.Malformed() != packet.NoFault || p.Truncated() != packet.NoPart || len(p.VLANs()) > 0 || len(p.Tunnels()) > 0 ||
		len(p.Flows()) > 1 || flow != nil && flow.Extended || strings.HasPrefix(f.name, "ah ")
}

// writePcap writes frames to a file whose time stamps are their numbers.
func writePcap(t *testing.T, frames []wireFrame) string {
	t.Helper()
	var b []byte
	put := func(v ...uint32) {
		for _, v := range v {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	put(0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1)
	for i, f := range frames {
		put(uint32(i), 0, uint32(len(f.data)), uint32(f.length))
		b = append(b, f.data...)
	}
	name := filepath.Join(t.TempDir(), "frames.pcap")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// tcpdumped returns the numbers of the frames that tcpdump prints, and what it says if it refuses the expression.
func tcpdumped(t *testing.T, file, expr string) ([]int, string) {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command("tcpdump", "-n", "-tt", "-q", "-r", file, expr)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return nil, lines[len(lines)-1]
	}
	var all []int
	for _, line := range strings.Split(string(out), "\n") {
		number, _, ok := strings.Cut(line, ".000000 ")
		if n, err := strconv.Atoi(number); ok && err == nil {
			all = append(all, n)
		}
	}
	return all, ""
}

// sameAsTcpdump are expressions that mean what they mean for tcpdump.
var sameAsTcpdump = []string{
	"icmp[icmptype] == icmp-echo", "icmp[icmptype] = icmp-unreach", "icmp[0] = 3 and icmp[1] == 4", "icmp[icmptype] & 8 != 0",
	"icmp6[icmp6type] = icmp6-echo", "ip and tcp[tcpflags] & tcp-syn != 0", "ip and tcp[13] & 2 != 0", "ip and tcp[13] = 2",
	"ip && tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn", "ip and tcp[tcpflags] == (tcp-psh|tcp-ack)",
	"ether host 02:00:00:00:00:02", "ether src 02:00:00:00:00:02", "ether dst host 02:00:00:00:00:02", "ether dst 02:00:00:00:00:02",
	"broadcast", "multicast", "ether broadcast", "ether multicast", "ip multicast", "ip6 multicast",
	`ether proto \arp`, `ether proto \ip6`, "ether proto 0x88cc", "ether proto 0x86dd",
	"less 100", "greater 80", "less 60", "len > 80", "len <= 60", "ip and greater 60 and less 100",
	"ip", "ip6", "arp", "tcp", "udp", "icmp", "icmp6", "sctp", "esp", "pim",
	"proto 132", "proto 1", "ip proto 132", "ip6 proto 58", `ip proto \tcp`, `ip6 proto \udp`, "ip proto \\icmp",
	"host 10.77.0.1 or 10.77.0.2", "host (10.77.0.1 or 10.77.0.9)", "host 2001:db8::1", "ip6 host 2001:db8::1", "ip host 10.77.0.1",
	"arp host 10.77.0.1", "arp src host 10.77.0.1", "not host 10.77.0.1", "src host 10.77.0.2 or 10.77.0.1", "src host 10.77.0.1 and not 10.77.0.2",
	"src host 10.77.0.1 and not src 10.77.0.2", "host 10.77.0.1 and 10.77.0.2", "src host 10.77.0.1 and (10.77.0.1 or 10.77.0.2)", "src and dst host 10.77.0.1",
	"src 10.77.0.1 and dst 10.77.0.2", "net 10.77", "net 10", "net 10.77.0", "net 10.77.0.0/24", "net 2001:db8::/32", "src net 10", "not src net 10",
	"dst net 10.77.0.0/16 and tcp", "port http", "port https", "port domain", "src or dst port 443", "tcp port 443 or 80", "tcp port (443 or 80)",
	"tcp dst port 443", "tcp src port 40000", "udp dst port 53 or 4789", "udp port 53 and not 4789", "port 443 and not 80", "port 443 or 53", "not port 443",
	"tcp or udp port 53", "tcp portrange 400-500", "portrange 400-500", "dst portrange 1-500", "dst port 443 and src host 10.77.0.1",
	"src host 10.77.0.1 and port 443 or 53", "host 10.77.0.1 and port 443 and not src port 443", "udp and not port 53", "udp src port 50000 or 1",
	"not tcp and not udp", "!tcp && !udp", "not (tcp or udp)", "icmp or icmp6", "port 443 and tcp or udp", "tcp and host 10.77.0.1",
	"ip and not (port 443 or port 53)", "not (host 10.77.0.1 and port 443)", "vlan", "mpls", "ip or ip6 or arp",
}

// widerThanTcpdump are expressions that match frames which tcpdump leaves out, with the beginnings of their names.
var widerThanTcpdump = map[string][]string{
	"tcp[tcpflags] & tcp-syn != 0":                  {"tcp syn, ipv6", "tcp all flags, ipv6"}, // for tcpdump tcp[...] is of IPv4 alone
	"tcp[13] & 2 != 0":                              {"tcp syn, ipv6", "tcp all flags, ipv6"},
	"tcp[tcpflags] & (tcp-syn|tcp-fin) == tcp-syn":  {"tcp syn, ipv6"},
	"tcp[tcpflags] & (tcp-rst | tcp-syn) = tcp-syn": {"tcp syn, ipv6"},
	"igmp":                    {"igmp, ipv6"}, // these are of IPv4 for tcpdump
	"vrrp":                    {"vrrp, ipv6"},
	"port 50000":              {"udplite, ip"}, // that has ports too
	"src port 40000 or 50000": {"udplite, ip"},
}

// TestAgainstTcpdump compares what expressions match with what tcpdump matches, on the crafted frames without VLAN tags,
// extension headers and tunnels: tcpdump does not look behind those.
func TestAgainstTcpdump(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "tcpdump") {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	frames := slices.DeleteFunc(wireFrames(t), func(f wireFrame) bool { return f.exotic() })
	file := writePcap(t, frames)
	if all, refused := tcpdumped(t, file, ""); len(all) != len(frames) || len(all) < 50 {
		t.Fatalf("tcpdump shows %d of %d frames: %s", len(all), len(frames), refused)
	}
	for i, expr := range sameAsTcpdump {
		if testing.Short() && i%4 != 0 {
			continue
		}
		compareWithTcpdump(t, frames, file, expr, nil)
	}
	for expr, wider := range widerThanTcpdump {
		compareWithTcpdump(t, frames, file, expr, wider)
	}
}

// compareWithTcpdump compares the frames that an expression matches. Some match here and not there.
func compareWithTcpdump(t *testing.T, frames []wireFrame, file, expr string, wider []string) {
	t.Helper()
	theirs, refused := tcpdumped(t, file, strings.ReplaceAll(expr, "tcp-psh", "tcp-push"))
	f, err := Compile(expr, schema)
	if err != nil || refused != "" {
		t.Errorf("%s: %v; tcpdump: %s", expr, err, refused)
		return
	}
	for i := range frames {
		m := traceMessage()
		m.packet, m.length = frames[i].data, frames[i].length
		is := f.Match(sampleOf(m))
		want := slices.Contains(theirs, i) || slices.ContainsFunc(wider, func(w string) bool { return strings.HasPrefix(frames[i].name, w) })
		if is != want {
			t.Errorf("%s: %s: %v, want %v", expr, frames[i].name, is, want)
		}
	}
}

// TestForeignWords checks what is said of words of other tools that are none here.
func TestForeignWords(t *testing.T) {
	for expr, want := range map[string]string{
		"net 10.77.0.0 mask 255.255.255.0": "write net 10.0.0.0/8",
		"ip broadcast":                     "write broadcast",
		"tcp[2:2] = 443":                   "the word is dst port",
		"ip[8] = 63":                       "the word is ttl",
		"ip[6:2] & 0x1fff != 0":            "the word is fragment",
		"udp[8:4] = 1":                     "only tcp[tcpflags]",
		"tcp[tcpflags] & tcp-sin != 0":     "did you mean tcp-fin or tcp-syn",
		"tcp[tcpflags]":                    "a comparison must follow",
		"tcp[tcpflags] && port 80":         "a comparison must follow",
		"tcp[13] = tcp-syn|tcp-ack":        "must be in parentheses",
		"tcp[13":                           "only tcp[tcpflags]",
		"ip.addr == 10.77.0.1":             "write host ADDRESS",
		"tcp.dstport == 443":               "write tcp dst port",
		"tcp.flags.syn == 1":               "the word for tcp.flags.syn is syn",
		"tcp.flags.reset == 1":             "write rst",
		"tcp-push":                         "the word for tcp-push is psh",
		"eth.addr == 02:00:00:00:00:01":    "write ether host",
		"icmp.type == 8":                   "write icmptype",
		"frame.len > 100":                  "write len",
		"dns":                              "write port dns",
		"http and host 10.0.0.1":           "write port http",
		"dropped":                          "write verdict dropped",
		"protocol tcp":                     "write proto",
		"protochain 6":                     "write proto",
		"inbound":                          "write src endpoint",
		"on eth0":                          "write iface",
		"gateway foo":                      "write ether host",
		"pod frontend":                     "write endpoint",
		"host 10.77.0.1:443":               "write host 10.77.0.1 and port 443",
		"10.77.0.1.443":                    "write host 10.77.0.1 and port 443",
		"port 80/tcp":                      "is not a port",
		"less = 3-4":                       "a range cannot follow",
		"less != 4":                        "write len",
		"host foo.example":                 "names are not looked up",
		"port 22 or host 10.0.0.1 and tcp": "use parentheses",
	} {
		if _, err := Compile(expr, schema); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", expr, err, want)
		}
	}
}
