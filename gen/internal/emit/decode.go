// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// decode writes the method that reads a struct in the byte order of the machine.
func decode(f *jen.File, s *plan.Struct) {
	f.Line()
	commentf(f, "Decode sets every field of n from the first %s bytes of data, which are in this machine's byte", s.SizeOf)
	commentf(f, "order. It keeps no reference to data. The error is a *ShortError, and n is then as it was.")
	receiver(f, s, "Decode").Params(jen.Id("data").Index().Byte()).Error().BlockFunc(func(g *jen.Group) {
		g.If(jen.Len(jen.Id("data")).Op("<").Id(s.SizeOf)).Block(jen.Return(shortError(s)))
		g.Id("d").Op(":=").Id("data").Index(jen.Empty(), jen.Id(s.SizeOf))
		for _, field := range s.Fields {
			if field.Type.Kind != plan.Padding {
				load(g, place{variable: jen.Id("n").Dot(field.Name), offset: field.Offset}, field.Type)
			}
		}
		g.Return(jen.Nil())
	})
}

func receiver(f *jen.File, s *plan.Struct, name string) *jen.Statement {
	return f.Func().Params(jen.Id("n").Op("*").Id(s.Name)).Id(name)
}

func shortError(s *plan.Struct) jen.Code {
	return jen.Op("&").Id("ShortError").Values(
		jen.Id("Struct").Op(":").Lit(s.C), jen.Id("Need").Op(":").Id(s.SizeOf), jen.Id("Have").Op(":").Len(jen.Id("data")))
}

// place is a Go variable and where its bytes begin: at a constant offset, and further by what the
// variables of enclosing loops add.
type place struct {
	variable *jen.Statement
	offset   int64
	depth    int    // how many loops are around it
	loops    string // what they add: "" or an expression like "4*i"
}

// start writes the offset of the first byte.
func (p place) start() string {
	switch {
	case p.loops == "":
		return fmt.Sprint(p.offset)
	case p.offset == 0:
		return p.loops
	}
	return fmt.Sprintf("%d+%s", p.offset, p.loops)
}

// bytes writes the n bytes at the place; behind a variable offset the slice is left open.
func (p place) bytes(n int64) *jen.Statement {
	if p.loops != "" {
		return raw("d[%s:]", p.start())
	}
	return raw("d[%d:%d]", p.offset, p.offset+n)
}

// load writes the statements that set a variable from its bytes.
func load(g *jen.Group, p place, t *plan.Type) {
	if t.Kind == plan.Array {
		loadArray(g, p, t)
		return
	}
	g.Add(p.variable.Clone()).Op("=").Add(loaded(p, t))
}

// loaded writes the value at a place.
func loaded(p place, t *plan.Type) *jen.Statement {
	if t.Size == 1 {
		return loadedByte(raw("d[%s]", p.start()), t)
	}
	value := jen.Qual(binaryPkg, orderName(t.Ord)).Dot(fmt.Sprintf("Uint%d", t.Size*8)).Call(p.bytes(t.Size))
	switch {
	case t.Kind == plan.Float:
		return jen.Qual("math", fmt.Sprintf("Float%dfrombits", t.Size*8)).Call(value)
	case t.Int.Signed:
		return raw("%s", intName(t.Int)).Call(value)
	}
	return value
}

func loadedByte(b *jen.Statement, t *plan.Type) *jen.Statement {
	switch {
	case t.Kind == plan.Bool:
		return b.Op("!=").Lit(0)
	case t.Int.Signed:
		return jen.Int8().Call(b)
	}
	return b
}

func orderName(o plan.Order) string {
	switch o {
	case plan.Big:
		return "BigEndian"
	case plan.Little:
		return "LittleEndian"
	}
	return "NativeEndian"
}

// isBytes tells whether a type is an array that Go can copy from bytes.
func isBytes(t *plan.Type) bool {
	return t.Kind == plan.Array && t.Elem.Kind == plan.Integer && t.Elem.Size == 1 && !t.Elem.Int.Signed
}

