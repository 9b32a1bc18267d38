// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// udp returns a packet with a UDP datagram.
func (c *conversation) udp(d direction, data []byte) []byte {
	src, dst := c.ends(d)
	ip := c.ip(d)
	udp := &layers.UDP{SrcPort: layers.UDPPort(src.port), DstPort: layers.UDPPort(dst.port)}
	return serialize(c.ethernet(d), ip, udp, data)
}

// tcp returns a packet with a TCP segment, with flags of "SAPF", and counts what it sends.
func (c *conversation) tcp(d direction, flags, data string) []byte {
	src, dst := c.ends(d)
	if c.seq[d] == 0 {
		c.seq[d] = c.hash ^ uint32(src.port)
	}
	ip := c.ip(d)
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(src.port), DstPort: layers.TCPPort(dst.port), Seq: c.seq[d], Window: 502,
		SYN: strings.Contains(flags, "S"), ACK: strings.Contains(flags, "A"),
		PSH: strings.Contains(flags, "P"), FIN: strings.Contains(flags, "F"),
	}
	if tcp.ACK {
		tcp.Ack = c.seq[1-d]
	}
	if tcp.SYN {
		tcp.Window = 64240
		tcp.Options = synOptions()
	}
	c.seq[d] += uint32(len(data))
	if tcp.SYN || tcp.FIN {
		c.seq[d]++
	}
	return serialize(c.ethernet(d), ip, tcp, []byte(data))
}

// synOptions returns what the first segments offer.
func synOptions() []layers.TCPOption {
	return []layers.TCPOption{
		{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: binary.BigEndian.AppendUint16(nil, 1410)},
		{OptionType: layers.TCPOptionKindSACKPermitted, OptionLength: 2},
		{OptionType: layers.TCPOptionKindNop},
		{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{7}},
	}
}

func (c *conversation) ethernet(d direction) *layers.Ethernet {
	src, dst := c.ends(d)
	return &layers.Ethernet{SrcMAC: src.mac, DstMAC: dst.mac, EthernetType: layers.EthernetTypeIPv4}
}

func (c *conversation) ip(d direction) *layers.IPv4 {
	src, dst := c.ends(d)
	c.id++
	return &layers.IPv4{
		Version: 4, TTL: 64, Id: uint16(c.hash) + c.id, Flags: layers.IPv4DontFragment,
		Protocol: c.proto, SrcIP: src.ip, DstIP: dst.ip,
	}
}

// transport is a layer whose checksum covers the addresses below it.
type transport interface {
	gopacket.SerializableLayer
	SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
}

// etherLen is the length of an Ethernet header in bytes.
const etherLen = 14

// serialize returns a packet with right lengths and checksums, and without the padding that short frames have on
// a wire: virtual interfaces have none.
func serialize(eth *layers.Ethernet, ip *layers.IPv4, t transport, data []byte) []byte {
	if err := t.SetNetworkLayerForChecksum(ip); err != nil {
		panic(err) // it takes IPv4
	}
	return serializeLayers(eth, ip, t, gopacket.Payload(data))[:etherLen+int(ip.Length)]
}

// serializeLayers returns the bytes of layers.
func serializeLayers(all ...gopacket.SerializableLayer) []byte {
	buf := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buf, opts, all...); err != nil {
		panic(fmt.Sprintf("packet: %v", err)) // of constants
	}
	return buf.Bytes()
}

// dnsQuery returns the message that asks for the IPv4 address of a name.
func dnsQuery(name string) []byte {
	return serializeLayers(question(name))
}

// dnsAnswer returns the message that tells it.
func dnsAnswer(name string, ttl uint32, ip net.IP) []byte {
	m := question(name)
	m.QR, m.RA, m.AA = true, true, true
	m.Answers = []layers.DNSResourceRecord{{
		Name: m.Questions[0].Name, Type: layers.DNSTypeA, Class: layers.DNSClassIN, TTL: ttl, IP: ip,
	}}
	return serializeLayers(m)
}

func question(name string) *layers.DNS {
	return &layers.DNS{
		ID: 0x5a1e, RD: true,
		Questions: []layers.DNSQuestion{{
			Name: []byte(strings.TrimSuffix(name, ".")), Type: layers.DNSTypeA, Class: layers.DNSClassIN,
		}},
	}
}
