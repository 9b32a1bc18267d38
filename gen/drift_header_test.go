// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"regexp"
	"slices"
	"strings"
)

// entryKind is what a line of a header declares.
type entryKind int

const (
	enumEntry entryKind = iota
	macroEntry
	fieldEntry
	typedefEntry
)

// header is a header of this project, as the drift test sees it: it relies on how these are written.
type header struct {
	name    string
	text    string
	lines   []string
	entries []*entry
	blocks  []*block
}

// entry is an enumerator, a macro, a field or a typedef.
type entry struct {
	kind     entryKind
	name     string
	owner    *block // the enum, struct, or macro of fields that it is in; nil for macros and typedefs
	doc      int    // the first line of the comment above it, or from
	from, to int    // its lines, to excluded
	match    []string
}

// block is an enum, a struct, or a macro that expands to fields.
type block struct {
	keyword, name string
	doc           int // the first line of the comment above it, or from
	from, to      int
	entries       []*entry
}

var (
	enumBegin   = regexp.MustCompile(`^(enum|struct) (\w+) \{$`)
	macroBegin  = regexp.MustCompile(`^#define (\w+_HDR)\s+\\$`)
	enumLine    = regexp.MustCompile(`^\t([A-Z]\w*)( = [^,]+)?,(\s*/\*.*)?$`)
	fieldLine   = regexp.MustCompile(`^\t(__\w+) (\w+);(\s+/\*.*?\*/)?(\s*\\)?$`)
	macroLine   = regexp.MustCompile(`^#define (\w+)\s+(\S+)(\s+/\*.*\*/)?$`)
	typedefLine = regexp.MustCompile(`^typedef (.+) (__u8|__u16|__u32);$`)
	wantedMacro = regexp.MustCompile(`^(DROP_|REASON_FORWARDED|CT_|TUPLE_F_|TRACE_PAYLOAD_LEN|CAPTURE_MAX|POLICY_|TC_ACT_SHOT)`)
)

func scanHeader(name, text string) *header {
	h := &header{name: name, text: text, lines: strings.Split(text, "\n")}
	var in *block
	for i := range h.lines {
		in = h.scanLine(i, in)
	}
	return h
}

// scanLine notes what a line declares; in is the block that it stands in, and the block of the next line.
func (h *header) scanLine(i int, in *block) *block {
	line := h.lines[i]
	if m := enumBegin.FindStringSubmatch(line); m != nil {
		return h.block(m[1], m[2], i)
	}
	if m := macroBegin.FindStringSubmatch(line); m != nil {
		return h.block("#define", m[1], i)
	}
	if in == nil {
		h.outside(i)
		return nil
	}
	pattern, kind := fieldLine, fieldEntry
	if in.keyword == "enum" {
		pattern, kind = enumLine, enumEntry
	}
	if m := pattern.FindStringSubmatch(line); m != nil {
		in.entries = append(in.entries, h.entry(kind, m, in, i))
	}
	in.to = i + 1
	if line == "};" || in.keyword == "#define" && !strings.HasSuffix(line, `\`) {
		return nil
	}
	return in
}

func (h *header) outside(i int) {
	if m := macroLine.FindStringSubmatch(h.lines[i]); m != nil && wantedMacro.MatchString(m[1]) {
		h.entry(macroEntry, m, nil, i)
	}
	if m := typedefLine.FindStringSubmatch(h.lines[i]); m != nil {
		h.entry(typedefEntry, m, nil, i)
	}
}

func (h *header) block(keyword, name string, i int) *block {
	b := &block{keyword: keyword, name: name, doc: h.docAbove(i), from: i}
	h.blocks = append(h.blocks, b)
	return b
}

func (h *header) entry(kind entryKind, m []string, in *block, i int) *entry {
	e := &entry{kind: kind, name: m[1], owner: in, doc: h.docAbove(i), from: i, to: i + 1, match: m}
	if kind == fieldEntry || kind == typedefEntry {
		e.name = m[2]
	}
	for text := h.lines[i]; strings.Count(text, "/*") > strings.Count(text, "*/"); e.to++ {
		text += h.lines[e.to] // a comment of several lines
	}
	h.entries = append(h.entries, e)
	return e
}

// docAbove returns the first line of the comment that ends above line i, or i.
func (h *header) docAbove(i int) int {
	end := i - 1
	if end < 1 || !strings.HasSuffix(h.lines[end], "*/") {
		return i
	}
	for j := end; j > 0; j-- {
		if text := strings.TrimSpace(h.lines[j]); strings.HasPrefix(text, "/*") {
			return j
		} else if !strings.HasPrefix(text, "*") {
			return i // behind code
		}
	}
	return i
}

// last reports whether an entry is the last of its block.
func (e *entry) last() bool { return e.owner == nil || e.owner.entries[len(e.owner.entries)-1] == e }

// inMacro reports whether a field comes from a macro.
func (e *entry) inMacro() bool { return e.owner != nil && e.owner.keyword == "#define" }

// next returns the entry behind e in the same block, or, for macros, in the next line.
func (h *header) next(e *entry) *entry {
	i := slices.Index(h.entries, e) + 1
	if i == len(h.entries) || h.entries[i].owner != e.owner || h.entries[i].kind != e.kind {
		return nil
	}
	if n := h.entries[i]; e.owner != nil || n.doc == e.to {
		return n
	}
	return nil
}

// replace returns the header with other lines in place of from to to.
func (h *header) replace(from, to int, lines ...string) string {
	return strings.Join(slices.Concat(h.lines[:from], lines, h.lines[to:]), "\n")
}

// swap returns the header with two stretches of lines exchanged.
func (h *header) swap(a, aEnd, b, bEnd int) string {
	return strings.Join(slices.Concat(h.lines[:a], h.lines[b:bEnd], h.lines[aEnd:b], h.lines[a:aEnd], h.lines[bEnd:]), "\n")
}

// line returns the header with the first line of an entry changed by a pattern's replacement.
func (h *header) line(e *entry, pattern, replacement string) string {
	return h.replace(e.from, e.from+1, regexp.MustCompile(pattern).ReplaceAllString(h.lines[e.from], replacement))
}
