// SPDX-License-Identifier: Apache-2.0

// Package summary counts events by fields: how many drops there were for each reason and port, say, and when the first and
// the last came.
package summary

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Default is what is counted where nothing is asked for: four tables, and the connections without an answer.
const Default = "type;reason;iface;endpoint;" + Unanswered

// DefaultTop is how many rows of a table are printed where nothing is asked for.
const DefaultTop = 20

// maxRows is how many different values a table counts. The events of further ones are counted together.
const maxRows = 100_000

// Options say what to count and how to print it.
type Options struct {
	// By names the fields to count by: with commas between them those of one table, with semicolons between tables.
	// Empty stands for Default.
	By string
	// Top is how many rows of each table are printed, those with the most events; 0 stands for DefaultTop, and a negative
	// number for all.
	Top int
	// JSON prints an object a row.
	JSON bool
	// Messages holds one message of each type whose fields can be named.
	Messages []event.Message
	// Interfaces knows the names of interfaces for events without a Host. It may be nil.
	Interfaces event.InterfaceNames
}

// Sink counts events. It is for one goroutine at a time.
type Sink struct {
	opts        Options
	tables      []*table
	connections *connections // nil unless those without an answer are asked for
	events      uint64       // samples
	lost        uint64
	first, last int64
}

// table counts the events that have all of some fields.
type table struct {
	fields []field
	rows   map[string]*row // by the values, each with a 0 behind it
	others uint64          // events of values that have no row
	key    []byte
}

// row is the events with the same values.
type row struct {
	key         string
	count       uint64
	first, last int64 // 0 where that is not known
}

// New returns a sink. The error names a field that there is not.
func New(opts Options) (*Sink, error) {
	if opts.Top == 0 {
		opts.Top = DefaultTop
	}
	s := &Sink{opts: opts}
	for names := range strings.SplitSeq(cmp.Or(opts.By, Default), ";") {
		if strings.EqualFold(strings.TrimSpace(names), Unanswered) {
			s.connections = newConnections()
			continue
		}
		t := &table{rows: make(map[string]*row)}
		for name := range strings.SplitSeq(names, ",") {
			f, err := opts.find(name)
			if err != nil {
				return nil, err
			}
			t.fields = append(t.fields, f)
		}
		s.tables = append(s.tables, t)
	}
	return s, nil
}

// Event counts an event. The error is always nil.
func (s *Sink) Event(e *event.Event) error {
	ns := e.Nanos()
	span(&s.first, &s.last, ns)
	if e.Kind == event.Lost {
		s.lost += e.Lost
	} else {
		s.events++
	}
	for _, t := range s.tables {
		t.event(e, ns)
	}
	if s.connections != nil {
		s.connections.event(e, ns)
	}
	return nil
}

// Flush does nothing: a summary is written at the end, with Write.
func (s *Sink) Flush() error { return nil }

// span makes a span of time hold a time.
func span(first, last *int64, ns int64) {
	if ns == 0 {
		return
	}
	if *first == 0 || ns < *first {
		*first = ns
	}
	if *last == 0 || ns > *last {
		*last = ns
	}
}

// event counts an event that has all fields of the table.
func (t *table) event(e *event.Event, ns int64) {
	key := t.key[:0]
	for i := range t.fields {
		var ok bool
		if key, ok = t.fields[i].value(key, e); !ok {
			t.key = key
			return
		}
		key = append(key, 0)
	}
	t.key = key
	r := t.rows[string(key)]
	if r == nil {
		if len(t.rows) == maxRows {
			t.others++
			return
		}
		r = &row{key: string(key)}
		t.rows[r.key] = r
	}
	r.count++
	span(&r.first, &r.last, ns)
}

// top returns the rows with the most events, and how many events and rows the others have.
func (t *table) top(n int) (rows []*row, others uint64, left int) {
	for _, r := range t.rows {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b *row) int {
		return cmp.Or(cmp.Compare(b.count, a.count), compareKeys(a.key, b.key))
	})
	others = t.others
	if n > 0 && len(rows) > n {
		for _, r := range rows[n:] {
			others += r.count
		}
		rows, left = rows[:n], len(rows)-n
	}
	return rows, others, left
}

// compareKeys orders numbers by their size.
func compareKeys(a, b string) int {
	if a != "" && b != "" && a[0] >= '0' && a[0] <= '9' && b[0] >= '0' && b[0] <= '9' {
		if d := cmp.Compare(strings.IndexByte(a, 0), strings.IndexByte(b, 0)); d != 0 {
			return d
		}
	}
	return cmp.Compare(a, b)
}

// name returns the names of the fields, with commas.
func (t *table) name() string {
	names := make([]string, len(t.fields))
	for i := range t.fields {
		names[i] = t.fields[i].name
	}
	return strings.Join(names, ",")
}

