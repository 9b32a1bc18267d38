// SPDX-License-Identifier: Apache-2.0

// Package tally counts events in bounded memory, by time, reason, address, port, interface and node, for display. Package monitor/sink/report draws the counts, and bpfmon top prints them as they grow.
package tally

import (
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
	"github.com/lockstep-bpf/lockstep/monitor/sink/summary"
)

// MaxRows is how many rows each table of a Sink keeps, unless Options say otherwise.
const MaxRows = 50_000

// maxText is how many bytes of a name are kept.
const maxText = 128

// Options say how to count. The zero value is useful.
type Options struct {
	// Node is the name of the host of events that do not say theirs. It can be changed: SetNode.
	Node string
	// Interfaces knows the names of interfaces for events without a Host. It may be nil.
	Interfaces event.InterfaceNames
	// MaxRows is how many rows each table keeps; 0 stands for MaxRows.
	MaxRows int
}

// Counts are the sums over all events.
type Counts struct {
	Events      uint64 // all but those that were lost
	Packets     uint64 // those that are about a packet, a request or a socket
	Forwarded   uint64
	Drops       uint64
	Bytes       uint64 // of the packets, as they were on the wire
	Lost        uint64
	Undecodable uint64
	Untimed     uint64 // those whose time is not known
	First, Last int64  // nanoseconds since 1970; 0 where that is not known
}

// Sink counts events. It is for one goroutine at a time.
type Sink struct {
	Counts
	Types      *Table // all events by their message type: Text
	Reasons    *Table // drops by reason: Text
	Talkers    *Table // packets by sender: Src
	Pairs      *Table // drops by Src, Dst and reason
	Ports      *Table // drops by Proto, destination Port and reason
	Interfaces *Table // packets by Node and Interface
	Losses     *Table // events that were lost, by Node and CPU

	mapper      hubble.Mapper
	time, order *Series
	connections *summary.Connections
	names       map[uint32]string // of interfaces that have only a number
	places      map[string]string // interfaces that messages name, each by itself
	name        []byte            // one of them
}

// New returns a sink.
func New(opts Options) *Sink {
	most := opts.MaxRows
	if most <= 0 {
		most = MaxRows
	}
	s := &Sink{
		mapper: hubble.Mapper{Node: opts.Node, Interfaces: opts.Interfaces},
		time:   newSeries(1_000_000), order: newSeries(1),
		connections: summary.NewConnections(),
		names:       make(map[uint32]string),
		places:      make(map[string]string),
	}
	for _, t := range s.tables() {
		*t = newTable(most)
	}
	return s
}

func (s *Sink) tables() []**Table {
	return []**Table{&s.Types, &s.Reasons, &s.Talkers, &s.Pairs, &s.Ports, &s.Interfaces, &s.Losses}
}

// SetNode names the host of the events that follow, where they do not say theirs.
func (s *Sink) SetNode(name string) { s.mapper.Node = name }

// Series returns the events by time, or, where most have none, by their number; ordered tells which.
func (s *Sink) Series() (series *Series, ordered bool) {
	if s.Untimed > s.Events/2 {
		return s.order, true
	}
	return s.time, false
}

// Unanswered returns the connections in which only one side has sent, those with the most packets first: at most n of them,
// how many others there are, and whether there were more connections than are watched.
func (s *Sink) Unanswered(n int) (list []summary.Connection, left int, more bool) {
	return s.connections.Unanswered(n)
}

// Mark remembers the counts of all rows, in Marked, and forgets the connections if there were too many to watch.
func (s *Sink) Mark() {
	for _, t := range s.tables() {
		(*t).Mark()
	}
	if s.connections.Full() {
		s.connections = summary.NewConnections()
	}
}

// Flush does nothing.
func (s *Sink) Flush() error { return nil }

