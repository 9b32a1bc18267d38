// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// packets are frames of every kind of header, whole and broken, in hex. They feed the tests, the benchmarks and the
// fuzz target.
var packets = []struct{ name, data string }{
	{"empty", ""},
	{"tcp4 syn", eth + "0800" + "4500003c1c4640004006b1e60a0000010a000002" +
		"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a0000006400000000" + "01030307"},
	{"tcp4 data, port with a name", eth + "0800" + "450000300001000040060000c0a80001c0a80002" +
		"01bbd431000000010000000250180100abcd0000" + "6869206869206869"},
	{"tcp4, no flags", eth + "0800" + "450000280001000040060000c0a80001c0a80002" +
		"01bbd431000000010000000250000100abcd0000"},
	{"tcp4, all flags", eth + "0800" + "450000280001000040060000c0a80001c0a80002" +
		"01bbd431000000010000000251ff0100abcd0000"},
	{"tcp4, options of every kind", eth + "0800" + "450000500001000040060000c0a80001c0a80002" +
		"01bbd4310000000100000002f0120100abcd0000" +
		"0402fe04abcd1e0301000000" + strings.Repeat("00", 28)},
	{"tcp4, option too short", eth + "0800" + "4500002c0001000040060000c0a80001c0a80002" +
		"01bbd431000000010000000260120100abcd0000" + "02010000"},
	{"tcp4, option too long", eth + "0800" + "4500002c0001000040060000c0a80001c0a80002" +
		"01bbd431000000010000000260120100abcd0000" + "02090000"},
	{"tcp4, header cut", eth + "0800" + "450000280001000040060000c0a80001c0a80002" + "01bbd43100000001"},
	{"udp4", eth + "0800" + "450000200001400040110000c0a80001c0a80002" + "003582350000abcd" + "68690000"},
	{"udp4, length over", eth + "0800" + "450000200001400040110000c0a80001c0a80002" + "003582351000abcd" + "68690000"},
	{"udp4, length under", eth + "0800" + "450000200001400040110000c0a80001c0a80002" + "003582350007abcd" + "68690000"},
	{"udp4, vxlan", eth + "0800" + "450000240001400040110000c0a80001c0a80002" + "12b512b50010abcd" + "0800000000002a00"},
	{"icmp4", eth + "0800" + "4500001c00010000400100007f0000017f000001" + "0800f7ff00000001"},
	{"icmp4, codes", eth + "0800" + "4500001c00010000400100007f0000017f000001" + "030df7ff00000001"},
	{"ip4, fragment", eth + "0800" + "4500001c00012001400100007f0000017f000001" + "0800f7ff00000001"},
	{"ip4, all flags", eth + "0800" + "4500001c0001e000400100007f0000017f000001" + "0800f7ff00000001"},
	{"ip4, options", eth + "0800" + "4800002800010000400100007f0000017f000001" +
		"0107040a0b010000aabbccdd" + "0800f7ff00000001"},
	{"ip4, five options", eth + "0800" + "4700002400010000400100007f0000017f000001" +
		"0101010101010100" + "0800f7ff00000001"},
	{"ip4, broken option", eth + "0800" + "4600002000010000400100007f0000017f000001" + "07020000" + "0800f7ff00000001"},
	{"ip4, no length", eth + "0800" + "4500000000010000400100007f0000017f000001" + "0800f7ff00000001"},
	{"ip4, length under header", eth + "0800" + "4600001400010000400100007f0000017f000001" + "0800f7ff00000001"},
	{"ip4 in ip4", eth + "0800" + "4500003000010000400400000a0000010a000002" +
		"4500001c00010000400100007f0000017f000001" + "0800f7ff00000001"},
	{"ip6 in ip4", eth + "0800" + "4500004400010000402900000a0000010a000002" + ip6 + "00081140" + v6a + v6b},
	{"broken ip4 in ip4", eth + "0800" + "4500003000010000400400000a0000010a000002" +
		"4400001c00010000400100007f0000017f000001" + "0800f7ff00000001"},
	{"ethernet in ethernet", eth + "6558" + "0a0a0a0a0a0a0b0b0b0b0b0b0806" + "0001"},
	{"tcp6", eth + "86dd" + ip6 + "00140640" + v6a + v6b + "9c400050000003e8000000005012faf0c0de0000"},
	{"tcp6, mapped address", eth + "86dd" + ip6 + "00140640" + "00000000000000000000ffff0a000001" + v6b +
		"9c400050000003e8000000005012faf0c0de0000"},
	{"udp6", eth + "86dd" + ip6 + "000c1140" + v6a + v6b + "003582350000abcd" + "68690000"},
	{"icmp6", eth + "86dd" + ip6 + "00183aff" + v6a + v6b + "8700f7ff00000000" + v6b},
	{"icmp6, one byte behind", eth + "86dd" + ip6 + "00053aff" + v6a + v6b + "0102f7ff00"},
	{"ip6, no length", eth + "86dd" + ip6 + "00000640" + v6a + v6b + "9c40"},
	{"ip6, hop-by-hop", eth + "86dd" + ip6 + "000800ff" + v6a + v6b + "3a00050200000100" + "8700f7ff00000000"},
	{"ip6, hop-by-hop, five options", eth + "86dd" + ip6 + "000800ff" + v6a + v6b + "3a01000000000000" +
		"0000000000000000" + "8700f7ff00000000"},
	{"ip6, jumbogram", eth + "86dd" + ip6 + "000000ff" + v6a + v6b + "1100c20400010000" + "003582350000abcd"},
	{"ip6, small jumbogram", eth + "86dd" + ip6 + "000000ff" + v6a + v6b + "1100c20400001000" + "003582350000abcd"},
	{"ip6, jumbogram and length", eth + "86dd" + ip6 + "000800ff" + v6a + v6b + "1100c20400010000" + "0035"},
	{"ip6, hop-by-hop cut", eth + "86dd" + ip6 + "000800ff" + v6a + v6b + "3a020502"},
	{"ip6, hop-by-hop option over the end", eth + "86dd" + ip6 + "000800ff" + v6a + v6b + "3a00050900000100"},
	{"ip6, hop-by-hop, whole", eth + "86dd" + ip6 + "001c0040" + v6a + v6b + "0600050200000100" +
		"9c400050000003e8000000005012faf0c0de0000" + "0000"},
	{"ip6, no length, tcp", eth + "86dd" + ip6 + "00000640" + v6a + v6b + "9c400050000003e8000000005012faf0c0de0000"},
	{"ip6, no length, hop-by-hop", eth + "86dd" + ip6 + "00000040" + v6a + v6b + "0600050200000100" +
		"9c400050000003e8000000005012faf0c0de0000"},
	{"ip6, jumbo tcp", eth + "86dd" + ip6 + "00000040" + v6a + v6b + "0600c20400010020" +
		"9c400050000003e8000000005012faf0c0de0000"},
	{"tcp6, mapped addresses", eth + "86dd" + ip6 + "00140640" + "00000000000000000000ffff0a000001" +
		"00000000000000000000ffff00000000" + "9c400050000003e8000000005012faf0c0de0000"},
	{"ip4, first fragment, udp", eth + "0800" + "450000240001200040110000c0a80001c0a80002" + "0035823501f4abcd" + "6869000000000000"},
	{"ip4, first fragment, tcp", eth + "0800" + "450000280001200040060000c0a80001c0a80002" +
		"01bbd4310000000100000002501001f4abcd0000"},
	{"ip4, first fragment, ip6 in ip4", eth + "0800" + "450000440001200040290000c0a80001c0a80002" + ip6 + "05dc1140" + v6a + v6b +
		"003582350000abcd"},
	{"ip4, tiny first fragment", eth + "0800" + "4500001c0001200040060000c0a80001c0a80002" + "01bbd43100000001"},
	{"ip4, ah, tcp", eth + "0800" + "450000400001000040330000c0a80001c0a80002" + "060400000000010000000001aabbccddeeff001122334455" +
		"01bbd4310000000100000002501001f4abcd0000"},
	{"ip4, ah, first fragment", eth + "0800" + "450000380001200040330000c0a80001c0a80002" + "11020000000001000000000aaabbccdd" +
		"003582350800abcd6869000000000000"},
	{"ip6, destination options", eth + "86dd" + ip6 + "001c3c40" + v6a + v6b + "0600010400000000" +
		"9c400050000003e8000000005012faf0c0de0000"},
	{"ip6, routing, ah, destination options", eth + "86dd" + ip6 + "00382b40" + v6a + v6b + "3302040100000000" + v6a +
		"3c020000000001000000000a" + "00000000" + "1100010400000000" + "003582350008abcd"},
	{"ip6, first fragment", eth + "86dd" + ip6 + "00182c40" + v6a + v6b + "1100000100001234" + "0035823505dcabcd" + "6869000000000000"},
	{"ip6, later fragment", eth + "86dd" + ip6 + "00102c40" + v6a + v6b + "1100000900001234" + "0035823505dcabcd"},
	{"ip6, atomic fragment", eth + "86dd" + ip6 + "00102c40" + v6a + v6b + "1100000000001234" + "003582350008abcd"},
	{"ip6, hop-by-hop, fragment", eth + "86dd" + ip6 + "00200040" + v6a + v6b + "2c00050200000100" + "1100000100001234" +
		"0035823505dcabcd" + "6869000000000000"},
	{"ip6, destination options cut", eth + "86dd" + ip6 + "00083c40" + v6a + v6b + "0602010400000000"},
	{"ip6, many extensions", eth + "86dd" + ip6 + "00903c40" + v6a + v6b + strings.Repeat("3c00010400000000", 17) + "1100010400000000"},
	{"tcp4, capture ends in options", eth + "0800" + "4500003c1c4640004006b1e60a0000010a000002" +
		"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a0000"},
	{"tcp4, no length, capture ends in options", eth + "0800" + "450000001c4640004006b1e60a0000010a000002" +
		"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a0000"},
	{"tcp4, packet ends in options", eth + "0800" + "450000321c4640004006b1e60a0000010a000002" +
		"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a0000"},
	{"arp", eth + "0806" + "0001080006040001"},
	{"vlan", eth + "8100" + "00640800"},
	{"802.3", eth + "0004" + "aaaa0300" + "0000"},
	{"802.3, cut", eth + "0040" + "aaaa0300"},
	{"unknown ethernet type", eth + "88b5" + "00"},
	{"nothing behind ethernet", eth + "0800"},
	{"half an address", "ffffff"},
}