func loadArray(g *jen.Group, p place, t *plan.Type) {
	if t.Len == 0 {
		return
	}
	if isBytes(t) && p.loops == "" {
		g.Copy(p.variable.Clone().Index(jen.Op(":")), p.bytes(t.Size))
		return
	}
	loop(g, p, t, load)
}

// loop writes a loop over an array's elements.
func loop(g *jen.Group, p place, t *plan.Type, body func(*jen.Group, place, *plan.Type)) {
	index := string(rune('i' + p.depth))
	step := index
	if t.Elem.Size != 1 {
		step = fmt.Sprintf("%d*%s", t.Elem.Size, index)
	}
	if p.loops != "" {
		step = p.loops + "+" + step
	}
	inner := place{p.variable.Clone().Index(jen.Id(index)), p.offset, p.depth + 1, step}
	g.For(jen.Id(index).Op(":=").Range().Add(p.variable.Clone())).BlockFunc(func(g *jen.Group) {
		body(g, inner, t.Elem)
	})
}

// decodeOrder writes the method that reads a struct in a given byte order: it reads it in the machine's
// own and turns what is then the wrong way round.
func decodeOrder(f *jen.File, s *plan.Struct) {
	f.Line()
	order := "order"
	if !anySwap(s) {
		order = "_"
		commentf(f, "DecodeOrder is Decode: no field depends on the byte order.")
	} else {
		commentf(f, "DecodeOrder is Decode for data in the given byte order.")
	}
	m := receiver(f, s, "DecodeOrder").Params(jen.Id("data").Index().Byte(), jen.Id(order).Qual(binaryPkg, "ByteOrder")).Error()
	if !anySwap(s) {
		m.Block(jen.Return(jen.Id("n").Dot("Decode").Call(jen.Id("data"))))
		return
	}
	m.BlockFunc(func(g *jen.Group) {
		g.If(jen.Err().Op(":=").Id("n").Dot("Decode").Call(jen.Id("data")),
			jen.Err().Op("!=").Nil().Op("||").Id("isNative").Call(jen.Id("order"))).Block(jen.Return(jen.Err()))
		for _, field := range s.Fields {
			if swaps(field.Type) {
				swap(g, place{variable: jen.Id("n").Dot(field.Name)}, field.Type)
			}
		}
		g.Return(jen.Nil())
	})
}

func anySwap(s *plan.Struct) bool {
	for _, field := range s.Fields {
		if swaps(field.Type) {
			return true
		}
	}
	return false
}

// swaps tells whether a type's bytes depend on the byte order of the sender.
func swaps(t *plan.Type) bool {
	switch t.Kind {
	case plan.Array:
		return t.Len > 0 && swaps(t.Elem)
	case plan.Integer, plan.Float:
		return t.Size > 1 && t.Ord == plan.Native
	}
	return false
}

// swap writes the statements that turn a variable's bytes round.
func swap(g *jen.Group, p place, t *plan.Type) {
	if t.Kind == plan.Array {
		loop(g, p, t, swap)
		return
	}
	g.Add(p.variable.Clone()).Op("=").Add(swapped(p.variable.Clone(), t))
}

func swapped(v *jen.Statement, t *plan.Type) *jen.Statement {
	size := t.Size * 8
	reverse := jen.Qual("math/bits", fmt.Sprintf("ReverseBytes%d", size))
	switch {
	case t.Kind == plan.Float:
		bits := jen.Qual("math", fmt.Sprintf("Float%dbits", size)).Call(v)
		return jen.Qual("math", fmt.Sprintf("Float%dfrombits", size)).Call(reverse.Call(bits))
	case t.Int.Signed:
		return raw("%s", intName(t.Int)).Call(reverse.Call(raw("uint%d", size).Call(v)))
	}
	return reverse.Call(v)
}
