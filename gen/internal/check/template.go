// SPDX-License-Identifier: Apache-2.0

package check

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// templates plans the tables of the comments that are texts with arguments.
func (g *groupChecker) templates() {
	c := &g.config.Templates
	if !c.Pos.IsValid() {
		return
	}
	if !c.Package.Given() || len(c.Tables) == 0 {
		g.faults.Addf(c.Pos, "templates", "say the package of their types, and the tables")
		return
	}
	t := &plan.Templates{Import: c.Package.Value}
	for _, name := range c.Tables {
		g.declare(name.Value, "templates", name.Pos)
		t.Tables = append(t.Tables, plan.TemplateTable{Name: name.Value, Group: g.plan.Name})
	}
	for _, pattern := range c.Without {
		if !slices.ContainsFunc(g.members, func(m *model.Constant) bool { return matchesName(pattern.Value, m.Name) }) {
			g.faults.Addf(pattern.Pos, pattern.Value, "no member of the group has this name")
		}
	}
	for _, m := range g.plan.Consts {
		g.template(t, m)
	}
	if len(g.plan.Names) > 0 && (!dense(g.plan.Names) || g.plan.Flags) {
		g.faults.Addf(c.Pos, "templates", "the values are too far apart for a table")
	}
	g.plan.Templates = t
}

func matchesName(pattern, name string) bool {
	match, err := path.Match(pattern, name)
	return err == nil && match
}

// template adds the texts of one constant to the tables: its comment, or the parts of it.
func (g *groupChecker) template(t *plan.Templates, c *plan.Const) {
	without := slices.ContainsFunc(g.config.Templates.Without, func(p config.Text) bool { return matchesName(p.Value, c.C) })
	switch {
	case without:
		return
	case c.Text == "":
		g.faults.Addf(g.posOf(c), c.C, "has no text: write it into its trailing comment, or list the constant in without").
			Also(g.config.Templates.Pos)
		return
	}
	parts := []string{c.Text}
	if len(t.Tables) > 1 {
		parts = strings.Split(c.Text, " | ")
	}
	if len(parts) > len(t.Tables) {
		g.faults.Addf(g.posOf(c), c.C, "the comment has %d parts and there are %d tables", len(parts), len(t.Tables)).
			Also(g.config.Templates.Pos)
		return
	}
	for i, text := range parts {
		t.Tables[i].Texts = append(t.Tables[i].Texts, plan.Template{Const: c.Name, Value: c.Value, Parts: g.parts(c, text)})
	}
}

// parts cuts a text at its arguments.
func (g *groupChecker) parts(c *plan.Const, text string) []plan.TemplatePart {
	var parts []plan.TemplatePart
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		if !found {
			return append(parts, plan.TemplatePart{Before: rest, As: "End"})
		}
		inside, after, closed := strings.Cut(after, "}")
		name, word, _ := strings.Cut(inside, ":")
		arg := slices.IndexFunc(g.config.Templates.Arguments, func(t config.Text) bool { return t.Value == name })
		as := "Decimal"
		if word != "" {
			as = goname.Export(word)
		}
		if !closed || arg < 0 || !isWord(as) {
			g.faults.Addf(g.posOf(c), c.C, "{%s} in the comment is not an argument in braces, such as {%s:word}",
				inside, firstOr(g.config.Templates.Arguments, "arg1")).Also(g.config.Templates.Pos)
			return parts
		}
		parts = append(parts, plan.TemplatePart{Before: before, Arg: arg, As: as})
		rest = after
	}
	return parts
}

// isWord reports whether a name is of letters and digits and begins with a capital.
func isWord(name string) bool {
	return unicode.IsUpper([]rune(name)[0]) &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func firstOr(list []config.Text, other string) string {
	if len(list) > 0 {
		return list[0].Value
	}
	return other
}
