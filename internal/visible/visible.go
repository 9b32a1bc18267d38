// SPDX-License-Identifier: Apache-2.0

// Package visible makes text safe to show: what headers, configurations, objects and names contain must not take over a terminal, nor
// hide in generated code.
package visible

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Hidden reports whether a character does something else than to be seen: it controls a terminal, ends a line, or changes
// the order in which others are shown.
func Hidden(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0: // controls
	case r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // order
	case r == 0x2028, r == 0x2029, r == 0xfeff, r >= 0x200b && r <= 0x200d, r == 0x2060: // line ends, no width
	default:
		return false
	}
	return true
}

// errName says what CheckName refuses.
var errName = errors.New("a name has no control characters, and none that change the direction of text: rename it")

// CheckName returns an error for a name, such as that of a file, that cannot stand in output and in generated code as it is.
func CheckName(s string) error {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, Hidden) {
		return nil
	}
	return errName
}

// Text returns a text with what is hidden in it, but for tabs, and with bytes that are no text as escape sequences.
func Text(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f || s[i] == '\t'
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, "\\x%02x", s[i])
		case r != '\t' && Hidden(r) && r < 0x100:
			fmt.Fprintf(&b, "\\x%02x", r)
		case r != '\t' && Hidden(r):
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// Lines returns lines with what is hidden in them as Text has it.
func Lines(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || r != '\n' && r != '\t' && Hidden(r) }) {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		whole, ended := strings.CutSuffix(line, "\n")
		b.WriteString(Text(whole))
		if ended {
			b.WriteByte('\n')
		}
	}
	return []byte(b.String())
}

// JSON returns a JSON document that says the same, with what is hidden in its texts as escape sequences of JSON.
func JSON(doc []byte) []byte {
	hidden := func(r rune) bool { return r >= 0x7f && Hidden(r) } // those below are escaped, or are blanks of the document
	if !bytes.ContainsFunc(doc, hidden) {
		return doc
	}
	var b bytes.Buffer
	for _, r := range string(doc) {
		if hidden(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}
