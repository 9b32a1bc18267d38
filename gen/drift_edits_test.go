// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"fmt"
	"regexp"
	"strings"
)

// mutation is a change of a header.
type mutation struct {
	op      string
	name    string // of what is changed
	header  string
	text    string // of the changed header
	matters bool
	breaks  bool // what refers to the changed name may not be C any more
	sites   int  // places that are changed at once; 1 where it matters
}

// edits collects the changes of a header.
type edits struct {
	h    *header
	list []mutation
}

// add notes a change that matters. One that changes nothing is none.
func (x *edits) add(op, name, text string) {
	if text != x.h.text {
		x.list = append(x.list, mutation{op: op, name: name, header: x.h.name, text: text, matters: true, sites: 1})
	}
}

// breaking notes a change that takes a name away.
func (x *edits) breaking(op, name, text string) {
	x.add(op, name, text)
	x.list[len(x.list)-1].breaks = true
}

// meaningful returns the changes that matter to what is generated.
func meaningful(h *header) []mutation {
	x := &edits{h: h}
	for _, e := range h.entries {
		switch e.kind {
		case enumEntry:
			x.names(e, "enumerator", regexp.QuoteMeta(e.name))
			x.enumerator(e)
		case macroEntry:
			x.names(e, "macro", regexp.QuoteMeta(e.name))
			x.macro(e)
		case fieldEntry:
			x.names(e, fieldWord(e), regexp.QuoteMeta(e.name))
			x.field(e, fieldWord(e))
		case typedefEntry:
			x.add("type of another width", e.name, h.line(e, `^typedef .+ (\w+);`, "typedef unsigned long long $1;"))
			x.add("type of another sign", e.name, strings.Replace(h.text, h.lines[e.from], strings.Replace(h.lines[e.from], "unsigned", "signed", 1), 1))
		}
	}
	for _, b := range h.blocks {
		x.block(b)
	}
	return x.list
}

func fieldWord(e *entry) string {
	if e.inMacro() {
		return "field of a macro"
	}
	return "field"
}

// names adds what can happen to any entry: removed, renamed, its comments reworded.
func (x *edits) names(e *entry, what, name string) {
	h := x.h
	x.breaking(what+" removed", e.name, h.replace(e.doc, e.to, x.stillMacro(e)...))
	x.breaking(what+" renamed", e.name, h.line(e, `\b`+name+`\b`, e.name+"_other"))
	text := strings.Join(h.lines[e.from:e.to], "\n")
	if at := strings.Index(text, "/*"); at >= 0 {
		x.add(what+": text reworded", e.name, h.replace(e.from, e.to, strings.Replace(text, "/* ", "/* other ", 1)))
		x.add(what+": text of other case", e.name, h.replace(e.from, e.to, text[:at]+swapCase(text[at:])))
		end := strings.LastIndex(text, "*/")
		x.add(what+": text lost", e.name, h.replace(e.from, e.to, text[:at]+text[end+2:]))
	} else {
		x.add(what+": text added", e.name, h.replace(e.from, e.to, regexp.MustCompile(`(\s*\\)?$`).ReplaceAllString(text, " /* other */$1")))
	}
	if e.doc < e.from {
		x.add(what+": comment above lost", e.name, h.replace(e.doc, e.from))
		doc := strings.Join(h.lines[e.doc:e.from], "\n")
		last := strings.LastIndex(doc, "*/")
		x.add(what+": comment above reworded", e.name, h.replace(e.doc, e.from, doc[:last]+"Indeed. "+doc[last:]))
	} else if !e.inMacro() && (e.kind != macroEntry || h.lines[e.from-1] == "") {
		x.add(what+": comment above added", e.name, h.replace(e.from, e.from, "/* Another. */"))
	}
	if n := h.next(e); n != nil {
		x.pair(e, n, what)
	}
}

// stillMacro returns what is left of an entry's lines so that a macro of several lines goes on.
func (x *edits) stillMacro(e *entry) []string {
	if e.inMacro() {
		return []string{e.match[4]}
	}
	return nil
}

// swapCase changes the case of a comment's first letter.
func swapCase(comment string) string {
	for i, c := range comment {
		switch {
		case 'a' <= c && c <= 'z':
			return comment[:i] + strings.ToUpper(comment[i:i+1]) + comment[i+1:]
		case 'A' <= c && c <= 'Z':
			return comment[:i] + strings.ToLower(comment[i:i+1]) + comment[i+1:]
		}
	}
	return comment
}

