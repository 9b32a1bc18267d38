// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// crafted is a frame with a name. It is as long on the wire as length says, or as data if that is 0.
type crafted struct {
	name   string
	data   []byte
	length int
}

// Builders of headers. Each returns the header and what it carries.

func be16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func be32(v int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

func ethernet(etherType int, payload []byte) []byte {
	return join([]byte{2, 0, 0, 0, 0, 2}, []byte{2, 0, 0, 0, 0, 1}, be16(etherType), payload)
}

// tagged returns a frame with VLAN tags in front of its Ethernet type: pairs of the tag's type and its content.
func tagged(frame []byte, tags ...int) []byte {
	out := slices.Clone(frame[:12])
	for i := 0; i < len(tags); i += 2 {
		out = join(out, be16(tags[i]), be16(tags[i+1]))
	}
	return join(out, frame[12:])
}

var (
	src4, dst4 = []byte{10, 77, 0, 1}, []byte{10, 77, 0, 2}
	in4a, in4b = []byte{192, 168, 5, 1}, []byte{192, 168, 5, 2}
	src6, dst6 = ip6bytes(1), ip6bytes(2)
	in6a, in6b = ip6bytes(0xa1), ip6bytes(0xa2)
)

func ip6bytes(last byte) []byte {
	return append([]byte{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, last)
}

// v4 is an IPv4 header.
type v4 struct {
	src, dst []byte
	frag     int // flags and offset
	options  []byte
	length   int // 0 for the right one
	ihl      int // 0 for the right one
}

func (h v4) with(proto int, payload []byte) []byte {
	if h.src == nil {
		h.src, h.dst = src4, dst4
	}
	header := 20 + len(h.options)
	if h.length == 0 {
		h.length = header + len(payload)
	}
	if h.ihl == 0 {
		h.ihl = header / 4
	}
	out := join([]byte{0x40 | byte(h.ihl), 0x48}, be16(h.length), be16(0x1234), be16(h.frag), []byte{63, byte(proto), 0, 0},
		h.src, h.dst, h.options)
	binary.BigEndian.PutUint16(out[10:], checksum(out[:20+len(h.options)]))
	return join(out, payload)
}

func checksum(data []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(data); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(data[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

func ip4(proto int, payload []byte) []byte { return v4{}.with(proto, payload) }

// v6 is an IPv6 header.
type v6 struct {
	src, dst []byte
	length   int // 0 for the right one, negative for 0
}

func (h v6) with(next int, payload []byte) []byte {
	if h.src == nil {
		h.src, h.dst = src6, dst6
	}
	switch {
	case h.length == 0:
		h.length = len(payload)
	case h.length < 0:
		h.length = 0
	}
	return join(be32(0x6480abcd), be16(h.length), []byte{byte(next), 61}, h.src, h.dst, payload)
}

func ip6(next int, payload []byte) []byte { return v6{}.with(next, payload) }

func tcp(flags int, options, payload []byte) []byte {
	return join(be16(40000), be16(443), be32(0x11223344), be32(0x55667788),
		be16((5+len(options)/4)<<12|flags), be16(502), be16(0), be16(0), options, payload)
}

func udpTo(port int, payload []byte) []byte {
	return join(be16(50000), be16(port), be16(8+len(payload)), be16(0), payload)
}

var (
	synOptions = []byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}
	synPacket  = tcp(0x002, synOptions, nil)
	datagram   = udpTo(9999, []byte("hello, world"))
	echo4      = []byte{8, 0, 0xf7, 0xfd, 0, 1, 0, 1}
	echo6      = []byte{128, 0, 0, 0, 0, 1, 0, 1}
	sctpInit   = join(be16(5000), be16(3868), be32(0), be32(0), []byte{1, 0, 0, 20}, be32(7), be32(65536), be16(10), be16(10), be32(9))
	espPacket  = join(be32(0x1f2e3d4c), be32(1), make([]byte, 24))
	igmpReport = []byte{0x16, 0, 0, 0, 224, 0, 0, 251}
	ospfHello  = join([]byte{2, 1, 0, 44}, be32(1), be32(0), be16(0), be16(0), make([]byte, 8), be32(0xffffff00), be16(10),
		[]byte{2, 1}, be32(40), be32(0), be32(0))
	vrrpAdvert = join([]byte{0x21, 1, 100, 1, 0, 1, 0, 0}, dst4, make([]byte, 8))
)

// extension returns an extension header of 8 bytes and what it carries: padding, or a routing header without segments.
func extension(next int, payload []byte) []byte {
	return join([]byte{byte(next), 0, 1, 4, 0, 0, 0, 0}, payload)
}

func routing(next int, payload []byte) []byte {
	return join([]byte{byte(next), 2, 4, 0, 0, 0, 0, 0}, ip6bytes(9), payload)
}

// fragment6 returns a fragment header, with the offset in bytes.
func fragment6(next, offset int, more bool, payload []byte) []byte {
	field := offset
	if more {
		field |= 1
	}
	return join([]byte{byte(next), 0}, be16(field), be32(0xcafe0001), payload)
}

func ahHeader(next int, payload []byte) []byte {
	return join([]byte{byte(next), 4, 0, 0}, be32(0x77), be32(5), make([]byte, 12), payload)
}

func vxlan(vni int, frame []byte) []byte { return join([]byte{8, 0, 0, 0}, be32(vni<<8), frame) }

func geneve(vni, proto int, options, payload []byte) []byte {
	return join([]byte{byte(len(options) / 4), 0}, be16(proto), be32(vni<<8), options, payload)
}

func gre(flags, proto int, payload []byte) []byte {
	out := join(be16(flags), be16(proto))
	if flags&0x8000 != 0 {
		out = join(out, be32(0))
	}
	if flags&0x2000 != 0 {
		out = join(out, be32(0xbeef))
	}
	if flags&0x1000 != 0 {
		out = join(out, be32(3))
	}
	return join(out, payload)
}

func mpls(payload []byte, labels ...int) []byte {
	var out []byte
	for i, l := range labels {
		entry := l<<12 | 64
		if i == len(labels)-1 {
			entry |= 0x100
		}
		out = join(out, be32(entry))
	}
	return join(out, payload)
}

func icmpError(typ, code byte, rest int, quoted []byte) []byte {
	return join([]byte{typ, code, 0, 0}, be32(rest), quoted)
}

// craftedFrames returns the frames that are compared with tshark.
func craftedFrames() []crafted {
	var all []crafted
	add := func(name string, data []byte) { all = append(all, crafted{name: name, data: data}) }
	for _, l4 := range []struct {
		name     string
		four     int
		six      int
		p4, p6   []byte
		everyTag bool
	}{
		{"tcp syn", 6, 6, synPacket, synPacket, true},
		{"tcp data", 6, 6, tcp(0x018, nil, []byte("GET /")), tcp(0x018, nil, []byte("GET /")), true},
		{"tcp all flags", 6, 6, tcp(0x1ff, nil, nil), tcp(0x1ff, nil, nil), false},
		{"udp", 17, 17, datagram, datagram, true},
		{"icmp echo", 1, 58, echo4, echo6, true},
		{"sctp", 132, 132, sctpInit, sctpInit, true},
		{"udplite", 136, 136, datagram, datagram, false},
		{"esp", 50, 50, espPacket, espPacket, true},
		{"ah tcp", 51, 51, ahHeader(6, synPacket), ahHeader(6, synPacket), true},
		{"ah esp", 51, 51, ahHeader(50, espPacket), ahHeader(50, espPacket), false},
		{"igmp", 2, 2, igmpReport, igmpReport, false},
		{"ospf", 89, 89, ospfHello, ospfHello, false},
		{"vrrp", 112, 112, vrrpAdvert, vrrpAdvert, false},
		{"protocol 253", 253, 253, []byte{1, 2, 3, 4, 5, 6, 7, 8}, []byte{1, 2, 3, 4, 5, 6, 7, 8}, false},
	} {
		f4, f6 := ethernet(0x0800, ip4(l4.four, l4.p4)), ethernet(0x86dd, ip6(l4.six, l4.p6))
		add(l4.name+", ipv4", f4)
		add(l4.name+", ipv6", f6)
		add(l4.name+", ipv4, vlan", tagged(f4, 0x8100, 100))
		add(l4.name+", ipv6, vlan", tagged(f6, 0x8100, 5<<13|1<<12|4094))
		if l4.everyTag {
			add(l4.name+", ipv4, qinq", tagged(f4, 0x88a8, 200, 0x8100, 3<<13|100))
			add(l4.name+", ipv6, two vlans", tagged(f6, 0x8100, 1, 0x8100, 2))
		}
	}
	all = append(all, extensionFrames()...)
	all = append(all, fragmentFrames()...)
	all = append(all, tunnelFrames()...)
	all = append(all, errorFrames()...)
	all = append(all, brokenFrames()...)
	all = append(all, cutFrames()...)
	return all
}

func extensionFrames() (all []crafted) {
	for _, l4 := range []struct {
		name  string
		proto int
		data  []byte
	}{{"tcp", 6, synPacket}, {"udp", 17, datagram}, {"icmp6", 58, echo6}} {
		for _, c := range []struct {
			name string
			data []byte
		}{
			{"hop-by-hop", ip6(0, extension(l4.proto, l4.data))},
			{"destination options", ip6(60, extension(l4.proto, l4.data))},
			{"routing", ip6(43, routing(l4.proto, l4.data))},
			{"atomic fragment", ip6(44, fragment6(l4.proto, 0, false, l4.data))},
			{"hop-by-hop, destination options, routing", ip6(0, extension(60, extension(43, routing(l4.proto, l4.data))))},
			{"hop-by-hop, ah, destination options", ip6(0, extension(51, ahHeader(60, extension(l4.proto, l4.data))))},
		} {
			all = append(all, crafted{name: c.name + ", " + l4.name, data: ethernet(0x86dd, c.data)})
		}
	}
	jumbo := join([]byte{6, 0, 0xc2, 4}, be32(65600), synPacket)
	return append(all,
		crafted{name: "jumbo option", data: ethernet(0x86dd, v6{length: -1}.with(0, jumbo)), length: 14 + 40 + 65600},
		crafted{name: "no next header", data: ethernet(0x86dd, ip6(59, nil))},
		crafted{name: "router alert, mld report", data: ethernet(0x86dd, ip6(0, join([]byte{58, 0, 5, 2, 0, 0, 1, 0},
			[]byte{143, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0xff, 2}, make([]byte, 13), []byte{0xfb})))},
		crafted{name: "neighbor solicitation", data: ethernet(0x86dd, ip6(58, join([]byte{135, 0, 0, 0}, be32(0), dst6)))},
	)
}

func fragmentFrames() (all []crafted) {
	long := udpTo(9999, make([]byte, 1400))
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"first, udp", v4{frag: 0x2000}.with(17, long[:512])},
		{"first, tcp", v4{frag: 0x2000}.with(6, tcp(0x010, nil, make([]byte, 100)))},
		{"middle", v4{frag: 0x2000 | 64}.with(17, long[512:1024])},
		{"last", v4{frag: 128}.with(17, long[1024:])},
		{"do not fragment", v4{frag: 0x4000}.with(17, datagram)},
		{"first, icmp", v4{frag: 0x2000}.with(1, join(echo4, make([]byte, 64)))},
	} {
		all = append(all, crafted{name: "ipv4 fragment, " + c.name, data: ethernet(0x0800, c.data)})
		all = append(all, crafted{name: "ipv4 fragment, vlan, " + c.name, data: tagged(ethernet(0x0800, c.data), 0x8100, 7)})
	}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"first, udp", ip6(44, fragment6(17, 0, true, long[:512]))},
		{"middle", ip6(44, fragment6(17, 512, true, long[512:1024]))},
		{"last", ip6(44, fragment6(17, 1024, false, long[1024:]))},
		{"first, destination options, udp", ip6(44, fragment6(60, 0, true, extension(17, long[:512])))},
		{"hop-by-hop, first, tcp", ip6(0, extension(44, fragment6(6, 0, true, tcp(0x010, nil, make([]byte, 100)))))},
	} {
		all = append(all, crafted{name: "ipv6 fragment, " + c.name, data: ethernet(0x86dd, c.data)})
	}
	return all
}

