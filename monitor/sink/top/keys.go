// SPDX-License-Identifier: Apache-2.0

package top

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What terminals send for keys.
const (
	ctrlC     = "\x03"
	ctrlU     = "\x15"
	enter     = "\r"
	escape    = "\x1b"
	backspace = "\x7f"
)

// maxFilter is how many bytes a filter has at most.
const maxFilter = 200

// Keys handles the bytes of keys that a terminal has sent, and reports whether one of them is to end the program.
func (s *Sink) Keys(input []byte) (quit bool) {
	for len(input) > 0 {
		n := keyLength(input)
		if s.key(string(input[:n])) {
			return true
		}
		input = input[n:]
	}
	return false
}

// keyLength returns how many bytes the first key has: a sequence that begins with ESC [ or ESC O, or a character.
func keyLength(input []byte) int {
	if len(input) > 2 && input[0] == 0x1b && (input[1] == '[' || input[1] == 'O') {
		for i := 2; i < len(input); i++ {
			if input[i] >= 0x40 && input[i] <= 0x7e {
				return i + 1
			}
		}
		return len(input)
	}
	_, n := utf8.DecodeRune(input)
	return n
}

func (s *Sink) key(key string) (quit bool) {
	if key == ctrlC {
		return true
	}
	s.message = ""
	if s.typing {
		s.typed(key)
		return false
	}
	switch key {
	case "q", "Q":
		return true
	case "p", "P", " ":
		s.paused = !s.paused
	case "s", "S":
		s.sort, s.scroll = (s.sort+1)%sorts, 0
	case "/", "f":
		s.typing, s.scroll = true, 0
	case escape:
		s.filter, s.scroll = "", 0
	case "c", "C":
		s.clear()
	case "\t", "\x1b[C", "\x1bOC", "l":
		s.show(s.shown + 1)
	case "\x1b[Z", "\x1b[D", "\x1bOD", "h":
		s.show(s.shown - 1)
	case "\x1b[A", "\x1bOA", "k":
		s.scroll--
	case "\x1b[B", "\x1bOB", "j":
		s.scroll++
	case "\x1b[5~":
		s.scroll -= s.height
	case "\x1b[6~":
		s.scroll += s.height
	case "\x1b[H", "\x1bOH", "\x1b[1~", "g":
		s.scroll = 0
	default:
		if len(key) == 1 && key[0] >= '0' && key[0] < '1'+tables {
			s.show(int(key[0]-'0') - 1)
		}
	}
	s.scroll = max(0, s.scroll)
	return false
}

// show changes the table.
func (s *Sink) show(table int) {
	switch {
	case table < all:
		table = tables - 1
	case table >= tables:
		table = all
	}
	s.shown, s.scroll = table, 0
}

// typed edits the filter.
func (s *Sink) typed(key string) {
	switch key {
	case enter, "\n":
		s.typing = false
	case escape:
		s.typing, s.filter = false, ""
	case backspace, "\b":
		_, n := utf8.DecodeLastRuneInString(s.filter)
		s.filter = s.filter[:len(s.filter)-n]
	case ctrlU:
		s.filter = ""
	default:
		if r, n := utf8.DecodeRuneInString(key); n == len(key) && r != utf8.RuneError && unicode.IsPrint(r) && len(s.filter) < maxFilter {
			s.filter += strings.Clone(key)
		}
	}
}

// clear begins to count again.
func (s *Sink) clear() {
	s.mu.Lock()
	s.counts = s.fresh()
	s.mu.Unlock()
	now := s.at
	s.sums, s.before, s.rates = s.counts.Counts, s.counts.Counts, [3]float64{}
	s.tables = [tables]table{}
	s.begun, s.scroll, s.paused = now, 0, false
}
