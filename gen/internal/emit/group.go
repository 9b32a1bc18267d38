// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"fmt"
	"go/constant"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// constants writes the single constants of a file.
func constants(f *jen.File, list []*plan.Const) {
	if len(list) > 0 {
		constBlock(f, list, "", decimal)
	}
}

func constBlock(f *jen.File, list []*plan.Const, typ string, literal func(constant.Value) jen.Code) {
	f.Const().DefsFunc(func(g *jen.Group) {
		for _, c := range list {
			comment(g, c.Doc)
			s := g.Id(c.Name)
			if typ != "" {
				s.Id(typ)
			}
			s.Op("=").Add(literal(c.Value))
			name := c.C
			if c.Minus {
				name += ", -" + c.Value.ExactString()
			}
			trailing(s, name, c.Text)
		}
	})
	f.Line()
}

// decimal writes a constant's value.
func decimal(v constant.Value) jen.Code {
	switch v.Kind() {
	case constant.String:
		return jen.Lit(constant.StringVal(v))
	case constant.Float:
		return raw("%s", float(v))
	}
	return raw("%s", v.ExactString())
}

// float writes a floating-point number so that Go takes it for one.
func float(v constant.Value) string {
	x, _ := constant.Float64Val(v)
	text := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// hexadecimal writes the value of a flag, with the digits of its type.
func hexadecimal(base plan.Int) func(constant.Value) jen.Code {
	return func(v constant.Value) jen.Code {
		if u, ok := constant.Uint64Val(v); ok {
			return raw("0x%0*x", base.Bits/4, u)
		}
		return decimal(v)
	}
}

// group writes the constants of a group, the type of its values and the type's methods.
func group(f *jen.File, g *plan.Group) {
	literal := decimal
	if g.Flags {
		literal = hexadecimal(g.Base)
	}
	if len(g.Bits) > 0 {
		literal = besideLiteral(g)
	}
	comment(f, g.ConstDoc)
	constBlock(f, g.Consts, g.ConstType, literal)
	comment(f, g.Doc)
	f.Type().Id(g.Name).Id(intName(g.Base))
	if g.Dense && !byRelease(g) {
		table(f, g)
	}
	name(f, g)
	switch {
	case g.Flags:
		flagString(f, g)
		appendFlags(f, g)
	case len(g.Bits) > 0:
		besideMethods(f, g)
		besideString(f, g)
		appendBeside(f, g)
	default:
		valueString(f, g)
		appendValue(f, g)
	}
	lookup(f, g)
	textMap(f, g)
	nameIn(f, g)
	methods(f, g)
	templates(f, g)
}

func intName(t plan.Int) string {
	switch {
	case t.Bits == 128 && t.Signed:
		return "Int128"
	case t.Bits == 128:
		return "Uint128"
	case t.Word && t.Signed:
		return "int"
	case t.Word:
		return "uint"
	case t.Signed:
		return fmt.Sprintf("int%d", t.Bits)
	}
	return fmt.Sprintf("uint%d", t.Bits)
}

func tableName(g *plan.Group) string { return goname.Table(g.Name) }

// table writes the texts of a group by value.
func table(f *jen.File, g *plan.Group) {
	var items []jen.Code
	for _, n := range g.Names {
		items = append(items, jen.Id(n.Const).Op(":").Lit(n.Text))
	}
	f.Line()
	commentf(f, "%s has the texts of %s by value.", tableName(g), g.Name)
	f.Var().Id(tableName(g)).Op("=").Index(jen.Op("...")).String().Add(lines(items...))
}

// method begins a method of a group's type.
func method(f *jen.File, g *plan.Group, name string) *jen.Statement {
	return f.Func().Params(jen.Id("v").Id(g.Name)).Id(name)
}

// name writes the method that looks a text up: in the table, or by a switch.
func name(f *jen.File, g *plan.Group) {
	f.Line()
	commentf(f, "Name returns the text of v, and whether it has one.")
	m := method(f, g, "Name").Params().Params(jen.String(), jen.Bool())
	if byRelease(g) {
		m.Block(jen.Return(jen.Id("v").Dot("NameIn").Call(jen.Id("Release").Call(jen.Len(jen.Id("releaseNames")).Op("-").Lit(1)))))
		return
	}
	if g.Dense {
		m.BlockFunc(func(b *jen.Group) { nameInTable(b, g) })
		return
	}
	m.Block(
		jen.Switch(value(g)).BlockFunc(func(b *jen.Group) {
			for _, n := range g.Names {
				b.Case(jen.Id(n.Const)).Block(jen.Return(jen.Lit(n.Text), jen.True()))
			}
		}),
		jen.Return(jen.Lit(""), jen.False()),
	)
}

// byRelease reports whether the texts of a group are in tables by release: those of the newest are its texts.
func byRelease(g *plan.Group) bool { return g.Releases != nil && !g.Flags }

// value converts v to the type of the constants where that is another one.
func value(g *plan.Group) *jen.Statement {
	if g.ConstType == "" || g.ConstType == g.Name {
		return jen.Id("v")
	}
	return jen.Id(g.ConstType).Call(jen.Id("v"))
}

func nameInTable(b *jen.Group, g *plan.Group) {
	t := tableName(g)
	within := jen.Int().Call(jen.Id("v")).Op("<").Len(jen.Id(t))
	if g.Base.Bits > 16 || g.Base.Signed { // an int may not hold v, or be negative
		within = jen.Uint64().Call(jen.Id("v")).Op("<").Uint64().Call(jen.Len(jen.Id(t)))
	}
	entry := jen.Id(t).Index(jen.Id("v"))
	if holes(g) {
		within = within.Op("&&").Add(entry.Clone()).Op("!=").Lit("")
	}
	b.If(within).Block(jen.Return(entry, jen.True()))
	b.Return(jen.Lit(""), jen.False())
}

// holes reports whether the table has values without text.
func holes(g *plan.Group) bool {
	last, _ := constant.Int64Val(g.Names[len(g.Names)-1].Value)
	return last != int64(len(g.Names)-1)
}

func valueString(f *jen.File, g *plan.Group) {
	f.Line()
	commentf(f, "String returns the text of v, or its number if it has none.")
	method(f, g, "String").Params().String().Block(
		jen.If(jen.List(jen.Id("name"), jen.Id("ok")).Op(":=").Id("v").Dot("Name").Call(), jen.Id("ok")).Block(
			jen.Return(jen.Id("name")),
		),
		jen.Return(jen.Qual("strconv", "Format"+wideName(g)).Call(wide(g, "v"), jen.Lit(10))),
	)
}

func appendValue(f *jen.File, g *plan.Group) {
	f.Line()
	commentf(f, "AppendText appends what String returns to b. The error is always nil.")
	appendText(f, g).Block(
		jen.If(jen.List(jen.Id("name"), jen.Id("ok")).Op(":=").Id("v").Dot("Name").Call(), jen.Id("ok")).Block(
			jen.Return(jen.Append(jen.Id("b"), jen.Id("name").Op("...")), jen.Nil()),
		),
		jen.Return(jen.Qual("strconv", "Append"+wideName(g)).Call(jen.Id("b"), wide(g, "v"), jen.Lit(10)), jen.Nil()),
	)
}

func appendText(f *jen.File, g *plan.Group) *jen.Statement {
	return method(f, g, "AppendText").Params(jen.Id("b").Index().Byte()).Params(jen.Index().Byte(), jen.Error())
}

// wideName ends the name of the strconv functions for a group's integers.
func wideName(g *plan.Group) string {
	if g.Base.Signed {
		return "Int"
	}
	return "Uint"
}

// wide converts a variable of the group's type to the type that strconv takes.
func wide(g *plan.Group, variable string) *jen.Statement {
	return jen.Id(strings.ToLower(wideName(g)) + "64").Call(jen.Id(variable))
}

func lookup(f *jen.File, g *plan.Group) {
	if g.Lookup == "" {
		return
	}
	f.Line()
	commentf(f, "%s returns the text of value as %s has it, or the number if there is none.", g.Lookup, g.Name)
	f.Func().Id(g.Lookup).Params(jen.Id("value").Id(intName(g.Base))).String().Block(
		jen.Return(jen.Id(g.Name).Call(jen.Id("value")).Dot("String").Call()),
	)
}
