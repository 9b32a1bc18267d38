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
		eachField(g, place{variable: jen.Id("n")}, s, load)
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
	data     string // the bytes; "d" where it is ""
	order    string // the variable with the byte order of what has none of its own; "" for the machine's
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

func (p place) dataName() string {
	if p.data == "" {
		return "d"
	}
	return p.data
}

// first writes the first byte at the place.
func (p place) first() *jen.Statement { return raw("%s[%s]", p.dataName(), p.start()) }

// bytes writes the n bytes at the place; behind a variable offset the slice is left open.
func (p place) bytes(n int64) *jen.Statement {
	if p.loops != "" {
		return raw("%s[%s:]", p.dataName(), p.start())
	}
	return raw("%s[%d:%d]", p.dataName(), p.offset, p.offset+n)
}

// orderOf writes the byte order of an integer at the place.
func (p place) orderOf(t *plan.Type) *jen.Statement {
	switch {
	case t.Ord == plan.Big:
		return jen.Qual(binaryPkg, "BigEndian")
	case t.Ord == plan.Little:
		return jen.Qual(binaryPkg, "LittleEndian")
	case p.order != "":
		return jen.Id(p.order)
	}
	return jen.Qual(binaryPkg, "NativeEndian")
}

// eachField writes what do writes for the fields of a struct.
func eachField(g *jen.Group, p place, s *plan.Struct, do func(*jen.Group, place, *plan.Type)) {
	for _, f := range s.Fields {
		if f.Type.Kind != plan.Padding {
			inner := p
			inner.variable = p.variable.Clone().Dot(f.Name)
			inner.offset += f.Offset
			do(g, inner, f.Type)
		}
	}
}

// load writes the statements that set a variable from its bytes.
func load(g *jen.Group, p place, t *plan.Type) {
	switch t.Kind {
	case plan.Array:
		loadArray(g, p, t)
		return
	case plan.Record:
		loadRecord(g, p, t)
		return
	case plan.Bits:
		g.Copy(p.variable.Clone().Index(jen.Op(":")), p.bytes(t.Size))
		return
	}
	g.Add(p.variable.Clone()).Op("=").Add(loaded(p, t))
}

func loadRecord(g *jen.Group, p place, t *plan.Type) {
	if t.Rec.Union {
		g.Copy(p.variable.Clone().Index(jen.Op(":")), p.bytes(t.Size))
		return
	}
	eachField(g, p, t.Rec, load)
}

// loaded writes the value at a place.
func loaded(p place, t *plan.Type) *jen.Statement {
	if t.Size == 1 {
		return loadedByte(p.first(), t)
	}
	value := p.orderOf(t).Dot(fmt.Sprintf("Uint%d", t.Size*8)).Call(p.bytes(t.Size))
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
	inner := p
	inner.variable = p.variable.Clone().Index(jen.Id(index))
	inner.depth, inner.loops = p.depth+1, step
	g.For(jen.Id(index).Op(":=").Range().Add(p.variable.Clone())).BlockFunc(func(g *jen.Group) {
		body(g, inner, t.Elem)
	})
}

// decodeOrder writes the method that reads a struct in a given byte order: it reads it in the machine's
// own and turns what is then the wrong way round.
func decodeOrder(f *jen.File, s *plan.Struct) {
	f.Line()
	if !s.Swaps() {
		commentf(f, "DecodeOrder is Decode: no field depends on the byte order.")
		receiver(f, s, "DecodeOrder").Params(jen.Id("data").Index().Byte(), jen.Id("_").Qual(binaryPkg, "ByteOrder")).Error().Block(
			jen.Return(jen.Id("n").Dot("Decode").Call(jen.Id("data"))),
		)
		return
	}
	commentf(f, "DecodeOrder is Decode for data in the given byte order.")
	receiver(f, s, "DecodeOrder").Params(jen.Id("data").Index().Byte(), jen.Id("order").Qual(binaryPkg, "ByteOrder")).Error().Block(
		jen.If(jen.Err().Op(":=").Id("n").Dot("Decode").Call(jen.Id("data")), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())),
		jen.If(jen.Op("!").Id("isNative").Call(jen.Id("order"))).Block(swapCall(jen.Id("n"), s, jen.Op("!").Add(isBig()))),
		jen.Return(jen.Nil()),
	)
}

// swapBytes writes the method that turns the bytes of what depends on the byte order.
func swapBytes(f *jen.File, s *plan.Struct) {
	if !s.Swaps() {
		return
	}
	f.Line()
	commentf(f, "swapBytes turns the bytes of every field that depends on the byte order.")
	var params []jen.Code
	if s.HasBits() {
		commentf(f, "Its bit-fields are now as big-endian machines have them, if big, or as others.")
		params = append(params, jen.Id("big").Bool())
	}
	receiver(f, s, "swapBytes").Params(params...).BlockFunc(func(g *jen.Group) {
		eachField(g, place{variable: jen.Id("n")}, s, swap)
	})
}

// swap writes the statements that turn a variable's bytes round, none where nothing depends on the order.
func swap(g *jen.Group, p place, t *plan.Type) {
	switch {
	case !t.Swaps():
	case t.Kind == plan.Bits:
		swapBits(g, p, t)
	case t.Kind == plan.Array:
		loop(g, p, t, swap)
	case t.Kind == plan.Record:
		g.Add(swapCall(p.variable.Clone(), t.Rec, jen.Id("big")))
	default:
		g.Add(p.variable.Clone()).Op("=").Add(swapped(p.variable.Clone(), t))
	}
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
