// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// shorten makes the line about a packet at the end of dst, which begins at from, fit narrow terminals: without the flow's hash,
// without what is 0, and without the words for what is known by its place: endpoint, identities, state, interface.
func shorten(dst []byte, from int) []byte {
	end := bytes.Index(dst[from:], []byte(": "))
	if end < 0 {
		return dst
	}
	head := dst[from : from+end]
	n := 0 // of head, what is kept
	for at := 0; at < len(head); {
		word, next := nextWord(head, at)
		value, behind := nextWord(head, next)
		switch string(word) {
		case "flow":
			at = behind
			continue
		case "identity", "state":
			at = next
			if string(value) == "0->0" || string(value) == "established" {
				at = behind
			}
			continue
		case "drop": // the reason behind it says so
			at = next
			continue
		case "ifindex":
			at = next
			if string(value) == "0" {
				at = behind
			}
			continue
		case "to", "endpoint":
			id, after := value, behind
			if string(word) == "to" && string(value) == "endpoint" {
				id, after = nextWord(head, behind)
			}
			if string(id) == "0" || string(id) == "0," {
				at = after
				continue
			}
			if string(word) == "endpoint" {
				at = next
				continue
			}
		}
		if n > 0 {
			head[n] = ' '
			n++
		}
		n += copy(head[n:], word)
		at = next
	}
	if n > 0 && head[n-1] == ',' {
		n--
	}
	return append(dst[:from+n], dst[from+end:]...)
}

// shortenRequest makes the line about a request or a response at the end of dst shorter: without the labels, and the words
// before endpoints, identities and the verdict.
func shortenRequest(dst []byte, from int) []byte {
	end := bytes.Index(dst[from:], []byte(", verdict "))
	if end < 0 {
		return dst
	}
	kept := from
	for at, stop := from, from+end; at < stop; {
		switch rest := dst[at:stop]; {
		case bytes.HasPrefix(rest, []byte(" ([")):
			close := bytes.Index(rest, []byte("])"))
			if close < 0 {
				return dst // of a kind that is not known
			}
			at += close + len("])")
			continue
		case bytes.HasPrefix(rest, []byte(", identity ")):
			at += len(", identity")
			continue
		}
		dst[kept] = dst[at]
		kept++
		at++
	}
	return append(append(dst[:kept], ' '), dst[from+end+len(", verdict "):]...)
}

// cut makes the lines at the end of dst, which begin at from, no longer than a number of columns. Each character counts as one.
func cut(dst []byte, from, width int) []byte {
	const more = "..."
	width = max(width, len(more))
	kept := from
	for at := from; at < len(dst); {
		end := bytes.IndexByte(dst[at:], '\n')
		if end < 0 {
			end = len(dst) - at
		}
		line := dst[at : at+end]
		columns, mark := 0, len(line) // mark is where the line has room for more
		for i, b := range line {
			if b&0xc0 == 0x80 { // inside of a character
				continue
			}
			if columns == width-len(more) {
				mark = i
			}
			columns++
		}
		newline := dst[at+end : min(at+end+1, len(dst))]
		at += end + len(newline)
		if columns <= width {
			kept += copy(dst[kept:], line)
		} else {
			kept += copy(dst[kept:], line[:mark])
			kept += copy(dst[kept:], more)
		}
		kept += copy(dst[kept:], newline)
	}
	return dst[:kept]
}

// nextWord returns the word that begins at a place, and where the one behind it does.
func nextWord(b []byte, at int) (word []byte, next int) {
	if at >= len(b) {
		return nil, len(b)
	}
	n := bytes.IndexByte(b[at:], ' ')
	if n < 0 {
		return b[at:], len(b)
	}
	return b[at : at+n], at + n + 1
}

// Escape sequences of terminals.
const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	plain  = "\x1b[m"
)

// colour puts what was appended from a place on between escape sequences, if it is about a drop or a loss. The line ends stand
// outside.
func (s *Sink) colour(dst []byte, from int, e *event.Event) []byte {
	begin := ""
	switch {
	case e.Kind == event.Lost:
		begin = yellow
	case e.Msg != nil && s.reasons.Find(e.Msg) >= 0:
		begin = red
	}
	if begin == "" || len(dst) == from {
		return dst
	}
	dst = append(dst, begin...)
	copy(dst[from+len(begin):], dst[from:len(dst)-len(begin)])
	copy(dst[from:], begin)
	dst = bytes.TrimSuffix(dst, []byte("\n"))
	return append(append(dst, plain...), '\n')
}
