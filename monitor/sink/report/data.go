// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
	"github.com/lockstep-bpf/lockstep/monitor/sink/tally"
)

// page is the data of the page, as its script reads them.
type page struct {
	Ordered bool    `json:"ordered"` // by number, not by time
	Bucket  string  `json:"bucket"`
	Series  series  `json:"series"`
	Tables  []table `json:"tables"`
}

// series is the events by time, in microseconds, or by number.
type series struct {
	Width   int64    `json:"width"`
	Reasons []string `json:"reasons"`
	Rows    [][5]any `json:"rows"` // start, events, drops, lost, drops by reason
}

// table is a table and the plot before it.
type table struct {
	Title   string            `json:"title"`
	Note    string            `json:"note,omitempty"`
	Empty   string            `json:"empty"` // what is said where it has no rows
	Columns []column          `json:"columns"`
	Rows    []json.RawMessage `json:"rows"`
	Bar     int               `json:"bar"`  // the column that is drawn
	Name    []int             `json:"name"` // the columns that name a bar
	Join    []string          `json:"join"` // what stands between them
	Cut     string            `json:"cut,omitempty"`
}

// column says what the values are: text, num, bytes, time (in microseconds) or share (in percent).
type column struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// page returns the data.
func (s *Sink) page() *page {
	counts, ordered := s.Series()
	p := &page{Ordered: ordered, Series: series{Reasons: []string{}, Rows: [][5]any{}}}
	unit := int64(time.Microsecond)
	if ordered {
		unit = 1
		p.Bucket = fmt.Sprintf("Events are counted in groups of %d.", counts.Width())
	} else {
		p.Bucket = fmt.Sprintf("Times are UTC, counted in steps of %s.", time.Duration(counts.Width()))
	}
	p.Series.Width = counts.Width() / unit
	for _, r := range counts.Reasons() {
		p.Series.Reasons = append(p.Series.Reasons, printable(r))
	}
	for _, b := range counts.Buckets() {
		reasons := b.ByReason
		if reasons == nil {
			reasons = []uint64{}
		}
		p.Series.Rows = append(p.Series.Rows, [5]any{b.Start / unit, b.Events, b.Drops, b.Lost, reasons})
	}
	p.Tables = s.tables()
	return p
}

// span are the columns of times.
var span = []column{{"first (UTC)", "time"}, {"last (UTC)", "time"}}

func columns(all ...column) []column { return append(all, span...) }

func (s *Sink) tables() []table {
	all := []table{
		s.table(s.Reasons, "Reasons of drops", "", "Nothing was dropped.", columns(column{"reason", "text"}, column{"drops", "num"}, column{"share", "share"}), 1, []int{0},
			func(r *tally.Row) []any {
				return []any{printable(r.Text), r.Events, float64(r.Events) / float64(max(1, s.Drops)) * 100}
			}),
		s.table(s.Pairs, "Dropped pairs", "Who sends to whom what is dropped.", "Nothing was dropped between two addresses.",
			columns(column{"source", "text"}, column{"destination", "text"}, column{"reason", "text"}, column{"drops", "num"}), 3, []int{0, 1, 2},
			func(r *tally.Row) []any { return []any{address(r.Src), address(r.Dst), printable(r.Text), r.Events} }),
		s.table(s.Ports, "Dropped ports", "Destination ports of what is dropped.", "Nothing with a port was dropped.",
			columns(column{"protocol", "text"}, column{"port", "text"}, column{"reason", "text"}, column{"drops", "num"}), 3, []int{0, 1, 2},
			func(r *tally.Row) []any { return []any{protocol(r.Proto), r.Port, printable(r.Text), r.Events} }),
		s.table(s.Talkers, "Top talkers", "Addresses that sent most packets.", "No packet with an address was seen.",
			columns(column{"source", "text"}, column{"packets", "num"}, column{"drops", "num"}, column{"bytes", "bytes"}), 1, []int{0},
			func(r *tally.Row) []any { return []any{address(r.Src), r.Events, r.Drops, r.Bytes} }),
		s.unanswered(),
		s.table(s.Interfaces, "Interfaces and nodes", "", "No packet was seen.",
			columns(column{"node", "text"}, column{"interface", "text"}, column{"packets", "num"}, column{"drops", "num"}, column{"bytes", "bytes"}), 2, []int{0, 1},
			func(r *tally.Row) []any {
				return []any{printable(r.Node), printable(r.Interface), r.Events, r.Drops, r.Bytes}
			}),
		s.table(s.Losses, "Losses", "Events that did not fit where they waited, by node and CPU.", "No event was lost.",
			columns(column{"node", "text"}, column{"CPU", "text"}, column{"lost", "num"}), 2, []int{0, 1},
			func(r *tally.Row) []any { return []any{printable(r.Node), cpu(r.CPU), r.Events} }),
		s.table(s.Types, "Message types", "", "No event was seen.", columns(column{"type", "text"}, column{"events", "num"}, column{"drops", "num"}), 1, []int{0},
			func(r *tally.Row) []any { return []any{printable(r.Text), r.Events, r.Drops} }),
	}
	all[1].Join = []string{" \u2192 ", ": "}
	all[2].Join = []string{" ", ": "}
	all[6].Join = []string{" CPU "}
	return all
}