// pair adds what can happen to two neighbours: places, names or texts exchanged.
func (x *edits) pair(a, b *entry, what string) {
	h := x.h
	if (!a.inMacro() || !b.last()) && !listed(a) {
		x.breaking(what+"s reordered", a.name, h.swap(a.doc, a.to, b.doc, b.to))
	}
	text := strings.Join(h.lines[a.from:b.to], "\n")
	names := regexp.MustCompile(`\b(` + a.name + `|` + b.name + `)\b`)
	swapped := names.ReplaceAllStringFunc(text, func(s string) string {
		if s == a.name {
			return b.name
		}
		return a.name
	})
	x.breaking("names of two "+what+"s swapped", a.name, h.replace(a.from, b.to, swapped))
	if a.to == a.from+1 && b.to == b.from+1 {
		one, other := comments.FindString(h.lines[a.from]), comments.FindString(h.lines[b.from])
		if one != other && one != "" && other != "" {
			changed := strings.Replace(text, other, "/**/", 1)
			changed = strings.Replace(changed, one, other, 1)
			x.add("texts of two "+what+"s swapped", a.name, h.replace(a.from, b.to, strings.Replace(changed, "/**/", one, 1)))
		}
	}
}

var comments = regexp.MustCompile(`/\*.*?\*/`)

// listed reports whether a configuration gives a macro's place: it names each one, with its Go name.
func listed(e *entry) bool { return strings.HasPrefix(e.name, "POLICY_BY_") }

// enumerator adds what can happen to an enumerator.
func (x *edits) enumerator(e *entry) {
	h := x.h
	x.add("enumerator inserted", e.name, h.replace(e.doc, e.doc, "\tINSERTED, /* inserted */"))
	if e.last() {
		x.add("enumerator inserted", e.name, h.replace(e.to, e.to, "\tINSERTED, /* inserted */"))
	}
	x.add("enumerator renumbered", e.name, h.line(e, `^\t(\w+)( = [^,]+)?,`, "\t$1 = 77,"))
	x.add("enumerator renumbered by an expression", e.name, h.line(e, `^\t(\w+)( = [^,]+)?,`, "\t$1 = (1 << 6) + sizeof(long),"))
	x.breaking("enumerator under a condition", e.name, h.replace(e.from, e.to,
		"#ifdef NEVER\n"+strings.Join(h.lines[e.from:e.to], "\n")+"\n#endif"))
	x.add("enumerator that is also a macro", e.name, h.replace(e.from, e.from, "#define "+e.name+" ANOTHER"))
}

// macro adds what can happen to a macro with a value.
func (x *edits) macro(e *entry) {
	h := x.h
	prefix, _, grouped := strings.Cut(e.name, "_")
	if grouped && prefix != "TRACE" && prefix != "CAPTURE" && prefix != "POLICY" && prefix != "REASON" && prefix != "TC" && prefix != "CT" {
		if prefix == "TUPLE" {
			prefix = "TUPLE_F"
		}
		x.add("macro inserted", e.name, h.replace(e.doc, e.doc, "#define "+prefix+"_INSERTED 77 /* inserted */"))
	}
	value := func(v string) string { return h.line(e, `^(#define \w+\s+)(\S+)`, "${1}"+v) }
	x.add("macro renumbered", e.name, value("77"))
	x.add("macro renumbered by an expression", e.name, value("(38 + sizeof(long))"))
	x.add("macro renumbered through another", e.name, h.replace(e.from, e.to,
		"#define OTHER_VALUE 77", strings.Split(value("OTHER_VALUE"), "\n")[e.from]))
	x.breaking("macro that is a string", e.name, value(`"text"`))
	x.breaking("macro without a value", e.name, h.line(e, `^(#define \w+)\s+\S+`, "$1"))
	x.breaking("macro with parameters", e.name, h.line(e, `^(#define \w+)`, "$1(x)"))
	x.breaking("macro undefined again", e.name, h.replace(e.to, e.to, "#undef "+e.name))
	x.add("macro redefined", e.name, h.replace(e.to, e.to, "#undef "+e.name, "#define "+e.name+" 77"))
	x.breaking("macro under a condition", e.name, h.replace(e.from, e.to,
		"#if 0\n"+strings.Join(h.lines[e.from:e.to], "\n")+"\n#endif"))
	if strings.HasPrefix(e.match[2], "(-") {
		x.add("macro that wraps", e.name, value(strings.TrimSuffix(e.match[2], ")")+"U)"))
	}
	if n := h.next(e); n != nil && n.match[2] != e.match[2] {
		lines := strings.Split(value(n.match[2]), "\n")
		lines[n.from] = strings.Replace(lines[n.from], n.match[2], e.match[2], 1)
		x.add("values of two macros swapped", e.name, strings.Join(lines, "\n"))
	}
}

