// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/constant"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lockstep-bpf/lockstep/gen"
	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// declarationTables returns declarations as tables: those of the named headers first, then those of the headers that they
// include, or, unless all are wanted, how many of them there are.
func declarationTables(d *gen.Declarations, all bool) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "target %s\n", d.Target)
	own, included := split(d)
	tables(&b, own)
	switch {
	case len(included.Constants)+len(included.Records)+len(included.Skipped) == 0:
		return []byte(b.String())
	case len(own.Constants)+len(own.Records)+len(own.Skipped) == 0:
	case !all:
		b.WriteString("\nincluded headers (--only prints some of their declarations)\n")
		includedTable(&b, included)
		return []byte(b.String())
	default:
		b.WriteString("\nincluded headers\n")
	}
	tables(&b, included)
	return []byte(b.String())
}

// includedTable writes how many declarations each header has, in the order of their files.
func includedTable(b *strings.Builder, d *gen.Declarations) {
	type counts struct{ constants, records, skipped int }
	of := make(map[string]*counts)
	file := func(name string) *counts {
		if of[name] == nil {
			of[name] = &counts{}
		}
		return of[name]
	}
	for _, c := range d.Constants {
		file(c.File).constants++
	}
	for i := range d.Records {
		file(d.Records[i].File).records++
	}
	for _, s := range d.Skipped {
		file(s.File).skipped++
	}
	var t table
	t.row("HEADER", "CONSTANTS", "RECORDS", "SKIPPED")
	for _, name := range slices.Sorted(maps.Keys(of)) {
		c := of[name]
		t.row(name, strconv.Itoa(c.constants), strconv.Itoa(c.records), strconv.Itoa(c.skipped))
	}
	t.write(b)
}

// split separates what the named headers declare from what the included ones do.
func split(d *gen.Declarations) (own, included *gen.Declarations) {
	own, included = &gen.Declarations{}, &gen.Declarations{}
	in := func(file string) *gen.Declarations {
		if d.Own == nil || slices.Contains(d.Own, file) {
			return own
		}
		return included
	}
	for _, c := range d.Constants {
		of := in(c.File)
		of.Constants = append(of.Constants, c)
	}
	for i := range d.Records {
		of := in(d.Records[i].File)
		of.Records = append(of.Records, d.Records[i])
	}
	for _, s := range d.Skipped {
		of := in(s.File)
		of.Skipped = append(of.Skipped, s)
	}
	return own, included
}

// tables writes the constants, each record with its holes, and what was skipped. A record without a name of its own is shown
// inside the one that holds it.
func tables(b *strings.Builder, d *gen.Declarations) {
	constantTable(b, d.Constants)
	for i := range d.Records {
		recordTable(b, &d.Records[i])
	}
	skippedTable(b, d.Skipped)
}

// table is rows of cells, lined up in columns when it is written.
type table [][]string

func (t *table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = string(visible.Lines([]byte(c)))
	}
	*t = append(*t, cells)
}

