// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"fmt"
	"regexp"
	"strings"
)

// meaningless returns the changes that do not matter. Each is made at all of its places at once, and changes
// of a kind that cannot stand side by side are made one at a time.
func meaningless(h *header) []mutation {
	x := &noise{h: h}
	x.lines("blank line added", x.blankLines)
	x.lines("blanks at the end of the line", func(i int) string { return h.lines[i] + " \t" })
	x.lines("indented otherwise", func(i int) string { return strings.ReplaceAll(h.lines[i], "\t", "      ") })
	x.lines("tabs for blanks", func(i int) string { return strings.ReplaceAll(h.lines[i], "  ", "\t") })
	x.lines("line end of another system", func(i int) string { return h.lines[i] + "\r" })
	x.lines("comment after a blank line", x.comment)
	x.lines("comment at the end of a condition", func(i int) string {
		return regexp.MustCompile(`^#(ifndef|endif).*`).ReplaceAllString(h.lines[i], "$0 /* nobody reads this */")
	})
	x.lines("function added", x.after("\nstatic __inline int moved_%d(int a)\n{\n\treturn a + 1; /* one more */\n}\n"))
	x.lines("struct added", x.after("\n/* Of another header's. */\nstruct unrelated_%d {\n\tint a : 3; /* bits */\n\tchar b[];\n};\n"))
	x.lines("enum added", x.after("\nenum unrelated_%[1]d { UNRELATED_A_%[1]d, UNRELATED_B_%[1]d = 9 /* nine */ };\n"))
	x.lines("macro added", x.after("\n/* Unrelated. */\n#define UNRELATED_%d 12 /* twelve */\n"))
	x.lines("macro with parameters added", x.after("\n#define unrelated_%d(a, b) ((a) + \\\n\t(b))\n"))
	x.lines("declaration added", x.after("\nextern int unrelated_%d(struct __sk_buff *);\n"))
	x.lines("condition added", x.after("\n#ifdef UNRELATED_%d\n#error \"not here\"\n#endif\n"))
	x.each(h.entries, "brackets", brackets)
	x.each(h.entries, "number of another base", otherBase)
	x.each(h.entries, "number with a suffix", suffix)
	x.each(h.entries, "number said that was counted", x.explicit)
	x.each(h.entries, "comment of the other kind", lineComment)
	x.each(h.entries, "comment spaced", spaced)
	x.each(h.entries, "declaration spaced", spread)
	x.whole()
	x.moved()
	return x.list
}

// noise collects changes that do not matter.
type noise struct {
	h    *header
	list []mutation
}

func (x *noise) add(op, name, text string, sites int) {
	if sites > 0 && text != x.h.text {
		x.list = append(x.list, mutation{op: op, name: name, header: x.h.name, text: text, sites: sites})
	}
}

