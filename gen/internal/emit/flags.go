// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

func flagString(f *jen.File, g *plan.Group) {
	f.Line()
	commentf(f, "String returns the texts of the bits set in v, in ascending order and with %q between them; a bit", g.Separator)
	commentf(f, "without text is a hexadecimal number. If the whole value has a text, it returns that one.")
	method(f, g, "String").Params().String().Block(
		jen.If(jen.List(jen.Id("name"), jen.Id("ok")).Op(":=").Id("v").Dot("Name").Call(), jen.Id("ok")).Block(
			jen.Return(jen.Id("name")),
		),
		jen.List(jen.Id("b"), jen.Id("_")).Op(":=").Id("v").Dot("AppendText").Call(jen.Nil()),
		jen.Return(jen.String().Call(jen.Id("b"))),
	)
}

// appendFlags writes a loop over the bits that are set, from the lowest.
func appendFlags(f *jen.File, g *plan.Group) {
	unsigned := jen.Uint64().Call(jen.Id("bit"))
	if g.Base.Signed { // no sign may reach the higher bits
		unsigned = jen.Uint64().Call(jen.Id(intName(plan.Int{Bits: g.Base.Bits, Word: g.Base.Word})).Call(jen.Id("bit")))
	}
	f.Line()
	commentf(f, "AppendText appends what String returns to b. The error is always nil.")
	appendText(f, g).Block(
		jen.If(jen.List(jen.Id("name"), jen.Id("ok")).Op(":=").Id("v").Dot("Name").Call(), jen.Id("ok")).Block(
			jen.Return(jen.Append(jen.Id("b"), jen.Id("name").Op("...")), jen.Nil()),
		),
		jen.For(jen.Id("rest").Op(":=").Id("v"), jen.Id("rest").Op("!=").Lit(0), raw("rest &= rest - 1")).Block(
			jen.If(jen.Id("rest").Op("!=").Id("v")).Block(
				jen.Id("b").Op("=").Append(jen.Id("b"), jen.Lit(g.Separator).Op("...")),
			),
			raw("bit := rest & -rest"),
			jen.If(jen.List(jen.Id("name"), jen.Id("ok")).Op(":=").Id("bit").Dot("Name").Call(), jen.Id("ok")).Block(
				jen.Id("b").Op("=").Append(jen.Id("b"), jen.Id("name").Op("...")),
			).Else().Block(
				jen.Id("b").Op("=").Qual("strconv", "AppendUint").Call(
					jen.Append(jen.Id("b"), jen.Lit("0x").Op("...")), unsigned, jen.Lit(16)),
			),
		),
		jen.Return(jen.Id("b"), jen.Nil()),
	)
}
