// SPDX-License-Identifier: Apache-2.0

package breaking

import (
	"fmt"
	"go/constant"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// constants compares macros and enumerators by name, and what is gone with what is new by value.
func (c *comparer) constants() {
	old, new := byName(c.old.Constants), byName(c.new.Constants)
	var gone, fresh []*model.Constant
	for _, o := range c.old.Constants {
		switch n := new[o.Name]; {
		case old[o.Name] != o: // defined again below
		case n == nil:
			gone = append(gone, o)
		default:
			c.constant(o, n)
		}
	}
	for _, n := range c.new.Constants {
		if old[n.Name] == nil && new[n.Name] == n {
			fresh = append(fresh, n)
		}
	}
	fresh = c.replaced(gone, fresh)
	for _, n := range fresh {
		c.added(n, old)
	}
}

// byName returns the constants by name. Of a macro that is defined again the last definition counts.
func byName(list []*model.Constant) map[string]*model.Constant {
	m := make(map[string]*model.Constant, len(list))
	for _, c := range list {
		m[c.Name] = c
	}
	return m
}

// constant compares two states of one constant.
func (c *comparer) constant(o, n *model.Constant) {
	report := func(r Rule, msg string, args ...any) { c.add(r, o.Name, o.Pos, n.Pos, fmt.Sprintf(msg, args...)) }
	switch {
	case equal(o.Value, n.Value):
		if spelling(o.Type) != spelling(n.Type) {
			report(constantRetyped, "type was %s, is %s", spelling(o.Type), spelling(n.Type))
		}
	case c.isLimit(o, n):
		report(constantLimit, "was %s, is %s", show(o.Value), show(n.Value))
	default:
		report(constantRenumbered, "was %s, is %s", show(o.Value), show(n.Value))
	}
	if words(o.Text) != words(n.Text) {
		report(textReworded, "text was %q, is %q", words(o.Text), words(n.Text))
	}
}

// replaced pairs what is gone with what has its value now, in the same group. It returns what is new
// without a pair.
func (c *comparer) replaced(gone, fresh []*model.Constant) []*model.Constant {
	for _, o := range gone {
		i := slices.IndexFunc(fresh, func(n *model.Constant) bool { return equal(o.Value, n.Value) && related(o, n) })
		if i < 0 {
			c.add(constantRemoved, o.Name, o.Pos, model.Pos{}, "was "+show(o.Value)+c.skipped(o.Name))
			continue
		}
		n := fresh[i]
		fresh = slices.Delete(fresh, i, i+1)
		rule := constantReused
		if text := words(o.Text + o.Doc); text != "" && text == words(n.Text+n.Doc) || isReserve(o.Name) {
			rule = constantRenamed
		}
		c.add(rule, n.Name, o.Pos, n.Pos, fmt.Sprintf("%s was %s", show(n.Value), named(o)))
	}
	return fresh
}

// skipped says why a name that had a value has none any more.
func (c *comparer) skipped(name string) string {
	for _, s := range c.new.Skipped {
		if s.Name == name {
			return fmt.Sprintf(", is not a constant any more (%s)", s.Reason)
		}
	}
	return ""
}

// named returns a constant's name and text.
func named(c *model.Constant) string {
	if text := words(c.Text); text != "" {
		return fmt.Sprintf("%s (%s)", c.Name, text)
	}
	return c.Name
}

// added says how a new constant stands to the others of its group. Of a limit there is nothing to say.
func (c *comparer) added(n *model.Constant, old map[string]*model.Constant) {
	if isLimitName(n.Name) {
		return
	}
	rule, msg := constantAdded, "is "+show(n.Value)
	for _, m := range c.group(n) {
		o := old[m.Name]
		if o == nil || isLimitName(o.Name) {
			continue
		}
		if equal(o.Value, n.Value) && !equal(o.Value, m.Value) {
			rule, msg = constantInserted, fmt.Sprintf("is %s, which was %s", show(n.Value), named(o))
			break
		}
		if further(o.Value, n.Value) {
			rule = constantAddedInGap
		}
	}
	c.add(rule, n.Name, model.Pos{}, n.Pos, msg)
}

// further reports whether a is further from zero than b.
func further(a, b constant.Value) bool {
	return isInt(a) && isInt(b) && constant.Compare(magnitude(a), token.GTR, magnitude(b))
}

func magnitude(v constant.Value) constant.Value {
	if constant.Sign(v) < 0 {
		return constant.UnaryOp(token.SUB, v, 0)
	}
	return v
}

func isInt(v constant.Value) bool { return v != nil && v.Kind() == constant.Int }

// group returns the constants of the new state that belong together with n, n among them: the members of
// its enum, or the macros related to it.
func (c *comparer) group(n *model.Constant) []*model.Constant {
	if n.Enum != nil {
		return n.Enum.Members
	}
	var list []*model.Constant
	for _, m := range c.new.Constants {
		if m.Kind == model.Macro && related(m, n) {
			list = append(list, m)
		}
	}
	return list
}

// related reports whether two constants belong to the same group: enumerators of enums that share a name or a
// member, or macros whose names begin with the same word.
func related(a, b *model.Constant) bool {
	if a.Kind != b.Kind {
		return false
	}
	if a.Enum != nil && b.Enum != nil {
		return sameEnum(a.Enum, b.Enum)
	}
	return firstWord(a.Name) == firstWord(b.Name)
}

func sameEnum(a, b *model.Enum) bool {
	if a.Tag != "" && a.Tag == b.Tag || a.Typedef != "" && a.Typedef == b.Typedef {
		return true
	}
	names := byName(a.Members)
	return slices.ContainsFunc(b.Members, func(m *model.Constant) bool { return names[m.Name] != nil })
}

// firstWord returns what stands before the first underscore that is not in front.
func firstWord(name string) string {
	word, _, _ := strings.Cut(strings.TrimLeft(name, "_"), "_")
	return word
}

// isLimit reports whether a constant bounds its group in both states: by name, and, in an enum, by value.
func (c *comparer) isLimit(o, n *model.Constant) bool {
	return isLimitName(o.Name) && isLimitOf(o) && isLimitOf(n)
}

func isLimitOf(c *model.Constant) bool {
	if c.Enum == nil {
		return isInt(c.Value)
	}
	return !slices.ContainsFunc(c.Enum.Members, func(m *model.Constant) bool {
		return !isLimitName(m.Name) && further(m.Value, c.Value)
	})
}

// isLimitName reports whether a name says that it bounds or counts others: FOO_MAX, __FOO_MAX_ID, NR_FOO.
func isLimitName(name string) bool {
	list := nameWords(name)
	n := len(list)
	if n > 1 && list[n-1] == "ID" {
		n--
	}
	if n < 2 {
		return false
	}
	return slices.Contains([]string{"MAX", "LAST", "COUNT", "NUM", "NR", "END"}, list[n-1]) ||
		slices.Contains([]string{"MAX", "NR", "NUM"}, list[0])
}

// isReserve reports whether a name says that it stands for nothing yet: pad, reserved, unused1, ip_pad.
func isReserve(name string) bool {
	list := nameWords(strings.TrimRight(name, "_0123456789"))
	return len(list) > 0 &&
		slices.Contains([]string{"PAD", "PADDING", "UNUSED", "RESERVED", "RSVD", "FILLER", "MBZ"}, list[len(list)-1])
}

// nameWords returns the words between underscores, in capitals.
func nameWords(name string) []string {
	return strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool { return r == '_' })
}

// words returns a text with single blanks.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func equal(a, b constant.Value) bool {
	if a == nil || b == nil || a.Kind() != b.Kind() {
		return a == nil && b == nil
	}
	return constant.Compare(a, token.EQL, b)
}

func show(v constant.Value) string {
	switch {
	case v == nil:
		return "without a value"
	case v.Kind() == constant.Float:
		f, _ := constant.Float64Val(v)
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return v.ExactString()
}

func spelling(t *model.Type) string {
	if t == nil {
		return ""
	}
	return t.C
}