// Parts of packets.
const (
	eth = "ffffffffffff" + "020000000001"
	ip6 = "6123abcd"
	v6a = "fd000000000000000000000000000001"
	v6b = "fe80000000000000020000fffe000002"
)

// frames returns the bytes of packets.
func frames(t testing.TB) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	for _, p := range packets {
		data, err := hex.DecodeString(p.data)
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		all[p.name] = data
	}
	return all
}

// recorded returns packets that an agent recorded.
func recorded(t testing.TB) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/v1.5.3.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]byte)
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		name, digits, _ := strings.Cut(line, " ")
		if all[fmt.Sprint(name, " ", i)], err = hex.DecodeString(digits); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// captured returns packets that the datapath of this repository captured.
func captured(t testing.TB) [][]byte {
	t.Helper()
	f, err := os.Open("../../../cmd/bpfmon/testdata/live.gob")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	headers := map[byte]int{1: 32, 3: 24, 4: 32} // length of what stands before the packet, by message type
	var all [][]byte
	r := payload.NewReader(f)
	for {
		var pl payload.Payload
		if err := r.Next(&pl); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if pl.Type == payload.EventSample && headers[pl.Data[0]] > 0 {
			all = append(all, pl.Data[headers[pl.Data[0]]:])
		}
	}
}

