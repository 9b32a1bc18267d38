// SPDX-License-Identifier: Apache-2.0

// Package report writes one self-contained HTML page about events: drops over time, top senders, dropped pairs with place and
// reason, connections without an answer, and losses. Events are counted as they come, in bounded memory.
//
// Data of the events cannot become markup or script: the page contains it as JSON without the character <, its script shows
// it as text, and its Content-Security-Policy allows no other script.
package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/sink/tally"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

const (
	// MaxRows is how many rows of a table are in the page at most.
	MaxRows = 1000
	// maxBytes is how many bytes of JSON the rows of a table take at most, so that the page is small whatever the names.
	maxBytes = 120_000
)

// Options say what the page says of itself.
type Options struct {
	Title     string // empty for one of its own
	Generator string // the program and its version
	// Sources are the names of the recordings.
	Sources []string
	// Filter is the expression that the events match; empty for none.
	Filter string
	// Interfaces knows the names of interfaces for events without a Host. It may be nil.
	Interfaces event.InterfaceNames
}

// Sink counts events for a page. It is for one goroutine at a time.
type Sink struct {
	*tally.Sink
	opts  Options
	notes []string
}

// New returns a sink. Write writes the page.
func New(opts Options) *Sink {
	return &Sink{Sink: tally.New(tally.Options{Interfaces: opts.Interfaces}), opts: opts}
}

// Note adds a line to the page: that a recording breaks off, say.
func (s *Sink) Note(line string) { s.notes = append(s.notes, line) }

// Write writes the page. The same events and Options make the same page.
func (s *Sink) Write(w io.Writer) error {
	data, err := json.Marshal(s.page()) // which escapes <, > and &, and replaces what is not UTF-8
	if err != nil {
		return err
	}
	title := cmp.Or(s.opts.Title, "What happened to packets")
	parts := map[string]string{
		"style": pageCSS, "script": pageJS, "style-hash": hash(pageCSS), "script-hash": hash(pageJS),
		"title": safe(title), "generator": safe(s.opts.Generator), "subtitle": s.subtitle(), "notes": s.noteLines(), "cards": s.cards(),
		"data": string(data),
	}
	var out bytes.Buffer
	for rest := pageHTML; rest != ""; {
		before, after, _ := strings.Cut(rest, "{{")
		name, behind, _ := strings.Cut(after, "}}")
		out.WriteString(before)
		out.WriteString(parts[name])
		rest = behind
	}
	_, err = w.Write(out.Bytes())
	return err
}

// hash returns what a Content-Security-Policy knows a script or a style by.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// printable returns a text with escapes for what has no form on a screen, or changes what is around it.
func printable(s string) string { return string(text.AppendEscaped(nil, s)) }

// safe returns a text as HTML.
func safe(s string) string { return html.EscapeString(printable(s)) }

// subtitle says of which events the page is.
func (s *Sink) subtitle() string {
	const most = 10
	names := s.opts.Sources
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	line := safe(strings.Join(names, ", ") + more)
	if s.First != 0 {
		line += "<br>" + safe(fmt.Sprintf("%s to %s UTC (%s)", stamp(s.First), stamp(s.Last), round(time.Duration(s.Last-s.First))))
	}
	if s.opts.Filter != "" {
		line += "<br>only what matches: " + safe(s.opts.Filter)
	}
	return line
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05.000") }

func round(d time.Duration) string {
	if d < 0 {
		return "over 292 years"
	}
	return d.Round(max(time.Microsecond, time.Duration(math.Pow10(len(fmt.Sprint(int64(d)))-4)))).String()
}

// noteLines returns what is to be known before the rest.
func (s *Sink) noteLines() string {
	notes := s.notes
	if _, ordered := s.Series(); ordered && s.Events > 0 {
		notes = append(notes[:len(notes):len(notes)], "Most of these events carry no time: plots are over their number instead.")
	} else if s.Untimed > 0 {
		notes = append(notes[:len(notes):len(notes)], fmt.Sprintf("%d events carry no time, and are in no plot over time.", s.Untimed))
	}
	var b strings.Builder
	for _, n := range notes {
		b.WriteString(`<p class="warn">` + safe(n) + "</p>\n")
	}
	return b.String()
}

// cards returns the sums.
func (s *Sink) cards() string {
	var b strings.Builder
	for _, c := range []struct {
		name  string
		value string
		show  bool
	}{
		{"events", grouped(s.Events), true},
		{"packets", grouped(s.Packets), s.Packets != s.Events},
		{"drops", grouped(s.Drops), true},
		{"forwarded", grouped(s.Forwarded), true},
		{"lost events", grouped(s.Lost), true},
		{"undecodable", grouped(s.Undecodable), s.Undecodable > 0},
		{"bytes of packets", grouped(s.Bytes), s.Bytes > 0},
	} {
		if c.show {
			b.WriteString("<li><b>" + c.value + "</b> " + c.name + "</li>")
		}
	}
	return b.String()
}

// grouped returns a number with commas.
func grouped(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
