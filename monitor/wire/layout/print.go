// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"math"
	"net/netip"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// padding is how many bytes behind a message a ring may add.
const padding = 7

// AppendEvent appends the message: on a line, with a line for each field as Verbose, or as a JSON object.
//
//	exec_event kind=EXEC pid=4711 comm="bash" from={addr=10.0.0.1 port=22}
func (m *message) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	switch {
	case s.Form == event.JSON:
		return m.appendJSON(dst, e)
	case s.Hex:
		dst = m.appendHead(dst, e)
		return text.AppendHexDump(dst, m.raw)
	case s.Form == event.Verbose:
		dst = m.appendHead(dst, e)
		p := &printer{m: m, dst: dst, lines: true}
		p.fields(m.nodes, 0)
		return p.dst
	}
	p := &printer{m: m, dst: append(dst, m.name...), open: true}
	p.fields(m.nodes, 0)
	return append(m.appendRest(p.dst), '\n')
}

// appendHead appends the line before the fields.
func (m *message) appendHead(dst []byte, e *event.Event) []byte {
	if e.CPU >= 0 {
		dst = append(text.AppendCPU(dst, e.CPU), ' ')
	}
	dst = append(append(dst, m.name...), ", "...)
	return append(text.AppendUint(dst, uint64(len(m.raw))), " bytes\n"...)
}

// appendRest appends how many bytes follow the struct that are in none of its fields.
func (m *message) appendRest(dst []byte) []byte {
	if n := m.rest(); n > 0 {
		dst = append(text.AppendUint(append(dst, " and "...), uint64(n)), " more bytes"...)
	}
	return dst
}

// rest returns how many bytes follow the struct; 0 for what may be padding, and where an array goes to the end.
func (m *message) rest() int {
	if n := len(m.nodes); n > 0 {
		last := &m.nodes[n-1]
		if last.run < 0 || len(last.Dims) > 0 && last.Dims[0] < 0 {
			return 0
		}
	}
	if n := len(m.raw) - m.size; n > padding {
		return n
	}
	return 0
}

func (m *message) appendJSON(dst []byte, e *event.Event) []byte {
	dst = append(dst, '{')
	if e.CPU >= 0 {
		dst = text.AppendCPUField(dst, e.CPU)
	}
	dst = text.AppendStringField(dst, "type", m.name)
	dst = append(text.AppendKey(dst, "fields"), '{')
	p := &printer{m: m, dst: dst, json: true}
	p.fields(m.nodes, 0)
	dst = append(p.dst, '}')
	if n := m.rest(); n > 0 {
		dst = text.AppendUintField(dst, "moreBytes", uint64(n))
	}
	return append(dst, "}\n"...)
}

// printer appends the fields of a message.
type printer struct {
	m     *message
	dst   []byte
	json  bool
	lines bool // a line for each field of the message
	open  bool // something stands before the next field
	depth int
}

// fields appends the fields of a struct that begins at a place.
func (p *printer) fields(nodes []node, base int) {
	for i := range nodes {
		n := &nodes[i]
		at := base + n.Offset
		if at >= len(p.m.raw) && n.Width == 0 && n.run >= 0 {
			continue // of an older sender
		}
		if n.Name == "" && n.Kind == Record && len(n.dims) == 0 {
			p.fields(n.nodes, at)
			continue
		}
		if n.Width > 0 {
			at = base
		}
		p.key(n.Name)
		p.array(n, n.dims, at)
		if p.lines && p.depth == 0 {
			p.dst = append(p.dst, '\n')
		}
	}
}

// key appends a field's name.
func (p *printer) key(name string) {
	switch {
	case p.json:
		p.dst = text.AppendKey(p.dst, name)
	case p.lines && p.depth == 0:
		p.dst = append(append(append(p.dst, "    "...), name...), " = "...)
	default:
		if p.open {
			p.dst = append(p.dst, ' ')
		}
		p.open = true
		p.dst = append(append(p.dst, name...), '=')
	}
}

// array appends the value of a field, or all elements of an array.
func (p *printer) array(n *node, dims []int, at int) {
	if len(dims) == 0 {
		p.one(n, at)
		return
	}
	each, count := n.bytes(dims[1:]), dims[0]
	if each <= 0 {
		each = 1
	}
	if fit := max(len(p.m.raw)-at, 0) / each; count < 0 || count > fit {
		count = fit
	}
	p.dst = append(p.dst, '[')
	for i := range count {
		if i > 0 {
			p.dst = append(p.dst, ',')
		}
		p.array(n, dims[1:], at+i*each)
	}
	p.dst = append(p.dst, ']')
}

