// SPDX-License-Identifier: Apache-2.0

package check

import (
	"go/constant"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// texts plans what String prints: the texts by value. Where two constants have the same value, the first
// that has a text gives it.
func (g *groupChecker) texts() {
	source := g.textSource()
	byValue := map[string]bool{}
	named := map[string]*plan.Const{} // the first name of a value that has a text
	byText := map[string]*plan.Const{}
	for _, c := range g.plan.Consts {
		text := g.textOf(c, source)
		if g.bitText(c, text) {
			byValue[c.Value.ExactString()] = text != ""
			g.distinctText(c, byText[text], text)
			byText[text] = c
			continue
		}
		if text == "" {
			continue
		}
		n := plan.Name{Const: c.Name, Value: c.Value, Text: text}
		if first := named[c.Value.ExactString()]; first == nil {
			named[c.Value.ExactString()] = c
		} else {
			g.twoNames(first, c, text, source)
		}
		if !byValue[c.Value.ExactString()] {
			byValue[c.Value.ExactString()] = true
			g.plan.Names = append(g.plan.Names, n)
		}
		if g.distinctText(c, byText[text], text) {
			g.plan.Texts = append(g.plan.Texts, n)
		}
		byText[text] = c
	}
	slices.SortStableFunc(g.plan.Names, func(a, b plan.Name) int { return compare(a.Value, b.Value) })
	g.plan.Dense = dense(g.plan.Names) && !g.plan.Flags
	switch {
	case len(g.plan.Consts) == 0:
	case len(g.plan.Names) == 0:
		g.faults.Addf(g.config.Name.Pos, g.plan.Name, "no constant of the group has a text %s", g.whereTexts(source))
	default:
		g.textless(source, byValue)
	}
}

// twoNames faults a second name of a value with a text of its own, unless the configuration says which text counts.
func (g *groupChecker) twoNames(first, c *plan.Const, text, source string) {
	if _, said := lookup(g.config.Texts, first.C); said || g.textOf(first, source) == text {
		return
	}
	g.faults.Addf(g.posOf(c), c.C, "has the value of %s, %v, and another text: say in texts what String prints, or \"\" for one of them",
		first.C, c.Value).Also(g.config.Name.Pos)
}

// textless faults constants for which String would print a number without anybody having said so.
func (g *groupChecker) textless(source string, byValue map[string]bool) {
	there := "here"
	if g.config.TextsFrom.Pos.IsValid() {
		there = "there"
	}
	for _, c := range g.plan.Consts {
		if _, said := lookup(g.config.Texts, c.C); !said && !byValue[c.Value.ExactString()] {
			g.faults.Addf(g.posOf(c), c.C, "has no text %s, so that String would print a bare number: "+
				"give it one %s, or in texts, where \"\" is none", g.whereTexts(source), there).Also(g.config.Name.Pos)
		}
	}
}

// posOf returns where the header has a member.
func (g *groupChecker) posOf(c *plan.Const) model.Pos {
	i := slices.IndexFunc(g.members, func(m *model.Constant) bool { return m.Name == c.C })
	return g.members[i].Pos
}

// distinctText reports whether a text is met for the first time, and faults what cannot be parsed.
func (g *groupChecker) distinctText(c, other *plan.Const, text string) bool {
	why := ""
	switch {
	case other != nil && compare(c.Value, other.Value) != 0:
		why = "the same text as " + other.C
	case isNumber(text):
		why = "a text that is a number"
	case (g.plan.Flags || len(g.plan.Bits) > 0) && (strings.Contains(text, g.plan.Separator) || g.plan.Separator == ""):
		why = "a text that has the separator in it"
	}
	if strings.HasPrefix(why, "the same") && g.plan.Map != "" && !g.plan.Parse {
		g.faults.Addf(g.config.Map.Pos, g.plan.Map, "%s has %s, %q: a map has one value for a text", c.C, why, text)
	}
	if why != "" && g.plan.Parse {
		g.faults.Addf(g.config.Name.Pos, g.plan.Name, "%s has %s, %q, which cannot be parsed", c.C, why, text)
	}
	return other == nil
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	_, errInt := strconv.ParseInt(text, 0, 64)
	return err == nil || errInt == nil
}

// textSource returns what the configuration says of the group's texts.
func (g *groupChecker) textSource() string {
	t := g.config.Text
	switch t.Value {
	case "name", "short", "comment":
		return t.Value
	}
	if t.Given() {
		g.faults.Addf(t.Pos, t.Value, "want name, short or comment")
	}
	return "name"
}

func (g *groupChecker) textOf(c *plan.Const, source string) string {
	if text, ok := lookup(g.config.Texts, c.C); ok {
		return text.Value
	}
	if g.config.TextsFrom.Pos.IsValid() {
		if t, ok := g.found[c.C]; ok || !g.config.Text.Given() {
			return t.Text
		}
	}
	switch source {
	case "comment":
		return c.Text
	case "short":
		return strings.TrimPrefix(c.C, g.config.Strip.Value)
	}
	return c.C
}

// dense reports whether a table by value is at most about half empty.
func dense(names []plan.Name) bool {
	if len(names) == 0 || constant.Sign(names[0].Value) < 0 {
		return false
	}
	last, ok := constant.Int64Val(names[len(names)-1].Value)
	return ok && last < int64(2*len(names)+8)
}

func compare(a, b constant.Value) int {
	switch {
	case constant.Compare(a, token.LSS, b):
		return -1
	case constant.Compare(a, token.GTR, b):
		return 1
	}
	return 0
}
