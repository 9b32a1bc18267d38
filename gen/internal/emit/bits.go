// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// bitFields writes the methods of a struct's bit-fields.
func bitFields(f *jen.File, s *plan.Struct) {
	for _, field := range s.Fields {
		for _, b := range field.Type.Bits {
			if b.Name != "" {
				readBits(f, s, field, b)
				setBits(f, s, field, b)
			}
		}
	}
}

// bitsAt writes the arguments that say where a bit-field is.
func bitsAt(bytes jen.Code, b *plan.BitField, big jen.Code) []jen.Code {
	return []jen.Code{jen.Add(bytes).Index(jen.Op(":")), raw("%d", b.At), raw("%d", b.Width), big}
}

func isBig() *jen.Statement { return jen.Id("isBig").Call() }

func readBits(f *jen.File, s *plan.Struct, field *plan.Field, b *plan.BitField) {
	f.Line()
	commentf(f, "%s returns the bit-field %s.", b.Name, bitName(b))
	comment(f, b.Doc)
	value := jen.Id("loadBits").Call(bitsAt(jen.Id("n").Dot(field.Name), b, isBig())...)
	receiver(f, s, b.Name).Params().Add(typeOf(b.Type)).Block(jen.Return(bitValue(b, value)))
}

// bitValue converts the bits that loadBits returns to a bit-field's type.
func bitValue(b *plan.BitField, value *jen.Statement) *jen.Statement {
	switch {
	case b.Type.Kind == plan.Bool:
		return value.Op("!=").Lit(0)
	case b.Type.Int.Signed:
		value = jen.Int64().Call(value).Op("<<").Lit(64 - b.Width).Op(">>").Lit(64 - b.Width)
	}
	if b.Type.Int.Bits < 64 || b.Type.Named != "" {
		value = typeOf(b.Type).Call(value)
	}
	return value
}

func setBits(f *jen.File, s *plan.Struct, field *plan.Field, b *plan.BitField) {
	f.Line()
	commentf(f, "%s sets the bit-field %s.", b.Setter, bitName(b)+lowerBits(b))
	at := bitsAt(jen.Id("n").Dot(field.Name), b, isBig())
	receiver(f, s, b.Setter).Params(jen.Id("v").Add(typeOf(b.Type))).BlockFunc(func(g *jen.Group) { putBits(g, b, at) })
}

// lowerBits says how much of a value a bit-field takes.
func lowerBits(b *plan.BitField) string {
	switch {
	case b.Type.Kind == plan.Bool:
		return ""
	case b.Width == 1:
		return " to the lowest bit of v"
	}
	return fmt.Sprintf(" to the lower %d bits of v", b.Width)
}

// putBits writes the statements that put v where the arguments say.
func putBits(g *jen.Group, b *plan.BitField, at []jen.Code) {
	value := jen.Id("v")
	switch {
	case b.Type.Kind == plan.Bool:
		g.Var().Id("bit").Uint64()
		g.If(jen.Id("v")).Block(jen.Id("bit").Op("=").Lit(1))
		value = jen.Id("bit")
	case b.Type.Int.Bits < 64 || b.Type.Int.Signed || b.Type.Named != "":
		value = jen.Uint64().Call(value)
	}
	g.Id("storeBits").Call(append(at, value)...)
}

func bitName(b *plan.BitField) string {
	if b.Text != "" {
		return b.C + " (" + b.Text + ")"
	}
	return b.C
}

// loadBits writes the statements that set the bytes of bit-fields from data. In another byte order, C has
// each of them elsewhere; what it leaves unused becomes zero.
func loadBits(g *jen.Group, p place, t *plan.Type) {
	if !p.turns() {
		g.Copy(p.variable.Clone().Index(jen.Op(":")), p.bytes(t.Size))
		return
	}
	g.Add(p.variable.Clone()).Op("=").Add(typeOf(t)).Values()
	for _, b := range t.Bits {
		bits := jen.Id("loadBits").Call(p.bytes(t.Size), raw("%d", b.At), raw("%d", b.Width), p.big())
		g.Id("storeBits").Call(append(bitsAt(p.variable.Clone(), b, isBig()), bits)...)
	}
}

// storeBits writes the statements that put the bytes of bit-fields into data.
func storeBits(g *jen.Group, p place, t *plan.Type) {
	if !p.turns() {
		g.Copy(p.bytes(t.Size), p.variable.Clone().Index(jen.Op(":")))
		return
	}
	for _, b := range t.Bits {
		bits := jen.Id("loadBits").Call(bitsAt(p.variable.Clone(), b, isBig())...)
		g.Id("storeBits").Call(p.bytes(t.Size), raw("%d", b.At), raw("%d", b.Width), p.big(), bits)
	}
}
