// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// maxPeers bounds how many peers are counted one by one, and mostPeers how many are printed.
const (
	maxPeers  = 10_000
	mostPeers = 20
)

// peer is what is counted together: why, where, and who to whom. A port of a client is not part of it.
type peer struct {
	kind   kernel.Kind
	reason string
	place  string // the device and its network namespace
	flow   string // "10.0.1.2 -> 10.0.2.2:80 tcp"
}

// peerCount is how often that happened, and when.
type peerCount struct {
	n           uint64
	first, last int64
}

// peerCounts is a sink that counts events by peer.
type peerCounts struct {
	counts map[peer]*peerCount
	others uint64 // events for which there was no room
	buf    []byte
}

// Flush does nothing.
func (p *peerCounts) Flush() error { return nil }

// Event counts an event.
func (p *peerCounts) Event(e *event.Event) error {
	m, ok := e.Msg.(*kernel.Notify)
	if !ok {
		return nil
	}
	key := peer{
		kind: kernel.Kind(m.SubType), reason: m.ReasonString(), place: p.place(m), flow: p.flow(e),
	}
	if p.counts == nil {
		p.counts = map[peer]*peerCount{}
	}
	c := p.counts[key]
	switch {
	case c == nil && len(p.counts) >= maxPeers:
		p.others++
		return nil
	case c == nil:
		c = &peerCount{first: e.Time, last: e.Time}
		p.counts[key] = c
	}
	c.n++
	c.first, c.last = min(c.first, e.Time), max(c.last, e.Time)
	return nil
}

// place returns where a packet was.
func (p *peerCounts) place(m *kernel.Notify) string {
	p.buf = m.AppendPlace(p.buf[:0])
	return string(p.buf)
}

// clientPorts is the first port that the kernel gives to clients (net.ipv4.ip_local_port_range).
const clientPorts = 32768

// flow returns who talks to whom, without the port of the client: one of which there would be a line for each connection.
func (p *peerCounts) flow(e *event.Event) string {
	packet := e.Packet()
	if packet == nil {
		return "-"
	}
	f := packet.Flow()
	if f == nil {
		return "not IP"
	}
	src, dst := f.HasPorts, f.HasPorts
	switch {
	case f.SrcPort < clientPorts && f.DstPort < clientPorts: // neither is known to be a client
	case f.SrcPort < f.DstPort:
		dst = false
	default:
		src = false
	}
	p.buf = appendEnd(p.buf[:0], f.Src.String(), f.SrcPort, src)
	p.buf = appendEnd(append(p.buf, " -> "...), f.Dst.String(), f.DstPort, dst)
	return string(append(append(p.buf, ' '), protocolText(f.Proto)...))
}

func appendEnd(dst []byte, addr string, port uint16, withPort bool) []byte {
	switch {
	case withPort && strings.Contains(addr, ":"):
		return fmt.Appendf(dst, "[%s]:%d", addr, port)
	case withPort:
		return fmt.Appendf(dst, "%s:%d", addr, port)
	}
	return append(dst, addr...)
}

// protocolText returns the name of a protocol on a command line, or its number.
func protocolText(proto uint8) string {
	if name := packet.ProtocolName(proto); name != "" {
		return name
	}
	return fmt.Sprintf("protocol %d", proto)
}

// dropsReport is what is said at the end.
type dropsReport struct {
	stats    kdrop.Stats
	peers    *peerCounts
	function func(addr uint64) string
	filtered bool // behind the kernel, so stats count what peers do not
}

// append appends the counts by reason and function, and by peer, and what was not printed.
func (r *dropsReport) append(dst []byte) []byte {
	var shown uint64
	for _, c := range r.stats.Counts {
		shown += c.Total() - c.LeftOut
	}
	dst = fmt.Appendf(dst, "%s\n", count(int(shown), "event"))
	for _, c := range r.stats.Counts {
		if n := c.Total() - c.LeftOut; n > 0 {
			dst = fmt.Appendf(dst, "%9d  %s\n", n, r.describe(&c))
		}
	}
	dst = r.appendPeers(dst)
	for _, line := range r.notes() {
		dst = fmt.Appendf(dst, "%s\n", line)
	}
	return dst
}

