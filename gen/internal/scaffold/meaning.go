// SPDX-License-Identifier: Apache-2.0

package scaffold

import (
	"go/constant"
	"go/token"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// minRun is how many macros make a group; two must be what maxPair says.
const (
	minRun  = 2
	maxPair = 2 // the larger one of two values, unless both are bits
)

// measures are words of names that say how much of something there is, or where it is, and not which: constants that have
// them stand alone.
var measures = words("ALEN BITS BUFSIZE CAP CNT COUNT DEPTH DEFAULT ENTRIES HLEN INTERVAL LEN LENGTH LIMIT MASK MAX MIN MSEC MTU NSEC " +
	"NUM OFF OFFSET SHIFT SIZE SIZEOF SLOTS SZ THRESHOLD TIMEOUT TTL USEC VERSION")

func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// isMeasure reports whether a macro says how much: by a word of its name, or by the end of its last word.
func isMeasure(c *model.Constant) bool {
	if c.Value == nil || c.Value.Kind() != constant.Int {
		return true
	}
	parts := strings.Split(strings.Trim(strings.ToUpper(c.Name), "_"), "_")
	last := parts[len(parts)-1]
	return slices.ContainsFunc(parts, func(w string) bool {
		return measures[w] && w != "OFF" && w != "DEFAULT" && w != "VERSION" && w != "TTL" && w != "MASK"
	}) ||
		measures[last] || len(last) > 4 && (strings.HasSuffix(last, "SIZE") || strings.HasSuffix(last, "LEN"))
}

// isCount reports whether a member of an enum only says how many there are: the last one, behind all others, by a word.
func isCount(e *model.Enum) bool {
	n := len(e.Members)
	if n < 3 {
		return false
	}
	last, before := e.Members[n-1], e.Members[n-2]
	v, ok := constant.Int64Val(last.Value)
	w, okBefore := constant.Int64Val(before.Value)
	if !ok || !okBefore || v != w+1 {
		return false
	}
	parts := strings.Split(strings.Trim(strings.ToUpper(last.Name), "_"), "_")
	return slices.ContainsFunc(parts, func(p string) bool {
		return p == "MAX" || p == "NUM" || p == "COUNT" || p == "NR" || p == "LAST" || p == "END"
	}) && parts[len(parts)-1] != "MIN" && (parts[0] == "MAX" || parts[0] == "NUM" || parts[0] == "NR" || strings.HasPrefix(last.Name, "__") ||
		measures[parts[len(parts)-1]] || parts[len(parts)-1] == "NR")
}

// families splits a run of macros where what is said changes: at a blank line or a comment, where the names on both sides
// have more in common among themselves than all of them.
func families(run []*model.Constant) [][]*model.Constant {
	if len(run) == 0 {
		return nil
	}
	whole := commonPrefix(run)
	var parts [][]*model.Constant
	for i, c := range run {
		if i == 0 || c.Pos.Line-run[i-1].Pos.Line > 1 {
			parts = append(parts, nil)
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], c)
	}
	var list [][]*model.Constant
	for _, part := range parts {
		own := len(part) >= minRun && len(commonPrefix(part)) > len(whole)
		if n := len(list); n > 0 && (!own || !distinctPrefix(list[n-1], part)) {
			list[n-1] = append(list[n-1], part...)
			continue
		}
		list = append(list, part)
	}
	return list
}

// byNextWord splits a list of names where the word behind what they have in common changes.
func byNextWord(list []*model.Constant) [][]*model.Constant {
	prefix := commonPrefix(list)
	next := func(c *model.Constant) string {
		word, _, _ := strings.Cut(strings.TrimPrefix(c.Name, prefix), "_")
		return word
	}
	var parts [][]*model.Constant
	for i, c := range list {
		if i == 0 || next(c) != next(list[i-1]) {
			parts = append(parts, nil)
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], c)
	}
	return parts
}