func tunnelFrames() (all []crafted) {
	inner4 := v4{src: in4a, dst: in4b}.with(6, synPacket)
	inner6 := v6{src: in6a, dst: in6b}.with(17, datagram)
	frame4, frame6 := ethernet(0x0800, inner4), ethernet(0x86dd, inner6)
	option := []byte{0x01, 0x02, 0x80, 1, 0xaa, 0xbb, 0xcc, 0xdd}
	for _, c := range []struct {
		name string
		four []byte // what IPv4 carries
		p4   int
	}{
		{"vxlan", udpTo(4789, vxlan(42, frame4)), 17},
		{"vxlan, linux port", udpTo(8472, vxlan(0xabcdef, frame6)), 17},
		{"vxlan, inner vlan", udpTo(4789, vxlan(42, tagged(frame4, 0x8100, 33))), 17},
		{"vxlan, inner arp", udpTo(4789, vxlan(42, ethernet(0x0806, arpRequest))), 17},
		{"geneve", udpTo(6081, geneve(7, 0x6558, nil, frame4)), 17},
		{"geneve, option", udpTo(6081, geneve(7, 0x6558, option, frame6)), 17},
		{"geneve, ip", udpTo(6081, geneve(7, 0x0800, nil, inner4)), 17},
		{"gre, ipv4", gre(0, 0x0800, inner4), 47},
		{"gre, ipv6", gre(0, 0x86dd, inner6), 47},
		{"gre, key", gre(0x2000, 0x0800, inner4), 47},
		{"gre, checksum, key, sequence", gre(0xb000, 0x0800, inner4), 47},
		{"gre, ethernet", gre(0x2000, 0x6558, frame6), 47},
		{"gre, mpls", gre(0, 0x8847, mpls(inner4, 500)), 47},
		{"ipip", inner4, 4},
		{"6in4", inner6, 41},
		{"vxlan in geneve", udpTo(6081, geneve(7, 0x6558, nil, ethernet(0x0800, v4{src: in4b, dst: in4a}.with(17, udpTo(4789, vxlan(9, frame4)))))), 17},
	} {
		all = append(all, crafted{name: c.name, data: ethernet(0x0800, ip4(c.p4, c.four))})
		all = append(all, crafted{name: c.name + ", outer ipv6", data: ethernet(0x86dd, ip6(c.p4, c.four))})
	}
	return append(all,
		crafted{name: "mpls", data: ethernet(0x8847, mpls(inner4, 16))},
		crafted{name: "mpls, two labels", data: ethernet(0x8847, mpls(inner6, 16000, 17))},
		crafted{name: "vlan, mpls", data: tagged(ethernet(0x8847, mpls(inner4, 16)), 0x8100, 55)},
	)
}

