// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"go/constant"
	"go/token"
	"math/bits"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// constants plans the file's single constants.
func (f *fileChecker) constants() {
	seen := map[*model.Constant]bool{}
	for _, p := range f.config.Constants {
		if p.Value.Given() && isPattern(p.Key.Value) {
			f.faults.Addf(p.Value.Pos, p.Value.Value, "one Go name for a pattern")
		}
		chosen := map[int]bool{}
		f.addMatches(chosen, p.Key, func(*model.Constant) bool { return true })
		for _, c := range f.chosen(chosen) {
			if !seen[c] {
				seen[c] = true
				f.constant(c, p)
			}
		}
	}
}

func (f *fileChecker) constant(c *model.Constant, entry config.Pair) {
	pos, name := c.Pos, entry.Value
	goName := f.words.Camel(c.Name)
	if name.Given() {
		goName, pos = name.Value, name.Pos
	}
	f.declareConstant(goName, c.Name, pos, entry.Key.Pos)
	f.from(c.Pos)
	f.plan.Constants = append(f.plan.Constants, newConst(c, goName, c.Value))
}

func newConst(c *model.Constant, goName string, value constant.Value) *plan.Const {
	return &plan.Const{Name: goName, C: c.Name, Value: value, Doc: comment(c.Doc), Text: oneLine(c.Text)}
}

// comment splits a comment into lines that a Go comment can hold.
func comment(text string) []string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(strings.Map(printable, l), " \t")
	}
	return lines
}

// printable replaces what would end a line or hide in it.
func printable(r rune) rune {
	if r != '\t' && visible.Hidden(r) {
		return ' '
	}
	return r
}

// oneLine joins the words of a text by single blanks.
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.Map(printable, text)), " ")
}

// groupChecker checks one group.
type groupChecker struct {
	*fileChecker
	config  *config.Group
	plan    *plan.Group
	members []*model.Constant
	found   map[string]model.Text // by C name, the texts that stand elsewhere
}

func (f *fileChecker) group(c *config.Group) {
	g := &groupChecker{fileChecker: f, config: c, plan: &plan.Group{Name: c.Name.Value}}
	switch {
	case hasOwnMembers(c):
		g.members = f.members(c)
	case c.TextsFrom.Pos.IsValid():
		g.members = f.membersFromTexts(c)
	default:
		f.faults.Addf(c.Name.Pos, c.Name.Value, "the group has no members: say enum, macros or add")
	}
	f.declare(c.Name.Value, c.Name.Value, c.Name.Pos)
	g.options()
	g.types()
	g.consts()
	g.bits()
	g.elsewhere()
	g.texts()
	g.templates()
	g.doc()
	f.plan.Groups = append(f.plan.Groups, g.plan)
}

// options carries over what needs no look at the members.
func (g *groupChecker) options() {
	c := g.config
	g.plan.Flags = c.Flags.Value
	g.plan.Separator = "|"
	if c.Separator.Given() {
		g.plan.Separator = c.Separator.Value
		if !g.plan.Flags && len(c.Bits) == 0 {
			g.faults.Addf(c.Separator.Pos, "separator", "only a set of flags has one, and a group with bits")
		}
	}
	if c.Lookup.Given() {
		g.plan.Lookup = c.Lookup.Value
		g.declare(c.Lookup.Value, "lookup", c.Lookup.Pos)
	}
	if c.Map.Given() {
		g.plan.Map = c.Map.Value
		g.declare(c.Map.Value, "map", c.Map.Pos)
	}
	for _, m := range c.Methods {
		g.method(m)
	}
	g.unused(c.Names, g.isMember, "no member of the group has this name")
	g.unused(c.Texts, g.isMember, "no member of the group has this name")
}

func (g *groupChecker) method(m config.Text) {
	switch m.Value {
	case "parse":
		g.parse(m.Pos)
	case "text":
		g.plan.Marshal = true
		g.parse(m.Pos)
	case "valid":
		g.plan.Valid = true
	case "values":
		if !g.plan.Values {
			g.plan.Values = true
			g.declare(g.plan.Name+"Values", "methods", m.Pos)
		}
	default:
		g.faults.Addf(m.Pos, m.Value, "no such method: want parse, text, valid or values")
	}
}

// parse plans the function that parses, once.
func (g *groupChecker) parse(pos model.Pos) {
	if !g.plan.Parse {
		g.plan.Parse = true
		g.declare("Parse"+g.plan.Name, "methods", pos)
	}
}

func (g *groupChecker) isMember(name string) bool {
	return slices.ContainsFunc(g.members, func(c *model.Constant) bool { return c.Name == name })
}