// distinctPrefix reports whether two lists of names have each a prefix that the other has not.
func distinctPrefix(a, b []*model.Constant) bool {
	p, q := commonPrefix(a), commonPrefix(b)
	return len(a) >= minRun && !strings.HasPrefix(p, q) && !strings.HasPrefix(q, p)
}

// isFamily reports whether macros that stand together name the values of one thing.
func isFamily(list []*model.Constant) bool {
	if len(list) < minRun || commonPrefix(list) == "" || !areNames(list) {
		return false
	}
	if len(list) > minRun {
		return true
	}
	if allNegative(list) {
		list = magnitudes(list)
		a, b := constant.ToFloat(list[0].Value), constant.ToFloat(list[1].Value)
		return constant.Compare(constant.BinaryOp(a, token.SUB, b), token.LEQ, constant.MakeInt64(1)) &&
			constant.Compare(constant.BinaryOp(b, token.SUB, a), token.LEQ, constant.MakeInt64(1))
	}
	a, okA := constant.Uint64Val(list[0].Value)
	b, okB := constant.Uint64Val(list[1].Value)
	return okA && okB && (max(a, b) <= maxPair || bit(a) && bit(b))
}

func bit(v uint64) bool { return v != 0 && v&(v-1) == 0 }

// withoutSuffix takes off a C name what says that it is a type.
func withoutSuffix(name string) string {
	for _, suffix := range []string{"_t", "_e", "_s", "_u", "_enum", "_struct"} {
		if rest, ok := strings.CutSuffix(name, suffix); ok && rest != "" {
			return rest
		}
	}
	return name
}

// groupOfComment returns the group that a comment on a field names: by its enum, or by the C names of its constants as a
// pattern; nil where it names none, or one of another size.
func (p *proposal) groupOfComment(f *model.Field) *group {
	if f.Type.Kind != model.Int || f.BitField {
		return nil
	}
	for _, text := range []string{f.Text, f.Doc} {
		fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n,;:()'\"`.", r) })
		for i, w := range fields {
			var g *group
			switch prefix, isPattern := strings.CutSuffix(w, "*"); {
			case w == "enum" && i+1 < len(fields):
				g = p.groupWhere(func(g *group) bool { return g.enum != nil && g.enum.Tag == fields[i+1] })
			case isPattern && len(prefix) > 2 && strings.HasSuffix(prefix, "_"):
				g = p.groupWhere(func(g *group) bool { return strings.HasPrefix(g.prefix, prefix) })
			}
			if g != nil && (!g.negative() || !f.Type.Signed) && p.setBits(g, f.Type.Size) {
				return g
			}
		}
	}
	return nil
}

func (p *proposal) groupWhere(match func(*group) bool) *group {
	if i := slices.IndexFunc(p.groups, match); i >= 0 {
		return p.groups[i]
	}
	return nil
}

// setBits gives a group the size of a field that holds it, where it can have it and no other field has set it.
func (p *proposal) setBits(g *group, size int64) bool {
	name := map[int64]string{1: "uint8", 2: "uint16", 4: "uint32", 8: "uint64"}[size]
	if g.width == name {
		return true
	}
	members := g.included()
	if g.negative() {
		members = magnitudes(members)
	}
	if g.width != "" || name == "" || slices.ContainsFunc(members, func(c *model.Constant) bool { return !fits(c.Value, name) }) {
		return false
	}
	if slices.ContainsFunc(p.structs, func(s *structure) bool { return hasEnumField(s.record, g.enum, size) }) {
		return false
	}
	g.width = name
	return true
}

// hasEnumField reports whether a record has a field of an enum, of another size.
func hasEnumField(r *model.Record, e *model.Enum, size int64) bool {
	return e != nil && slices.ContainsFunc(r.Fields, func(f *model.Field) bool {
		return f.Type.Kind == model.EnumType && f.Type.Enum == e && f.Type.Size != size
	})
}
