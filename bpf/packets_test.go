// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"encoding/binary"
	"net"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// The two ends of the packets that tests make: A sends to B, unless turned round.
var (
	macA = net.HardwareAddr{2, 0, 0, 0, 0, 1}
	macB = net.HardwareAddr{2, 0, 0, 0, 0, 2}
	ip4A = net.IP{192, 0, 2, 1}
	ip4B = net.IP{198, 51, 100, 2}
	ip6A = net.ParseIP("2001:db8::1")
	ip6B = net.ParseIP("2001:db8:1::2")
)

const (
	portA = 40000
	portB = 443
)

// maker makes packets of one family and direction.
type maker struct {
	tb     testing.TB
	v6     bool
	turned bool // B sends to A
}

// turn returns a maker of answers.
func (m maker) turn() maker {
	m.turned = !m.turned
	return m
}

func (m maker) ether(proto layers.EthernetType) *layers.Ethernet {
	if m.turned {
		return &layers.Ethernet{SrcMAC: macB, DstMAC: macA, EthernetType: proto}
	}
	return &layers.Ethernet{SrcMAC: macA, DstMAC: macB, EthernetType: proto}
}

func (m maker) ip4(proto layers.IPProtocol) *layers.IPv4 {
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: proto, SrcIP: ip4A, DstIP: ip4B}
	if m.turned {
		ip.SrcIP, ip.DstIP = ip.DstIP, ip.SrcIP
	}
	return ip
}

func (m maker) ip6(proto layers.IPProtocol) *layers.IPv6 {
	ip := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: proto, SrcIP: ip6A, DstIP: ip6B}
	if m.turned {
		ip.SrcIP, ip.DstIP = ip.DstIP, ip.SrcIP
	}
	return ip
}

// ip returns the two lower layers for a payload.
func (m maker) ip(proto layers.IPProtocol) (gopacket.SerializableLayer, interface {
	gopacket.NetworkLayer
	gopacket.SerializableLayer
}) {
	if m.v6 {
		return m.ether(layers.EthernetTypeIPv6), m.ip6(proto)
	}
	return m.ether(layers.EthernetTypeIPv4), m.ip4(proto)
}

// tcp makes a segment with the flags in S, A, F, R, P.
func (m maker) tcp(flags string) []byte {
	t := &layers.TCP{SrcPort: portA, DstPort: portB, Window: 1000}
	if m.turned {
		t.SrcPort, t.DstPort = t.DstPort, t.SrcPort
	}
	for _, f := range flags {
		switch f {
		case 'S':
			t.SYN = true
		case 'A':
			t.ACK = true
		case 'F':
			t.FIN = true
		case 'R':
			t.RST = true
		case 'P':
			t.PSH = true
		}
	}
	eth, ip := m.ip(layers.IPProtocolTCP)
	if err := t.SetNetworkLayerForChecksum(ip); err != nil {
		m.tb.Fatal(err)
	}
	return pack(m.tb, eth, ip, t, gopacket.Payload("hello, segment"))
}

func (m maker) udp(payload int) []byte {
	u := &layers.UDP{SrcPort: portA, DstPort: portB}
	if m.turned {
		u.SrcPort, u.DstPort = u.DstPort, u.SrcPort
	}
	eth, ip := m.ip(layers.IPProtocolUDP)
	if err := u.SetNetworkLayerForChecksum(ip); err != nil {
		m.tb.Fatal(err)
	}
	return pack(m.tb, eth, ip, u, gopacket.Payload(make([]byte, payload)))
}

// icmp makes a message of either ICMP: type, code, identifier 7, then the payload.
func (m maker) icmp(typ, code uint8, payload []byte) []byte {
	if m.v6 {
		eth, ip := m.ip(layers.IPProtocolICMPv6)
		i := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(typ, code)}
		if err := i.SetNetworkLayerForChecksum(ip); err != nil {
			m.tb.Fatal(err)
		}
		return pack(m.tb, eth, ip, i, gopacket.Payload(append([]byte{0, 7, 0, 1}, payload...)))
	}
	eth, ip := m.ip(layers.IPProtocolICMPv4)
	i := &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(typ, code), Id: 7, Seq: 1}
	return pack(m.tb, eth, ip, i, gopacket.Payload(payload))
}