var arpRequest = join([]byte{0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1}, src4, make([]byte, 6), dst4)

func errorFrames() (all []crafted) {
	lost4, lost6 := v4{src: dst4, dst: in4b}.with(17, datagram), v6{src: dst6, dst: in6b}.with(6, synPacket)
	for _, c := range []struct {
		name       string
		typ, code  byte
		rest       int
		proto4, v6 bool
	}{
		{name: "port unreachable", typ: 3, code: 3, proto4: true},
		{name: "fragmentation needed", typ: 3, code: 4, rest: 1400, proto4: true},
		{name: "time exceeded", typ: 11, code: 0, proto4: true},
		{name: "redirect", typ: 5, code: 1, rest: 0x0a4d00fe, proto4: true},
		{name: "parameter problem", typ: 12, code: 0, rest: 1 << 24, proto4: true},
		{name: "port unreachable", typ: 1, code: 4, v6: true},
		{name: "packet too big", typ: 2, code: 0, rest: 1280, v6: true},
		{name: "time exceeded", typ: 3, code: 0, v6: true},
		{name: "parameter problem", typ: 4, code: 1, rest: 6, v6: true},
	} {
		if c.proto4 {
			all = append(all, crafted{name: "icmp " + c.name, data: ethernet(0x0800, ip4(1, icmpError(c.typ, c.code, c.rest, lost4)))})
			all = append(all, crafted{name: "icmp " + c.name + ", eight bytes quoted",
				data: ethernet(0x0800, ip4(1, icmpError(c.typ, c.code, c.rest, lost4[:28])))})
		}
		if c.v6 {
			all = append(all, crafted{name: "icmp6 " + c.name, data: ethernet(0x86dd, ip6(58, icmpError(c.typ, c.code, c.rest, lost6)))})
		}
	}
	return append(all,
		crafted{name: "arp request", data: ethernet(0x0806, arpRequest)},
		crafted{name: "arp request, vlan", data: tagged(ethernet(0x0806, arpRequest), 0x8100, 100)},
		crafted{name: "lldp", data: ethernet(0x88cc, []byte{2, 7, 4, 2, 0, 0, 0, 0, 1, 0, 0})},
		crafted{name: "802.3", data: ethernet(4, []byte{0x42, 0x42, 3, 0, 0, 0})},
		crafted{name: "padding", data: join(ethernet(0x0800, ip4(17, udpTo(9999, nil))), make([]byte, 18))},
	)
}

