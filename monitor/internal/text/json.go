// SPDX-License-Identifier: Apache-2.0

package text

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendJSONString appends s as a JSON string, quotes included. It writes what encoding/json writes (<, > and & as
// \u003c, \u003e and \u0026, bytes that are not UTF-8 as \ufffd), and escapes the other unsafe characters too, which
// encoding/json lets through.
func AppendJSONString[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if jsonSafe(s[i]) {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if r < utf8.RuneSelf || unsafeRune(r) || r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = appendJSONEscape(dst, r)
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// jsonSafe reports whether an ASCII byte stands for itself in a JSON string.
func jsonSafe(b byte) bool {
	return b >= ' ' && b < 0x7f && b != '"' && b != '\\' && b != '<' && b != '>' && b != '&'
}

func appendJSONEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if r >= 0x10000 {
		hi, lo := utf16.EncodeRune(r)
		dst = appendHex4(append(dst, '\\', 'u'), uint16(hi))
		r = lo
	}
	return appendHex4(append(dst, '\\', 'u'), uint16(r))
}

// AppendJSONValue appends a JSON value that came from elsewhere, on one line and safe for a terminal: unsafe
// characters in its strings are escaped, line breaks and tabs between its tokens are left out, all else is as it was.
// The value must be valid JSON (as json.Valid says).
func AppendJSONValue(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		if b := s[i]; b >= ' ' && b < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if unsafeRune(r) || r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			if r >= ' ' { // below are line breaks and tabs, which JSON has between tokens alone
				dst = appendJSONEscape(dst, r)
			}
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}

// AppendKey appends the key of a field to a JSON object, and before it the comma that it needs. The key stands for
// itself: it must need no escape.
func AppendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}

// AppendStringField appends a field with a string to a JSON object, or nothing if the string is empty.
func AppendStringField(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	return AppendJSONString(AppendKey(dst, key), value)
}

// AppendUintField appends a field with a number to a JSON object.
func AppendUintField(dst []byte, key string, value uint64) []byte {
	return AppendUint(AppendKey(dst, key), value)
}
