// SPDX-License-Identifier: Apache-2.0

// Package ctext reads C source as text: its tokens, comments and directives as they are written, before any
// preprocessing. It finds what a preprocessor throws away, which is where a comment stands and what a macro
// was called at the place of its use. It accepts any bytes and never fails.
package ctext

import (
	"bytes"
	"sort"
	"strings"
)

// Kind is the class of a token.
type Kind uint8

// The classes of tokens.
const (
	Ident Kind = iota
	Number
	String // string and character constants, and header names in angle brackets
	Punct
	Comment
	Bad // an opening quote without its closing one, with the rest of its line; a block comment without its end
)

// Token is a piece of source text: Src[Off:End].
type Token struct {
	Off, End  int32
	Line      int32 // counts from 1
	Kind      Kind
	Directive bool // lies on a preprocessor directive's line
	First     bool // the first token of its line that is not a comment
	Leads     bool // a comment that is about what follows it on its line, see leads
	Space     bool // white space, a comment or the start of a line stands before it
	Spliced   bool // continues over a line end
}

// File is a scanned source text. It is read-only once made and safe for concurrent use.
type File struct {
	Src    []byte
	Tokens []Token
	Plain  int     // how many of them are neither comments nor of directives
	lines  []int32 // the offset at which each line begins
}

// Scan splits src into tokens. It keeps src; the caller must not change it afterwards.
func Scan(src []byte) *File {
	f := &File{Src: src, lines: lineStarts(src)}
	start := 0
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		start, f.lines[0] = 3, 3
	}
	text, cuts := joined(src, start)
	f.Tokens = make([]Token, 0, len(src)/5)
	s := scanner{f: f, src: text, off: start, cuts: cuts, line: 1, fresh: true, space: true}
	for s.off < len(text) {
		s.next()
	}
	f.leads()
	return f
}

// lineStarts returns the offset at which each line begins.
func lineStarts(src []byte) []int32 {
	lines := make([]int32, 1, bytes.Count(src, []byte("\n"))+1)
	for off := 0; ; {
		n := bytes.IndexByte(src[off:], '\n')
		if n < 0 {
			return lines
		}
		off += n + 1
		lines = append(lines, int32(off))
	}
}

// cut is a line end that a backslash takes away.
type cut struct {
	at   int32 // the offset behind it in the joined text
	skip int32 // how much has been cut off up to there
}

// joined returns src without the line ends that a backslash takes away, with nothing but blanks between the
// two, and where they were. A backslash at the end of the text counts as one.
func joined(src []byte, start int) ([]byte, []cut) {
	n := bytes.IndexByte(src, '\\')
	if n < 0 {
		return src, nil
	}
	var (
		out  []byte
		cuts []cut
		skip int32
		last int
	)
	for i := max(n, start); i < len(src); {
		if length := splice(src, i); length > 0 {
			if out == nil {
				out = make([]byte, 0, len(src))
			}
			out = append(out, src[last:i]...)
			i += length
			last, skip = i, skip+int32(length)
			cuts = append(cuts, cut{int32(len(out)), skip})
		} else {
			i++
		}
		n := bytes.IndexByte(src[i:], '\\')
		if n < 0 {
			break
		}
		i += n
	}
	if cuts == nil {
		return src, nil
	}
	return append(out, src[last:]...), cuts
}

// splice returns the length of a backslash and the line end behind it at offset off, else 0.
func splice(src []byte, off int) int {
	if src[off] != '\\' {
		return 0
	}
	for i := off + 1; i < len(src); i++ {
		switch src[i] {
		case ' ', '\t', '\f', '\v', '\r':
		case '\n':
			return i + 1 - off
		default:
			return 0
		}
	}
	return len(src) - off
}

// Text returns a token's text; a digraph reads as what it stands for.
func (f *File) Text(i int) string { return string(f.Bytes(i)) }

// Bytes returns a token's text, as Text does, without copying it. A comment is as it is written; of other tokens,
// line ends that a backslash takes away are left out.
func (f *File) Bytes(i int) []byte {
	t := &f.Tokens[i]
	b := f.Src[t.Off:t.End]
	if t.Spliced && t.Kind != Comment {
		b, _ = joined(b, 0)
	}
	if t.Kind == Punct && len(b) > 1 {
		if long, ok := digraphs[string(b)]; ok {
			return long
		}
	}
	return b
}

// digraphs are the other spellings of punctuators.
var digraphs = map[string][]byte{
	"<%": []byte("{"), "%>": []byte("}"), "<:": []byte("["), ":>": []byte("]"), "%:": []byte("#"), "%:%:": []byte("##"),
}

// Is reports whether token i exists and reads text.
func (f *File) Is(i int, text string) bool {
	return i >= 0 && i < len(f.Tokens) && string(f.Bytes(i)) == text
}

// Col returns the column of an offset in line, in bytes from 1.
func (f *File) Col(line int, off int32) int { return int(off-f.lines[line-1]) + 1 }

// Pos returns the line and column of token i.
func (f *File) Pos(i int) (line, col int) {
	t := f.Tokens[i]
	return int(t.Line), f.Col(int(t.Line), t.Off)
}

// Lines returns how many lines the text has.
func (f *File) Lines() int { return len(f.lines) }

// Line returns the text of line n, which counts from 1, without its end; "" where there is no such line.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	end := len(f.Src)
	if n < len(f.lines) {
		end = int(f.lines[n])
	}
	return strings.TrimRight(string(f.Src[f.lines[n-1]:end]), "\r\n")
}

// LineOf returns the line that holds offset off.
func (f *File) LineOf(off int32) int {
	return sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > off })
}

// TokenAt returns the first token that ends behind a line and column; len(f.Tokens) where there is none.
func (f *File) TokenAt(line, col int) int {
	if line < 1 || line > len(f.lines) {
		return len(f.Tokens)
	}
	off := f.lines[line-1] + int32(col-1)
	return sort.Search(len(f.Tokens), func(i int) bool { return f.Tokens[i].End > off })
}
