// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// union writes a union as its bytes, with two methods for each of its fields.
func union(f *jen.File, s *plan.Struct) {
	f.Line()
	head(f, s)
	f.Type().Id(s.Name).Index(jen.Id(s.SizeOf)).Byte()
	f.Line()
	commentf(f, "%s is the size of %s, in bytes.", s.SizeOf, s.Name)
	f.Const().Id(s.SizeOf).Op("=").Add(raw("%d", s.Size))
	masks(f, s)
	for _, field := range s.Fields {
		if field.Type.Kind == plan.Bits {
			bitView(f, s, field, field.Type.Bits[0])
			continue
		}
		view(f, s, field)
		setView(f, s, field)
	}
}

// viewMethod begins a method of a union; it takes the byte order where its field depends on it.
func viewMethod(f *jen.File, s *plan.Struct, name string, field *plan.Field, more ...jen.Code) *jen.Statement {
	var params []jen.Code
	if field.Type.Swaps() {
		params = append(params, jen.Id("order").Qual(binaryPkg, "ByteOrder"))
	}
	return f.Func().Params(jen.Id("u").Op("*").Id(s.Name)).Id(name).Params(append(params, more...)...)
}

// viewPlace is the union's bytes that a field stands for, and the variable with its value.
func viewPlace(field *plan.Field) place {
	return place{variable: jen.Id("v"), offset: field.Offset, data: "u", order: "order"}
}

// view writes the method that reads a field.
func view(f *jen.File, s *plan.Struct, field *plan.Field) {
	f.Line()
	commentf(f, "%s reads the bytes of u as %s%s.", field.Name, cName(field), orderNote(field))
	comment(f, field.Doc)
	viewMethod(f, s, field.Name, field).Params(jen.Id("v").Add(typeOf(field.Type))).BlockFunc(func(g *jen.Group) {
		load(g, viewPlace(field), field.Type)
		g.Return(jen.Id("v"))
	})
}

// setView writes the method that sets a field.
func setView(f *jen.File, s *plan.Struct, field *plan.Field) {
	name := "Set" + goname.Export(field.Name)
	f.Line()
	commentf(f, "%s sets the bytes of u to %s%s. Bytes after it are unchanged.", name, cName(field), orderNote(field))
	viewMethod(f, s, name, field, jen.Id("v").Add(typeOf(field.Type))).BlockFunc(func(g *jen.Group) {
		store(g, viewPlace(field), field.Type)
	})
}

// bitView writes the methods that read and set a bit-field of a union.
func bitView(f *jen.File, s *plan.Struct, field *plan.Field, b *plan.BitField) {
	at := func() []jen.Code {
		p := viewPlace(field)
		return []jen.Code{p.bytes(field.Type.Size), raw("%d", b.At), raw("%d", b.Width), p.big()}
	}
	f.Line()
	commentf(f, "%s reads the bit-field %s in the given byte order.", b.Name, bitName(b))
	comment(f, b.Doc)
	viewMethod(f, s, b.Name, field).Params(typeOf(b.Type)).Block(
		jen.Return(bitValue(b, jen.Id("loadBits").Call(at()...))))
	f.Line()
	commentf(f, "%s sets the bit-field %s%s, in the given byte order.", b.Setter, bitName(b), lowerBits(b))
	viewMethod(f, s, b.Setter, field, jen.Id("v").Add(typeOf(b.Type))).BlockFunc(func(g *jen.Group) { putBits(g, b, at()) })
}

// cName is what C calls a field, and what it says of it.
func cName(field *plan.Field) string {
	if field.Text != "" {
		return field.C + " (" + field.Text + ")"
	}
	return field.C
}

func orderNote(field *plan.Field) string {
	if field.Type.Swaps() {
		return " in the given byte order"
	}
	return ""
}
