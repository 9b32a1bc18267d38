// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// encode writes the method that appends a struct's bytes in the byte order of the machine.
func encode(f *jen.File, s *plan.Struct) {
	f.Line()
	commentf(f, "Append appends n to b in C's layout, in this machine's byte order and with zeros as padding.")
	receiver(f, s, "Append").Params(jen.Id("b").Index().Byte()).Index().Byte().BlockFunc(func(g *jen.Group) {
		encodeBody(g, s, place{variable: jen.Id("n")})
	})
}

// encodeBody writes the statements of Append.
func encodeBody(g *jen.Group, s *plan.Struct, p place) {
	if inMemory(s) {
		g.Return(jen.Append(jen.Id("b"), memory(s).Op("...")))
		return
	}
	if o := overlayOf(s, p); o != nil {
		o.store(g, s)
		return
	}
	g.Id("b").Op("=").Append(jen.Id("b"), jen.Make(jen.Index().Byte(), jen.Id(s.SizeOf)).Op("..."))
	if s.HoldsBytes() {
		g.Id("d").Op(":=").Id("b").Index(jen.Len(jen.Id("b")).Op("-").Id(s.SizeOf), jen.Empty())
		eachField(g, p, s, store)
	}
	g.Return(jen.Id("b"))
}

// store writes the statements that put a variable's bytes in place.
func store(g *jen.Group, p place, t *plan.Type) {
	switch {
	case isBytes(t) && p.loops == "":
		g.Copy(p.bytes(t.Size), p.variable.Clone().Index(jen.Op(":")))
	case t.Kind == plan.Array:
		loop(g, p, t, store)
	case t.Kind == plan.Bits:
		storeBits(g, p, t)
	case t.Kind == plan.Record && t.Rec.Union:
		g.Copy(p.bytes(t.Size), p.variable.Clone().Index(jen.Op(":")))
	case t.Kind == plan.Record:
		eachField(g, p, t.Rec, store)
	case t.Kind == plan.Bool:
		if p.data != "" { // other bytes may stand there
			g.Add(p.first()).Op("=").Lit(0)
		}
		g.If(p.variable.Clone()).Block(p.first().Op("=").Lit(1))
	case t.Size == 1 && (t.Int.Signed || t.Named != ""):
		g.Add(p.first()).Op("=").Byte().Call(p.variable.Clone())
	case t.Size == 1:
		g.Add(p.first()).Op("=").Add(p.variable.Clone())
	case t.Size == 16:
		g.Id("store"+intName(t.Int)).Call(p.bytes(t.Size), p.big(), p.variable.Clone())
	default:
		v := unsigned(p.variable.Clone(), t)
		g.Add(p.orderOf(t)).Dot(fmt.Sprintf("PutUint%d", t.Size*8)).Call(p.bytes(t.Size), v)
	}
}

// unsigned writes a variable as the unsigned integer that encoding/binary takes.
func unsigned(v *jen.Statement, t *plan.Type) *jen.Statement {
	bits := t.Size * 8
	switch {
	case t.Kind == plan.Float:
		return jen.Qual("math", fmt.Sprintf("Float%dbits", bits)).Call(v)
	case t.Int.Signed || t.Named != "":
		return raw("uint%d", bits).Call(v)
	}
	return v
}

// binaryMethods writes what encoding.BinaryMarshaler and BinaryUnmarshaler ask for. The receiver of the first is a value, so
// that a struct which is passed by value is not taken by its memory.
func binaryMethods(f *jen.File, s *plan.Struct) {
	if !s.Binary {
		return
	}
	f.Line()
	commentf(f, "MarshalBinary returns what Append appends. Maps of github.com/cilium/ebpf use it, because Go's layout of n")
	commentf(f, "is not C's. The error is always nil. Batch calls of a map copy memory as it is: pass them")
	commentf(f, "[][%s]byte, not []%s.", s.SizeOf, s.Name)
	f.Func().Params(jen.Id("n").Id(s.Name)).Id("MarshalBinary").Params().Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Return(jen.Id("n").Dot("Append").Call(jen.Nil()), jen.Nil()))
	f.Line()
	commentf(f, "UnmarshalBinary is Decode.")
	receiver(f, s, "UnmarshalBinary").Params(jen.Id("data").Index().Byte()).Error().Block(
		jen.Return(jen.Id("n").Dot("Decode").Call(jen.Id("data"))))
}

// encodeOrder writes the method that appends a struct's bytes in a given byte order.
func encodeOrder(f *jen.File, s *plan.Struct) {
	f.Line()
	params := func(order string) *jen.Statement {
		return receiver(f, s, "AppendOrder").
			Params(jen.Id("b").Index().Byte(), jen.Id(order).Qual(binaryPkg, "ByteOrder")).Index().Byte()
	}
	if !s.Swaps() {
		commentf(f, "AppendOrder is Append: no field depends on the byte order.")
		params("_").Block(jen.Return(jen.Id("n").Dot("Append").Call(jen.Id("b"))))
		return
	}
	commentf(f, "AppendOrder is Append for the given byte order.")
	params("order").BlockFunc(func(g *jen.Group) {
		g.If(jen.Id("isNative").Call(jen.Id("order"))).Block(jen.Return(jen.Id("n").Dot("Append").Call(jen.Id("b"))))
		g.Id("turned").Op(":=").Op("*").Id("n")
		g.Id("turned").Dot("swap").Call(swapFrom(s, isBig())...)
		g.Return(jen.Id("turned").Dot("Append").Call(jen.Id("b")))
	})
}