// table returns a table with the rows that fit.
func (s *Sink) table(from *tally.Table, title, note, empty string, cols []column, bar int, name []int, values func(*tally.Row) []any) table {
	t := table{Title: title, Note: note, Empty: empty, Columns: cols, Bar: bar, Name: name, Join: []string{" "}, Rows: []json.RawMessage{}}
	size := 0
	for _, r := range from.Top(MaxRows) {
		if !t.add(&size, append(values(r), micros(r.First), micros(r.Last))) {
			break
		}
	}
	t.Cut = cut(from, len(t.Rows))
	return t
}

// add adds a row if it fits.
func (t *table) add(size *int, values []any) bool {
	row, err := json.Marshal(values)
	if err != nil || *size+len(row) > maxBytes {
		return false
	}
	*size += len(row) + 1
	t.Rows = append(t.Rows, row)
	return true
}

// cut says what is not in a table.
func cut(from *tally.Table, rows int) string {
	set := from.Cut()
	line := ""
	if left := from.Len() - rows; left > 0 || set.Rows > 0 {
		line = fmt.Sprintf("These are the %d rows with the most events; %d with fewer are left out.", rows, uint64(left)+set.Rows)
	}
	if set.Rows > 0 {
		line += fmt.Sprintf(" There were more rows than are counted at a time: a count here may be too low, by %d at most.", set.Error)
	}
	return line
}

// unanswered returns the connections in which only one side has sent.
func (s *Sink) unanswered() table {
	t := table{Title: "Connections without an answer", Note: "Packets that were seen to pass, and nothing of the other side.",
		Empty: "Every connection that was seen had an answer.", Bar: 3, Name: []int{0, 1, 2}, Join: []string{" \u2192 ", " "}, Rows: []json.RawMessage{},
		Columns: columns(column{"source", "text"}, column{"destination", "text"}, column{"protocol", "text"}, column{"packets", "num"})}
	list, left, more := s.Unanswered(MaxRows)
	size := 0
	for _, c := range list {
		if !t.add(&size, []any{end(c.Src), end(c.Dst), c.Proto, c.Count, micros(c.First), micros(c.Last)}) {
			break
		}
	}
	left += len(list) - len(t.Rows)
	if left > 0 {
		t.Cut = fmt.Sprintf("These are the %d with the most packets; %d more have no answer.", len(t.Rows), left)
	}
	if more {
		t.Cut += " There were more connections than are watched, 100,000: what came later is not here."
	}
	return t
}

func micros(ns int64) int64 { return ns / int64(time.Microsecond) }

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func end(a netip.AddrPort) string {
	if a.Port() == 0 {
		return address(a.Addr())
	}
	return a.String()
}

func protocol(n uint8) string {
	if name := packet.ProtocolName(n); name != "" {
		return name
	}
	return strconv.Itoa(int(n))
}

func cpu(n int32) string {
	if n < 0 {
		return "unknown"
	}
	return strconv.Itoa(int(n))
}
