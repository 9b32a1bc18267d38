// SPDX-License-Identifier: Apache-2.0

package ctext

import (
	"bytes"
	"strings"
)

// DocAbove returns the comment that stands directly above or before token i, without comment marks: the one
// block, or the run of // lines, that ends on the line before the token's line or on that line itself. A
// comment behind other code is not one, neither is a licence line.
func (f *File) DocAbove(i int) string {
	if i < 0 || i >= len(f.Tokens) {
		return ""
	}
	last := i - 1
	if last < 0 || f.Tokens[last].Kind != Comment || f.endLine(last) < f.Tokens[i].Line-1 {
		return ""
	}
	first := last
	for first > 0 && f.continues(first) {
		first--
	}
	if f.behindCode(first, i) {
		return ""
	}
	return f.commentText(first, last)
}

// endLine returns the line on which token i ends.
func (f *File) endLine(i int) int32 {
	t := f.Tokens[i]
	return t.Line + int32(strings.Count(string(f.Src[t.Off:t.End]), "\n"))
}

// continues reports whether the // comment i goes on from the // comment before it, a line above.
func (f *File) continues(i int) bool {
	return f.isLineComment(i) && f.isLineComment(i-1) && f.Tokens[i-1].Line == f.Tokens[i].Line-1 &&
		!f.behindCode(i-1, i)
}

func (f *File) isLineComment(i int) bool {
	t := f.Tokens[i]
	return t.Kind == Comment && f.Src[t.Off+1] == '/'
}

// behindCode reports whether comment c, which ends above token i or on its line, is about code that it follows
// on its own line.
func (f *File) behindCode(c, i int) bool {
	prev := c - 1
	for prev >= 0 && f.Tokens[prev].Kind == Comment && f.sameLine(prev) {
		prev--
	}
	if prev < 0 || !f.sameLine(prev) || f.Tokens[prev].Kind == Comment {
		return false
	}
	return f.Tokens[i].Line != f.endLine(c) || f.separates(prev) && !f.Tokens[c].Leads
}

// sameLine reports whether the token behind token i begins on the line on which that one ends.
func (f *File) sameLine(i int) bool {
	return bytes.IndexByte(f.Src[f.Tokens[i].End:f.Tokens[i+1].Off], '\n') < 0
}

// separates reports whether token i is what stands between declarations.
func (f *File) separates(i int) bool { return f.Is(i, ",") || f.Is(i, ";") }

// leads marks the comments that are about what follows them. Where declarations share a line, a comment behind one
// and its comma or semicolon is about that one. It is about the next one if the one before has its comment before
// its comma, and all along a line, or a part of it in braces, that begins with a comment and does not end with one.
func (f *File) leads() {
	for first := 0; first < len(f.Tokens); {
		last := first
		for last+1 < len(f.Tokens) && f.sameLine(last) && !f.isBrace(last) && !f.isBrace(last+1) {
			last++
		}
		behind := first > 0 && f.Is(first-1, "}") && f.sameLine(first-1)
		before := f.isComment(first) && !f.isComment(last) && !behind
		for c := first; c <= last; c++ {
			f.Tokens[c].Leads = f.isComment(c) && (before ||
				c-2 >= first && f.separates(c-1) && f.isComment(c-2) || c > first && f.Tokens[c-1].Leads)
		}
		first = last + 1
	}
}

func (f *File) isBrace(i int) bool   { return f.Is(i, "{") || f.Is(i, "}") }
func (f *File) isComment(i int) bool { return f.Tokens[i].Kind == Comment }

// TextBehind returns the comment behind the declaration whose last token is i, without comment marks: one
// that begins on the line on which the token ends, with nothing but a comma, a semicolon or the end of the
// line behind it or, where it follows a comma or semicolon itself, that is not about what follows.
func (f *File) TextBehind(i int) string {
	if i < 0 || i+1 >= len(f.Tokens) {
		return ""
	}
	line, c := f.endLine(i), i+1
	for c < len(f.Tokens) && f.Tokens[c].Line == line && f.separates(c) {
		c++
	}
	if c >= len(f.Tokens) || f.Tokens[c].Kind != Comment || f.Tokens[c].Line != line {
		return ""
	}
	last := f.lastOf(c)
	if next := last + 1; next < len(f.Tokens) && f.Tokens[next].Line == f.endLine(last) &&
		!f.separates(next) && !f.Is(next, "}") && (!f.separates(c-1) || f.Tokens[c].Leads) {
		return ""
	}
	return f.commentText(c, last)
}

// lastOf returns the last of the comments that follow each other on c's line.
func (f *File) lastOf(c int) int {
	for c+1 < len(f.Tokens) && f.Tokens[c+1].Kind == Comment && f.Tokens[c+1].Line == f.endLine(c) {
		c++
	}
	return c
}

// commentText returns the text of the comments first to last, a line each.
func (f *File) commentText(first, last int) string {
	var lines []string
	for i := first; i <= last; i++ {
		if s := CommentText(f.Text(i)); s != "" && !strings.HasPrefix(s, "SPDX-License-Identifier") {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// CommentText returns what a comment says: without its marks, the stars and the common white space at the
// start of its lines, line splices, and empty lines at either end.
func CommentText(comment string) string {
	body, block := strings.CutPrefix(comment, "/*")
	if !block {
		body = strings.TrimLeft(strings.TrimPrefix(comment, "//"), "/!<")
	} else {
		body = strings.TrimLeft(strings.TrimSuffix(body, "*/"), "*!<")
	}
	lines := strings.Split(body, "\n")
	for i, l := range lines {
		lines[i] = commentLine(l, i > 0 && block)
	}
	return strings.Trim(strings.Join(outdent(lines), "\n"), "\n")
}

// commentLine drops what does not belong to a line's text: white space at its end, a splice and, where star
// is set, the star that it begins with.
func commentLine(l string, star bool) string {
	l = strings.TrimRight(l, " \t\r")
	l = strings.TrimRight(strings.TrimSuffix(l, "\\"), " \t\r")
	if !star {
		return strings.TrimLeft(l, " \t")
	}
	if rest := strings.TrimLeft(l, " \t"); strings.HasPrefix(rest, "*") {
		return strings.TrimRight(strings.TrimLeft(rest, "*"), " \t")
	}
	return l
}

// outdent removes the white space that all lines but the first begin with.
func outdent(lines []string) []string {
	common := -1
	for _, l := range lines[1:] {
		if l == "" {
			continue
		}
		if n := len(l) - len(strings.TrimLeft(l, " \t")); common < 0 || n < common {
			common = n
		}
	}
	for i := 1; i < len(lines) && common > 0; i++ {
		lines[i] = lines[i][min(common, len(lines[i])):]
	}
	return lines
}