// check compares what this package makes of a packet with what gopacket does.
func check(t *testing.T, data []byte) {
	t.Helper()
	same(t, "dissection", data, reference.Dissection(data), string(AppendDissection(nil, data)))
	same(t, "summary", data, reference.Summary(data), string(AppendSummary(nil, data)))
	want, err := json.Marshal(reference.Read(data))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "JSON", data, string(want), string(AppendJSON(nil, data)))
	checkParser(t, data)
}

func same(t *testing.T, what string, data []byte, want, got string) {
	t.Helper()
	if got != want {
		t.Errorf("%s of %x (-gopacket +got):\n%s", what, data, cmp.Diff(want, got))
	}
}

// checkParser compares what this package makes of a packet with what a gopacket.DecodingLayerParser does. The text
// only if no header comes, or is tried, twice: the parser would show the last. Packets to which a rule applies are left
// out.
func checkParser(t *testing.T, data []byte) {
	t.Helper()
	if len(reference.Rules(data)) > 0 {
		return
	}
	p := newParser()
	_ = p.DecodeLayers(data, &p.decoded) // what was decoded counts
	w, seen, twice := walk(data), make(map[Kind]bool), false
	var got, want string
	for l, ok := w.step(); ok; l, ok = w.step() {
		twice = twice || seen[l.Kind]
		seen[l.Kind] = true
		got += l.Kind.String() + " "
	}
	for _, typ := range p.decoded {
		want += typ.String() + " "
	}
	same(t, "headers", data, fmt.Sprint(want, p.Truncated), fmt.Sprint(got, w.truncated))
	if twice || seen[w.next] {
		return
	}
	same(t, "dissection", data, p.dissection(data), string(AppendDissection(nil, data)))
	same(t, "summary", data, p.summary(data), string(AppendSummary(nil, data)))
}