// one appends one element.
func (p *printer) one(n *node, at int) {
	if n.Kind != Record {
		p.dst = p.m.appendElement(p.dst, n, at, n.run, p.json)
		return
	}
	p.dst = append(p.dst, '{')
	open := p.open
	p.open = false
	p.depth++
	p.fields(n.nodes, at)
	p.depth--
	p.open = open
	p.dst = append(p.dst, '}')
}

// appendElement appends the value that begins at a place and has count bytes.
func (m *message) appendElement(dst []byte, n *node, at, count int, json bool) []byte {
	switch n.Kind {
	case Char:
		return appendText(dst, until(part(m.raw, at, count)), json)
	case Address:
		return appendAddress(dst, part(m.raw, at, count), json)
	case MAC:
		return appendMAC(dst, part(m.raw, at, count), json)
	case Float:
		return m.appendFloat(dst, n, at)
	}
	if n.Width == 0 && (n.run != n.Size || n.Size > 8 || n.Kind == Opaque) {
		return quoted(dst, json, func(dst []byte) []byte { return appendHex(dst, part(m.raw, at, count)) })
	}
	v, ok := n.number(m.order, m.raw, at)
	if !ok {
		return append(dst, "null"...)
	}
	return n.appendNumber(dst, v, json)
}

// appendNumber appends a number: by its name if it has one.
func (n *node) appendNumber(dst []byte, v uint64, json bool) []byte {
	if n.Enum != nil {
		if name, ok := n.Enum.Lookup(v); ok {
			if json {
				return text.AppendJSONString(dst, name)
			}
			return append(dst, name...)
		}
		if n.Enum.Flags && v != 0 {
			return quoted(dst, json, func(dst []byte) []byte { return appendFlags(dst, n.Enum, v, json) })
		}
	}
	switch n.Kind {
	case Int:
		return strconv.AppendInt(dst, int64(v), 10)
	case Bool:
		return strconv.AppendBool(dst, v != 0)
	case Pointer:
		return quoted(dst, json, func(dst []byte) []byte { return strconv.AppendUint(append(dst, "0x"...), v, 16) })
	}
	return text.AppendUint(dst, v)
}

// appendFlags appends the names of the bits that are set, in ascending order and with "|" between them. What has no name is a
// hexadecimal number at the end.
func appendFlags(dst []byte, e *event.Enum, v uint64, json bool) []byte {
	begin, unnamed := len(dst), uint64(0)
	for rest := v; rest != 0; rest &= rest - 1 {
		bit := rest & -rest
		name, ok := e.Lookup(bit)
		if !ok {
			unnamed |= bit
			continue
		}
		if len(dst) > begin {
			dst = append(dst, '|')
		}
		if !json {
			dst = append(dst, name...)
			continue
		}
		at := len(dst)
		dst = text.AppendJSONString(dst, name)
		dst = append(dst[:at], dst[at+1:len(dst)-1]...) // without its quotes
	}
	if unnamed == 0 {
		return dst
	}
	if len(dst) > begin {
		dst = append(dst, '|')
	}
	return strconv.AppendUint(append(dst, "0x"...), unnamed, 16)
}

// appendFloat appends a number with a point; null where it is none.
func (m *message) appendFloat(dst []byte, n *node, at int) []byte {
	v, ok := n.number(m.order, m.raw, at)
	f, bits := math.Float64frombits(v), 64
	if n.Size == 4 {
		f, bits = float64(math.Float32frombits(uint32(v))), 32
	}
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, bits)
}

// appendText appends a text in quotes, without what a terminal could obey.
func appendText(dst, s []byte, json bool) []byte {
	if json {
		return text.AppendJSONString(dst, s)
	}
	return strconv.AppendQuote(dst, string(s))
}

// appendAddress appends an IP address.
func appendAddress(dst, b []byte, json bool) []byte {
	return quoted(dst, json, func(dst []byte) []byte {
		if a, ok := netip.AddrFromSlice(b); ok {
			return a.AppendTo(dst)
		}
		return appendHex(dst, b)
	})
}

// appendMAC appends a link-layer address.
func appendMAC(dst, b []byte, json bool) []byte {
	return quoted(dst, json, func(dst []byte) []byte {
		for i := range b {
			if i > 0 {
				dst = append(dst, ':')
			}
			dst = appendHex(dst, b[i:i+1])
		}
		return dst
	})
}

// quoted puts what is appended in quotes, for JSON.
func quoted(dst []byte, json bool, add func([]byte) []byte) []byte {
	if !json {
		return add(dst)
	}
	return append(add(append(dst, '"')), '"')
}

func appendHex(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	return dst
}
