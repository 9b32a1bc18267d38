// SPDX-License-Identifier: Apache-2.0

// Package text appends the pieces that lines and JSON objects are made of: text from elsewhere with everything in it
// that a terminal could obey made visible, JSON strings, and hex dumps.
//
// Every function appends to a byte slice and returns it, as the append functions of strconv do, and keeps nothing.
package text

import (
	"unicode"
	"unicode/utf8"
)

const lowerHex = "0123456789abcdef"

// unsafeRune reports whether a rune could move the cursor, break the line, or change how its neighbours are shown:
// control characters, format characters (bidirectional overrides and zero-width marks among them), and the Unicode
// line and paragraph separators.
func unsafeRune(r rune) bool {
	if r < 0xa0 {
		return r < ' ' || r >= 0x7f
	}
	return r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r)
}

// AppendEscaped appends s as one line of text that shows what it holds. Printable characters of any script stay as
// they are, the backslash and the quote among them; unsafe ones become Go's escapes (\n, \x1b, \u202e), and so do
// bytes that are not UTF-8 (\xff).
func AppendEscaped(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		if b := s[i]; b >= ' ' && b < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if bad := r == utf8.RuneError && size == 1; bad || unsafeRune(r) {
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, r, s[i], bad)
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}

// appendEscape appends the escape for the rune r, or for the byte b if it is not part of a rune.
func appendEscape(dst []byte, r rune, b byte, bad bool) []byte {
	switch {
	case bad:
		return append(dst, '\\', 'x', lowerHex[b>>4], lowerHex[b&15])
	case r == '\n':
		return append(dst, '\\', 'n')
	case r == '\r':
		return append(dst, '\\', 'r')
	case r == '\t':
		return append(dst, '\\', 't')
	case r < 0x80:
		return append(dst, '\\', 'x', lowerHex[r>>4], lowerHex[r&15])
	case r < 0x10000:
		return appendHex4(append(dst, '\\', 'u'), uint16(r))
	}
	dst = appendHex4(append(dst, '\\', 'U'), uint16(r>>16))
	return appendHex4(dst, uint16(r))
}

func appendHex4(dst []byte, v uint16) []byte {
	return append(dst, lowerHex[v>>12], lowerHex[v>>8&15], lowerHex[v>>4&15], lowerHex[v&15])
}

// AppendHex appends data in hex, two digits a byte.
func AppendHex(dst, data []byte) []byte {
	for _, b := range data {
		dst = append(dst, lowerHex[b>>4], lowerHex[b&15])
	}
	return dst
}

// AppendHexDump appends data as encoding/hex.Dump prints it: sixteen bytes a line, with their offset before and their
// ASCII behind them. Each line ends with a newline; no data, no line.
func AppendHexDump(dst, data []byte) []byte {
	for off := 0; off < len(data); off += 16 {
		dst = appendHexLine(dst, uint32(off), data[off:min(off+16, len(data))])
	}
	return dst
}

// Columns of a line of a dump: the bytes in hex, those from the ninth on one further to the right, and the ASCII.
const (
	hexColumn   = 10
	asciiColumn = 60
	blankLine   = "                                                                               "
)

// appendHexLine appends one line of a dump: at most 16 bytes.
func appendHexLine(dst []byte, off uint32, line []byte) []byte {
	start := len(dst)
	dst = append(dst, blankLine[:asciiColumn+len(line)+len("||\n")]...)
	out := dst[start:]
	for i := range 8 {
		out[i] = lowerHex[off>>(28-4*i)&15]
	}
	for i, b := range line {
		column := hexColumn + 3*i + i/8
		out[column], out[column+1] = lowerHex[b>>4], lowerHex[b&15]
		if b < ' ' || b > '~' {
			b = '.'
		}
		out[asciiColumn+1+i] = b
	}
	out[asciiColumn], out[len(out)-2], out[len(out)-1] = '|', '|', '\n'
	return dst
}
