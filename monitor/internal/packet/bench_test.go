// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
)

// parser is the yardstick: it decodes with gopacket's fastest means, layers that are used again, and prints with its
// LayerString, fmt and encoding/json.
type parser struct {
	*gopacket.DecodingLayerParser
	eth     layers.Ethernet
	ip4     layers.IPv4
	ip6     layers.IPv6
	icmp4   layers.ICMPv4
	icmp6   layers.ICMPv6
	tcp     layers.TCP
	udp     layers.UDP
	decoded []gopacket.LayerType
}

func newParser() *parser {
	p := &parser{}
	p.DecodingLayerParser = gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet,
		&p.eth, &p.ip4, &p.ip6, &p.icmp4, &p.icmp6, &p.tcp, &p.udp)
	return p
}

// layer returns the layer of a type.
func (p *parser) layer(t gopacket.LayerType) gopacket.Layer {
	all := map[gopacket.LayerType]gopacket.Layer{
		layers.LayerTypeEthernet: &p.eth, layers.LayerTypeIPv4: &p.ip4, layers.LayerTypeIPv6: &p.ip6,
		layers.LayerTypeICMPv4: &p.icmp4, layers.LayerTypeICMPv6: &p.icmp6,
		layers.LayerTypeTCP: &p.tcp, layers.LayerTypeUDP: &p.udp,
	}
	return all[t]
}

// dissection is AppendDissection.
func (p *parser) dissection(data []byte) string {
	_ = p.DecodeLayers(data, &p.decoded) // what was decoded counts
	var b strings.Builder
	for _, t := range p.decoded {
		b.WriteString(gopacket.LayerString(p.layer(t)) + "\n")
	}
	if p.Truncated {
		b.WriteString("  Packet has been truncated\n")
	}
	return b.String()
}

// summary is AppendSummary.
func (p *parser) summary(data []byte) string {
	_ = p.DecodeLayers(data, &p.decoded)
	out, src, dst := "[unknown]", net.IP(nil), net.IP(nil)
	for _, t := range p.decoded {
		switch t {
		case layers.LayerTypeEthernet:
			out = fmt.Sprintf("%s -> %s %s", p.eth.SrcMAC, p.eth.DstMAC, p.eth.EthernetType)
		case layers.LayerTypeIPv4:
			src, dst = p.ip4.SrcIP, p.ip4.DstIP
			out = fmt.Sprintf("%s -> %s", src, dst)
		case layers.LayerTypeIPv6:
			src, dst = p.ip6.SrcIP, p.ip6.DstIP
			out = fmt.Sprintf("%s -> %s", src, dst)
		case layers.LayerTypeICMPv4:
			out = fmt.Sprintf("%s -> %s %s", src, dst, p.icmp4.TypeCode)
		case layers.LayerTypeICMPv6:
			out = fmt.Sprintf("%s -> %s %s", src, dst, p.icmp6.TypeCode)
		case layers.LayerTypeUDP:
			out = fmt.Sprintf("%s -> %s udp", endpoint(src, int(p.udp.SrcPort)), endpoint(dst, int(p.udp.DstPort)))
		case layers.LayerTypeTCP:
			out = fmt.Sprintf("%s -> %s tcp %s", endpoint(src, int(p.tcp.SrcPort)),
				endpoint(dst, int(p.tcp.DstPort)), p.flags())
		}
	}
	return out
}

func endpoint(ip net.IP, port int) string { return net.JoinHostPort(ip.String(), strconv.Itoa(port)) }

func (p *parser) flags() string {
	var names []string
	for _, f := range []struct {
		set  bool
		name string
	}{{p.tcp.SYN, "SYN"}, {p.tcp.ACK, "ACK"}, {p.tcp.RST, "RST"}, {p.tcp.FIN, "FIN"}} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ", ")
}

// json is AppendJSON.
func (p *parser) json(data []byte) []byte {
	out, err := json.Marshal(reference.Read(data))
	if err != nil {
		panic(err) // strings alone cannot fail
	}
	return out
}

// sink keeps results alive.
var sink struct {
	text  string
	bytes []byte
}

// benchmarked are the packets that make up traffic.
var benchmarked = []string{"tcp4 syn", "tcp4 data, port with a name", "udp4", "icmp4", "tcp6", "icmp6", "arp"}

func BenchmarkSummary(b *testing.B) {
	p := newParser()
	compare(b, AppendSummary, func(data []byte) { sink.text = p.summary(data) })
}

func BenchmarkDissection(b *testing.B) {
	p := newParser()
	compare(b, AppendDissection, func(data []byte) { sink.text = p.dissection(data) })
}

func BenchmarkJSON(b *testing.B) {
	p := newParser()
	compare(b, AppendJSON, func(data []byte) { sink.bytes = p.json(data) })
}

// compare measures what appends the text of a packet beside the yardstick.
func compare(b *testing.B, do func(dst, packet []byte) []byte, yardstick func(packet []byte)) {
	all := frames(b)
	for _, name := range benchmarked {
		data := all[name]
		b.Run(name+"/append", func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 4096)
			for b.Loop() {
				buf = do(buf[:0], data)
			}
			sink.bytes = buf
		})
		b.Run(name+"/gopacket", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				yardstick(data)
			}
		})
	}
}
