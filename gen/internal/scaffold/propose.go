// SPDX-License-Identifier: Apache-2.0

package scaffold

import (
	"go/constant"
	"go/token"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/flat"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// maxGap is how many lines there may be from one macro of a group to the next: room for a comment.
const maxGap = 5

// minStem is how long what the members of an enum without a name begin with must be to name a Go type: a "k_" says nothing.
const minStem = 2

// propose sorts what the named headers declare into groups, structs and single constants.
func propose(u *model.Unit, o *Options) *proposal {
	p := &proposal{Options: o, unit: u, fieldEnums: fieldEnums(u)}
	for _, e := range u.Enums {
		p.enum(e)
	}
	var macros []*model.Constant
	for _, c := range u.Constants {
		if c.Kind == model.Macro && p.named(c.Pos) && p.Only.Macro(c) {
			macros = append(macros, c)
		}
	}
	for _, run := range runs(macros) {
		p.macros(run)
	}
	for _, r := range u.Records {
		p.record(r)
	}
	for _, s := range u.Skipped {
		if p.named(s.Pos) && p.Only.Skipped(s) {
			p.left = append(p.left, s)
		}
	}
	p.names()
	return p
}

// named reports whether a position is in one of the headers that the user named.
func (p *proposal) named(pos model.Pos) bool {
	from := p.From
	if len(from) == 0 {
		from = p.Headers
	}
	return slices.ContainsFunc(from, func(h string) bool { return path.Clean(h) == path.Clean(pos.File) })
}

// enum makes a group of an enum, unless it only gives numbers names.
func (p *proposal) enum(e *model.Enum) {
	switch {
	case !p.named(e.Pos) || len(e.Members) == 0 || !p.Only.Enum(e):
	case e.Tag == "" && e.Typedef == "" && !p.fieldEnums[e]:
		p.nameless(e)
	default:
		p.enumGroup(e, nil)
	}
}

// nameless makes a group of what names the values of one thing in an enum that nothing refers to, and single constants of the
// rest: of sizes and limits, and of all members where no name could be given to them together.
func (p *proposal) nameless(e *model.Enum) {
	var names, others []*model.Constant
	for _, c := range e.Members {
		if isMeasure(c) && !isCount(e) {
			others = append(others, c)
		} else {
			names = append(names, c)
		}
	}
	if len(names) < minRun || len(strings.Trim(commonPrefix(names), "_")) < minStem {
		names, others = nil, e.Members
	}
	for _, c := range others {
		p.singles = append(p.singles, &single{constant: c})
	}
	if len(names) > 0 {
		p.enumGroup(e, others)
	}
}

// enumGroup makes a group of an enum, of which some members stand alone.
func (p *proposal) enumGroup(e *model.Enum, others []*model.Constant) {
	g := &group{enum: e, members: e.Members, exclude: others, isFieldType: p.fieldEnums[e]}
	if isCount(e) {
		last := e.Members[len(e.Members)-1]
		g.exclude = append(g.exclude, last)
		p.singles = append(p.singles, &single{constant: last})
	}
	g.prefix = commonPrefix(g.included())
	p.groups = append(p.groups, g)
}

// fieldEnums returns the enums that fields, or the elements of one, have as their type.
func fieldEnums(u *model.Unit) map[*model.Enum]bool {
	enums := map[*model.Enum]bool{}
	for _, r := range u.Records {
		for _, f := range r.Fields {
			if t := flat.Element(f.Type); t != nil && t.Kind == model.EnumType {
				enums[t.Enum] = true
			}
		}
	}
	return enums
}

// runs splits macros where the header changes, the first word of the names does, or there is a gap.
func runs(macros []*model.Constant) [][]*model.Constant {
	var list [][]*model.Constant
	for i, c := range macros {
		if i == 0 || !follows(macros[i-1], c) {
			list = append(list, nil)
		}
		last := len(list) - 1
		list[last] = append(list[last], c)
	}
	return list
}

func follows(a, b *model.Constant) bool {
	return a.Pos.File == b.Pos.File && b.Pos.Line > a.Pos.Line && b.Pos.Line-a.Pos.Line <= maxGap &&
		commonPrefix([]*model.Constant{a, b}) != ""
}

// macros makes groups of a run of macros that look like the names of values, and single constants of others.
func (p *proposal) macros(run []*model.Constant) {
	var names []*model.Constant
	for _, c := range run {
		if isMeasure(c) {
			p.singles = append(p.singles, &single{constant: c})
		} else {
			names = append(names, c)
		}
	}
	for _, part := range runs(names) {
		for _, family := range families(part) {
			p.family(family)
		}
	}
}

// family makes a group of macros that name the values of one thing, and single constants of others.
func (p *proposal) family(list []*model.Constant) {
	if !isFamily(list) {
		parts := byNextWord(list)
		if len(parts) > 1 {
			for _, part := range parts {
				p.family(part)
			}
			return
		}
		for _, c := range list {
			p.singles = append(p.singles, &single{constant: c})
		}
		return
	}
	g := &group{members: list, prefix: commonPrefix(list)}
	if p.matches(g.prefix, list[0].Pos.File) == len(list) {
		g.pattern = g.prefix + "*"
	}
	p.groups = append(p.groups, g)
}

// areNames reports whether constants are integers of different values, a few other names apart, none beyond 64 bits.
func areNames(list []*model.Constant) bool {
	seen, again := map[string]bool{}, 0
	for _, c := range list {
		if c.Value == nil || c.Value.Kind() != constant.Int {
			return false
		}
		if seen[c.Value.ExactString()] {
			again++
		}
		seen[c.Value.ExactString()] = true
	}
	return integer(list) != "" && 4*again <= len(list)
}

// matches counts the macros of a header whose names begin with a prefix. The same name twice is no reason for
// a pattern.
func (p *proposal) matches(prefix, file string) int {
	n := 0
	for _, c := range p.unit.Constants {
		if c.Kind == model.Macro && c.Pos.File == file && strings.HasPrefix(c.Name, prefix) {
			n++
		}
	}
	return n
}

// commonPrefix returns the words with which all names begin, with the underscore behind them. No name is only
// that.
func commonPrefix(list []*model.Constant) string {
	prefix := list[0].Name
	for _, c := range list {
		for !strings.HasPrefix(c.Name, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	prefix = prefix[:strings.LastIndex(prefix, "_")+1]
	if strings.Trim(prefix, "_") == "" {
		return ""
	}
	return prefix
}

func (p *proposal) record(r *model.Record) {
	switch {
	case !p.named(r.Pos) || !p.Only.Record(r):
		return
	case len(r.Fields) == 0:
		p.leave(r.Name, r.Pos, "has no fields")
		return
	}
	s := &structure{record: r, key: r.Name}
	switch {
	case r.Alias != "" && p.unique(r.Alias):
		s.key = r.Alias
	case r.Tag != "" && p.unique(r.Tag):
		s.key = r.Tag
	}
	p.structs = append(p.structs, s)
}

// unique reports whether one record only answers to a name.
func (p *proposal) unique(name string) bool {
	n := 0
	for _, r := range p.unit.Records {
		if r.Name == name || r.Tag == name || r.Alias == name {
			n++
		}
	}
	return n == 1
}

// names guesses Go names: of structs by their tags, of groups by their tags or prefixes, with something behind
// them where another thing has the name.
func (p *proposal) names() {
	words := goname.NewWords()
	taken := map[string]bool{}
	for _, c := range p.unit.Constants {
		taken[words.Camel(c.Name)] = true
	}
	for _, s := range p.structs {
		name := words.Camel(withoutSuffix(bare(s.record)))
		if taken[name] {
			name = words.Camel(bare(s.record))
		}
		s.name = free(taken, name, "Struct", "Record")
		s.fieldNames(words)
	}
	for _, g := range p.groups {
		g.name = free(taken, words.Camel(g.stem()), "Code", "Value", "Type", "Kind")
	}
	for _, s := range p.structs {
		for _, f := range s.record.Fields {
			if g := p.groupOfComment(f); g != nil {
				s.types = append(s.types, pair{f.Name, g.name})
				g.isFlagField = g.isFlagField || sayFlags(f.Name)
			}
		}
	}
}

// bare returns the name of a record that its Go name is made of: that of a typedef before that of a tag.
func bare(r *model.Record) string {
	switch {
	case r.Alias != "":
		return r.Alias
	case r.Tag != "":
		return r.Tag
	}
	return r.Name
}

// stem returns the C name that a group's Go name is made of: that of a typedef before that of a tag.
func (g *group) stem() string {
	switch {
	case g.enum != nil && g.enum.Alias != "":
		return withoutSuffix(g.enum.Alias)
	case g.enum != nil && g.enum.Typedef != "":
		return withoutSuffix(g.enum.Typedef)
	case g.enum != nil && g.enum.Tag != "":
		return withoutSuffix(g.enum.Tag)
	case g.prefix != "":
		return strings.Trim(g.prefix, "_")
	}
	return g.members[0].Name + "_enum"
}

// free returns a name that nothing has yet, with one of the suffixes where it must, and takes it.
func free(taken map[string]bool, name string, suffixes ...string) string {
	for _, suffix := range append([]string{""}, suffixes...) {
		if !taken[name+suffix] {
			name += suffix
			break
		}
	}
	taken[name] = true
	return name
}

// integer returns the smallest Go integer type that holds all values; "" where none does.
func integer(list []*model.Constant) string {
	for _, t := range []string{"uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"} {
		if !slices.ContainsFunc(list, func(c *model.Constant) bool { return !fits(c.Value, t) }) {
			return t
		}
	}
	return ""
}

func fits(v constant.Value, goType string) bool {
	bits := map[string]uint{"8": 8, "16": 16, "32": 32, "64": 64}[strings.TrimLeft(goType, "uint")]
	if strings.HasPrefix(goType, "u") {
		return constant.Sign(v) >= 0 && constant.Compare(v, token.LSS, power(bits))
	}
	end := power(bits - 1)
	return constant.Compare(v, token.LSS, end) && constant.Compare(v, token.GEQ, constant.UnaryOp(token.SUB, end, 0))
}

func power(n uint) constant.Value { return constant.Shift(constant.MakeInt64(1), token.SHL, n) }

// areFlags reports whether the members name bits: three at least, or two if a name says that they are flags. One may be all of
// them together.
func (g *group) areFlags() bool {
	least := 3
	if g.isFlagField || sayFlags(g.stem()) {
		least = 2
	}
	return areBits(g.members, least)
}

// sayFlags reports whether a name says that it is about flags.
func sayFlags(name string) bool { return strings.Contains(strings.ToLower(name), "flag") }

// areBits reports whether constants name so many bits at least; one may be all of them together.
func areBits(list []*model.Constant, least int) bool {
	bits, all, several := 0, uint64(0), []uint64{}
	for _, c := range list {
		v, ok := constant.Uint64Val(c.Value)
		switch {
		case !ok:
			return false
		case v&(v-1) != 0:
			several = append(several, v)
		case v != 0 && all&v == 0:
			bits++
			all |= v
		}
	}
	return bits >= least && !slices.ContainsFunc(several, func(v uint64) bool { return v != all })
}

// haveTexts reports whether the comments behind the constants look like texts to print: short, one for nearly
// every constant, and all different.
func haveTexts(list []*model.Constant) bool {
	seen := map[string]bool{}
	texts := 0
	for _, c := range list {
		if c.Text == "" {
			continue
		}
		if len(c.Text) > 60 || strings.ContainsAny(c.Text, "\n;=") || seen[c.Text] {
			return false
		}
		seen[c.Text] = true
		texts++
	}
	return texts > 0 && texts >= len(list)-1
}

// allNegative reports whether values are error codes: none above zero, some below.
func allNegative(list []*model.Constant) bool {
	below := false
	for _, c := range list {
		if constant.Sign(c.Value) > 0 {
			return false
		}
		below = below || constant.Sign(c.Value) < 0
	}
	return below
}