// Event counts an event. The error is always nil.
func (s *Sink) Event(e *event.Event) error {
	r := s.mapper.Record(e)
	ns := r.Time
	b := s.buckets(ns)
	if r.Kind == hubble.IsLost {
		s.Lost, b.order.Lost = add(s.Lost, e.Lost), add(b.order.Lost, e.Lost)
		if b.time != nil {
			b.time.Lost = add(b.time.Lost, e.Lost)
		}
		s.Losses.row(&Key{Node: short(r.Node), CPU: int32(e.CPU)}).count(e.Lost, 0, false, ns)
		return nil
	}
	s.Events++
	b.order.Events++
	if b.time != nil {
		b.time.Events++
	}
	name := "undecodable"
	if e.Msg != nil {
		name = e.Msg.TypeName()
	} else {
		s.Undecodable++
	}
	bytes := uint64(0)
	if e.Msg != nil {
		bytes = uint64(e.Msg.Capture().Original)
	}
	drop := r.Kind == hubble.IsFlow && r.Flow.Verdict == hubble.Dropped
	s.Types.row(&Key{Text: short(name)}).count(1, bytes, drop, ns)
	if r.Kind == hubble.IsFlow {
		s.flow(e, r, b, bytes, drop)
		s.connections.Event(e)
	}
	return nil
}

// buckets are those of an event by its number and, if that is known, by its time.
type buckets struct{ order, time *Bucket }

// buckets returns the buckets of an event, and counts its time.
func (s *Sink) buckets(ns int64) buckets {
	b := buckets{order: s.order.at(int64(s.Events))}
	if ns == 0 {
		s.Untimed++
		return b
	}
	if s.First == 0 || ns < s.First {
		s.First = ns
	}
	if s.Last == 0 || ns > s.Last {
		s.Last = ns
	}
	b.time = s.time.at(ns)
	return b
}

// flow counts a packet, a request or a socket.
func (s *Sink) flow(e *event.Event, r *hubble.Record, b buckets, bytes uint64, drop bool) {
	f := &r.Flow
	s.Packets++
	s.Bytes = add(s.Bytes, bytes)
	s.Interfaces.row(&Key{Node: short(r.Node), Interface: s.place(e, f)}).count(1, bytes, drop, r.Time)
	if f.Src.IsValid() {
		s.Talkers.row(&Key{Src: f.Src}).count(1, bytes, drop, r.Time)
	}
	if f.Verdict == hubble.Forwarded || f.Verdict == hubble.Redirected {
		s.Forwarded++
	}
	if !drop {
		return
	}
	s.Drops++
	reason := short(Reason(f))
	s.order.drop(b.order, reason)
	if b.time != nil {
		s.time.drop(b.time, reason)
	}
	s.Reasons.row(&Key{Text: reason}).count(1, bytes, true, r.Time)
	if f.Src.IsValid() {
		s.Pairs.row(&Key{Src: f.Src, Dst: f.Dst, Text: reason}).count(1, bytes, true, r.Time)
	}
	if f.L4.DstPort != 0 {
		s.Ports.row(&Key{Proto: f.L4.Proto, Port: f.L4.DstPort, Text: reason}).count(1, bytes, true, r.Time)
	}
}

// Reason returns why a flow was dropped, in the words of the sender.
func Reason(f *hubble.Flow) string {
	switch {
	case f.Reason != "":
		return f.Reason
	case f.Type == hubble.TypeL7:
		return "denied by the proxy"
	case f.DropReason != 0:
		if name := hubble.ReasonName(f.DropReason); name != "" {
			return name
		}
		return "reason " + strconv.FormatUint(uint64(f.DropReason), 10)
	case f.SubType != 0:
		return "reason " + strconv.Itoa(int(f.SubType))
	}
	return "no reason given"
}

// place returns the interface of a flow: as the message has it, with its network namespace, or else by its name or index.
func (s *Sink) place(e *event.Event, f *hubble.Flow) string {
	m, ok := e.Msg.(event.Named)
	switch {
	case ok:
		s.name = m.AppendInterface(s.name[:0])
	case f.IfName != "" || f.IfIndex == 0:
		return short(f.IfName)
	default:
		return s.number(f.IfIndex)
	}
	name, ok := s.places[string(s.name)]
	if !ok {
		if len(s.places) >= MaxRows {
			return "other"
		}
		name = short(string(s.name))
		s.places[string(s.name)] = name
	}
	return name
}

// number returns the name of an interface of which only the number is known.
func (s *Sink) number(index uint32) string {
	name, ok := s.names[index]
	if !ok {
		if len(s.names) >= MaxRows {
			return "other"
		}
		name = strconv.FormatUint(uint64(index), 10)
		s.names[index] = name
	}
	return name
}

// short returns at most so much of a name as is kept.
func short(name string) string {
	if len(name) > maxText {
		return name[:maxText-3] + "..."
	}
	return name
}