// echo makes a ping or its answer.
func (m maker) echo(answer bool) []byte {
	typ := uint8(layers.ICMPv4TypeEchoRequest)
	switch {
	case m.v6 && answer:
		typ = layers.ICMPv6TypeEchoReply
	case m.v6:
		typ = layers.ICMPv6TypeEchoRequest
	case answer:
		typ = layers.ICMPv4TypeEchoReply
	}
	return m.icmp(typ, 0, []byte("the payload of a ping"))
}

// unreachable makes the error "port unreachable" about a frame.
func (m maker) unreachable(frame []byte) []byte {
	if m.v6 {
		return m.icmp(layers.ICMPv6TypeDestinationUnreachable, layers.ICMPv6CodePortUnreachable, frame[14:])
	}
	return m.icmp(layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4CodePort, frame[14:])
}

// etherProto is where a frame says what it carries.
func etherProto(frame []byte) []byte { return frame[12:14] }

// withVLANs puts tags into a frame, the outermost first.
func withVLANs(frame []byte, tags ...uint16) []byte {
	inner := frame[12:]
	for i := len(tags) - 1; i >= 0; i-- {
		tag := binary.BigEndian.AppendUint16(nil, tags[i])
		tag = binary.BigEndian.AppendUint16(tag, uint16(i+1))
		inner = append(tag, inner...)
	}
	return append(append([]byte{}, frame[:12]...), inner...)
}

// patched returns a copy of a frame with bytes from offset on replaced.
func patched(frame []byte, offset int, bytes ...byte) []byte {
	out := append([]byte{}, frame...)
	copy(out[offset:], bytes)
	return out
}

// with4Options puts options behind the IPv4 header of a frame without any. n is their length, a multiple of 4.
func with4Options(frame []byte, n int) []byte {
	out := append([]byte{}, frame[:34]...)
	for range n {
		out = append(out, 1) // no operation
	}
	out = append(out, frame[34:]...)
	out[14] = byte(0x40 | (20+n)/4)
	binary.BigEndian.PutUint16(out[16:], uint16(len(out)-14))
	return out
}

// exthdr is an IPv6 extension header of a kind, with n units behind its first 8 bytes.
type exthdr struct {
	kind byte
	n    int
}

// withExthdrs puts extension headers behind the IPv6 header of a frame.
func withExthdrs(frame []byte, hdrs ...exthdr) []byte {
	next := frame[20]
	var chain []byte
	for i := len(hdrs) - 1; i >= 0; i-- {
		unit := 8
		if hdrs[i].kind == 51 { // AH counts words
			unit = 4
		}
		h := make([]byte, 8+hdrs[i].n*unit)
		h[0], h[1] = next, byte(hdrs[i].n)
		chain = append(h, chain...)
		next = hdrs[i].kind
	}
	out := append(append(append([]byte{}, frame[:54]...), chain...), frame[54:]...)
	out[20] = next
	binary.BigEndian.PutUint16(out[18:], uint16(len(out)-54))
	return out
}

// fragment4 cuts an IPv4 frame without options into fragments with up to n bytes of payload each.
func fragment4(frame []byte, n int) (out [][]byte) {
	payload := frame[34:]
	for off := 0; off < len(payload); off += n {
		end := min(off+n, len(payload))
		f := append(append([]byte{}, frame[:34]...), payload[off:end]...)
		flags := uint16(off / 8)
		if end < len(payload) {
			flags |= 0x2000
		}
		binary.BigEndian.PutUint16(f[16:], uint16(len(f)-14))
		binary.BigEndian.PutUint16(f[18:], 0x1234)
		binary.BigEndian.PutUint16(f[20:], flags)
		out = append(out, f)
	}
	return out
}

// fragment6 does the same to an IPv6 frame without extension headers.
func fragment6(frame []byte, n int) (out [][]byte) {
	payload := frame[54:]
	for off := 0; off < len(payload); off += n {
		end := min(off+n, len(payload))
		flags := uint16(off)
		if end < len(payload) {
			flags |= 1
		}
		h := []byte{frame[20], 0, byte(flags >> 8), byte(flags), 0, 0, 0x12, 0x34}
		f := append(append(append([]byte{}, frame[:54]...), h...), payload[off:end]...)
		f[20] = 44
		binary.BigEndian.PutUint16(f[18:], uint16(len(f)-54))
		out = append(out, f)
	}
	return out
}
