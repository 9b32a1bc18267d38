// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// chapter is a part of the description of the language.
type chapter struct {
	title string
	text  []string // paragraphs
	rows  []row    // a table
}

// row is a line of a table: what is written, and what it means.
type row struct{ code, text string }

var introduction = chapter{
	title: "The filter language",
	text: []string{
		"An expression consists of terms, joined by and, or, not and parentheses; &&, || and ! mean the same. Keywords, message types, " +
			"field names and the names of values may be written in upper or lower case.",
		"A term is a keyword or a field name, an operator and a value: port = 443. The operator = may be left out: port 443. Some keywords " +
			"are terms without a value: syn. For several values, use braces and commas, or or: port {80, 443} and port 80 or 443 are the same. " +
			"A value on its own belongs to the keyword before it: src host 10.0.0.1 and not 10.0.0.2.",
		"Where and follows or, parentheses are required: (port 80 or port 443) and syn.",
		"In a text, * matches any characters and ? matches one. Quote a text that contains blanks or other special characters.",
		"A term matches either end of a connection, unless src or dst comes before it, and any packet of a tunnel, unless inner or outer " +
			"does. Each term is matched separately: host 10.0.0.1 and port 80 also matches if the address is that of the outer packet and the " +
			"port that of the inner one. tcp port 80 is one term, and one packet must match it.",
		"!= requires that the message has the field, or the packet the header, with another value. not port 80 also matches packets without ports.",
		"Expressions for tcpdump have the same meaning here, or are errors that say what to write instead, with two differences: they " +
			"also match behind VLAN tags, extension headers and tunnel headers, and tcp[...] also matches TCP over IPv6.",
		"Lost events are always printed. A message that cannot be decoded is printed if its type can match.",
	},
	rows: []row{
		{"type drop and reason \"Policy denied*\"", "drops by policy"},
		{"verdict dropped and port 53", "DNS packets that did not get through"},
		{"host 10.0.1.15 and tcp port 443", "HTTPS from or to an address"},
		{"src net 10.0.0.0/8 and not dst net 10.0.0.0/8", "what leaves a network"},
		{"syn and not ack", "beginnings of TCP connections"},
		{"state new and point to-endpoint", "new connections that arrive at an endpoint"},
		{"type drop and time 12:00-12:30", "drops of half an hour"},
		{"endpoint 1042 or identity 2107", "what concerns an endpoint or an identity"},
	},
}

var operators = chapter{
	title: "Operators",
	rows: []row{
		{"FIELD = VALUE", "the same as FIELD VALUE; a name of the value, a number, or a text with * and ?"},
		{"FIELD != VALUE", "another value"},
		{"FIELD < NUMBER", "less; also <=, >, >="},
		{"FIELD 10-20", "a number within a range"},
		{"FIELD 10.0.0.0/8", "an address, or one within a prefix, in a field with bytes"},
		{"FIELD {1, 5-9}", "one of several values"},
		{"TYPE.FIELD = VALUE", "the field in messages of one type"},
		{"tcp[tcpflags] & MASK = VALUE", "tcpdump's notation for bits of a byte, also without & MASK; also tcp[13], icmp[icmptype], icmp[icmpcode], " +
			"icmp6[icmp6type] and icmp6[icmp6code], names such as tcp-syn and icmp-echo, and (tcp-syn|tcp-ack)"},
	},
}

// describe returns the description of the language for the messages of a schema.
func describe(schema *Schema) []chapter {
	sections := []chapter{{title: "Words about the packet"}, {title: "TCP flags"}, {title: "Words about the event"}}
	for _, w := range words {
		c := &sections[w.section]
		c.rows = append(c.rows, row{strings.TrimSpace(w.name + " " + w.args), w.help})
	}
	before := chapter{title: "Before a word"}
	for _, q := range qualifiers {
		before.rows = append(before.rows, row{q.name, q.help})
	}
	before.rows = append(before.rows, row{"tcp, udp, ip6, ...", "only packets of this protocol, before host, net, port and proto"})
	chapters := append([]chapter{introduction}, sections...)
	chapters = append(chapters, verdicts, before, operators)
	return append(append(chapters, fieldChapters(schema)...), serviceNames())
}

