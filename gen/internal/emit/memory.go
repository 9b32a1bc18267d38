// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// inMemory reports whether the bytes of a struct in Go's memory are those of C, in the machine's byte order: no field has an
// order of its own, none is a truth value, which C may hold otherwise, and nothing pads.
func inMemory(s *plan.Struct) bool {
	if s.Union {
		return true
	}
	if !s.Mirror || !s.HoldsBytes() {
		return false
	}
	for _, f := range s.Fields {
		if !typeInMemory(f.Type) {
			return false
		}
	}
	return true
}

func typeInMemory(t *plan.Type) bool {
	switch t.Kind {
	case plan.Integer:
		return t.Size == 1 || t.Size < 16 && t.Ord == plan.Native
	case plan.Float:
		return t.Ord == plan.Native
	case plan.Array:
		return typeInMemory(t.Elem)
	case plan.Record:
		return inMemory(t.Rec)
	case plan.Bits:
		return true
	}
	return false
}

// memory writes the bytes of n.
func memory(s *plan.Struct) *jen.Statement {
	return jen.Parens(jen.Op("*").Index(jen.Id(s.SizeOf)).Byte()).Call(jen.Qual("unsafe", "Pointer").Call(jen.Id("n"))).Index(jen.Op(":"))
}

// swap writes the method that turns around the bytes of the fields in the machine's byte order.
func swap(f *jen.File, s *plan.Struct) {
	if !s.Swaps() {
		return
	}
	f.Line()
	commentf(f, "swap turns n into the other byte order.")
	var params []jen.Code
	if hasBits(s) {
		commentf(f, "big says whether bit-fields are placed as on big-endian machines now.")
		params = append(params, jen.Id("big").Bool())
	}
	receiver(f, s, "swap").Params(params...).BlockFunc(func(g *jen.Group) {
		for _, field := range s.Fields {
			swapped(g, jen.Id("n").Dot(field.Name), field.Type, 0)
		}
	})
}

// swapFrom is what swap takes: nothing, unless the struct has bit-fields.
func swapFrom(s *plan.Struct, big *jen.Statement) []jen.Code {
	if hasBits(s) {
		return []jen.Code{big}
	}
	return nil
}

// hasBits reports whether a struct has bit-fields, or a struct in it has.
func hasBits(s *plan.Struct) bool {
	return !s.Union && slices.ContainsFunc(s.Fields, func(f *plan.Field) bool {
		t := f.Type
		for t.Kind == plan.Array {
			t = t.Elem
		}
		return t.Kind == plan.Bits || t.Kind == plan.Record && hasBits(t.Rec)
	})
}

func swapped(g *jen.Group, v *jen.Statement, t *plan.Type, depth int) {
	if !t.Swaps() {
		return
	}
	switch t.Kind {
	case plan.Array:
		i := indexName(depth)
		g.For(jen.Id(i).Op(":=").Range().Add(v.Clone())).BlockFunc(func(g *jen.Group) {
			swapped(g, v.Clone().Index(jen.Id(i)), t.Elem, depth+1)
		})
	case plan.Record:
		g.Add(v).Dot("swap").Call(swapFrom(t.Rec, jen.Id("big"))...)
	case plan.Bits:
		swapBits(g, v, t)
	default:
		g.Add(v.Clone()).Op("=").Add(reversed(v, t))
	}
}

// swapBits writes the statements that give each bit-field the place that C gives it in the other byte order. What it
// leaves unused becomes zero.
func swapBits(g *jen.Group, v *jen.Statement, t *plan.Type) {
	g.BlockFunc(func(g *jen.Group) {
		g.Id("whole").Op(":=").Add(v.Clone())
		g.Add(v.Clone()).Op("=").Add(typeOf(t)).Values()
		for _, b := range t.Bits {
			bits := jen.Id("loadBits").Call(bitsAt(jen.Id("whole"), b, jen.Id("big"))...)
			g.Id("storeBits").Call(append(bitsAt(v.Clone(), b, jen.Op("!").Id("big")), bits)...)
		}
	})
}

// reversed writes a number with its bytes turned round.
func reversed(v *jen.Statement, t *plan.Type) *jen.Statement {
	if t.Size == 16 {
		part := func(name string) *jen.Statement {
			half := v.Clone().Dot(name)
			if t.Int.Signed && name == "Hi" {
				half = jen.Uint64().Call(half)
			}
			return jen.Qual("math/bits", "ReverseBytes64").Call(half)
		}
		hi := part("Lo")
		if t.Int.Signed {
			hi = jen.Int64().Call(hi)
		}
		return typeOf(t).Values(jen.Id("Lo").Op(":").Add(part("Hi")), jen.Id("Hi").Op(":").Add(hi))
	}
	turned := jen.Qual("math/bits", fmt.Sprintf("ReverseBytes%d", t.Size*8)).Call(unsigned(v.Clone(), t))
	switch {
	case t.Kind == plan.Float:
		return jen.Qual("math", fmt.Sprintf("Float%dfrombits", t.Size*8)).Call(turned)
	case t.Int.Signed || t.Named != "":
		return typeOf(t).Call(turned)
	}
	return turned
}