// field adds what can happen to a field of a struct or of a macro.
func (x *edits) field(e *entry, what string) {
	h := x.h
	inserted, end := "\t__u32 inserted; /* inserted */", ""
	if e.inMacro() {
		end = ` \`
	}
	x.add(what+" inserted", e.name, h.replace(e.doc, e.doc, inserted+end))
	if e.last() && !e.inMacro() {
		x.add(what+" inserted", e.name, h.replace(e.to, e.to, inserted))
	}
	for _, r := range []struct{ how, declaration string }{
		{"of another sign", strings.Replace(e.match[1], "__u", "__s", 1) + " " + e.name},
		{"widened", wider(e.match[1]) + " " + e.name},
		{"narrowed", narrower(e.match[1]) + " " + e.name},
		{"that is an array", e.match[1] + " " + e.name + "[2]"},
		{"of one byte order", strings.Replace(e.match[1], "__u", "__be", 1) + " " + e.name},
		{"that is a pointer", "void *" + e.name},
		{"that is a float", "float " + e.name},
		{"that is bits", e.match[1] + " " + e.name + " : 3"},
		{"aligned", e.match[1] + " " + e.name + " __attribute__((aligned(32)))"},
		{"of a nameless struct", "struct { " + e.match[1] + " inner; } " + e.name},
		{"of a nameless union", "union { " + e.match[1] + " inner; } " + e.name},
		{"in a nameless union", "union { " + e.match[1] + " " + e.name + "; }"},
	} {
		if strings.HasPrefix(r.declaration, "__be8") || r.how == "narrowed" && e.match[1] == "__u8" {
			continue
		}
		x.add(what+" "+r.how, e.name, h.line(e, `__\w+ `+e.name, r.declaration))
	}
}

var widths = []string{"__u8", "__u16", "__u32", "__u64"}

func wider(t string) string { return neighbour(t, 1) }

func narrower(t string) string { return neighbour(t, -1) }

func neighbour(t string, step int) string {
	for i, w := range widths {
		if w == t && i+step >= 0 && i+step < len(widths) {
			return widths[i+step]
		}
	}
	return t
}

// block adds what can happen to an enum, a struct, or a macro of fields.
func (x *edits) block(b *block) {
	h := x.h
	first, last := h.lines[b.from], h.lines[b.to-1]
	if b.keyword == "#define" {
		x.add("macro of fields under a condition", b.name, h.replace(b.from, b.to,
			"#if 1\n#define "+b.name+"\n#else\n"+strings.Join(h.lines[b.from:b.to], "\n")+"\n#endif"))
		return
	}
	if b.keyword == "enum" {
		if b.name != "trace_aggregate" {
			x.add("enum: comment above reworded", b.name, h.replace(b.from-1, b.from, strings.Replace(h.lines[b.from-1], "*/", "Indeed. */", 1)))
		}
		return
	}
	for _, attribute := range []string{"packed", "aligned(64)", "packed, aligned(2)"} {
		x.add("struct "+attribute, b.name, h.replace(b.to-1, b.to, fmt.Sprintf("} __attribute__((%s));", attribute)))
	}
	x.breaking("struct renamed", b.name, h.replace(b.from, b.from+1, strings.Replace(first, b.name, b.name+"_other", 1)))
	x.add("struct that is a union", b.name, h.replace(b.from, b.from+1, strings.Replace(first, "struct", "union", 1)))
	x.add("struct that ends in a flexible array", b.name, h.replace(b.to-1, b.to, "\t__u8 rest[];", last))
	x.breaking("struct under a condition", b.name, h.replace(b.from, b.to, "#if 0\n"+strings.Join(h.lines[b.from:b.to], "\n")+"\n#endif"))
	x.add("struct with another head", b.name, strings.Replace(h.text, first, first+"\n\t__u64 head;", 1))
}
