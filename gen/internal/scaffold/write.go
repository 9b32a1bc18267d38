// SPDX-License-Identifier: Apache-2.0

package scaffold

import (
	"cmp"
	"fmt"
	"go/constant"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// writer writes lines and knows their numbers.
type writer struct {
	b    strings.Builder
	line int // the number of the last line
}

// printf writes a line; text without a verb and a line end of its own.
func (w *writer) printf(format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), " ")
	w.line += 1 + strings.Count(text, "\n")
	w.b.WriteString(text + "\n")
}

// write returns the proposal as a configuration, and notes where in it each part stands.
func (p *proposal) write() []byte {
	w := &writer{}
	p.head(w)
	w.printf("files:")
	w.printf("  %s:", scalar(p.Output))
	p.writeSingles(w)
	p.writeGroups(w)
	p.writeStructs(w)
	p.writeLeft(w)
	return []byte(w.b.String())
}

func (p *proposal) head(w *writer) {
	w.printf(`# What to make of these C headers, for lockstep: a first guess by "lockstep init", yours to change.`)
	w.printf(`# "lockstep gen" writes the Go files below; "lockstep check" fails if they are out of date.`)
	w.printf("package: %s", scalar(p.Package))
	w.printf("# license: Apache-2.0 # an SPDX identifier for the head of each file")
	w.printf("target: %s # the ABI of sizes and offsets; others are bpfeb, linux/amd64, linux/arm64...", scalar(p.Target))
	list(w, "headers", p.Headers)
	list(w, "include", p.Include)
	list(w, "prelude", p.Prelude)
	list(w, "define", p.Defines)
	if p.Lenient {
		w.printf("unreadable: skip # what cannot be read is left out: see below")
	}
	w.printf("# words: [LXC, ConnTrack] # how to spell these words in Go names")
	w.printf("typed: true # constants have their group's Go type")
	w.printf("hostlayout: true # structs contain a structs.HostLayout")
	w.printf("offsets: false # true for constants that say where fields begin")
}

func list(w *writer, key string, values []string) {
	if len(values) == 0 {
		return
	}
	w.printf("%s:", key)
	for _, v := range values {
		w.printf("  - %s", scalar(v))
	}
}

func (p *proposal) writeSingles(w *writer) {
	if len(p.singles) == 0 {
		return
	}
	p.inOrder()
	w.printf("    constants: # single ones; as NAME: GoName where the Go name should be another")
	for _, s := range p.singles {
		w.printf("      - %s # %s", scalar(s.constant.Name), comment(s.constant.Value.String()))
		s.first, s.last = w.line, w.line
	}
}

// inOrder puts the single constants into the order of the headers.
func (p *proposal) inOrder() {
	at := map[*model.Constant]int{}
	for i, c := range p.unit.Constants {
		at[c] = i
	}
	slices.SortStableFunc(p.singles, func(a, b *single) int { return at[a.constant] - at[b.constant] })
}

func (p *proposal) writeGroups(w *writer) {
	if len(p.groups) == 0 {
		return
	}
	w.printf("    groups: # constants that belong together, by the Go type for their values")
	for _, g := range p.groups {
		w.printf("      # %s, %s: %s to %s", g.title(), place(g.place()), g.members[0].Name, g.members[len(g.members)-1].Name)
		g.first = w.line
		w.printf("      %s:", scalar(g.name))
		g.write(w)
		g.last = w.line
	}
}

// title says what a group is in C.
func (g *group) title() string {
	switch {
	case g.enum == nil:
		return fmt.Sprintf("%d macros", len(g.members))
	case g.enum.Tag != "":
		return "enum " + g.enum.Tag
	case g.enum.Typedef != "":
		return "enum " + g.enum.Typedef
	}
	return "enum without a name"
}

func (g *group) place() model.Pos {
	if g.enum != nil {
		return g.enum.Pos
	}
	return g.members[0].Pos
}

func (g *group) write(w *writer) {
	g.source(w)
	if len(g.exclude) > 0 {
		w.printf("        exclude: [%s]", names(g.exclude))
	}
	if g.enum == nil || g.negative() {
		w.printf("        type: %s", g.integer())
	} else if g.width != "" {
		w.printf("        type: %s", g.width)
	}
	if g.negative() {
		w.printf("        magnitude: true # Go constants without the sign, for errors that are negative in C")
	}
	if g.prefix != "" {
		w.printf("        # strip: %s # for Go names without it", g.prefix)
	}
	if g.areFlags() {
		w.printf("        flags: true # the values are bits, of which several can be set")
	}
	if haveTexts(g.included()) {
		w.printf("        text: comment # String prints the constant's trailing comment; the alternative is name (the C name)")
	}
	g.texts(w)
}

// texts says what String prints of members without a comment, where it prints comments: their C names; and nothing of a
// second name for a value.
func (g *group) texts(w *writer) {
	var list, why []string
	say := func(c *model.Constant, text, reason string) {
		list = append(list, scalar(c.Name)+": "+text)
		if !slices.Contains(why, reason) {
			why = append(why, reason)
		}
	}
	comments, first := haveTexts(g.included()), map[string]*model.Constant{}
	for _, c := range g.included() {
		switch before := first[c.Value.ExactString()]; {
		case before != nil && (!comments || before.Text != c.Text || c.Text == ""):
			say(c, `""`, "is another name for a value")
			continue
		case before == nil:
			first[c.Value.ExactString()] = c
		}
		if comments && c.Text == "" {
			say(c, scalar(c.Name), `has no comment; "" prints the number`)
		}
	}
	if len(list) > 0 {
		w.printf("        texts: {%s} # %s", strings.Join(list, ", "), strings.Join(why, "; "))
	}
}

