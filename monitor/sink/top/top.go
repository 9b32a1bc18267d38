// SPDX-License-Identifier: Apache-2.0

// Package top counts events and draws the counts as live tables for a terminal: who is dropped, why, and who sends most. It
// draws into memory; the command writes to the terminal.
package top

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
	"github.com/lockstep-bpf/lockstep/monitor/sink/tally"
)

// maxRows is how many rows each table keeps.
const maxRows = 5000

// Options say what to draw. The zero value is useful.
type Options struct {
	// Source names what is shown, in the first line.
	Source string
	// Node is the name of this host, for events whose source does not say theirs.
	Node string
	// Interfaces knows the names of interfaces for events without a Host. It may be nil.
	Interfaces event.InterfaceNames
}

// Sink counts events. Event is for one goroutine, Tick, Key, Say and Frame for another.
type Sink struct {
	opts Options

	mu     sync.Mutex
	counts *tally.Sink

	// What is drawn.
	tables  [tables]table
	sums    tally.Counts
	before  tally.Counts // at the tick before
	rates   [3]float64   // events, drops and lost a second
	at      time.Time    // of the last tick; zero for none
	begun   time.Time    // of the first
	shown   int          // the table, or all for the most important ones
	sort    int
	scroll  int
	height  int // rows that the last frame had room for
	filter  string
	typing  bool // the filter
	paused  bool
	ended   bool
	message string
}

// The tables.
const (
	all = iota - 1
	reasons
	pairs
	ports
	talkers
	unanswered
	interfaces
	losses
	types
	tables
)

// table is what is drawn of one.
type table struct {
	rows []row
}

// row is a line of a table.
type row struct {
	name   string
	events uint64
	drops  uint64
	rate   float64
}

// of says what the tables are called, and what their rows are.
var of = [tables]struct{ name, rows, counted string }{
	reasons:    {"reasons", "reason of drops", "drops"},
	pairs:      {"pairs", "dropped between", "drops"},
	ports:      {"ports", "dropped to port", "drops"},
	talkers:    {"talkers", "sender", "packets"},
	unanswered: {"unanswered", "no answer to", "packets"},
	interfaces: {"interfaces", "interface", "packets"},
	losses:     {"losses", "lost by", "lost"},
	types:      {"types", "message type", "events"},
}

// The orders.
const (
	byRate = iota
	byCount
	byName
	sorts
)

var sortNames = [sorts]string{"rate", "count", "name"}

// New returns a sink.
func New(opts Options) *Sink {
	opts.Source = string(text.AppendEscaped(nil, opts.Source))
	s := &Sink{opts: opts, shown: all, height: 20}
	s.counts = s.fresh()
	return s
}

func (s *Sink) fresh() *tally.Sink {
	return tally.New(tally.Options{Node: s.opts.Node, Interfaces: s.opts.Interfaces, MaxRows: maxRows})
}

// Event counts an event. The error is always nil.
func (s *Sink) Event(e *event.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts.Event(e)
}

// Flush does nothing.
func (s *Sink) Flush() error { return nil }

// Say shows a message in the last line.
func (s *Sink) Say(message string) { s.message = string(text.AppendEscaped(nil, message)) }

// End says that no more events come.
func (s *Sink) End() { s.ended = true }

// Tick takes over what was counted since the last one. It is to be called each second or so.
func (s *Sink) Tick(now time.Time) {
	if s.paused && !s.at.IsZero() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	elapsed := 0.0
	if !s.at.IsZero() {
		elapsed = now.Sub(s.at).Seconds()
	} else {
		s.begun = now
	}
	s.at = now
	s.sums = s.counts.Counts
	s.rates = [3]float64{
		rate(s.sums.Events, s.before.Events, elapsed), rate(s.sums.Drops, s.before.Drops, elapsed), rate(s.sums.Lost, s.before.Lost, elapsed),
	}
	s.before = s.sums
	c := s.counts
	for i, t := range [tables]*tally.Table{
		reasons: c.Reasons, pairs: c.Pairs, ports: c.Ports, talkers: c.Talkers, interfaces: c.Interfaces, losses: c.Losses, types: c.Types,
	} {
		if t == nil {
			continue
		}
		s.tables[i].rows = s.tables[i].rows[:0]
		for _, r := range t.Top(0) {
			s.tables[i].rows = append(s.tables[i].rows, row{nameOf(i, &r.Key), r.Events, r.Drops, rate(r.Events, r.Marked, elapsed)})
		}
	}
	open, _, _ := c.Unanswered(1000)
	s.tables[unanswered].rows = s.tables[unanswered].rows[:0]
	for _, k := range open {
		name := end(k.Src) + " -> " + end(k.Dst) + " " + k.Proto
		s.tables[unanswered].rows = append(s.tables[unanswered].rows, row{name: name, events: k.Count})
	}
	c.Mark()
}

// rate returns how many there were a second.
func rate(now, before uint64, seconds float64) float64 {
	if seconds <= 0 || now < before {
		return 0
	}
	return float64(now-before) / seconds
}

// nameOf returns what a row is called, safe for a terminal.
func nameOf(table int, k *tally.Key) string {
	name := ""
	switch table {
	case reasons, types:
		name = k.Text
	case pairs:
		name = k.Src.String() + " -> " + address(k.Dst) + "  " + k.Text
	case ports:
		name = protocol(k.Proto) + " " + strconv.Itoa(int(k.Port)) + "  " + k.Text
	case talkers:
		name = k.Src.String()
	case interfaces:
		name = strings.TrimSpace(k.Node + " " + cmp.Or(k.Interface, "(none)"))
	case losses:
		name = strings.TrimSpace(k.Node + " CPU " + strconv.Itoa(int(k.CPU)))
		if k.CPU < 0 {
			name = cmp.Or(k.Node, "(unknown)")
		}
	}
	return string(text.AppendEscaped(nil, name))
}

func address(a netip.Addr) string {
	if !a.IsValid() {
		return "?"
	}
	return a.String()
}

func end(a netip.AddrPort) string {
	if a.Port() == 0 {
		return a.Addr().String()
	}
	return a.String()
}

func protocol(n uint8) string {
	if name := packet.ProtocolName(n); name != "" {
		return name
	}
	return strconv.Itoa(int(n))
}

// rows returns the rows of a table that the filter lets pass, in order.
func (s *Sink) rows(table int) []row {
	var list []row
	want := strings.ToLower(s.filter)
	for _, r := range s.tables[table].rows {
		if want == "" || strings.Contains(strings.ToLower(r.name), want) {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b row) int {
		switch s.sort {
		case byRate:
			return cmp.Or(cmp.Compare(b.rate, a.rate), cmp.Compare(b.events, a.events), cmp.Compare(a.name, b.name))
		case byCount:
			return cmp.Or(cmp.Compare(b.events, a.events), cmp.Compare(a.name, b.name))
		}
		return cmp.Compare(a.name, b.name)
	})
	return list
}
