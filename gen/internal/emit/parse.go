// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"fmt"
	"go/constant"
	"go/token"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// methods writes the methods that a configuration asks for.
func methods(f *jen.File, g *plan.Group) {
	if g.Parse {
		parse(f, g)
	}
	if g.Marshal {
		marshal(f, g)
	}
	if g.Valid {
		valid(f, g)
	}
	if g.Values {
		values(f, g)
	}
}

// values writes the function that lists the constants.
func values(f *jen.File, g *plan.Group) {
	var items []jen.Code
	for _, c := range distinct(g.ValueConsts()) {
		items = append(items, jen.Id(c.Name))
	}
	f.Line()
	what := "the constants"
	if len(g.Bits) > 0 {
		what += " that are values, without bits beside them"
	}
	commentf(f, "%sValues returns %s, in ascending order.", g.Name, what)
	f.Func().Id(g.Name + "Values").Params().Index().Id(g.Name).Block(
		jen.Return(jen.Index().Id(g.Name).Add(lines(items...))))
}

func parseName(g *plan.Group) string { return "Parse" + g.Name }

// parse writes the function from what String returns to a value.
func parse(f *jen.File, g *plan.Group) {
	f.Line()
	commentf(f, "%s is the inverse of String: it accepts the texts of %s, and numbers.", parseName(g), g.Name)
	fn := f.Func().Id(parseName(g)).Params(jen.Id("text").String()).Params(jen.Id(g.Name), jen.Error())
	if len(g.Bits) > 0 {
		fn.Block(parseBeside(g)...)
		return
	}
	if !g.Flags {
		fn.Block(parseOne(g, jen.Id("text"), func(v jen.Code) jen.Code { return jen.Return(v, jen.Nil()) })...)
		return
	}
	or := func(v jen.Code) jen.Code { return jen.Id("v").Op("|=").Add(v) }
	fn.Block(
		jen.Var().Id("v").Id(g.Name),
		jen.If(jen.Id("text").Op("==").Lit("")).Block(jen.Return(jen.Id("v"), jen.Nil())),
		jen.For(jen.Id("name").Op(":=").Range().Qual("strings", "SplitSeq").Call(jen.Id("text"), jen.Lit(g.Separator))).
			Block(parseFlag(g, or)...),
		jen.Return(jen.Id("v"), jen.Nil()),
	)
}

// texts writes the cases of a switch over a group's texts.
func texts(g *plan.Group, use func(jen.Code) jen.Code) func(*jen.Group) {
	return func(b *jen.Group) {
		for _, n := range g.Texts {
			b.Case(jen.Lit(n.Text)).Block(use(constantOf(g, n.Const)))
		}
	}
}

// constantOf writes a constant as a value of the group's type.
func constantOf(g *plan.Group, name string) jen.Code {
	if g.ConstType == "" || g.ConstType == g.Name {
		return jen.Id(name)
	}
	return jen.Id(g.Name).Call(jen.Id(name))
}

// parseOne writes the search for a text, and then for a number.
func parseOne(g *plan.Group, text jen.Code, use func(jen.Code) jen.Code) []jen.Code {
	return []jen.Code{
		jen.Switch(jen.Add(text)).BlockFunc(texts(g, use)),
		parseNumber(g, text),
		unknown(g, text),
		use(jen.Id(g.Name).Call(jen.Id("number"))),
	}
}

// parseFlag is parseOne for a name of a set: what it finds is added to the set.
func parseFlag(g *plan.Group, use func(jen.Code) jen.Code) []jen.Code {
	name := jen.Id("name")
	number := append(parseBits(g), unknown(g, name), use(jen.Id(g.Name).Call(jen.Id("number"))))
	return []jen.Code{
		jen.Switch(name).BlockFunc(func(b *jen.Group) {
			texts(g, use)(b)
			b.Default().Block(number...)
		}),
	}
}

// parseBits writes the reading of a number that String may have written: a hexadecimal one, or as in other groups.
func parseBits(g *plan.Group) []jen.Code {
	return []jen.Code{
		jen.List(jen.Id("rest"), jen.Id("ok")).Op(":=").Qual("strings", "CutPrefix").Call(jen.Id("name"), jen.Lit("0x")),
		jen.Id("n").Op(":=").Lit(10),
		jen.If(jen.Id("ok")).Block(jen.Id("n").Op("=").Lit(16)),
		parsed("Uint", jen.Id("rest"), jen.Id("n"), g),
	}
}