func brokenFrames() (all []crafted) {
	badOffset := bytes.Clone(synPacket)
	badOffset[12] = 0x40
	longOffset := bytes.Clone(synPacket)
	longOffset[12] = 0xf0
	badOption := tcp(0x002, []byte{2, 9, 5, 0xb4}, nil)
	shortUDP, longUDP := bytes.Clone(datagram), bytes.Clone(datagram)
	shortUDP[5], longUDP[5] = 7, 200
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"ip version", join([]byte{0x55}, ip4(6, synPacket)[1:])},
		{"ip header length below 20", v4{ihl: 4}.with(6, synPacket)},
		{"ip header length beyond packet", v4{ihl: 15, length: 40}.with(6, synPacket)},
		{"ip length below header", v4{length: 19}.with(6, synPacket)},
		{"ip option", v4{options: []byte{7, 9, 4, 0}}.with(6, synPacket)},
		{"tcp header length below 20", ip4(6, badOffset)},
		{"tcp header length beyond packet", ip4(6, longOffset)},
		{"tcp option", ip4(6, badOption)},
		{"tcp header not all there", ip4(6, synPacket[:12])},
		{"ports not all there", ip4(6, synPacket[:3])},
		{"udp length below 8", ip4(17, shortUDP)},
		{"udp length beyond packet", ip4(17, longUDP)},
		{"icmp header not all there", ip4(1, echo4[:2])},
		{"fragment of 13 bytes", v4{frag: 0x2000}.with(17, datagram[:13])},
		{"fragment beyond 64 KiB", v4{frag: 0x1fff}.with(17, datagram)},
	} {
		all = append(all, crafted{name: "broken, " + c.name, data: ethernet(0x0800, c.data)})
	}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"extension beyond packet", ip6(60, []byte{6, 9, 1, 4, 0, 0, 0, 0})},
		{"hop-by-hop option", ip6(0, join([]byte{6, 0, 5, 40, 0, 0, 0, 0}, synPacket))},
		{"vxlan not all there", ip6(17, udpTo(4789, []byte{8, 0, 0, 0, 0}))},
		{"geneve options beyond packet", ip6(17, udpTo(6081, []byte{0x3f, 0, 0x65, 0x58, 0, 0, 7, 0}))},
	} {
		all = append(all, crafted{name: "broken, " + c.name, data: ethernet(0x86dd, c.data)})
	}
	return all
}

// cutFrames are captures of the first bytes of frames.
func cutFrames() (all []crafted) {
	whole4 := ethernet(0x0800, ip4(6, tcp(0x012, synOptions, make([]byte, 1000))))
	whole6 := tagged(ethernet(0x86dd, ip6(60, extension(17, udpTo(53, make([]byte, 1000))))), 0x8100, 100)
	for _, n := range []int{14, 30, 34, 38, 48, 54, 60, 74, 96} {
		all = append(all, crafted{fmt.Sprintf("ipv4 tcp, %d bytes", n), whole4[:n], len(whole4)})
	}
	for _, n := range []int{16, 18, 58, 66, 70, 74, 96} {
		all = append(all, crafted{fmt.Sprintf("ipv6 udp, %d bytes", n), whole6[:n], len(whole6)})
	}
	return all
}