func TestAgreesWithGopacket(t *testing.T) {
	for name, data := range frames(t) {
		t.Run(name, func(t *testing.T) {
			for n := range len(data) + 1 {
				check(t, data[:n])
			}
		})
	}
}

func TestRecorded(t *testing.T) {
	for name, data := range recorded(t) {
		t.Run(name, func(t *testing.T) {
			for n := range len(data) + 1 {
				check(t, data[:n:n])
			}
		})
	}
}

// TestEveryByte changes each byte of each packet to a few values that matter.
func TestEveryByte(t *testing.T) {
	for _, data := range frames(t) {
		for i, old := range data {
			if testing.Short() && i%3 != len(data)%3 {
				continue
			}
			for _, b := range []byte{0, 1, 4, 5, 0x45, 0x60, 0xff, old + 1, old ^ 0x80} {
				data[i] = b
				check(t, data)
			}
			data[i] = old
		}
	}
}

func FuzzAgreesWithGopacket(f *testing.F) {
	for _, data := range frames(f) {
		f.Add(data)
	}
	for _, data := range recorded(f) {
		f.Add(data)
	}
	for _, data := range captured(f) {
		f.Add(data)
	}
	f.Fuzz(check)
}

// TestAppends reports whether the text goes behind what is there, into the room behind it if that is enough, and whether
// none of it comes from the packet before.
func TestAppends(t *testing.T) {
	const before = "before "
	buf := make([]byte, 0, 4096)
	for _, do := range []func(dst, packet []byte) []byte{AppendSummary, AppendDissection, AppendJSON} {
		for name, data := range frames(t) {
			want := before + string(do(nil, data))
			got := do(append(buf, before...), data)
			if string(got) != want || &got[0] != &buf[:1][0] {
				t.Errorf("%s: got %q, want %q in the same place", name, got, want)
			}
			if tight := do([]byte(before)[:len(before):len(before)], data); string(tight) != want {
				t.Errorf("%s: got %q, want %q", name, tight, want)
			}
		}
	}
}

