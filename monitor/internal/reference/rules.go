// SPDX-License-Identifier: Apache-2.0

package reference

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// The rules: where a packet is read in another way than gopacket and v1.5.3 do, because what they print contradicts the
// packet's own bytes.
const (
	RuleHopByHop   = "hop-by-hop" // the length of an IPv6 packet includes its hop-by-hop header
	RuleNoLength   = "no length"  // an IPv6 packet of length 0 goes on to its end, or to its jumbo length
	RuleCutOptions = "options"    // a TCP header counts where a capture ends in its options
	RuleMapped     = "mapped"     // an IPv4-mapped IPv6 address prints as one
	RuleFragment   = "fragment"   // the headers in a first fragment count
	RuleExtension  = "extension"  // the headers behind AH and extension headers of IPv6 count
)

// Rules returns the rules that apply to a packet.
func Rules(data []byte) []string {
	var f Feedback
	Decode(data, &f)
	return f.Rules
}

// decoder decodes the headers of a packet, one after the other.
type decoder struct {
	feedback *Feedback
	cut      bool // the end of the data may be that of a capture
	fragment bool // this is the first fragment of a longer packet
}

func (d *decoder) rule(name string) { d.feedback.Rules = append(d.feedback.Rules, name) }

// decode decodes a header. It returns what follows it, and whether the header counts.
func (d *decoder) decode(l Layer, data []byte) (next gopacket.LayerType, rest []byte, ok bool) {
	var f Feedback
	err := l.DecodeFromBytes(data, &f)
	switch l := l.(type) {
	case *layers.IPv6:
		err = d.fixIPv6(l, data, &f, err)
	case *layers.TCP:
		err = d.fixTCP(l, err)
	}
	if f.Truncated && d.fragment {
		d.rule(RuleFragment)
	} else if f.Truncated {
		d.feedback.SetTruncated()
	}
	if err != nil {
		return 0, nil, false
	}
	next, rest = l.NextLayerType(), l.LayerPayload()
	switch l := l.(type) {
	case *layers.IPv4:
		d.cut = f.Truncated || data[2] == 0 && data[3] == 0
		if l.FragOffset == 0 {
			if l.Flags&layers.IPv4MoreFragments != 0 {
				d.fragment = true
				next = l.Protocol.LayerType()
				d.rule(RuleFragment)
			}
			next, rest = d.skip(next, rest, l.Protocol, false)
		}
	case *layers.IPv6:
		d.cut = f.Truncated || l.Length == 0 && !hasJumbo(l)
		proto := l.NextHeader
		if l.HopByHop != nil {
			proto = l.HopByHop.NextHeader
		}
		next, rest = d.skip(next, rest, proto, true)
	}
	return next, rest, true
}

// skip skips extension headers.
func (d *decoder) skip(next gopacket.LayerType, data []byte, proto layers.IPProtocol, ipv6 bool) (gopacket.LayerType, []byte) {
	rest, fragment := data, d.fragment
	for range 16 {
		size := 8
		switch {
		case proto == layers.IPProtocolAH && len(rest) >= 8:
			size = (int(rest[1]) + 2) * 4
		case ipv6 && len(rest) >= 8 && (proto == layers.IPProtocolIPv6Routing || proto == layers.IPProtocolIPv6Destination):
			size = (int(rest[1]) + 1) * 8
		case ipv6 && len(rest) >= 8 && proto == layers.IPProtocolIPv6Fragment:
			if binary.BigEndian.Uint16(rest[2:])>>3 != 0 {
				return next, data
			}
			fragment = fragment || rest[3]&1 != 0
		case len(rest) == len(data):
			return next, data
		default:
			if t := proto.LayerType(); NewLayer(t) != nil && t != layers.LayerTypeEthernet {
				d.rule(RuleExtension)
				d.fragment = fragment
				return t, rest
			}
			return next, data
		}
		if size > len(rest) {
			return next, data
		}
		proto, rest = layers.IPProtocol(rest[0]), rest[size:]
	}
	return next, data
}

func hasJumbo(l *layers.IPv6) bool { return l.HopByHop != nil && jumbo(l) != 0 }

// jumbo returns the jumbo length of a header, or 0.
func jumbo(l *layers.IPv6) int {
	for _, o := range l.HopByHop.Options {
		if o.OptionType == layers.IPv6HopByHopOptionJumbogram && len(o.OptionData) == 4 {
			return int(binary.BigEndian.Uint32(o.OptionData))
		}
	}
	return 0
}

// fixIPv6 sets the payload of an IPv6 header by the rules.
func (d *decoder) fixIPv6(l *layers.IPv6, data []byte, f *Feedback, err error) error {
	if len(data) < 40 {
		return err
	}
	start, end := 40, 40+int(l.Length)
	if l.NextHeader == layers.IPProtocolIPv6HopByHop {
		if err != nil && !strings.HasPrefix(err.Error(), "IPv6 length 0, but HopByHop") {
			return err
		}
		start += l.HopByHop.ActualLength
		if l.Length == 0 {
			end = 40 + jumbo(l)
		}
		d.rule(RuleHopByHop)
	}
	if l.Length == 0 {
		d.rule(RuleNoLength)
		if l.HopByHop == nil || jumbo(l) == 0 {
			end = len(data)
		}
	}
	if isMapped(l.SrcIP) || isMapped(l.DstIP) {
		d.rule(RuleMapped)
	}
	f.Truncated = end > len(data)
	l.Payload = data[start:max(start, min(end, len(data)))]
	return nil
}

// fixTCP reads the options that are there of a header that a capture cut.
func (d *decoder) fixTCP(l *layers.TCP, err error) error {
	if err == nil || !d.cut || err.Error() != "TCP data offset greater than packet length" {
		return err
	}
	for opts := l.Contents[20:]; len(opts) > 0; {
		o := layers.TCPOption{OptionType: layers.TCPOptionKind(opts[0]), OptionLength: 1}
		switch {
		case opts[0] == 0:
			l.Padding = opts[1:]
			opts = opts[:1]
		case opts[0] == 1:
		case len(opts) > 1 && opts[1] < 2:
			return err
		case len(opts) < 2 || int(opts[1]) > len(opts):
			d.rule(RuleCutOptions)
			return nil
		default:
			o.OptionLength, o.OptionData = opts[1], opts[2:opts[1]]
		}
		l.Options = append(l.Options, o)
		opts = opts[o.OptionLength:]
	}
	d.rule(RuleCutOptions)
	return nil
}

func isMapped(ip net.IP) bool { return netip.AddrFrom16([16]byte(ip)).Is4In6() }

// address returns the text of an IPv6 address.
func address(ip net.IP) string { return netip.AddrFrom16([16]byte(ip)).String() }

// text returns the text of a header.
func text(l Layer) string {
	s := gopacket.LayerString(l)
	if ip, ok := l.(*layers.IPv6); ok {
		s = strings.Replace(s, " SrcIP="+ip.SrcIP.String()+" ", " SrcIP="+address(ip.SrcIP)+" ", 1)
		s = strings.Replace(s, " DstIP="+ip.DstIP.String()+" ", " DstIP="+address(ip.DstIP)+" ", 1)
	}
	return s
}