// types finds the integer under the Go type and the type of the constants.
func (g *groupChecker) types() {
	c := g.config
	switch {
	case c.Type.Given():
		base, ok := integer(c.Type.Value)
		if !ok {
			g.faults.Addf(c.Type.Pos, c.Type.Value, "want an integer type: int, int8 to int64, uint, or uint8 to uint64")
		}
		g.plan.Base = base
	case len(g.members) > 0 && g.oneEnum():
		t := g.members[0].Enum.Type
		g.plan.Base = plan.Int{Bits: int(t.Size) * 8, Signed: t.Signed}
	case len(g.members) > 0:
		g.faults.Addf(c.Name.Pos, c.Name.Value, "say the group's type: its members are not those of one enum")
	}
	switch name := c.Constants.Value; {
	case !c.Constants.Given() && g.checker.config.Typed.Value:
		g.plan.ConstType = g.plan.Name
	case !c.Constants.Given() || name == "untyped":
	case name == g.plan.Name:
		g.plan.ConstType = name
	default:
		if _, ok := integer(name); !ok {
			g.faults.Addf(c.Constants.Pos, name, "want untyped, an integer type, or %s", g.plan.Name)
		}
		g.plan.ConstType = name
	}
}

// oneEnum reports whether all members belong to the same enum.
func (g *groupChecker) oneEnum() bool {
	first := g.members[0].Enum
	return first != nil && first.Type != nil &&
		!slices.ContainsFunc(g.members, func(c *model.Constant) bool { return c.Enum != first })
}

// integer returns the integer type of this name.
func integer(name string) (plan.Int, bool) {
	switch name {
	case "int":
		return plan.Int{Bits: 32, Signed: true, Word: true}, true
	case "uint":
		return plan.Int{Bits: 32, Word: true}, true
	}
	for _, bits := range []int{8, 16, 32, 64} {
		switch name {
		case fmt.Sprintf("int%d", bits):
			return plan.Int{Bits: bits, Signed: true}, true
		case fmt.Sprintf("uint%d", bits):
			return plan.Int{Bits: bits}, true
		}
	}
	return plan.Int{}, false
}

// consts plans the constants: their names and values.
func (g *groupChecker) consts() {
	stripped := false
	for _, c := range g.members {
		name, pos := g.goName(c, &stripped)
		g.declareConstant(name, c.Name, pos, g.config.Name.Pos)
		g.from(c.Pos)
		value, ok := g.value(c)
		if !ok {
			continue
		}
		planned := newConst(c, name, value)
		planned.Minus = g.config.Magnitude.Value && constant.Sign(c.Value) < 0
		g.plan.Consts = append(g.plan.Consts, planned)
	}
	g.signs()
	g.limits()
	if g.config.Strip.Given() && !stripped && len(g.members) > 0 {
		g.faults.Addf(g.config.Strip.Pos, g.config.Strip.Value, "no member's name begins with this")
	}
}

// signs faults the members of a group of magnitudes that are positive where others are negative: Go would not tell
// which. What the configuration adds by its name is as it says.
func (g *groupChecker) signs() {
	if !g.config.Magnitude.Value {
		return
	}
	i := slices.IndexFunc(g.members, func(c *model.Constant) bool { return isInteger(c) && constant.Sign(c.Value) < 0 })
	for _, c := range g.members {
		added := slices.ContainsFunc(g.config.Add, func(t config.Text) bool { return t.Value == c.Name })
		if i >= 0 && isInteger(c) && constant.Sign(c.Value) > 0 && !added {
			g.faults.Addf(c.Pos, c.Name, "%v is positive and %s is negative, which magnitude would hide: give it its sign, "+
				"exclude it, or name it under add", c.Value, g.members[i].Name).Also(g.config.Magnitude.Pos)
		}
	}
}

func isInteger(c *model.Constant) bool { return c.Value.Kind() == constant.Int }

// limits faults the values that are outside of the range that the configuration gives.
func (g *groupChecker) limits() {
	if !g.config.Range.Given() {
		return
	}
	text := g.config.Range
	from, to, found := strings.Cut(text.Value, "..")
	low, high := number(from), number(to)
	if !found || low == nil || high == nil || constant.Compare(low, token.GTR, high) {
		g.faults.Addf(text.Pos, text.Value, "not a range: say the lowest and the highest value, as in 0..128")
		return
	}
	for _, c := range g.plan.Consts {
		if constant.Compare(c.Value, token.LSS, low) || constant.Compare(c.Value, token.GTR, high) {
			g.faults.Addf(g.posOf(c), c.C, "%v is outside of the range of the group %s, %s", c.Value, g.plan.Name, text.Value).Also(text.Pos)
		}
	}
}

// number returns the integer that a text is; nil for none.
func number(text string) constant.Value {
	text = strings.TrimSpace(text)
	digits, minus := strings.CutPrefix(text, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' {
		return nil
	}
	v := constant.MakeFromLiteral(digits, token.INT, 0)
	if v.Kind() != constant.Int {
		return nil
	}
	if minus {
		v = constant.UnaryOp(token.SUB, v, 0)
	}
	return v
}

