// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"net/netip"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/names"
	"github.com/lockstep-bpf/lockstep/monitor/internal/packet"
	"github.com/lockstep-bpf/lockstep/monitor/internal/template"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// appendNumber appends a text and a number in decimal.
func appendNumber[T uint8 | uint16 | uint32 | uint64](dst []byte, label string, value T) []byte {
	return text.AppendUint(append(dst, label...), uint64(value))
}

func appendSigned(dst []byte, label string, value int64) []byte {
	return strconv.AppendInt(append(dst, label...), value, 10)
}

// appendName appends a name, or a number that has none.
func appendName(dst []byte, name string, ok bool, number uint64) []byte {
	if ok {
		return append(dst, name...)
	}
	return text.AppendUint(dst, number)
}

// appendReason appends why a packet was dropped, and what a helper returned.
func (r *release) appendReason(dst []byte, reason uint8, extError int8) []byte {
	name, ok := DropReason(reason).NameIn(r.Release)
	dst = appendName(dst, name, ok, uint64(reason))
	if r.unnamed && (reason == 136 || reason == 159 || reason == 161 || reason == 162) {
		dst = appendCode(dst, uint64(reason))
	}
	if r.number >= dropSource && (extError != 0 || !ok) {
		dst = appendSigned(dst, ", ", int64(extError))
	}
	return dst
}

// appendCode appends a code whose text depends on the release, where nobody named that.
func appendCode(dst []byte, code uint64) []byte {
	return append(text.AppendUint(append(dst, " ["...), code), ']')
}

// appendIdentity appends an identity: by its name if it is a reserved one.
func (r *release) appendIdentity(dst []byte, id uint32, s *event.Style) []byte {
	if !s.Numeric {
		if name, ok := Identity(id).NameIn(r.Release); ok {
			return append(dst, name...)
		}
	}
	return text.AppendUint(dst, uint64(id))
}

func (r *release) appendIdentities(dst []byte, src, dest uint32, s *event.Style) []byte {
	return r.appendIdentity(append(r.appendIdentity(dst, src, s), "->"...), dest, s)
}

// appendState appends why a packet was forwarded.
func (r *release) appendState(dst []byte, reason uint8) []byte {
	if r.number < 10600 {
		name, ok := TraceReason(reason).NameIn(r.Release)
		return appendName(dst, name, ok, uint64(reason))
	}
	name, ok := TraceReason(reason &^ encrypted).NameIn(r.Release)
	dst = appendName(dst, name, ok, uint64(reason))
	if code := reason &^ encrypted; r.unnamed && (code == 4 || code == 8) {
		dst = appendCode(dst, uint64(code))
	}
	return dst
}

// encrypted is the bit of a trace's reason that says that the packet was encrypted.
const encrypted = 0x80

// appendInterface appends the name of an interface, or its number if it has none.
func appendInterface(dst []byte, h *event.Host, index uint32) []byte {
	if h != nil && h.Interfaces != nil {
		if name, ok := h.Interfaces.InterfaceName(index); ok && name != "" {
			return text.AppendEscaped(dst, name)
		}
	}
	return text.AppendUint(dst, uint64(index))
}

// appendOrigin appends what opens a verbose line: the CPU, the packet's mark, and the endpoint that the program serves.
func appendOrigin(dst []byte, e *event.Event, mark uint32) []byte {
	return text.AppendMark(append(text.AppendCPU(dst, e.CPU), " MARK "...), mark)
}

// appendHead appends the first fields of a JSON object.
func appendHead(dst []byte, e *event.Event, kind string, mark uint32) []byte {
	dst = text.AppendStringField(text.AppendCPUField(append(dst, '{'), e.CPU), "type", kind)
	return append(text.AppendMark(append(dst, `,"mark":"`...), mark), '"')
}

// appendDump appends a packet: its headers, or as a hex dump.
func appendDump(dst []byte, d *packet.Dissection, data []byte, s *event.Style) []byte {
	if s.Hex {
		return text.AppendHexDump(dst, data)
	}
	return d.AppendText(dst)
}

// appendTemplate appends a text with its arguments, which are as the host that sent them reads them.
func (r *release) appendTemplate(dst []byte, t template.Text, args *[3]uint32, h *event.Host) []byte {
	for i := range t {
		p := &t[i]
		dst = append(dst, p.Before...)
		if p.As == template.End {
			break
		}
		if v := args[p.Arg]; p.As.IsNumber() {
			dst = template.AppendNumber(dst, p.As, v, p.As.HasOrder() && h.BigEndian())
		} else {
			dst = r.appendMeaning(dst, p.As, v, h)
		}
	}
	return dst
}

// appendMeaning appends an argument that is not just a number.
func (r *release) appendMeaning(dst []byte, as template.Verb, v uint32, h *event.Host) []byte {
	switch as {
	case template.Interface:
		return appendInterface(dst, h, v)
	case template.State:
		if name, ok := CtState(v).NameIn(r.Release); ok {
			return append(dst, name...)
		}
		return r.appendReason(dst, uint8(v), 0)
	case template.Direction:
		name, _ := CtDirection(v).NameIn(r.Release)
		return append(dst, name...)
	case template.Flags:
		return appendFlags(dst, TupleFlags(v))
	case template.Errno:
		if v == 0 {
			return append(dst, "Success"...)
		}
		return names.AppendErrno(dst, v)
	}
	panic("cilium: a form that is not written here") // a test tries all texts
}

// appendFlags appends the names of the flags that are set, the lowest bit first. Bits without a name do not show.
func appendFlags(dst []byte, f TupleFlags) []byte {
	f &= TupleFIn | TupleFRelated
	if f == 0 {
		return dst
	}
	dst, _ = f.AppendText(dst)
	return dst
}

// appendIP appends an address in 16 bytes, of which IPv4 takes the first 4.
func appendIP(dst []byte, ip *[16]byte, v6 bool) []byte {
	if v6 {
		return netip.AddrFrom16(*ip).AppendTo(dst)
	}
	return netip.AddrFrom4([4]byte(ip[:4])).AppendTo(dst)
}

// textIn returns the text of a code; nil if it has none.
func textIn(table []template.Text, code uint8) template.Text {
	if int(code) < len(table) {
		return table[code]
	}
	return nil
}

// start returns what a packet starts with, and what its first UDP header carries.
func (r *release) start(flags uint8) (first, tunnel packet.Kind) {
	first = packet.Ethernet
	if flags&ClsFlagL3Dev != 0 {
		if first = packet.IPv4; flags&ClsFlagIPv6 != 0 {
			first = packet.IPv6
		}
	}
	switch {
	case flags&ClsFlagVXLAN != 0:
		tunnel = packet.VXLAN
	case flags&ClsFlagGeneve != 0:
		tunnel = packet.Geneve
	}
	return first, tunnel
}
