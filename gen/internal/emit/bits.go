// SPDX-License-Identifier: Apache-2.0

package emit

import (
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
	switch {
	case b.Type.Kind == plan.Bool:
		value.Op("!=").Lit(0)
	case b.Type.Int.Signed:
		value = jen.Int64().Call(value).Op("<<").Lit(64 - b.Width).Op(">>").Lit(64 - b.Width)
		if b.Type.Int.Bits < 64 {
			value = typeOf(b.Type).Call(value)
		}
	case b.Type.Int.Bits < 64:
		value = typeOf(b.Type).Call(value)
	}
	receiver(f, s, b.Name).Params().Add(typeOf(b.Type)).Block(jen.Return(value))
}

func setBits(f *jen.File, s *plan.Struct, field *plan.Field, b *plan.BitField) {
	f.Line()
	store := func(v jen.Code) jen.Code {
		return jen.Id("storeBits").Call(append(bitsAt(jen.Id("n").Dot(field.Name), b, isBig()), v)...)
	}
	m := func() *jen.Statement { return receiver(f, s, b.Setter).Params(jen.Id("v").Add(typeOf(b.Type))) }
	if b.Type.Kind == plan.Bool {
		commentf(f, "%s sets the bit-field %s.", b.Setter, bitName(b))
		m().Block(
			jen.Var().Id("bit").Uint64(),
			jen.If(jen.Id("v")).Block(jen.Id("bit").Op("=").Lit(1)),
			store(jen.Id("bit")),
		)
		return
	}
	commentf(f, "%s sets the bit-field %s to the lower %d bits of v.", b.Setter, bitName(b), b.Width)
	value := jen.Id("v")
	if b.Type.Int.Bits < 64 || b.Type.Int.Signed {
		value = jen.Uint64().Call(value)
	}
	m().Block(store(value))
}

func bitName(b *plan.BitField) string {
	if b.Text != "" {
		return b.C + " (" + b.Text + ")"
	}
	return b.C
}

// swapBits writes a block that moves bit-fields from where one byte order has them to where the other has
// them. What C leaves unused becomes zero.
func swapBits(g *jen.Group, p place, t *plan.Type) {
	g.BlockFunc(func(g *jen.Group) {
		g.Id("old").Op(":=").Add(p.variable.Clone())
		g.Add(p.variable.Clone()).Op("=").Add(typeOf(t)).Values()
		for _, b := range t.Bits {
			old := jen.Id("loadBits").Call(bitsAt(jen.Id("old"), b, jen.Id("big"))...)
			g.Id("storeBits").Call(append(bitsAt(p.variable.Clone(), b, jen.Op("!").Id("big")), old)...)
		}
	})
}

// swapCall writes a call of swapBytes. Where there are bit-fields, it says in which order they are now.
func swapCall(v *jen.Statement, s *plan.Struct, big jen.Code) *jen.Statement {
	if !s.HasBits() {
		big = jen.Null()
	}
	return v.Dot("swapBytes").Call(big)
}

// bitHelpers is what bit-fields need of a package, beside isBig. C places them from the lowest bit of each
// byte on little-endian machines, from the highest on others.
const bitHelpers = `
// loadBits returns the width bits of b that begin at bit at: bits are counted from the lowest of each byte,
// or, if big, from the highest.
func loadBits(b []byte, at, width int, big bool) uint64 {
	var v uint64
	for done := 0; done < width; {
		bit := (at + done) % 8
		n := min(8-bit, width-done)
		piece := uint64(b[(at+done)/8])
		if big {
			v = v<<n | piece>>(8-bit-n)&(1<<n-1)
		} else {
			v |= piece >> bit & (1<<n - 1) << done
		}
		done += n
	}
	return v
}

// storeBits sets the bits that loadBits returns.
func storeBits(b []byte, at, width int, big bool, v uint64) {
	for done := 0; done < width; {
		bit := (at + done) % 8
		n := min(8-bit, width-done)
		piece, shift := v>>done, bit
		if big {
			piece, shift = v>>(width-done-n), 8-bit-n
		}
		mask := byte(1<<n - 1)
		i := (at + done) / 8
		b[i] = b[i]&^(mask<<shift) | byte(piece)&mask<<shift
		done += n
	}
}
`

func bitShared(f *jen.File) {
	f.Line()
	commentf(f, "isBig tells whether this machine is big-endian.")
	f.Func().Id("isBig").Params().Bool().Block(
		jen.Return(jen.Qual(binaryPkg, "NativeEndian").Dot("Uint16").Call(
			jen.Index().Byte().Values(jen.Lit(0), jen.Lit(1))).Op("==").Lit(1)),
	)
	f.Line()
	f.Id(bitHelpers)
}