// goName returns a member's Go name, and where it is decided.
func (g *groupChecker) goName(c *model.Constant, stripped *bool) (string, model.Pos) {
	rest, cut := strings.CutPrefix(c.Name, g.config.Strip.Value)
	*stripped = *stripped || cut
	if name, ok := lookup(g.config.Names, c.Name); ok && name.Given() {
		return name.Value, name.Pos
	}
	return g.config.Prefix.Value + g.words.Camel(identifier(rest)), c.Pos
}

// value returns the number that Go has for a member.
func (g *groupChecker) value(c *model.Constant) (constant.Value, bool) {
	v := c.Value
	if v.Kind() != constant.Int {
		g.faults.Addf(c.Pos, c.Name, "not an integer: exclude it from the group %s", g.plan.Name).
			Also(g.config.Name.Pos)
		return nil, false
	}
	if constant.Sign(v) < 0 && g.config.Magnitude.Value {
		v = constant.UnaryOp(token.SUB, v, 0)
	}
	types := []plan.Int{g.plan.Base}
	if t, ok := integer(g.plan.ConstType); ok {
		types = append(types, t)
	}
	for _, t := range types {
		if t.Bits != 0 && !fits(v, t) {
			g.faults.Addf(c.Pos, c.Name, "%v does not fit %s, the type of the group %s", v, typeName(t), g.plan.Name).
				Also(g.config.Name.Pos)
			return nil, false
		}
	}
	return v, true
}

func typeName(t plan.Int) string {
	switch {
	case t.Word && t.Signed:
		return "int (of 32 bits on some machines)"
	case t.Word:
		return "uint (of 32 bits on some machines)"
	}
	if t.Signed {
		return fmt.Sprintf("int%d", t.Bits)
	}
	return fmt.Sprintf("uint%d", t.Bits)
}

// fits reports whether a type can hold a value.
func fits(v constant.Value, t plan.Int) bool {
	bits := uint(t.Bits)
	low := constant.MakeInt64(0)
	if t.Signed {
		bits--
		low = constant.UnaryOp(token.SUB, constant.Shift(constant.MakeInt64(1), token.SHL, bits), 0)
	}
	end := constant.Shift(constant.MakeInt64(1), token.SHL, bits)
	return constant.Compare(v, token.GEQ, low) && constant.Compare(v, token.LSS, end)
}

// doc plans the comments above the constants and the type.
func (g *groupChecker) doc() {
	if len(g.plan.Consts) == 0 {
		return
	}
	g.plan.ConstDoc = []string{fmt.Sprintf("The values of %s.", g.plan.Name)}
	if g.oneEnum() && g.members[0].Enum.Doc != "" {
		g.plan.ConstDoc = comment(g.members[0].Enum.Doc)
	}
	if g.oneEnum() {
		g.plan.ConstDoc = append(g.plan.ConstDoc, "In C: "+enumInC(g.members[0].Enum)+".")
	}
	values := g.plan.ValueConsts()
	if len(values) == 0 {
		values = g.plan.Consts
	}
	first, last := values[0].Name, values[len(values)-1].Name
	switch {
	case g.config.Doc.Given():
		g.plan.Doc = comment(g.config.Doc.Value)
	case g.plan.Flags:
		if single := slices.DeleteFunc(slices.Clone(values), hasManyBits); len(single) > 0 {
			first, last = single[0].Name, single[len(single)-1].Name
		}
		g.plan.Doc = []string{fmt.Sprintf("%s is a set of the bits from %s to %s.", g.plan.Name, first, last)}
	case len(g.plan.Bits) > 0:
		g.plan.Doc = []string{fmt.Sprintf("%s is one of the constants from %s to %s, with bits beside it: %s.", g.plan.Name, first, last, g.bitNames())}
	default:
		g.plan.Doc = []string{fmt.Sprintf("%s is one of the constants from %s to %s.", g.plan.Name, first, last)}
	}
	g.declareTable()
}

// hasManyBits reports whether a constant is not one bit, as a mask of several and 0 are not.
func hasManyBits(c *plan.Const) bool {
	v, ok := constant.Uint64Val(c.Value)
	return !ok || bits.OnesCount64(v) != 1
}

// enumInC says what an enum is in C, so that a change of its tag or of the integer that holds it shows in what is
// generated.
func enumInC(e *model.Enum) string {
	name, sign := "an enum without a name", "unsigned"
	switch {
	case e.Tag != "":
		name = "enum " + e.Tag
	case e.Typedef != "":
		name = e.Typedef
	}
	if e.Type.Signed {
		sign = "signed"
	}
	if e.Type.Size == 1 {
		return name + ", 1 byte, " + sign
	}
	return fmt.Sprintf("%s, %d bytes, %s", name, e.Type.Size, sign)
}

// declareTable reserves the name of the table of texts.
func (g *groupChecker) declareTable() {
	if g.plan.Dense {
		g.declare(goname.Table(g.plan.Name), "the table of "+g.plan.Name, g.config.Name.Pos)
	}
}