// write writes the rows, each column as wide as its widest cell, no row with blanks at its end.
func (t table) write(b *strings.Builder) {
	var widths []int
	for _, cells := range t {
		for i, c := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	for _, cells := range t {
		line := ""
		for i, c := range cells {
			line += "  " + c + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func constantTable(b *strings.Builder, list []gen.Constant) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\nconstants\n")
	var t table
	t.row("NAME", "VALUE", "TYPE", "FROM", "WHERE", "TEXT")
	for _, c := range list {
		from := strings.TrimSpace(c.Kind + " " + c.Enum) // "macro", "enum", or "enum tag"
		t.row(c.Name, literal(c.Value), c.Type, from, place(c.File, c.Line), oneLine(c.Text))
	}
	t.write(b)
}

// literal returns a number, or a text in quotes.
func literal(v gen.Value) string {
	if v.Value != nil && v.Kind() == constant.String {
		return strconv.Quote(constant.StringVal(v.Value))
	}
	return v.String()
}

// place returns file and line.
func place(file string, line int) string { return gen.Position{File: file, Line: line}.String() }

// oneLine makes a text fit a line of a terminal.
func oneLine(text string) string {
	printable := func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}
	return strings.Join(strings.Fields(strings.Map(printable, text)), " ")
}

func recordTable(b *strings.Builder, r *gen.Record) {
	packed := ""
	if r.Packed {
		packed = ", packed"
	}
	fmt.Fprintf(b, "\n%s  %s  size %d, align %d%s\n", r.Name, place(r.File, r.Line), r.Size, r.Align, packed)
	fieldTable(b, r)
}

// layoutLines returns the table of a record by line, without its name.
func layoutLines(r *gen.Record) []string {
	var b strings.Builder
	fieldTable(&b, r)
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func fieldTable(b *strings.Builder, r *gen.Record) {
	t := &layoutTable{times: 1}
	t.row("OFFSET", "SIZE", "TYPE", "NAME", "TEXT")
	t.fields(r.Fields, r.Kind == "union", r.Size, 0, 0)
	t.write(b)
	if t.holes > 0 {
		fmt.Fprintf(b, "  %s unused in %s\n", amount(t.unused), plural(t.holes, "place"))
	}
}

// maxDepth bounds how deep a table looks into nameless records, maxRows how many rows it has before it looks
// into no more of them. Headers stay far below.
const (
	maxDepth = 64
	maxRows  = 1 << 17
)

// layoutTable writes the rows of a record and counts what it leaves unused.
type layoutTable struct {
	table
	holes  int
	unused int64 // bits
	times  int64 // how many there are of the record whose rows are being written
}

// fields writes the fields of a record of size bytes that begins base bytes into the outermost one, depth levels deep.
func (t *layoutTable) fields(list []gen.Field, union bool, size, base int64, depth int) {
	end := base * 8 // of the fields so far, in bits
	for i := range list {
		f := &list[i]
		width := f.Size * 8
		if f.BitField {
			width = int64(f.BitWidth)
		}
		if !union {
			t.hole("hole", end, f.BitOffset-end, depth)
		}
		t.field(f, base, depth)
		end = max(end, f.BitOffset+width)
	}
	if !union {
		t.hole("padding", end, (base+size)*8-end, depth)
	}
}

func (t *layoutTable) field(f *gen.Field, base int64, depth int) {
	name := indent(depth) + f.Name
	text := oneLine(f.Text)
	if f.BitField {
		if f.Name == "" {
			name += "(unnamed)"
		}
		t.row(bitPlace(f.BitOffset), plural(f.BitWidth, "bit"), f.Type, name, text)
		return
	}
	t.row(strconv.FormatInt(base+f.Offset, 10), strconv.FormatInt(f.Size, 10), f.Type, name, text)
	if f.Nested != nil && depth < maxDepth && len(t.table) < maxRows {
		before := t.times
		t.times *= elements(f.Array)
		t.fields(f.Fields, f.Nested.Union, f.Nested.Size, base+f.Offset, depth+1)
		t.times = before
	}
}

// elements returns how many elements an array has in all its dimensions; 1 for what is no array.
func elements(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= max(d, 0)
	}
	return n
}

// hole writes a row for bits that no field has. Zero bits are no hole.
func (t *layoutTable) hole(what string, start, bits int64, depth int) {
	if bits <= 0 {
		return
	}
	t.holes++
	t.unused += bits * t.times
	t.row(bitPlace(start), room(bits), "", indent(depth)+"("+what+")")
}

func indent(depth int) string { return strings.Repeat("  ", depth) }

// bitPlace returns a position in bits as byte, or as byte:bit between bytes.
func bitPlace(bits int64) string {
	if bits%8 == 0 {
		return strconv.FormatInt(bits/8, 10)
	}
	return fmt.Sprintf("%d:%d", bits/8, bits%8)
}

// room returns bits as the column of sizes has them: a bare number is bytes.
func room(bits int64) string {
	if bits%8 == 0 {
		return strconv.FormatInt(bits/8, 10)
	}
	return amount(bits)
}

// amount returns bits as whole bytes where they are.
func amount(bits int64) string {
	if bits%8 == 0 {
		return plural(int(bits/8), "byte")
	}
	return plural(int(bits), "bit")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func skippedTable(b *strings.Builder, list []gen.Undeclared) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\nskipped\n")
	var t table
	t.row("NAME", "WHERE", "REASON")
	for _, s := range list {
		t.row(s.Name, place(s.File, s.Line), oneLine(s.Reason))
	}
	t.write(b)
}