// lines changes every line that change changes.
func (x *noise) lines(op string, change func(i int) string) {
	out, sites := make([]string, len(x.h.lines)), 0
	for i, line := range x.h.lines {
		out[i] = change(i)
		if strings.HasSuffix(line, `\`) && op != "indented otherwise" && op != "line end of another system" {
			out[i] = line // the next line belongs to it
		}
		if out[i] != line {
			sites++
		}
	}
	x.add(op, "all lines", strings.Join(out, "\n"), sites)
}

// each changes the first line of every entry that change changes.
func (x *noise) each(entries []*entry, op string, change func(e *entry, line string) string) {
	out, sites := append([]string(nil), x.h.lines...), 0
	for _, e := range entries {
		if out[e.from] = change(e, out[e.from]); out[e.from] != x.h.lines[e.from] {
			sites++
		}
	}
	x.add(op, "all", strings.Join(out, "\n"), sites)
}

// inComment reports whether a line ends inside of a comment.
func (x *noise) inComment(i int) bool {
	text := strings.Join(x.h.lines[:i+1], "\n")
	return strings.LastIndex(text, "/*") > strings.LastIndex(text, "*/")
}

// blankLines adds a blank line behind a line, except behind a comment: that one would lose what it is about.
func (x *noise) blankLines(i int) string {
	line := x.h.lines[i]
	if x.inComment(i) || regexp.MustCompile(`^\s*(/\*.*)?\*/$|^\s*/\*.*\*/$`).MatchString(line) || i == len(x.h.lines)-1 {
		return line
	}
	if strings.HasSuffix(line, "*/") && strings.HasPrefix(strings.TrimSpace(line), "*") {
		return line
	}
	return line + "\n"
}

// between reports whether a line is a blank one between declarations.
func (x *noise) between(i int) bool {
	return x.h.lines[i] == "" && i > 0 && i < len(x.h.lines)-1 && !x.inComment(i)
}

// comment adds a comment of its own between declarations.
func (x *noise) comment(i int) string {
	if !x.between(i) {
		return x.h.lines[i]
	}
	return "\n/*\n * Nobody reads this:\n * DROP_NOTHING (-1)\n */\n\n// Nor this.\n"
}

// after adds a text between declarations; %d in it becomes a number.
func (x *noise) after(text string) func(i int) string {
	return func(i int) string {
		if !x.between(i) {
			return x.h.lines[i]
		}
		return fmt.Sprintf(text, i+1000*len(x.h.name))
	}
}

var number = regexp.MustCompile(`^(#define \w+\s+)\(?(-?)(\d+)\)?`)

func brackets(_ *entry, line string) string {
	return number.ReplaceAllString(line, "$1( ($2$3) )")
}

func otherBase(_ *entry, line string) string {
	return number.ReplaceAllStringFunc(line, func(s string) string {
		m, n := number.FindStringSubmatch(s), 0
		_, _ = fmt.Sscan(m[3], &n)
		return fmt.Sprintf("%s(%s%#x)", m[1], m[2], n)
	})
}

func suffix(_ *entry, line string) string { return number.ReplaceAllString(line, "$1(${2}${3}L)") }

// explicit gives an enumerator the number that it has by its place.
func (x *noise) explicit(e *entry, line string) string {
	if e.kind != enumEntry || e.match[2] != "" {
		return line
	}
	for i, other := range e.owner.entries {
		if other == e {
			return strings.Replace(line, e.name+",", fmt.Sprintf("%s = %d,", e.name, i), 1)
		}
	}
	return line
}

var blockComment = regexp.MustCompile(`/\* (.*) \*/$`)

// lineComment writes the comment behind a constant or field of a struct as one up to the line's end.
func lineComment(e *entry, line string) string {
	if e.inMacro() || e.to != e.from+1 {
		return line
	}
	return blockComment.ReplaceAllString(line, "// $1")
}

func spaced(_ *entry, line string) string {
	return regexp.MustCompile(`/\* (.*?) \*/`).ReplaceAllString(line, "    /*$1   */")
}

// spread writes blanks where C allows them.
func spread(e *entry, line string) string {
	switch e.kind {
	case enumEntry:
		return strings.Replace(line, ",", "\t ,", 1)
	case fieldEntry:
		return strings.Replace(strings.Replace(line, e.name+";", e.name+" ;", 1), " "+e.name, "   "+e.name, 1)
	case macroEntry:
		return strings.Replace(line, "#define ", " #\tdefine   ", 1)
	}
	return strings.Replace(line, ";", " ;", 1)
}

// whole adds changes of the header as a whole.
func (x *noise) whole() {
	h := x.h
	x.add("include guard added", "all", "#ifndef UNRELATED_GUARD\n#define UNRELATED_GUARD 1\n"+h.text+"\n#endif\n", 1)
	x.add("pragma once added", "all", "#pragma once\n"+h.text, 1)
	x.add("packing without effect", "all", "#pragma pack(push, 8)\n"+h.text+"\n#pragma pack(pop)\n", 1)
	x.add("no line end at the end", "all", strings.TrimRight(h.text, "\n"), 1)
	x.add("lines above", "all", strings.Repeat("\n", 40)+h.text, 1)
	x.add("comment above all", "all", "// Copyright nobody.\n\n"+h.text, 1)
	guard := regexp.MustCompile(`__(LIB|HEADERS)_\w+_H\b`)
	x.add("include guard renamed", "all", guard.ReplaceAllString(h.text, "OTHER_$0"), 3)
	brace := regexp.MustCompile(`(?m)^((?:enum|struct) \w+) \{$`)
	x.add("brace on a line of its own", "all", brace.ReplaceAllString(h.text, "$1\n{"), len(brace.FindAllString(h.text, -1)))
	x.add("words on lines of their own", "all", brace.ReplaceAllStringFunc(h.text, func(s string) string {
		return strings.ReplaceAll(s, " ", "\n\n")
	}), len(brace.FindAllString(h.text, -1)))
}

// moved exchanges each enum and struct with the declaration behind it, and macros whose order the configuration
// gives, and moves a function along all blanks between declarations.
func (x *noise) moved() {
	h := x.h
	for _, e := range h.entries {
		if n := h.next(e); n != nil && listed(e) {
			x.add("macro moved", e.name, h.swap(e.doc, e.to, n.doc, n.to), 1)
		}
	}
	for i, b := range h.blocks[:max(0, len(h.blocks)-1)] {
		next := h.blocks[i+1]
		x.add("declaration moved", b.name, h.swap(b.doc, b.to, next.doc, next.to), 1)
	}
	for i := range h.lines {
		if x.between(i) {
			x.add("function moved", fmt.Sprint("line ", i+1), h.replace(i, i, "", "static __inline int moved(void)", "{", "\treturn 1;", "}"), 1)
		}
	}
}