// integer returns the Go integer under the group's type.
func (g *group) integer() string {
	if g.width != "" {
		return g.width
	}
	if g.negative() {
		return integer(magnitudes(g.included()))
	}
	return integer(g.members)
}

// negative reports whether the group is of codes for errors. An enum that fields have as their type is not: they hold the
// negative values.
func (g *group) negative() bool { return !g.isFieldType && allNegative(g.included()) }

// magnitudes returns the constants with the absolute values of others.
func magnitudes(list []*model.Constant) []*model.Constant {
	var out []*model.Constant
	for _, c := range list {
		m := *c
		if constant.Sign(m.Value) < 0 {
			m.Value = constant.UnaryOp(token.SUB, m.Value, 0)
		}
		out = append(out, &m)
	}
	return out
}

func (g *group) included() []*model.Constant {
	return slices.DeleteFunc(slices.Clone(g.members), func(c *model.Constant) bool { return slices.Contains(g.exclude, c) })
}

// source says which constants a group has.
func (g *group) source(w *writer) {
	switch {
	case g.enum != nil && g.enum.Tag != "":
		w.printf("        enum: %s", scalar(g.enum.Tag))
	case g.enum != nil && g.enum.Typedef != "":
		w.printf("        enum: %s", scalar(g.enum.Typedef))
	case g.enum != nil:
		w.printf("        enum: %s # any of its members names it", scalar(g.members[0].Name))
	case g.pattern != "":
		w.printf("        macros: [%s]", scalar(g.pattern))
		w.printf("        in: %s", scalar(g.members[0].Pos.File))
	default:
		w.printf("        macros: [%s]", names(g.members))
	}
}

func names(list []*model.Constant) string {
	var out []string
	for _, c := range list {
		out = append(out, scalar(c.Name))
	}
	return strings.Join(out, ", ")
}

func (p *proposal) writeStructs(w *writer) {
	if len(p.structs) == 0 {
		return
	}
	w.printf("    structs: # C structs, with their Go names")
	for _, s := range p.structs {
		s.write(w)
	}
}

// write writes a struct: on one line, unless there is more to say than its name.
func (s *structure) write(w *writer) {
	where := fmt.Sprintf("%d bytes, %s", s.record.Size, place(s.record.Pos))
	if len(s.fields)+len(s.types) == 0 {
		w.printf("      %s: %s # %s", scalar(s.key), scalar(s.name), where)
		s.first, s.last = w.line, w.line
		return
	}
	w.printf("      %s: # %s", scalar(s.key), where)
	s.first = w.line
	w.printf("        name: %s", scalar(s.name))
	pairs(w, "fields", s.fields, "whose Go names are already in use")
	pairs(w, "types", s.types, "as the comments say")
	s.last = w.line
}

func pairs(w *writer, key string, list []pair, why string) {
	var items []string
	for _, p := range list {
		items = append(items, scalar(p.key)+": "+scalar(p.value))
	}
	if len(items) > 0 {
		w.printf("        %s: {%s} # %s", key, strings.Join(items, ", "), why)
	}
}

// writeLeft lists what the configuration does not ask for, with the reasons.
func (p *proposal) writeLeft(w *writer) {
	left := slices.Clone(p.left)
	slices.SortStableFunc(left, func(a, b model.Skipped) int {
		return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Name, b.Name))
	})
	if len(left) > 0 {
		w.printf("\n# Left out, and why:")
	}
	for _, s := range left {
		w.printf("#   %s: %s: %s", place(s.Pos), comment(s.Name), comment(s.Reason))
	}
	if others := p.others(); len(others) > 0 {
		w.printf("\n# Left to the headers that these include (name them in headers: to have it):")
		for _, o := range others {
			w.printf("#   %s", comment(o))
		}
	}
}

// others says how much there is in the headers that the user did not name.
func (p *proposal) others() []string {
	constants, records := map[string]int{}, map[string]int{}
	for _, c := range p.unit.Constants {
		constants[c.Pos.File]++
	}
	for _, r := range p.unit.Records {
		records[r.Pos.File]++
	}
	var list []string
	for _, file := range p.unit.Inputs {
		if n, m := constants[file], records[file]; n+m > 0 && !p.named(model.Pos{File: file}) {
			list = append(list, fmt.Sprintf("%s: constants: %d, structs and unions: %d", file, n, m))
		}
	}
	return list
}

func place(p model.Pos) string { return comment(fmt.Sprintf("%s:%d", p.File, p.Line)) }

// comment makes a text fit a comment.
func comment(text string) string {
	printable := func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}
	return strings.Join(strings.Fields(strings.Map(printable, text)), " ")
}

// plain matches what YAML reads as a string without quotes, words with a meaning of their own apart.
var plain = regexp.MustCompile(`^[A-Za-z_./][A-Za-z0-9_./=+*-]*( [A-Za-z_][A-Za-z0-9_]*)?$`)

// scalar returns a string as YAML.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".", ".inf", ".nan":
		return strconv.Quote(s)
	}
	if !plain.MatchString(s) {
		return strconv.Quote(s)
	}
	return s
}
