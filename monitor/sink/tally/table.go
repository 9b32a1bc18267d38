// SPDX-License-Identifier: Apache-2.0

package tally

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// Key is what the events of a row have in common. A table uses some of the fields.
type Key struct {
	Text      string // a reason, or the name of a message type
	Node      string
	Interface string
	Src, Dst  netip.Addr
	Proto     uint8
	Port      uint16
	CPU       int32
}

// compare orders keys.
func (k *Key) compare(o *Key) int {
	return cmp.Or(
		strings.Compare(k.Node, o.Node), strings.Compare(k.Interface, o.Interface), k.Src.Compare(o.Src), k.Dst.Compare(o.Dst),
		cmp.Compare(k.Proto, o.Proto), cmp.Compare(k.Port, o.Port), cmp.Compare(k.CPU, o.CPU), strings.Compare(k.Text, o.Text))
}

// Row is the events with the same Key.
type Row struct {
	Key
	Events      uint64 // of a table of losses, the events that were lost
	Drops       uint64 // those that are drops
	Bytes       uint64 // of their packets, as they were on the wire
	First, Last int64  // nanoseconds since 1970; 0 where that is not known
	Marked      uint64 // Events at the last Mark
}

// Table counts events by their keys. It keeps so many rows and no more: where there are more keys, the half with the fewest
// events is set aside, so that a key with many events is never missing.
type Table struct {
	rows map[Key]*Row
	most int
	cut  Cut
}

// Cut says what a table has set aside.
type Cut struct {
	Rows   uint64 // rows that were set aside; one that came back counts again
	Events uint64 // their events
	Error  uint64 // how many events may be missing in a row that is there, at most
}

func newTable(most int) *Table { return &Table{rows: make(map[Key]*Row), most: most} }

// row returns the row of a key, a new one if it has none.
func (t *Table) row(k *Key) *Row {
	r := t.rows[*k]
	if r == nil {
		if len(t.rows) >= t.most {
			t.shrink()
		}
		r = &Row{Key: *k}
		t.rows[*k] = r
	}
	return r
}

// shrink sets aside the half of the rows with the fewest events.
func (t *Table) shrink() {
	all := t.sorted()
	gone := all[len(all)/2:]
	for _, r := range gone {
		t.cut.Events = add(t.cut.Events, r.Events)
		delete(t.rows, r.Key)
	}
	t.cut.Rows += uint64(len(gone))
	t.cut.Error = add(t.cut.Error, gone[0].Events)
}

func (t *Table) sorted() []*Row {
	all := make([]*Row, 0, len(t.rows))
	for _, r := range t.rows {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *Row) int { return cmp.Or(cmp.Compare(b.Events, a.Events), a.compare(&b.Key)) })
	return all
}

// Top returns the rows with the most events, in that order, at most n of them; all for 0. They are the table's.
func (t *Table) Top(n int) []*Row {
	all := t.sorted()
	if n > 0 && len(all) > n {
		all = all[:n]
	}
	return all
}

// Len returns how many rows there are.
func (t *Table) Len() int { return len(t.rows) }

// Cut returns what was set aside.
func (t *Table) Cut() Cut { return t.cut }

// Mark remembers the counts of all rows, in Marked.
func (t *Table) Mark() {
	for _, r := range t.rows {
		r.Marked = r.Events
	}
}

// count adds an event to a row.
func (r *Row) count(events, bytes uint64, drop bool, ns int64) {
	r.Events = add(r.Events, events)
	r.Bytes = add(r.Bytes, bytes)
	if drop {
		r.Drops++
	}
	if ns == 0 {
		return
	}
	if r.First == 0 || ns < r.First {
		r.First = ns
	}
	if r.Last == 0 || ns > r.Last {
		r.Last = ns
	}
}

// add adds without going around.
func add(a, b uint64) uint64 {
	if a+b < a {
		return ^uint64(0)
	}
	return a + b
}