// describe says what a count is of.
func (r *dropsReport) describe(c *kdrop.Count) string {
	var b strings.Builder
	if c.Kind != kernel.KindDrop {
		b.WriteString(c.Kind.String() + " ")
	}
	b.WriteString(c.Name)
	var function string
	if c.Location != 0 {
		function = r.function(c.Location)
		b.WriteString(" in " + function)
	}
	if text := kernel.Explain(c.Name, function); text != "" {
		b.WriteString(": " + text)
	}
	return strings.TrimSpace(b.String())
}

// appendPeers appends the most frequent peers.
func (r *dropsReport) appendPeers(dst []byte) []byte {
	type row struct {
		peer
		peerCount
	}
	var rows []row
	var unknown uint64
	for p, c := range r.peers.counts {
		rows = append(rows, row{p, *c})
	}
	if len(rows) == 0 {
		return dst
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.first, b.first), cmp.Compare(a.flow, b.flow))
	})
	if r.filtered {
		dst = append(dst, "by peer, of the printed events only:\n"...)
	} else {
		dst = append(dst, "by peer:\n"...)
	}
	for i, row := range rows {
		if i >= mostPeers {
			unknown += row.n
			continue
		}
		dst = fmt.Appendf(dst, "%9d  %s %s %s, %s\n", row.n, row.why(), row.place, row.flow, row.when())
	}
	if unknown += r.peers.others; unknown > 0 {
		dst = fmt.Appendf(dst, "%9d  others\n", unknown)
	}
	return dst
}

// why returns the reason, or what else happened.
func (p *peer) why() string {
	switch {
	case p.kind != kernel.KindDrop:
		return strings.TrimSpace(p.kind.String() + " " + p.reason)
	case p.reason == "":
		return "drop"
	}
	return p.reason
}

// when returns since when, and until when if that is not the same.
func (c *peerCount) when() string {
	const clock = "15:04:05.000"
	first, last := time.Unix(0, c.first).Format(clock), time.Unix(0, c.last).Format(clock)
	if c.n == 1 {
		return "at " + first
	}
	return "from " + first + " to " + last
}

// notes say what was not printed, and why.
func (r *dropsReport) notes() []string {
	var limited, lost, leftOut uint64
	var where []string
	for _, c := range r.stats.Counts {
		limited += c.Limited
		lost += c.Lost
		leftOut += c.LeftOut
		if name := r.place(&c); c.LeftOut > 0 && !slices.Contains(where, name) {
			where = append(where, name)
		}
	}
	if len(where) > mostPlaces {
		where = append(where[:mostPlaces], "others")
	}
	var notes []string
	note := func(n uint64, format string, args ...any) {
		if n > 0 {
			notes = append(notes, fmt.Sprintf("%d ", n)+fmt.Sprintf(format, args...))
		}
	}
	note(leftOut, "omitted, since they are not lost (%s): --all prints them", strings.Join(where, ", "))
	note(limited, "counted but not printed: more than --rate a second")
	note(lost, "lost on the way to be printed, and counted")
	note(r.stats.Filtered, "rejected by the filter")
	note(r.stats.Uncounted, "not counted by reason: too many places")
	note(r.stats.Missed, "missed in interrupts")
	return notes
}

// mostPlaces is how many places are named of what was left out.
const mostPlaces = 6

// place returns the reason and the function of a count, without the offset.
func (r *dropsReport) place(c *kdrop.Count) string {
	function, _, _ := strings.Cut(r.function(c.Location), "+")
	if c.Name == "" {
		return function
	}
	return c.Name + " in " + function
}

// log reports it a line at a time.
func (r *dropsReport) log(log func(any)) {
	if r.filtered {
		log("counts of all drops, also of those that are filtered out:")
	}
	for line := range strings.Lines(string(r.append(nil))) {
		log(strings.TrimSuffix(line, "\n"))
	}
}