func parseNumber(g *plan.Group, text jen.Code) jen.Code {
	return parsed(wideName(g), text, jen.Lit(10), g)
}

func parsed(kind string, text, base jen.Code, g *plan.Group) jen.Code {
	return jen.List(jen.Id("number"), jen.Err()).Op(":=").Qual("strconv", "Parse"+kind).
		Call(jen.Add(text), base, jen.Lit(bitSize(g.Base)))
}

func unknown(g *plan.Group, text jen.Code) jen.Code {
	message := fmt.Sprintf("unknown %s %%q", g.Name)
	return jen.If(jen.Err().Op("!=").Nil()).Block(
		jen.Return(jen.Lit(0), jen.Qual("fmt", "Errorf").Call(jen.Lit(message), jen.Add(text))))
}

func marshal(f *jen.File, g *plan.Group) {
	f.Line()
	commentf(f, "MarshalText returns what String returns. The error is always nil.")
	method(f, g, "MarshalText").Params().Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Return(jen.Id("v").Dot("AppendText").Call(jen.Nil())),
	)
	f.Line()
	commentf(f, "UnmarshalText sets v to what %s returns.", parseName(g))
	f.Func().Params(jen.Id("v").Op("*").Id(g.Name)).Id("UnmarshalText").Params(jen.Id("text").Index().Byte()).Error().Block(
		jen.List(jen.Id("value"), jen.Err()).Op(":=").Id(parseName(g)).Call(jen.String().Call(jen.Id("text"))),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())),
		jen.Op("*").Id("v").Op("=").Id("value"),
		jen.Return(jen.Nil()),
	)
}

// valid writes the method that knows the constants' values: as a mask, a range, or a list.
func valid(f *jen.File, g *plan.Group) {
	list := distinct(g.ValueConsts())
	f.Line()
	beside := ""
	if len(g.Bits) > 0 {
		beside = ", without the bits beside it,"
	}
	m := func() *jen.Statement { return method(f, g, "IsValid").Params().Bool() }
	switch {
	case g.Flags:
		commentf(f, "IsValid reports whether v has only bits that the constants have.")
		mask := jen.Id(list[0].Name)
		for _, c := range list[1:] {
			mask.Op("|").Id(c.Name)
		}
		m().Block(jen.Return(value(g).Op("&^").Parens(mask).Op("==").Lit(0)))
	case contiguous(list):
		commentf(f, "IsValid reports whether v%s is one of the constants.", beside)
		within := plainValue(g).Op("<=").Id(list[len(list)-1].Name)
		if first := list[0]; g.Base.Signed || constant.Sign(first.Value) > 0 {
			within = plainValue(g).Op(">=").Id(first.Name).Op("&&").Add(within)
		}
		m().Block(jen.Return(within))
	default:
		commentf(f, "IsValid reports whether v%s is one of the constants.", beside)
		var names []jen.Code
		for _, c := range list {
			names = append(names, jen.Id(c.Name))
		}
		m().Block(
			jen.Switch(plainValue(g)).Block(jen.Case(jen.Custom(jen.Options{Separator: ",", Multi: len(names) > 4}, names...)).
				Block(jen.Return(jen.True()))),
			jen.Return(jen.False()),
		)
	}
}

// distinct returns the constants by value, the first of each value.
func distinct(consts []*plan.Const) []*plan.Const {
	list := slices.Clone(consts)
	slices.SortStableFunc(list, func(a, b *plan.Const) int { return compare(a.Value, b.Value) })
	return slices.CompactFunc(list, func(a, b *plan.Const) bool { return compare(a.Value, b.Value) == 0 })
}

// contiguous reports whether no number between the first and the last is missing.
func contiguous(list []*plan.Const) bool {
	span := constant.BinaryOp(list[len(list)-1].Value, token.SUB, list[0].Value)
	return compare(span, constant.MakeInt64(int64(len(list)-1))) == 0
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
