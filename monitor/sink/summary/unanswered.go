// SPDX-License-Identifier: Apache-2.0

package summary

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/role"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Unanswered is the name of the table of connections in which only one side has sent.
const Unanswered = "unanswered"

// ends are the two ends of a connection, the lower first, so that both directions have the same.
type ends struct {
	proto     uint8
	low, high netip.AddrPort
}

// connection is what was seen of a connection.
type connection struct {
	ends
	fromHigh    bool // the higher end sent first
	answered    bool
	count       uint64
	first, last int64
}

// connections are those of forwarded packets.
type connections struct {
	state  role.Cache
	all    map[ends]*connection
	others bool // there were more than can be kept
}

// Connections finds the connections in which only one side has sent, for other sinks. It watches 100,000 of them.
type Connections struct{ all *connections }

// Connection is a connection without an answer, from the end that sent.
type Connection struct {
	Src, Dst    netip.AddrPort // without a port for what has none
	Proto       string
	Count       uint64
	First, Last int64 // nanoseconds since 1970; 0 where that is not known
}

// NewConnections returns one that knows no connection.
func NewConnections() *Connections { return &Connections{newConnections()} }

// Event counts an event, if it is about a packet that was forwarded.
func (c *Connections) Event(e *event.Event) { c.all.event(e, e.Nanos()) }

// Full reports whether there were more connections than are watched.
func (c *Connections) Full() bool { return c.all.others }

// Unanswered returns those without an answer, those with the most packets first: at most n, or all for 0; how many others
// there are; and whether there were more connections than are watched.
func (c *Connections) Unanswered(n int) (list []Connection, left int, more bool) {
	open, left := c.all.open(n)
	for _, k := range open {
		src, dst := k.direction()
		list = append(list, Connection{src, dst, k.protocolText(), k.count, k.first, k.last})
	}
	return list, left, c.all.others
}

func newConnections() *connections {
	return &connections{state: role.Cache{Role: role.State}, all: make(map[ends]*connection)}
}

// event counts a packet that was forwarded. What is said of drops alone tells nothing of the other direction.
func (c *connections) event(e *event.Event, ns int64) {
	if e.Msg == nil {
		return
	}
	at := c.state.Find(e.Msg)
	if at < 0 {
		return
	}
	p := e.Packet()
	if p == nil {
		return
	}
	f := p.Flow()
	if f == nil || !hasAnswers(f) {
		return
	}
	src, dst := netip.AddrPortFrom(f.Src, f.SrcPort), netip.AddrPortFrom(f.Dst, f.DstPort)
	key := ends{f.Proto, src, dst}
	fromHigh := src.Compare(dst) > 0
	if fromHigh {
		key.low, key.high = dst, src
	}
	k := c.all[key]
	if k == nil {
		if len(c.all) == maxRows {
			c.others = true
			return
		}
		k = &connection{ends: key, fromHigh: fromHigh}
		c.all[key] = k
	}
	k.answered = k.answered || k.fromHigh != fromHigh || isEchoReply(f) || isReply(e.Msg, at)
	k.count++
	span(&k.first, &k.last, ns)
}

// hasAnswers reports whether a packet is of a kind that gets an answer: it has ports, or is an echo, and goes to one host.
func hasAnswers(f *packet.Flow) bool {
	echo := f.HasICMP && (f.ICMPType == 8 || f.ICMPType == 128) || isEchoReply(f)
	broadcast := f.Dst.Is4() && f.Dst.As4() == [4]byte{255, 255, 255, 255}
	return (f.HasPorts || echo) && !f.Dst.IsMulticast() && !broadcast
}

func isEchoReply(f *packet.Flow) bool { return f.HasICMP && (f.ICMPType == 0 || f.ICMPType == 129) }

// isReply reports whether the connection table knew a packet as an answer.
func isReply(m event.Message, at int) bool {
	f := &m.Fields()[at]
	if f.Enum == nil {
		return false
	}
	text, _ := f.Enum.Lookup(m.Uint(at))
	return text == "reply"
}

// open returns the connections without an answer, those with the most packets first.
func (c *connections) open(n int) (list []*connection, left int) {
	for _, k := range c.all {
		if !k.answered {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b *connection) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.first, b.first), a.low.Compare(b.low), a.high.Compare(b.high))
	})
	if n > 0 && len(list) > n {
		list, left = list[:n], len(list)-n
	}
	return list, left
}

// direction returns who sent to whom.
func (k *connection) direction() (src, dst netip.AddrPort) {
	if k.fromHigh {
		return k.high, k.low
	}
	return k.low, k.high
}

// endText returns an end with its port, if it has one.
func endText(end netip.AddrPort) string {
	if end.Port() == 0 {
		return end.Addr().String()
	}
	return end.String()
}

// protocolText returns the name of the connection's protocol, or its number.
func (k *connection) protocolText() string {
	text, _ := protocol(nil, &packet.Flow{Proto: k.proto})
	return string(text)
}

// appendText appends the connections without an answer; nothing if there are none.
func (c *connections) appendText(dst []byte, top int) []byte {
	list, left := c.open(top)
	if len(list) == 0 {
		return dst
	}
	lines := [][4]string{{"no answer to", "proto", "count", "first"}}
	for _, k := range list {
		src, to := k.direction()
		lines = append(lines, [4]string{endText(src) + " -> " + endText(to), k.protocolText(), strconv.FormatUint(k.count, 10), timeText(k.first)})
	}
	var width [3]int
	for _, line := range lines {
		for i := range width {
			width[i] = max(width[i], len(line[i]))
		}
	}
	dst = append(dst, '\n')
	for _, line := range lines {
		dst = fmt.Appendf(dst, "%-*s  %-*s  %*s", width[0], line[0], width[1], line[1], width[2], line[2])
		if list[0].first != 0 && line[3] != "" {
			dst = fmt.Appendf(dst, "  %s", line[3])
		}
		dst = append(dst, '\n')
	}
	if left > 0 {
		dst = fmt.Appendf(dst, "and %d other connections\n", left)
	}
	if c.others {
		dst = fmt.Appendf(dst, "connections beyond the first %d were not watched\n", maxRows)
	}
	return dst
}

// appendJSON appends an object for each connection without an answer.
func (c *connections) appendJSON(dst []byte, top int) []byte {
	list, left := c.open(top)
	if left > 0 || c.others {
		dst = text.AppendUintField(append(dst, `{"summary":"unanswered"`...), "otherValues", uint64(left))
		dst = append(dst, "}\n"...)
	}
	for _, k := range list {
		src, to := k.direction()
		dst = text.AppendStringField(append(dst, `{"summary":"unanswered"`...), "src", src.Addr().String())
		if src.Port() != 0 {
			dst = text.AppendUintField(dst, "srcPort", uint64(src.Port()))
		}
		dst = text.AppendStringField(dst, "dst", to.Addr().String())
		if to.Port() != 0 {
			dst = text.AppendUintField(dst, "dstPort", uint64(to.Port()))
		}
		dst = text.AppendStringField(dst, "proto", k.protocolText())
		dst = appendSpan(text.AppendUintField(dst, "count", k.count), k.first, k.last)
		dst = append(dst, "}\n"...)
	}
	return dst
}
