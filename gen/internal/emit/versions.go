// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// versions writes what decodes and encodes a struct of which a field says how far it goes.
func versions(f *jen.File, s *plan.Struct) {
	if s.Versions == nil {
		return
	}
	versionLen(f, s)
	packetAt(f, s)
	decodeVersion(f, s)
	decodeSize(f, s)
	appendVersion(f, s)
}

// versionOf writes the version in n.
func versionOf(s *plan.Struct) *jen.Statement {
	return jen.Uint64().Call(jen.Id("n").Dot(s.Versions.Field.Name))
}

func versionSizeOf(s *plan.Struct) string { return s.Name + "VersionLen" }

func versionLen(f *jen.File, s *plan.Struct) {
	f.Line()
	commentf(f, "%s returns the size of a version of %s, and whether there is one.", versionSizeOf(s), s.C)
	f.Func().Id(versionSizeOf(s)).Params(jen.Id("v").Uint64()).Params(jen.Id("size").Int(), jen.Id("ok").Bool()).Block(
		jen.Switch(jen.Id("v")).BlockFunc(func(g *jen.Group) {
			for _, one := range s.Versions.List {
				g.Case(jen.Lit(int(one.Number))).Block(jen.Return(raw("%d", one.Size), jen.True()))
			}
		}),
		jen.Return(jen.Lit(0), jen.False()),
	)
}

func packetAt(f *jen.File, s *plan.Struct) {
	f.Line()
	commentf(f, "PacketAt returns where what follows the struct begins, by the version in n; 0 for an unknown version.")
	receiver(f, s, "PacketAt").Params().Int().Block(
		jen.List(jen.Id("size"), jen.Id("_")).Op(":=").Id(versionSizeOf(s)).Call(versionOf(s)),
		jen.Return(jen.Id("size")),
	)
}

func decodeVersion(f *jen.File, s *plan.Struct) {
	v := s.Versions
	at := place{offset: v.Field.Offset, data: "data", order: "order"}
	f.Line()
	commentf(f, "DecodeVersion sets the fields that the version in data has, and the others to zero. It returns the size of the")
	commentf(f, "struct: what follows it in data begins there. The error is a *ShortError or a *VersionError, and n is then unchanged.")
	receiver(f, s, "DecodeVersion").Params(jen.Id("data").Index().Byte(), orderParam()).Params(jen.Id("size").Int(), jen.Err().Error()).Block(
		jen.If(jen.Len(jen.Id("data")).Op("<").Add(raw("%d", v.Field.Offset+v.Field.Type.Size))).Block(jen.Return(jen.Lit(0),
			shortOf(s, raw("%d", v.List[0].Size)))),
		jen.Id("version").Op(":=").Uint64().Call(loaded(at, v.Field.Type)),
		jen.List(jen.Id("size"), jen.Id("ok")).Op(":=").Id(versionSizeOf(s)).Call(jen.Id("version")),
		jen.If(jen.Op("!").Id("ok")).Block(jen.Return(jen.Lit(0), jen.Op("&").Id("VersionError").Values(
			jen.Id("Struct").Op(":").Lit(s.C), jen.Id("Version").Op(":").Id("version")))),
		jen.Return(jen.Id("size"), jen.Id("n").Dot("DecodeSize").Call(jen.Id("data"), jen.Id("size"), jen.Id("order"))),
	)
}

// decodeSize writes DecodeSize. A struct that Go holds as C does is copied without a detour.
func decodeSize(f *jen.File, s *plan.Struct) {
	f.Line()
	commentf(f, "DecodeSize sets the fields in the first size bytes of data, and the others to zero, whatever the version says. The")
	commentf(f, "error is a *ShortError, and n is then unchanged.")
	receiver(f, s, "DecodeSize").Params(jen.Id("data").Index().Byte(), jen.Id("size").Int(), orderParam()).Error().BlockFunc(func(g *jen.Group) {
		g.If(jen.Len(jen.Id("data")).Op("<").Id("size")).Block(jen.Return(shortOf(s, jen.Id("size"))))
		g.If(jen.Id("size").Op(">=").Id(s.SizeOf)).Block(jen.Return(jen.Id("n").Dot("DecodeOrder").Call(jen.Id("data"), jen.Id("order"))))
		if !inMemory(s) {
			g.Var().Id("whole").Index(jen.Id(s.SizeOf)).Byte()
			g.Copy(jen.Id("whole").Index(jen.Op(":")), jen.Id("data").Index(jen.Empty(), jen.Id("size")))
			g.Return(jen.Id("n").Dot("DecodeOrder").Call(jen.Id("whole").Index(jen.Op(":")), jen.Id("order")))
			return
		}
		g.Op("*").Id("n").Op("=").Id(s.Name).Values()
		g.Copy(memory(s), jen.Id("data").Index(jen.Empty(), jen.Id("size")))
		if s.Swaps() {
			g.If(jen.Op("!").Id("isNative").Call(jen.Id("order"))).Block(
				jen.Id("n").Dot("swap").Call(swapFrom(s, jen.Op("!").Add(isBig()))...))
		}
		g.Return(jen.Nil())
	})
}

func appendVersion(f *jen.File, s *plan.Struct) {
	f.Line()
	commentf(f, "AppendVersion appends the bytes that the version in n has; all of them for an unknown version.")
	receiver(f, s, "AppendVersion").Params(jen.Id("b").Index().Byte(), orderParam()).Index().Byte().Block(
		jen.List(jen.Id("size"), jen.Id("ok")).Op(":=").Id(versionSizeOf(s)).Call(versionOf(s)),
		jen.If(jen.Op("!").Id("ok")).Block(jen.Id("size").Op("=").Id(s.SizeOf)),
		jen.Id("start").Op(":=").Len(jen.Id("b")),
		jen.Return(jen.Id("n").Dot("AppendOrder").Call(jen.Id("b"), jen.Id("order")).Index(jen.Empty(), jen.Id("start").Op("+").Id("size"))),
	)
}

func orderParam() *jen.Statement { return jen.Id("order").Qual(binaryPkg, "ByteOrder") }

// shortOf writes the error about data that has fewer bytes than a version.
func shortOf(s *plan.Struct, need jen.Code) jen.Code {
	return jen.Op("&").Id("ShortError").Values(
		jen.Id("Struct").Op(":").Lit(s.C), jen.Id("Need").Op(":").Add(need), jen.Id("Have").Op(":").Len(jen.Id("data")))
}