// fieldChapters describes the fields of each message type. Of a field that several wire formats have, it is the first's.
func fieldChapters(schema *Schema) []chapter {
	schema = schema.orZero()
	var chapters []chapter
	at := map[string]int{}
	for _, m := range schema.Messages {
		i, known := at[m.TypeName()]
		if !known {
			i = len(chapters)
			at[m.TypeName()] = i
			chapters = append(chapters, chapter{title: "Fields of messages of type " + m.TypeName()})
		}
		c := &chapters[i]
		for k := range m.Fields() {
			f := fieldRow(&m.Fields()[k])
			if !slices.ContainsFunc(c.rows, func(r row) bool { return r.code == f.code }) {
				c.rows = append(c.rows, f)
			}
		}
	}
	return slices.DeleteFunc(chapters, func(c chapter) bool { return len(c.rows) == 0 })
}

// maxValues is how many names of values the description of a field lists.
const maxValues = 8

// fieldRow describes a field.
func fieldRow(f *event.Field) row {
	text := strings.Join(strings.Fields(f.Doc), " ")
	if f.Enum != nil {
		names := enumTexts(f.Enum)
		more := ""
		if len(names) > maxValues {
			names, more = names[:maxValues], ", ..."
		}
		if text != "" {
			text += ": "
		}
		text += strings.Join(names, ", ") + more
	}
	return row{cmp.Or(f.Name, f.C), cmp.Or(text, "a number")}
}

// serviceNames describes the names of ports.
func serviceNames() chapter {
	var names []string
	for _, s := range services {
		names = append(names, s.name+" "+strconv.Itoa(int(s.port)))
	}
	return chapter{title: "Names of ports", text: []string{strings.Join(names, ", ")}}
}

// helpWidth is the width in columns of the description.
const helpWidth = 80

// Help returns the description of the language for a terminal.
func Help(schema *Schema) string {
	var b strings.Builder
	for i, c := range describe(schema) {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.ToUpper(c.title) + "\n")
		for i, text := range c.text {
			if i > 0 {
				b.WriteByte('\n')
			}
			wrap(&b, "  ", "  ", text)
		}
		if len(c.text) > 0 && len(c.rows) > 0 {
			b.WriteByte('\n')
		}
		width := 0
		for _, r := range c.rows {
			width = max(width, min(len(r.code), 22))
		}
		for _, r := range c.rows {
			first := fmt.Sprintf("  %-*s  ", width, r.code)
			rest := strings.Repeat(" ", width+4)
			if len(r.code) > width {
				b.WriteString(strings.TrimRight(first, " ") + "\n")
				first = rest
			}
			wrap(&b, first, rest, r.text)
		}
	}
	return b.String()
}

// wrap appends a paragraph in lines.
func wrap(b *strings.Builder, first, rest, text string) {
	line := first
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && len(line)+1+len(word) > helpWidth {
			b.WriteString(line + "\n")
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(line + "\n")
}

// Markdown returns the description of the language for the documentation.
func Markdown(schema *Schema) string {
	var b strings.Builder
	for i, c := range describe(schema) {
		level := "##"
		if i == 0 {
			level = "#"
		}
		fmt.Fprintf(&b, "%s %s\n\n", level, c.title)
		for _, text := range c.text {
			var lines strings.Builder
			wrap(&lines, "", "", markdownText.Replace(text))
			b.WriteString(lines.String() + "\n")
		}
		if len(c.rows) == 0 {
			continue
		}
		b.WriteString("| | |\n| --- | --- |\n")
		for _, r := range c.rows {
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(r.code, "|", `\|`), markdownText.Replace(r.text))
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// markdownText escapes what Markdown takes for markup.
var markdownText = strings.NewReplacer("*", `\*`, "|", `\|`, "<", `\<`, "_", `\_`)