// TestStackResets reads a packet after each other one.
func TestStackResets(t *testing.T) {
	var used Stack
	for _, first := range frames(t) {
		for name, data := range frames(t) {
			var fresh Stack
			fresh.Read(data)
			used.Read(first)
			used.Read(data)
			if !reflect.DeepEqual(fresh, used) { // cmp takes a hundred times as long
				t.Fatalf("%s (-fresh +used):\n%s", name, cmp.Diff(fresh, used, cmp.AllowUnexported(Stack{}, Layer{})))
			}
		}
	}
}

func TestAllocs(t *testing.T) {
	buf := make([]byte, 0, 4096)
	for name, data := range frames(t) {
		for _, do := range []func(dst, packet []byte) []byte{AppendSummary, AppendDissection, AppendJSON} {
			if n := testing.AllocsPerRun(10, func() { buf = do(buf[:0], data) }); n != 0 {
				t.Errorf("%s: %v allocations", name, n)
			}
		}
	}
}

// TestAddresses compares addresses with package net: every byte of IPv4, every set of zero groups of IPv6.
func TestAddresses(t *testing.T) {
	for b := range 256 {
		ip := []byte{byte(b), byte(b + 1), byte(b + 100), byte(^b)}
		if got, want := string(appendIPv4(nil, ip)), net.IP(ip).String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		for _, group := range []uint16{1, 0x10, 0x100, 0xffff} {
			ip := make([]byte, 16)
			for i := range 8 {
				binary.BigEndian.PutUint16(ip[2*i:], group*uint16(b>>i&1))
			}
			if got, want := string(appendIPv6(nil, ip)), netip.AddrFrom16([16]byte(ip)).String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

// TestNumbers compares all that hangs on a number: which header follows, and names. In short mode, as for an emulated
// machine, it tries one number in 61.
func TestNumbers(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 61
	}
	data := frames(t)["icmp4"]
	for typ := 0; typ < 1<<16; typ += step {
		data[12], data[13] = byte(typ>>8), byte(typ)
		checkFirst(t, Ethernet, &layers.Ethernet{}, data)
	}
	for proto := range 256 {
		data[14+9] = byte(proto)
		checkFirst(t, IPv4, &layers.IPv4{}, data[14:])
	}
	for code := 0; code < 1<<16; code += step {
		data[34], data[35] = byte(code>>8), byte(code)
		checkFirst(t, ICMPv4, &layers.ICMPv4{}, data[34:])
		checkFirst(t, ICMPv6, &layers.ICMPv6{}, data[34:])
	}
	tcp := frames(t)["tcp4, no flags"][34:]
	for port := 0; port < 1<<16; port += step {
		tcp[0], tcp[1] = byte(port>>8), byte(port)
		checkFirst(t, TCP, &layers.TCP{}, tcp)
		checkFirst(t, UDP, &layers.UDP{}, tcp)
	}
}

// checkFirst compares a single header, which is of a kind, and what follows it.
func checkFirst(t *testing.T, k Kind, ref reference.Layer, data []byte) {
	t.Helper()
	w := walker{data: data, next: k}
	l, ok := w.step()
	if got, want := ok, ref.DecodeFromBytes(data, new(reference.Feedback)) == nil; got != want {
		t.Fatalf("%v %x: decoded: %v, gopacket: %v", k, data, got, want)
	} else if !got {
		return
	}
	next := None
	if r := reference.NewLayer(ref.NextLayerType()); r != nil {
		next = kindByName(r.LayerType().String())
	}
	if w.next != next {
		t.Errorf("%v %x: followed by %v, gopacket: %v", k, data, w.next, next)
	}
	got := string(l.AppendText(nil))
	if want := gopacket.LayerString(ref); got != want {
		t.Errorf("%v %x: got %s, want %s", k, data, got, want)
	}
	if safe := string(text.AppendJSONString(nil, got)); strings.Count(safe, `\`) != 1 {
		t.Errorf("%s needs escapes in JSON that AppendJSON does not make", got)
	}
}

func kindByName(name string) Kind {
	for k := None; k <= UDP; k++ {
		if k.String() == name {
			return k
		}
	}
	return None
}
