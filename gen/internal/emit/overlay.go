// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// overlay is how the bytes of a struct in Go's memory differ from those of C, for a struct whose fields lie where C has
// them: copying all and mending the differences is less code than field by field. It takes up to 0.7 ns more for a small struct
// that pads, and as long for others (BenchmarkDecode of gen/internal/sample).
type overlay struct {
	pads   []place // what pads, without variables
	sizes  []int64 // of pads
	fields []leaf  // what Go holds otherwise
	leaves int     // how many fields there are
}

// leaf is a field that is not a struct, of a struct or of a struct in it.
type leaf struct {
	place
	typ *plan.Type
}

// overlayOf returns how Go's memory of a struct differs from C's; nil where the struct is written field by field.
func overlayOf(s *plan.Struct, p place) *overlay {
	o := &overlay{}
	if s.Union || !s.HoldsBytes() || !o.add(s, p) || 1+len(o.pads)+len(o.fields) >= o.leaves {
		return nil
	}
	return o
}

// add adds the fields of a struct, and reports whether they lie where C has them.
func (o *overlay) add(s *plan.Struct, p place) bool {
	if !s.Mirror {
		return false
	}
	for _, f := range s.Fields {
		inner := p
		inner.variable = p.variable.Clone().Dot(f.Name)
		inner.offset += f.Offset
		switch {
		case f.Type.Kind == plan.Padding:
			o.pads, o.sizes = append(o.pads, inner), append(o.sizes, f.Type.Size)
		case f.Type.Kind == plan.Record && !f.Type.Rec.Union:
			if !o.add(f.Type.Rec, inner) {
				return false
			}
		case !f.Type.HoldsBytes() || padsInside(f.Type):
			return false
		default:
			o.leaves++
			if !typeInMemory(f.Type) {
				o.fields = append(o.fields, leaf{inner, f.Type})
			}
		}
	}
	return true
}

// padsInside reports whether a type is an array of structs that Go does not hold as C does.
func padsInside(t *plan.Type) bool {
	for t.Kind == plan.Array {
		t = t.Elem
	}
	return t.Kind == plan.Record && !inMemory(t.Rec)
}

// load writes the statements that set n from data.
func (o *overlay) load(g *jen.Group, s *plan.Struct) {
	if len(o.fields) > 0 {
		g.Id("d").Op(":=").Id("data").Index(jen.Empty(), jen.Id(s.SizeOf))
	}
	if len(o.pads) == 0 {
		g.Copy(memory(s), jen.Id("data"))
	} else {
		g.Id("m").Op(":=").Add(memory(s))
		g.Copy(jen.Id("m"), jen.Id("data"))
		o.clear(g, "m")
	}
	for _, f := range o.fields {
		load(g, f.place, f.typ)
	}
}

// store writes the statements that append n to b. Truth values need none of their own: Go holds 0 and 1.
func (o *overlay) store(g *jen.Group, s *plan.Struct) {
	truth := func(f leaf) bool {
		t := f.typ
		for t.Kind == plan.Array {
			t = t.Elem
		}
		return t.Kind == plan.Bool
	}
	fields := slices.DeleteFunc(slices.Clone(o.fields), truth)
	if len(o.pads)+len(fields) == 0 {
		g.Return(jen.Append(jen.Id("b"), memory(s).Op("...")))
		return
	}
	g.Id("b").Op("=").Append(jen.Id("b"), memory(s).Op("..."))
	g.Id("d").Op(":=").Id("b").Index(jen.Len(jen.Id("b")).Op("-").Id(s.SizeOf), jen.Empty())
	o.clear(g, "d")
	for _, f := range fields {
		store(g, f.place, f.typ)
	}
	g.Return(jen.Id("b"))
}

func (o *overlay) clear(g *jen.Group, bytes string) {
	for i, p := range o.pads {
		p.data = bytes
		g.Clear(p.bytes(o.sizes[i]))
	}
}
