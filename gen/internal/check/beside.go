// SPDX-License-Identifier: Apache-2.0

package check

import (
	"go/constant"
	"go/token"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// bits plans the members that are bits beside a value: single ones, of which none is part of a value.
func (g *groupChecker) bits() {
	for _, pattern := range g.config.Bits {
		if !slices.ContainsFunc(g.members, func(m *model.Constant) bool { return matchesName(pattern.Value, m.Name) }) {
			g.faults.Addf(pattern.Pos, pattern.Value, "no member of the group has this name")
		}
	}
	if len(g.config.Bits) == 0 {
		return
	}
	if g.plan.Flags {
		g.faults.Addf(g.config.Flags.Pos, "flags", "flags and bits exclude each other: a group is a set of bits, or an enum with bits beside its values").
			Also(g.config.Bits[0].Pos)
		return
	}
	if g.config.Templates.Pos.IsValid() {
		g.faults.Addf(g.config.Templates.Pos, "templates", "templates are found by the whole value, so that a group with bits has none").Also(g.config.Bits[0].Pos)
	}
	for _, c := range g.plan.Consts {
		if g.isBeside(c) {
			g.bit(c)
		}
	}
	slices.SortStableFunc(g.plan.Bits, func(a, b plan.Name) int { return compare(a.Value, b.Value) })
	g.apart()
}

// isBeside reports whether the configuration says that a member is a bit.
func (g *groupChecker) isBeside(c *plan.Const) bool {
	return slices.ContainsFunc(g.config.Bits, func(p config.Text) bool { return matchesName(p.Value, c.C) })
}

// bit plans one bit.
func (g *groupChecker) bit(c *plan.Const) {
	one := constant.MakeInt64(1)
	below := constant.BinaryOp(c.Value, token.SUB, one)
	if constant.Sign(c.Value) <= 0 || c.Minus || constant.Sign(constant.BinaryOp(c.Value, token.AND, below)) != 0 {
		g.faults.Addf(g.posOf(c), c.C, "%v is not a single bit, as bits beside a value are", c.Value).Also(g.config.Bits[0].Pos)
		return
	}
	if i := slices.IndexFunc(g.plan.Bits, func(n plan.Name) bool { return compare(n.Value, c.Value) == 0 }); i >= 0 {
		g.faults.Addf(g.posOf(c), c.C, "is the same bit as %s", g.cName(g.plan.Bits[i])).Also(g.config.Bits[0].Pos)
		return
	}
	g.plan.Bits = append(g.plan.Bits, plan.Name{Const: c.Name, Value: c.Value})
}

// apart faults values that a bit is part of: nobody could tell whether it is set beside them.
func (g *groupChecker) apart() {
	values := g.plan.ValueConsts()
	for _, c := range values {
		for _, b := range g.plan.Bits {
			if !g.isBeside(c) && constant.Sign(constant.BinaryOp(c.Value, token.AND, b.Value)) != 0 {
				g.faults.Addf(g.posOf(c), c.C, "%v contains the bit %s: no value may contain a bit that is set beside values", c.Value, g.cName(b)).
					Also(g.config.Bits[0].Pos)
			}
		}
	}
	if len(values) == 0 {
		g.faults.Addf(g.config.Bits[0].Pos, "bits", "no member of the group is a value: say flags: true for a set of bits")
	}
	if len(g.plan.Bits) > 0 {
		g.declare(goname.Bits(g.plan.Name), "the bits of "+g.plan.Name, g.config.Bits[0].Pos)
	}
}

// cName returns the C name of a bit.
func (g *groupChecker) cName(n plan.Name) string {
	i := slices.IndexFunc(g.plan.Consts, func(c *plan.Const) bool { return c.Name == n.Const })
	return g.plan.Consts[i].C
}

// bitText gives a bit its text, and reports whether the constant is one.
func (g *groupChecker) bitText(c *plan.Const, text string) bool {
	i := slices.IndexFunc(g.plan.Bits, func(n plan.Name) bool { return n.Const == c.Name })
	if i >= 0 {
		g.plan.Bits[i].Text = text
	}
	return i >= 0
}

// bitNames lists the bits.
func (g *groupChecker) bitNames() string {
	var list []string
	for _, b := range g.plan.Bits {
		list = append(list, b.Const)
	}
	return strings.Join(list, ", ")
}
