// SPDX-License-Identifier: Apache-2.0

package check

import (
	"go/constant"
	"go/token"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// textsOfGroup returns the texts that a group has elsewhere than at its constants.
func (k *checker) textsOfGroup(c *config.Group) []model.Text { return k.unit.Texts[c.TextsFrom.Pos] }

// hasOwnMembers reports whether the configuration says which constants a group has.
func hasOwnMembers(c *config.Group) bool {
	return c.Enum.Given() || len(c.Macros) > 0 || len(c.Add) > 0
}

// membersFromTexts returns the members of a group that has the numbers and texts of a file or table alone.
func (k *checker) membersFromTexts(c *config.Group) []*model.Constant {
	var list []*model.Constant
	seen := map[string]bool{}
	for _, t := range k.textsOfGroup(c) {
		if t.Number == nil || t.Name != "" {
			k.faults.Addf(t.Pos, t.Key(), "is the name of a constant: say in the configuration by enum, macros or add which constants the group %s has",
				c.Name.Value).Also(c.Name.Pos)
			continue
		}
		if seen[t.Number.ExactString()] {
			continue // elsewhere reports it
		}
		seen[t.Number.ExactString()] = true
		list = append(list, &model.Constant{Name: t.Text, Pos: t.Pos, Value: t.Number})
	}
	for _, pattern := range c.Exclude {
		n := len(list)
		list = slices.DeleteFunc(list, func(m *model.Constant) bool { return matchesName(pattern.Value, m.Name) })
		if len(list) == n {
			k.faults.Addf(pattern.Pos, pattern.Value, "excludes nothing: no member has this name")
		}
	}
	return list
}

// identifier makes of a text what can be a C name: "lib/nat.h" is lib_nat_h.
func identifier(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, text)
}

// elsewhere finds for each text that stands elsewhere the constants that it belongs to.
func (g *groupChecker) elsewhere() {
	g.found = map[string]model.Text{}
	byKey := map[string][]*plan.Const{}
	for _, c := range g.plan.Consts {
		byKey["name "+c.C] = append(byKey["name "+c.C], c)
		for _, v := range numbersOf(c) {
			byKey[v.ExactString()] = append(byKey[v.ExactString()], c)
		}
	}
	for _, t := range g.textsOfGroup(g.config) {
		key := "name " + t.Name
		if t.Name == "" {
			key = t.Number.ExactString()
		}
		for _, c := range byKey[key] {
			g.give(t, c)
		}
		if !hasOwnMembers(g.config) && t.Name != "" {
			continue // membersFromTexts reports it
		}
		if len(byKey[key]) == 0 && !g.isExcluded(t) && !g.isRelease && !g.config.TextsFrom.Comments.Given() {
			g.faults.Addf(t.Pos, t.Key(), "no member of the group %s has this %s", g.plan.Name, nameOrValue(t)).Also(g.config.Name.Pos)
		}
	}
	if g.config.TextsFrom.Comments.Given() && len(g.found) == 0 && len(g.members) > 0 {
		g.faults.Addf(g.config.TextsFrom.Comments.Pos, g.config.TextsFrom.Comments.Value, "no member of the group has a comment in this header")
	}
}

func nameOrValue(t model.Text) string {
	if t.Name != "" {
		return "name"
	}
	return "value"
}

// isExcluded reports whether the configuration leaves out the constant that a text names.
func (g *groupChecker) isExcluded(t model.Text) bool {
	return slices.ContainsFunc(g.config.Exclude, func(p config.Text) bool {
		return matchesName(p.Value, t.Name) || matchesName(p.Value, t.Text) && !hasOwnMembers(g.config)
	})
}

// numbersOf returns the numbers by which texts can name a constant: its value in Go, and the one in C.
func numbersOf(c *plan.Const) []constant.Value {
	if !c.Minus {
		return []constant.Value{c.Value}
	}
	return []constant.Value{c.Value, constant.UnaryOp(token.SUB, c.Value, 0)}
}

// give gives a constant its text.
func (g *groupChecker) give(t model.Text, c *plan.Const) {
	value := c.Value
	if c.Minus {
		value = constant.UnaryOp(token.SUB, value, 0)
	}
	old, again := g.found[c.C]
	switch {
	case t.Name != "" && t.Number != nil && compare(t.Number, value) != 0:
		g.faults.Addf(t.Pos, t.Name, "is %v here and %v in the headers of the group %s: one of the two is out of date",
			t.Number, value, g.plan.Name).Also(g.posOf(c))
	case t.Minus && !c.Minus:
		g.faults.Addf(t.Pos, t.Key(), "the text belongs to -%s, but the group %s has %v: magnitude: true is for constants that C negates",
			t.Name, g.plan.Name, value).Also(g.posOf(c))
	case again:
		g.faults.Addf(t.Pos, t.Key(), "has a text already").Also(old.Pos)
	default:
		g.found[c.C] = t
		if c.Text == "" && t.Text != c.C {
			c.Text = oneLine(t.Text)
		}
		g.from(t.Pos)
	}
}

// whereTexts says in messages where the texts of a group come from.
func (g *groupChecker) whereTexts(source string) string {
	from := g.config.TextsFrom
	for _, t := range []config.Text{from.Lines, from.Comments, from.In} {
		if t.Given() {
			return "in " + t.Value
		}
	}
	return "(text: " + source + ")"
}
