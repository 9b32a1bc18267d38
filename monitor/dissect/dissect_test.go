// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// frames returns the crafted frames of package packet, by name.
func frames(t testing.TB) map[string][]byte {
	t.Helper()
	file, err := os.ReadFile("../packet/testdata/tshark.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]byte)
	for line := range strings.Lines(string(file)) {
		if columns := strings.Split(line, "\t"); len(columns) > 2 {
			if all[columns[0]], err = hex.DecodeString(strings.TrimSpace(columns[2])); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

func dissect(data []byte) string {
	var p packet.Packet
	p.Reset(data, packet.LinkEthernet)
	return string(Append(nil, &p))
}

func TestAppend(t *testing.T) {
	all := frames(t)
	for _, c := range []struct {
		frame string
		want  []string // what the lines contain, a line each
	}{
		{"tcp syn, ipv4", nil},
		{"udp, ipv6", nil},
		{"icmp echo, ipv4", nil},
		{"hop-by-hop, udp", nil},
		{"destination options, tcp", []string{"IPv6Destination\t{"}},
		{"ah tcp, ipv4", []string{"IPSecAH\t{"}},
		{"tcp syn, ipv4, vlan", []string{"VLANIdentifier=100", "IPv4\t{", "DstPort=443(https)"}},
		{"vxlan", []string{"VNI=42", "Ethernet\t{", "DstIP=192.168.5.2", "TCP\t{"}},
		{"vxlan, linux port", []string{"VNI=11259375", "Ethernet\t{", "IPv6\t{", "UDP\t{"}},
		{"geneve", []string{"Geneve\t{", "Ethernet\t{", "IPv4\t{", "TCP\t{"}},
		{"gre, key", []string{"Key=48879", "IPv4\t{", "TCP\t{"}},
		{"mpls", []string{"Label=16 ", "IPv4\t{", "TCP\t{"}},
		{"ipip", nil},
		{"sctp, ipv4", []string{"SCTP\t{", "SCTPInit\t{"}},
		{"arp request", []string{"ARP\t{10.77.0.1 asks for 10.77.0.2}"}},
		{"igmp, ipv4", []string{"IGMP\t{MembershipReportV2 Group=224.0.0.251}"}},
		{"ospf, ipv4", []string{"OSPF\t{"}},
		{"router alert, mld report", []string{"MLD\t{ListenerReportV2 Records=[ToExclude ff02::fb]}"}},
		{"neighbor solicitation", []string{"TargetAddress=2001:db8::2"}},
		{"icmp port unreachable", []string{"Quoted\t{10.77.0.2:50000 -> 192.168.5.2:9999 udp}"}},
		{"broken, tcp option", []string{"  Packet is malformed: broken TCP option"}},
	} {
		data, ok := all[c.frame]
		if !ok {
			t.Fatalf("no frame %s", c.frame)
		}
		got := dissect(data)
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		if len(c.want) == 0 && got == "" {
			continue
		}
		if len(lines) != len(c.want) {
			t.Errorf("%s: %d lines, want %d:\n%s", c.frame, len(lines), len(c.want), got)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(lines[i], want) {
				t.Errorf("%s: %q in line %d:\n%s", c.frame, want, i, got)
			}
		}
	}
}

// Messages of DNS, in hex.
const (
	dnsName     = "03777777" + "0473686f70" + "00" // www.shop.
	dnsQuery    = "1234" + "0100" + "0001000000000000" + dnsName + "00010001"
	dnsResponse = "1234" + "8180" + "0001000200000001" + dnsName + "00010001" +
		"c00c" + "0005" + "0001" + "0000001e" + "0006" + "03636e61c010" + // a CNAME to cna.shop.
		"c026" + "0001" + "0001" + "0000001e" + "0004" + "0a000157" + "00002904d0000000000000"
)

func TestDNS(t *testing.T) {
	for _, c := range []struct{ what, message, want string }{
		{"query", dnsQuery, "DNS\t{ID=4660 Query Questions=[www.shop. A]}\n"},
		{"response", dnsResponse, "DNS\t{ID=4660 Response=NoError Questions=[www.shop. A] " +
			"Answers=[www.shop. 30 CNAME cna.shop., cna.shop. 30 A 10.0.1.87] Additionals=1}\n"},
		{"cut in the second answer", dnsResponse[:2*56], "DNS\t{ID=4660 Response=NoError Questions=[www.shop. A] " +
			"Answers=[www.shop. 30 CNAME cna.shop., ...] Additionals=1}\n"},
		{"cut in the question", dnsQuery[:2*18], "DNS\t{ID=4660 Query Questions=[...]}\n"},
		{"no such name", "0001" + "8183" + "0001000000000000" + dnsName + "001c0001",
			"DNS\t{ID=1 Response=NXDomain Questions=[www.shop. AAAA]}\n"},
		{"root", "0001" + "0000" + "0001000000000000" + "00" + "00ff0001", "DNS\t{ID=1 Query Questions=[. ANY]}\n"},
		{"mail, service, text", "0001" + "8000" + "0000000300000000" +
			"00" + "000f" + "0001" + "00000001" + "0005" + "0005" + "016d00" +
			"00" + "0021" + "0001" + "00000001" + "0009" + "000100020003" + "017300" +
			"00" + "0010" + "0001" + "00000001" + "0004" + "03611b62",
			"DNS\t{ID=1 Response=NoError Questions=[] Answers=[. 1 MX 5 m., . 1 SRV 1 2 3 s., . 1 TXT \"a\\x1bb\"]}\n"},
		{"controls in a name", "0001" + "0000" + "0001000000000000" + "031b5b4a00" + "00010001",
			"DNS\t{ID=1 Query Questions=[\\x1b[J. A]}\n"},
		{"a loop", "0001" + "0000" + "0001000000000000" + "c00c" + "00010001", ""},
		{"no DNS", strings.Repeat("ff", 40), ""},
		{"short", "0001", ""},
	} {
		data, err := hex.DecodeString(c.message)
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if got := string(appendDNS(nil, data)); got != c.want {
			t.Errorf("%s:\ngot  %swant %s", c.what, got, c.want)
		}
	}
}

// TestDNSInPackets reads a query over UDP and TCP.
func TestDNSInPackets(t *testing.T) {
	const (
		eth  = "020000000002020000000001" + "0800"
		want = "DNS\t{ID=4660 Query Questions=[www.shop. A]}\n"
	)
	n := len(dnsQuery) / 2
	udp := fmt.Sprintf("9c400035%04x0000", 8+n)
	tcp := "9c40003500000001000000015018020000000000" + fmt.Sprintf("%04x", n)
	for name, packet := range map[string]string{
		"udp": eth + fmt.Sprintf("4500%04x0001000040110000", 20+8+n) + "0a0000010a000002" + udp + dnsQuery,
		"tcp": eth + fmt.Sprintf("4500%04x0001000040060000", 20+20+2+n) + "0a0000010a000002" + tcp + dnsQuery,
	} {
		data, err := hex.DecodeString(packet)
		if err != nil {
			t.Fatal(err)
		}
		if got := dissect(data); got != want {
			t.Errorf("%s: got %swant %s", name, got, want)
		}
	}
}

// TestPlain reports whether packets that have no more than the text of v1.5.3 says cost no allocation.
func TestPlain(t *testing.T) {
	all := frames(t)
	buf := make([]byte, 0, 1024)
	var p packet.Packet
	for _, name := range []string{"tcp data, ipv4", "tcp data, ipv6", "udp, ipv6", "icmp echo, ipv4", "arp request", "ipip",
		"ipv4 fragment, last", "icmp port unreachable"} {
		if n := testing.AllocsPerRun(10, func() {
			p.Reset(all[name], packet.LinkEthernet)
			buf = Append(buf[:0], &p)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	all := frames(b)
	buf := make([]byte, 0, 4096)
	var p packet.Packet
	for _, name := range []string{"tcp data, ipv4", "vxlan"} {
		b.Run(strings.ReplaceAll(name, ", ", "-"), func(b *testing.B) {
			for b.Loop() {
				p.Reset(all[name], packet.LinkEthernet)
				buf = Append(buf[:0], &p)
			}
		})
	}
}

// FuzzAppend looks for panics, and for characters that a terminal could obey.
func FuzzAppend(f *testing.F) {
	for _, data := range frames(f) {
		f.Add(data, false)
	}
	f.Fuzz(func(t *testing.T, data []byte, ip bool) {
		var p packet.Packet
		link := packet.LinkEthernet
		if ip {
			link = packet.LinkIP
		}
		p.Reset(data, link)
		out := string(Append(nil, &p))
		if i := strings.IndexFunc(out, func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' }); i >= 0 {
			t.Errorf("%q", out[i:])
		}
		if out != "" && !strings.HasSuffix(out, "\n") {
			t.Errorf("no end of line: %q", out)
		}
	})
}

// FuzzDNS looks for panics and loops.
func FuzzDNS(f *testing.F) {
	for _, s := range []string{dnsQuery, dnsResponse} {
		data, err := hex.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if out := appendDNS(nil, data); len(out) > 1<<20 {
			t.Errorf("%d bytes from %d", len(out), len(data))
		}
	})
}