// values returns the values of a row.
func (t *table) values(r *row) []string {
	return strings.SplitN(strings.TrimSuffix(r.key, "\x00"), "\x00", len(t.fields))
}

// Write prints the summary.
func (s *Sink) Write(w io.Writer) error {
	out := s.appendText
	if s.opts.JSON {
		out = s.appendJSON
	}
	_, err := w.Write(out(nil))
	return err
}

// timeText returns a time as the tables have it, empty where it is not known.
func timeText(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000Z")
}

// events counts events in words.
func events[T int | uint64](n T) string {
	if n == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", n)
}

// appendText appends the summary as tables.
func (s *Sink) appendText(dst []byte) []byte {
	dst = fmt.Appendf(dst, "%s, %d lost", events(s.events), s.lost)
	if s.first != 0 {
		dst = fmt.Appendf(dst, ", from %s to %s", timeText(s.first), timeText(s.last))
	}
	dst = append(dst, '\n')
	for _, t := range s.tables {
		if len(t.rows) > 0 {
			dst = t.appendText(append(dst, '\n'), s.opts.Top)
		}
	}
	if s.connections != nil {
		dst = s.connections.appendText(dst, s.opts.Top)
	}
	return dst
}

// appendText appends a table.
func (t *table) appendText(dst []byte, top int) []byte {
	rows, others, left := t.top(top)
	var head []string
	for _, f := range t.fields {
		head = append(head, f.name)
	}
	lines := [][]string{append(head, "count", "first", "last")}
	times := false
	for _, r := range rows {
		var line []string
		for _, v := range t.values(r) {
			line = append(line, string(text.AppendEscaped(nil, v)))
		}
		times = times || r.first != 0
		lines = append(lines, append(line, fmt.Sprint(r.count), timeText(r.first), timeText(r.last)))
	}
	columns := len(t.fields) + 1
	if times {
		columns += 2
	}
	width := make([]int, columns)
	for _, line := range lines {
		for i := range columns {
			width[i] = max(width[i], len([]rune(line[i])))
		}
	}
	for _, line := range lines {
		var b strings.Builder
		for i := range columns {
			if i > 0 {
				b.WriteString("  ")
			}
			if i == len(t.fields) || i < len(t.fields) && t.fields[i].numeric {
				fmt.Fprintf(&b, "%*s", width[i], line[i])
			} else {
				fmt.Fprintf(&b, "%-*s", width[i], line[i])
			}
		}
		dst = append(append(dst, strings.TrimRight(b.String(), " ")...), '\n')
	}
	if others > 0 {
		dst = fmt.Appendf(dst, "and %s with %d other values\n", events(others), left)
	}
	return dst
}

// appendJSON appends the summary as objects: one of all events, and one for each row.
func (s *Sink) appendJSON(dst []byte) []byte {
	dst = text.AppendUintField(append(dst, `{"summary":"total"`...), "events", s.events)
	dst = appendSpan(text.AppendUintField(dst, "lost", s.lost), s.first, s.last)
	dst = append(dst, "}\n"...)
	for _, t := range s.tables {
		rows, others, left := t.top(s.opts.Top)
		if others > 0 {
			dst = text.AppendUintField(append(append(append(dst, `{"summary":"`...), t.name()...), '"'), "others", others)
			dst = append(text.AppendUintField(dst, "otherValues", uint64(left)), "}\n"...)
		}
		for _, r := range rows {
			dst = append(append(append(dst, `{"summary":"`...), t.name()...), '"')
			for i, v := range t.values(r) {
				dst = text.AppendKey(dst, t.fields[i].name)
				if t.fields[i].numeric && isLiteral(v) {
					dst = append(dst, v...)
				} else {
					dst = text.AppendJSONString(dst, v)
				}
			}
			dst = appendSpan(text.AppendUintField(dst, "count", r.count), r.first, r.last)
			dst = append(dst, "}\n"...)
		}
	}
	if s.connections != nil {
		dst = s.connections.appendJSON(dst, s.opts.Top)
	}
	return dst
}

// isLiteral reports whether a value is a number in JSON, true, false or null. In a column of numbers it can be another: a pointer
// is hexadecimal, and structs can have fields of one name that are numbers and texts.
func isLiteral(v string) bool {
	switch v {
	case "true", "false", "null":
		return true
	}
	return v != "" && (v[0] == '-' || v[0] >= '0' && v[0] <= '9') && json.Valid([]byte(v))
}

// appendSpan appends the first and the last time, where they are known.
func appendSpan(dst []byte, first, last int64) []byte {
	if first == 0 {
		return dst
	}
	for _, t := range []struct {
		key string
		ns  int64
	}{{"first", first}, {"last", last}} {
		dst = append(time.Unix(0, t.ns).UTC().AppendFormat(append(text.AppendKey(dst, t.key), '"'), time.RFC3339Nano), '"')
	}
	return dst
}
