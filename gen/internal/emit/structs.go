// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"go/constant"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/fixed"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// structure writes a struct with its sizes and methods.
func structure(f *jen.File, s *plan.Struct) {
	if s.Union {
		union(f, s)
		return
	}
	f.Line()
	head(f, s)
	f.Type().Id(s.Name).StructFunc(func(g *jen.Group) {
		if s.HostLayout {
			g.Id("_").Qual("structs", "HostLayout")
		}
		for _, field := range s.Fields {
			comment(g, field.Doc)
			line := g.Id(field.Name).Add(typeOf(field.Type))
			if field.Renamed {
				trailing(line, field.C, field.Text)
			} else {
				trailing(line, "", field.Text)
			}
		}
	})
	sizes(f, s)
	decode(f, s)
	decodeOrder(f, s)
	encode(f, s)
	encodeOrder(f, s)
	swap(f, s)
	binaryMethods(f, s)
	present(f, s)
	versions(f, s)
	cStrings(f, s)
	trailers(f, s)
	bitFields(f, s)
	describe(f, s)
	printed(f, s)
}

// cStrings writes the methods that return the text in arrays of char.
func cStrings(f *jen.File, s *plan.Struct) {
	for _, field := range s.Fields {
		if field.String == "" {
			continue
		}
		f.Line()
		commentf(f, "%s returns %s up to its first zero byte.", field.String, field.Name)
		receiver(f, s, field.String).Params().String().Block(
			jen.Return(jen.Id("cString").Call(jen.Id("n").Dot(field.Name).Index(jen.Op(":")))),
		)
	}
}

// head writes the comment above a type, with the definition in C.
func head(f *jen.File, s *plan.Struct) {
	comment(f, s.Doc)
	if len(s.Quote) > 0 {
		comment(f, []string{""})
	}
	for _, l := range s.Quote {
		comment(f, []string{"\t" + l})
	}
}

// sizes writes the constants of a struct's size and its fields' offsets.
func sizes(f *jen.File, s *plan.Struct) {
	f.Line()
	var offsets []jen.Code
	for _, field := range s.Fields {
		if field.OffsetOf != "" {
			offsets = append(offsets, jen.Id(field.OffsetOf).Op("=").Add(raw("%d", field.Offset)))
		}
	}
	for _, t := range s.Tail {
		offsets = append(offsets, jen.Id(t.OffsetOf).Op("=").Add(raw("%d", t.Offset)))
	}
	if len(offsets) == 0 {
		commentf(f, "%s is the size of %s, in bytes.", s.SizeOf, s.C)
		f.Const().Id(s.SizeOf).Op("=").Add(raw("%d", s.Size))
	} else {
		commentf(f, "The size of %s and where its fields begin, in bytes.", s.C)
		f.Const().DefsFunc(func(g *jen.Group) {
			g.Id(s.SizeOf).Op("=").Add(raw("%d", s.Size))
			g.Line()
			for _, o := range offsets {
				g.Add(o)
			}
		})
	}
	minimum(f, s)
	masks(f, s)
}

// masks writes the masks and shifts of bit-fields.
func masks(f *jen.File, s *plan.Struct) {
	if len(s.Masks) == 0 {
		return
	}
	f.Line()
	commentf(f, "The bit-fields of %s in the integers that hold them, read in the byte order of %s.", s.C, s.MasksOf)
	f.Const().DefsFunc(func(g *jen.Group) {
		for i, c := range s.Masks {
			if i%2 == 1 {
				g.Id(c.Name).Op("=").Add(decimal(c.Value))
				continue
			}
			v, _ := constant.Uint64Val(c.Value)
			trailing(g.Id(c.Name).Op("=").Add(raw("0x%02x", v)), c.C, c.Text)
		}
	})
}

// typeOf writes a Go type.
func typeOf(t *plan.Type) *jen.Statement {
	switch t.Kind {
	case plan.Bool:
		return jen.Bool()
	case plan.Float:
		return raw("float%d", t.Size*8)
	case plan.Array:
		return jen.Index(raw("%d", t.Len)).Add(typeOf(t.Elem))
	case plan.Record:
		return jen.Id(t.Rec.Name)
	case plan.Padding, plan.Bits:
		return jen.Index(raw("%d", t.Size)).Byte()
	}
	if t.Named != "" {
		return jen.Id(t.Named)
	}
	if t.Byte {
		return jen.Byte()
	}
	return raw("%s", intName(t.Int))
}

// guards writes what stops the build when Go lays a struct out otherwise than C.
func guards(f *jen.File, structs []*plan.Struct) {
	var defs []jen.Code
	for _, s := range structs {
		if s.Mirror && !s.Union {
			defs = append(defs, guardsOf(s)...)
		}
	}
	if len(defs) == 0 {
		return
	}
	f.Line()
	commentf(f, "The structs have the size that they have in C, with all padding explicit: a difference stops the build here.")
	f.Var().Defs(defs...)
}

// guardsOf writes what compares the size. All that pads in C is a field in Go, so that the offsets are those of C where the
// size is.
func guardsOf(s *plan.Struct) []jen.Code {
	return []jen.Code{guard(s.SizeOf, jen.Qual("unsafe", "Sizeof").Call(jen.Id(s.Name).Values()))}
}

// guard writes an index that is in range only where the constant equals what Go has.
func guard(constant string, actual jen.Code) jen.Code {
	return jen.Id("_").Op("=").Index(jen.Lit(1)).Struct().Values().Index(jen.Id(constant).Op("-").Add(actual))
}

// shared writes what the structs of a package have in common.
func shared(f *jen.File, s plan.Shared) {
	for _, part := range []struct {
		need  bool
		names []string
	}{
		{s.ShortError, []string{"ShortError"}},
		{s.Versions, []string{"VersionError"}},
		{s.IsNative, []string{"orderMark", "isNative"}},
		{s.CString, []string{"cString"}},
		{s.IsBig, []string{"isBig"}},
		{s.Bits, []string{"loadBits", "storeBits"}},
		{s.Wide, []string{"Uint128", "loadUint128", "storeUint128"}},
		{s.WideSigned, []string{"Int128", "loadInt128", "storeInt128"}},
		{s.Hex, []string{"appendHex"}},
		{s.CText, []string{"appendCString"}},
		{s.JSONText, []string{"appendJSONText"}},
		{s.JSONFloat, []string{"appendJSONFloat"}},
	} {
		if !part.need {
			continue
		}
		for _, decl := range fixed.Decls(part.names...) {
			helper(f, decl)
		}
	}
}

// helper writes a declaration as it stands in package fixed.
func helper(f *jen.File, parts []fixed.Part) {
	f.Line()
	s := jen.Null()
	for _, p := range parts {
		s.Id(p.Text)
		if p.Import != "" {
			s.Qual(p.Import, p.Name)
		}
	}
	f.Add(s)
}

const binaryPkg = "encoding/binary"
