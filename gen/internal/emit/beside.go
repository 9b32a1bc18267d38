// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"fmt"
	"go/constant"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// besideLiteral writes bits in hexadecimal digits, and values in decimal ones.
func besideLiteral(g *plan.Group) func(constant.Value) jen.Code {
	hex := hexadecimal(g.Base)
	return func(v constant.Value) jen.Code {
		for _, b := range g.Bits {
			if compare(b.Value, v) == 0 {
				return hex(v)
			}
		}
		return decimal(v)
	}
}

// besideMethods writes what takes a value and the bits beside it apart.
func besideMethods(f *jen.File, g *plan.Group) {
	all := goname.Bits(g.Name)
	mask := jen.Add(constantOf(g, g.Bits[0].Const))
	for _, b := range g.Bits[1:] {
		mask.Op("|").Add(constantOf(g, b.Const))
	}
	f.Line()
	commentf(f, "%s has the bits that can be set beside a value of %s.", all, g.Name)
	f.Const().Id(all).Id(g.Name).Op("=").Add(mask)
	f.Line()
	commentf(f, "Value returns v without the bits beside its value.")
	method(f, g, "Value").Params().Id(g.Name).Block(jen.Return(raw("v &^ %s", all)))
	f.Line()
	commentf(f, "Has reports whether all of the given bits are set beside the value of v.")
	method(f, g, "Has").Params(jen.Id("bits").Id(g.Name)).Bool().Block(jen.Return(raw("v & %s & bits == bits", all)))
}

func besideString(f *jen.File, g *plan.Group) {
	f.Line()
	commentf(f, "String returns the text of v's value, or its number if it has none, and after %q those of the bits set beside it.", g.Separator)
	method(f, g, "String").Params().String().Block(
		jen.If(jen.List(jen.Id("name"), jen.Id("ok")).Op(":=").Id("v").Dot("Name").Call(), jen.Id("ok")).Block(
			jen.Return(jen.Id("name")),
		),
		jen.List(jen.Id("b"), jen.Id("_")).Op(":=").Id("v").Dot("AppendText").Call(jen.Nil()),
		jen.Return(jen.String().Call(jen.Id("b"))),
	)
}

// appendBeside writes the value's text, and a test for each bit.
func appendBeside(f *jen.File, g *plan.Group) {
	f.Line()
	commentf(f, "AppendText appends what String returns to b. The error is always nil.")
	appendText(f, g).BlockFunc(func(body *jen.Group) {
		body.If(jen.List(jen.Id("name"), jen.Id("ok")).Op(":=").Id("v").Dot("Value").Call().Dot("Name").Call(), jen.Id("ok")).Block(
			jen.Id("b").Op("=").Append(jen.Id("b"), jen.Id("name").Op("...")),
		).Else().Block(
			jen.Id("b").Op("=").Qual("strconv", "Append"+wideName(g)).Call(
				jen.Id("b"), jen.Id(intName(plan.Int{Bits: 64, Signed: g.Base.Signed})).Call(jen.Id("v").Dot("Value").Call()), jen.Lit(10)),
		)
		for _, bit := range g.Bits {
			body.If(jen.Id("v").Dot("Has").Call(constantOf(g, bit.Const))).Block(
				jen.Id("b").Op("=").Append(jen.Id("b"), jen.Lit(g.Separator+bitText(bit)).Op("...")))
		}
		body.Return(jen.Id("b"), jen.Nil())
	})
}

// bitText returns what String prints of a bit.
func bitText(bit plan.Name) string {
	if bit.Text != "" {
		return bit.Text
	}
	v, _ := constant.Uint64Val(bit.Value)
	return fmt.Sprintf("0x%x", v)
}

// plainValue is value without the bits beside it.
func plainValue(g *plan.Group) *jen.Statement {
	if len(g.Bits) == 0 {
		return value(g)
	}
	v := jen.Id("v").Dot("Value").Call()
	if g.ConstType == "" || g.ConstType == g.Name {
		return v
	}
	return jen.Id(g.ConstType).Call(v)
}

// parseBeside writes the reading of a value's text or number, and then of the texts of bits.
func parseBeside(g *plan.Group) []jen.Code {
	set := func(op string) func(jen.Code) jen.Code {
		return func(v jen.Code) jen.Code { return jen.Id("v").Op(op).Add(v) }
	}
	number := []jen.Code{
		parseNumber(g, jen.Id("name")), unknown(g, jen.Id("text")),
		jen.Id("v").Op("=").Id(g.Name).Call(jen.Id("number")),
	}
	cut := jen.Qual("strings", "Cut")
	bits := *g
	bits.Texts = nil
	for _, b := range g.Bits {
		bits.Texts = append(bits.Texts, plan.Name{Const: b.Const, Text: bitText(b)})
	}
	return []jen.Code{
		jen.Var().Id("v").Id(g.Name),
		jen.List(jen.Id("name"), jen.Id("rest"), jen.Id("more")).Op(":=").Add(cut).Call(jen.Id("text"), jen.Lit(g.Separator)),
		jen.Switch(jen.Id("name")).BlockFunc(func(b *jen.Group) {
			texts(g, set("="))(b)
			b.Default().Block(number...)
		}),
		jen.For(jen.Id("more")).Block(
			jen.List(jen.Id("name"), jen.Id("rest"), jen.Id("more")).Op("=").Add(cut).Call(jen.Id("rest"), jen.Lit(g.Separator)),
			jen.Switch(jen.Id("name")).BlockFunc(func(b *jen.Group) {
				texts(&bits, set("|="))(b)
				b.Default().Block(jen.Return(jen.Lit(0), jen.Qual("fmt", "Errorf").
					Call(jen.Lit(fmt.Sprintf("unknown %s %%q", g.Name)), jen.Id("text"))))
			}),
		),
		jen.Return(jen.Id("v"), jen.Nil()),
	}
}

// bitSize returns what strconv is told of an integer type.
func bitSize(t plan.Int) int {
	if t.Word {
		return 0
	}
	return t.Bits
}

// textMap writes the map from texts to values that a configuration asks for.
func textMap(f *jen.File, g *plan.Group) {
	if g.Map == "" {
		return
	}
	var items []jen.Code
	for _, n := range append(append([]plan.Name(nil), g.Texts...), g.Bits...) {
		if n.Text != "" {
			items = append(items, jen.Lit(n.Text).Op(":").Add(constantOf(g, n.Const)))
		}
	}
	f.Line()
	commentf(f, "%s maps texts to values of %s.", g.Map, g.Name)
	f.Var().Id(g.Map).Op("=").Map(jen.String()).Id(g.Name).Add(lines(items...))
}
