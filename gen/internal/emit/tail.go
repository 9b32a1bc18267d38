// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// minimum writes the constants that say what every sender of a struct sends.
func minimum(f *jen.File, s *plan.Struct) {
	if s.Min == nil {
		return
	}
	f.Line()
	commentf(f, "The minimum size of %s, and the ends of the fields that older senders do not send.", s.C)
	f.Const().DefsFunc(func(g *jen.Group) {
		g.Id(s.Min.SizeOf).Op("=").Add(raw("%d", s.Min.Size))
		g.Line()
		for _, field := range s.Min.Later {
			g.Id(field.EndOf).Op("=").Add(raw("%d", field.Offset+field.Type.Size))
		}
	})
}

// completeData writes the statements that add zeros for what an older sender does not send.
func completeData(g *jen.Group, s *plan.Struct) {
	g.If(jen.Len(jen.Id("data")).Op("<").Id(s.SizeOf)).Block(
		jen.Var().Id("whole").Index(jen.Id(s.SizeOf)).Byte(),
		jen.Copy(jen.Id("whole").Index(jen.Op(":")), jen.Id("data").Index(jen.Empty(), jen.Id("n").Dot("Present").Call(jen.Id("data")))),
		jen.Id("data").Op("=").Id("whole").Index(jen.Op(":")),
	)
}

// present writes the method that says how much of a struct there is.
func present(f *jen.File, s *plan.Struct) {
	if s.Min == nil {
		return
	}
	f.Line()
	commentf(f, "Present returns how many bytes of data are complete fields: %s if all are there, 0 if there are", last(s).EndOf)
	commentf(f, "fewer than %s. A field that not every sender sends is there if its End constant is at most that.", s.Min.SizeOf)
	f.Func().Params(jen.Op("*").Id(s.Name)).Id("Present").Params(jen.Id("data").Index().Byte()).Int().Block(
		jen.Switch(jen.Id("size").Op(":=").Len(jen.Id("data")), jen.Empty()).BlockFunc(func(g *jen.Group) {
			for _, field := range slices.Backward(s.Min.Later) {
				atLeast(g, field.EndOf)
			}
			atLeast(g, s.Min.SizeOf)
		}),
		jen.Return(jen.Lit(0)),
	)
}

func last(s *plan.Struct) *plan.Field { return s.Min.Later[len(s.Min.Later)-1] }

func atLeast(g *jen.Group, constant string) {
	g.Case(jen.Id("size").Op(">=").Id(constant)).Block(jen.Return(jen.Id(constant)))
}

// trailers writes the methods that return what follows a struct.
func trailers(f *jen.File, s *plan.Struct) {
	for _, t := range s.Tail {
		f.Line()
		text := ""
		if t.Text != "" {
			text = " (" + t.Text + ")"
		}
		commentf(f, "%s returns the bytes of the flexible array %s%s, whose elements are", t.Name, t.C, text)
		commentf(f, "%s: those of data from %s on, nil where data is shorter. They are not copied.", t.Elem, t.OffsetOf)
		comment(f, t.Doc)
		f.Func().Params(jen.Op("*").Id(s.Name)).Id(t.Name).Params(jen.Id("data").Index().Byte()).Index().Byte().Block(
			jen.If(jen.Len(jen.Id("data")).Op("<").Id(t.OffsetOf)).Block(jen.Return(jen.Nil())),
			jen.Return(jen.Id("data").Index(jen.Id(t.OffsetOf), jen.Empty())),
		)
	}
}
