// SPDX-License-Identifier: Apache-2.0

package top

import (
	"fmt"
	"strings"
	"time"
)

// What Start, Stop and Frame tell a terminal.
const (
	// Start takes a screen of its own, without a cursor, where long lines are cut off.
	Start = "\x1b[?1049h\x1b[?25l\x1b[?7l"
	// Stop gives the terminal back as it was.
	Stop = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"

	bold    = "\x1b[1m"
	inverse = "\x1b[7m"
	normal  = "\x1b[0m"
)

// Frame appends what draws the tables on a terminal of a size. All of the screen is drawn again.
func (s *Sink) Frame(dst []byte, width, height int) []byte {
	width, height = max(20, width), max(6, height)
	lines := []string{s.head(), s.tabs(), ""}
	room := height - len(lines) - 1
	if s.shown == all {
		lines = append(lines, s.overview(width, room)...)
	} else {
		lines = append(lines, s.block(s.shown, width, room, true)...)
	}
	if len(lines) > height-1 {
		lines = lines[:height-1]
	}
	for len(lines) < height-1 {
		lines = append(lines, "")
	}
	dst = append(dst, "\x1b[H"...)
	for _, line := range append(lines, s.foot()) {
		dst = append(append(append(dst, "\x1b[2K"...), line...), normal+"\r\n"...) // what a line would clear behind itself, in its last column, is its own
	}
	return dst[:len(dst)-2] // the last line must not scroll the screen
}

// head returns the first line: the sums.
func (s *Sink) head() string {
	line := bold + s.opts.Source + normal + fmt.Sprintf("  events %d (%s/s)  drops %d (%s/s)", s.sums.Events, number(s.rates[0]), s.sums.Drops, number(s.rates[1]))
	lost := fmt.Sprintf("  lost %d", s.sums.Lost)
	if s.sums.Lost > 0 {
		lost = bold + lost + normal
	}
	line += lost
	if !s.begun.IsZero() {
		line += "  " + s.at.Sub(s.begun).Round(time.Second).String()
	}
	switch {
	case s.paused:
		line += "  " + inverse + " paused "
	case s.ended:
		line += "  " + inverse + " end "
	}
	return line
}

// tabs returns the second line: the tables.
func (s *Sink) tabs() string {
	var b strings.Builder
	for i := all; i < tables; i++ {
		name := "all"
		if i >= 0 {
			name = of[i].name
		}
		name = fmt.Sprintf(" %d %s ", i+1, name)
		if i == s.shown {
			name = inverse + name + normal
		}
		b.WriteString(name)
	}
	return b.String()
}

// foot returns the last line: the filter that is typed, a message, or the keys.
func (s *Sink) foot() string {
	filter := ""
	if s.filter != "" {
		filter = "  filter: " + s.filter
	}
	switch {
	case s.typing:
		return bold + "filter: " + s.filter + "_" + normal + "  Enter keeps it, Escape clears it"
	case s.message != "":
		return bold + s.message
	}
	return fmt.Sprintf("q quit  0-8 table  s sort: %s  / filter  p pause  c clear%s", sortNames[s.sort], filter)
}

// overview returns the first rows of the tables that say most.
func (s *Sink) overview(width, room int) (lines []string) {
	shown := []int{reasons, pairs, talkers, interfaces}
	if len(s.tables[losses].rows) > 0 {
		shown = append(shown, losses)
	}
	left := room
	for i, table := range shown {
		part := left / (len(shown) - i)
		if part < 2 {
			break
		}
		block := s.block(table, width, part-1, false)
		lines = append(append(lines, block...), "")
		left -= len(block) + 1
	}
	return lines
}

// block returns a table with its heading, in so many lines at most.
func (s *Sink) block(table, width, room int, scrolls bool) []string {
	rows := s.rows(table)
	from := 0
	if scrolls {
		s.height = max(1, room-1)
		s.scroll = min(s.scroll, max(0, len(rows)-s.height))
		from = s.scroll
	}
	const numbers = 10 + 1 + 12 // the rate and the count
	name := max(8, width-numbers-1)
	title := of[table].rows
	if from > 0 || scrolls && len(rows) > s.height {
		title += fmt.Sprintf(" (%d to %d of %d)", from+1, min(len(rows), from+s.height), len(rows))
	}
	lines := []string{bold + fit(title, name) + fmt.Sprintf(" %10s %12s", "/s", of[table].counted) + normal}
	for _, r := range rows[from:] {
		if len(lines) >= room {
			break
		}
		perSecond := number(r.rate)
		if table == unanswered {
			perSecond = ""
		}
		lines = append(lines, fit(r.name, name)+fmt.Sprintf(" %10s %12d", perSecond, r.events))
	}
	if len(rows) == 0 {
		lines = append(lines, "  none")
	}
	return lines
}

// number returns a rate with as many digits as say something.
func number(rate float64) string {
	if rate > 0 && rate < 10 {
		return fmt.Sprintf("%.1f", rate)
	}
	return fmt.Sprintf("%.0f", rate)
}

// fit returns a text in just so many columns.
func fit(s string, width int) string {
	runes := []rune(s)
	if len(runes) > width {
		return string(runes[:width-1]) + "~"
	}
	return s + strings.Repeat(" ", width-len(runes))
}
