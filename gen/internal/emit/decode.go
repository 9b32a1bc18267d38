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
	if s.Min == nil {
		commentf(f, "Decode sets n from data, which is in this machine's byte order, or returns a *ShortError.")
	} else {
		commentf(f, "Decode sets every field of n from the first %s bytes of data, which are in this machine's byte", s.SizeOf)
		commentf(f, "order. From the shorter data of an older sender, at least %s bytes, it sets the fields that are complete", s.Min.SizeOf)
		commentf(f, "and makes the others zero; Present says which these are. It keeps no reference to data. The error is a")
		commentf(f, "*ShortError, and n is then unchanged.")
	}
	receiver(f, s, "Decode").Params(jen.Id("data").Index().Byte()).Error().BlockFunc(func(g *jen.Group) {
		decodeBody(g, s, place{variable: jen.Id("n")})
	})
}

// decodeBody writes the statements of Decode.
func decodeBody(g *jen.Group, s *plan.Struct, p place) {
	need := s.SizeOf
	if s.Min != nil {
		need = s.Min.SizeOf
	}
	if s.Size > 0 {
		g.If(jen.Len(jen.Id("data")).Op("<").Id(need)).Block(jen.Return(shortError(s, need)))
	}
	if s.Min != nil {
		completeData(g, s)
	}
	if s.HoldsBytes() {
		o := overlayOf(s, p)
		switch {
		case inMemory(s):
			g.Copy(memory(s), jen.Id("data"))
		case o != nil:
			o.load(g, s)
		default:
			g.Id("d").Op(":=").Id("data").Index(jen.Empty(), jen.Id(s.SizeOf))
			eachField(g, p, s, load)
		}
	}
	g.Return(jen.Nil())
}

func receiver(f *jen.File, s *plan.Struct, name string) *jen.Statement {
	return f.Func().Params(jen.Id("n").Op("*").Id(s.Name)).Id(name)
}

func shortError(s *plan.Struct, need string) jen.Code {
	return jen.Op("&").Id("ShortError").Values(
		jen.Id("Struct").Op(":").Lit(s.C), jen.Id("Need").Op(":").Id(need), jen.Id("Have").Op(":").Len(jen.Id("data")))
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

// big writes whether the bytes at the place are in big-endian order.
func (p place) big() *jen.Statement {
	switch {
	case p.order != "":
		return isBig().Op("==").Id("isNative").Call(jen.Id(p.order))
	}
	return isBig()
}

// turns reports whether the bytes at the place may be in another order than the machine's.
func (p place) turns() bool { return p.order != "" }

// eachField writes what do writes for the fields of a struct.
func eachField(g *jen.Group, p place, s *plan.Struct, do func(*jen.Group, place, *plan.Type)) {
	for _, f := range s.Fields {
		if f.Type.HoldsBytes() {
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
		loadBits(g, p, t)
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
	if t.Size == 16 {
		return jen.Id("load"+intName(t.Int)).Call(p.bytes(t.Size), p.big())
	}
	value := p.orderOf(t).Dot(fmt.Sprintf("Uint%d", t.Size*8)).Call(p.bytes(t.Size))
	switch {
	case t.Kind == plan.Float:
		return jen.Qual("math", fmt.Sprintf("Float%dfrombits", t.Size*8)).Call(value)
	case t.Int.Signed:
		return typeOf(t).Call(value)
	}
	return named(t, value)
}

// named converts a number to the type of a group.
func named(t *plan.Type, value *jen.Statement) *jen.Statement {
	if t.Named == "" {
		return value
	}
	return jen.Id(t.Named).Call(value)
}

func loadedByte(b *jen.Statement, t *plan.Type) *jen.Statement {
	switch {
	case t.Kind == plan.Bool:
		return b.Op("!=").Lit(0)
	case t.Int.Signed:
		return typeOf(t).Call(b)
	}
	return named(t, b)
}

// isBytes reports whether a type is an array that Go can copy from bytes.
func isBytes(t *plan.Type) bool {
	return t.Kind == plan.Array && t.Elem.Kind == plan.Integer && t.Elem.Size == 1 && !t.Elem.Int.Signed && t.Elem.Named == ""
}

func loadArray(g *jen.Group, p place, t *plan.Type) {
	if isBytes(t) && p.loops == "" {
		g.Copy(p.variable.Clone().Index(jen.Op(":")), p.bytes(t.Size))
		return
	}
	loop(g, p, t, load)
}

// loop writes a loop over an array's elements.
func loop(g *jen.Group, p place, t *plan.Type, body func(*jen.Group, place, *plan.Type)) {
	index := indexName(p.depth)
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

// indexName names a loop's variable by how deep the loop is nested: i to m, and then i5, i6... since n is the struct.
func indexName(depth int) string {
	const letters = "ijklm"
	if depth < len(letters) {
		return letters[depth : depth+1]
	}
	return fmt.Sprintf("i%d", depth)
}

// decodeOrder writes the method that reads a struct in a given byte order.
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
	m := receiver(f, s, "DecodeOrder").Params(jen.Id("data").Index().Byte(), jen.Id("order").Qual(binaryPkg, "ByteOrder")).Error()
	m.BlockFunc(func(g *jen.Group) {
		g.If(jen.Err().Op(":=").Id("n").Dot("Decode").Call(jen.Id("data")), jen.Err().Op("!=").Nil().Op("||").Id("isNative").Call(jen.Id("order"))).
			Block(jen.Return(jen.Err()))
		g.Id("n").Dot("swap").Call(swapFrom(s, jen.Op("!").Add(isBig()))...)
		g.Return(jen.Nil())
	})
}
