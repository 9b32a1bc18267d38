// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// releases writes the type of a release.
func releases(f *jen.File, r *plan.Releases) {
	if r == nil {
		return
	}
	var items []jen.Code
	for _, name := range r.Names {
		items = append(items, jen.Lit(name))
	}
	commentf(f, "%s is a release of the headers: its place among them, the oldest first.", r.Type)
	f.Type().Id(r.Type).Int()
	f.Line()
	f.Var().Id("releaseNames").Op("=").Index(jen.Op("...")).String().Add(lines(items...))
	f.Line()
	commentf(f, "String returns the name of a release.")
	f.Func().Params(jen.Id("r").Id(r.Type)).Id("String").Params().String().Block(jen.Return(jen.Id("releaseNames").Index(jen.Id("r"))))
	f.Line()
}

// nameIn writes the texts of a group by release, and the method that looks them up.
func nameIn(f *jen.File, g *plan.Group) {
	if g.Releases == nil {
		return
	}
	tables := goname.LowerFirst(g.Name) + "TextsIn"
	f.Line()
	commentf(f, "%s holds the texts of %s by value, a table for each distinct content.", tables, g.Name)
	f.Var().Id(tables).Op("=").Index(jen.Op("...")).Index().String().Add(lines(nameTables(g.Releases.Tables)...))
	index(f, tables+"Release", tables, g.Releases.Index)
	f.Line()
	commentf(f, "NameIn returns the text of v in a release, and whether it has one.")
	method(f, g, "NameIn").Params(jen.Id("r").Id("Release")).Params(jen.String(), jen.Bool()).Block(
		jen.Id("table").Op(":=").Id(tables).Index(jen.Id(tables+"Release").Index(jen.Id("r"))),
		jen.If(jen.Uint64().Call(jen.Id("v")).Op("<").Uint64().Call(jen.Len(jen.Id("table")))).Block(
			jen.Return(jen.Id("table").Index(jen.Id("v")), jen.Id("table").Index(jen.Id("v")).Op("!=").Lit(""))),
		jen.Return(jen.Lit(""), jen.False()),
	)
}

func nameTables(all [][]plan.Name) []jen.Code {
	var items []jen.Code
	for _, names := range all {
		var entries []jen.Code
		for _, n := range names {
			entries = append(entries, decimalKey(n).Op(":").Lit(n.Text))
		}
		items = append(items, lines(entries...))
	}
	return items
}

func decimalKey(n plan.Name) *jen.Statement { return raw("%s", n.Value.ExactString()) }

// index writes the table's number of each release.
func index(f *jen.File, name, tables string, numbers []int) {
	var items []jen.Code
	for _, n := range numbers {
		items = append(items, raw("%s", strconv.Itoa(n)))
	}
	f.Line()
	commentf(f, "%s says which table of %s each release has.", name, tables)
	f.Var().Id(name).Op("=").Index(jen.Op("...")).Uint8().Values(items...)
}

// templatesIn writes a table of texts with arguments by release.
func templatesIn(f *jen.File, pkg string, t *plan.TemplateTable) {
	var items []jen.Code
	for _, texts := range t.Tables {
		var entries []jen.Code
		for _, text := range texts {
			entries = append(entries, raw("%s", text.Value.ExactString()).Op(":").Values(templateParts(pkg, text.Parts)...))
		}
		items = append(items, lines(entries...))
	}
	tables := t.Name + "Tables"
	f.Line()
	commentf(f, "%s holds the texts of %s with their arguments by value, a table for each distinct content.", tables, t.Group)
	f.Var().Id(tables).Op("=").Index(jen.Op("...")).Index().Qual(pkg, "Text").Add(lines(items...))
	index(f, tables+"Release", tables, t.Index)
	f.Line()
	commentf(f, "%sIn returns the texts of %s in a release, by value.", t.Name, t.Group)
	f.Func().Id(t.Name+"In").Params(jen.Id("r").Id("Release")).Index().Qual(pkg, "Text").Block(
		jen.Return(jen.Id(tables).Index(jen.Id(tables + "Release").Index(jen.Id("r")))))
}

// versions writes what decodes and encodes a struct of which a field says how far it goes.
func versions(f *jen.File, s *plan.Struct) {
	v := s.Versions
	if v == nil {
		return
	}
	sizeOf := s.Name + "VersionLen"
	f.Line()
	commentf(f, "%s returns the size of a version of %s, and whether there is one.", sizeOf, s.C)
	f.Func().Id(sizeOf).Params(jen.Id("v").Uint64()).Params(jen.Id("size").Int(), jen.Id("ok").Bool()).Block(
		jen.Switch(jen.Id("v")).BlockFunc(func(g *jen.Group) {
			for _, one := range v.List {
				g.Case(jen.Lit(int(one.Number))).Block(jen.Return(raw("%d", one.Size), jen.True()))
			}
		}),
		jen.Return(jen.Lit(0), jen.False()),
	)
	byteOrder := jen.Id("order").Qual(binaryPkg, "ByteOrder")
	f.Line()
	commentf(f, "DecodeVersion sets the fields that the version in data has, and the others to zero. It returns the size of the")
	commentf(f, "struct: what follows it in data begins there. The error is a *ShortError or a *VersionError, and n is then as it was.")
	receiver(f, s, "DecodeVersion").Params(jen.Id("data").Index().Byte(), byteOrder.Clone()).Params(jen.Id("size").Int(), jen.Id("err").Error()).Block(
		jen.If(jen.Len(jen.Id("data")).Op("<").Add(raw("%d", v.End))).Block(jen.Return(jen.Lit(0),
			jen.Op("&").Id("ShortError").Values(jen.Id("Struct").Op(":").Lit(s.C), jen.Id("Need").Op(":").Add(raw("%d", v.List[0].Size)),
				jen.Id("Have").Op(":").Len(jen.Id("data"))))),
		jen.Var().Id("whole").Index(jen.Id(s.SizeOf)).Byte(),
		jen.Copy(jen.Id("whole").Index(jen.Op(":")), jen.Id("data")),
		jen.Var().Id("m").Id(s.Name),
		jen.If(jen.Err().Op("=").Id("m").Dot("DecodeOrder").Call(jen.Id("whole").Index(jen.Op(":")), jen.Id("order")), jen.Err().Op("!=").Nil()).
			Block(jen.Return(jen.Lit(0), jen.Err())),
		jen.List(jen.Id("size"), jen.Id("ok")).Op(":=").Id(sizeOf).Call(jen.Uint64().Call(jen.Id("m").Dot(v.Field))),
		jen.If(jen.Op("!").Id("ok")).Block(jen.Return(jen.Lit(0), jen.Op("&").Id("VersionError").Values(
			jen.Id("Struct").Op(":").Lit(s.C), jen.Id("Version").Op(":").Uint64().Call(jen.Id("m").Dot(v.Field))))),
		jen.Return(jen.Id("size"), jen.Id("n").Dot("DecodeSize").Call(jen.Id("data"), jen.Id("size"), jen.Id("order"))),
	)
	f.Line()
	commentf(f, "DecodeSize sets the fields in the first size bytes of data, and the others to zero, whatever the version says. The")
	commentf(f, "error is a *ShortError, and n is then as it was.")
	receiver(f, s, "DecodeSize").Params(jen.Id("data").Index().Byte(), jen.Id("size").Int(), byteOrder.Clone()).Error().Block(
		jen.If(jen.Len(jen.Id("data")).Op("<").Id("size")).Block(jen.Return(
			jen.Op("&").Id("ShortError").Values(jen.Id("Struct").Op(":").Lit(s.C), jen.Id("Need").Op(":").Id("size"),
				jen.Id("Have").Op(":").Len(jen.Id("data"))))),
		jen.If(jen.Id("size").Op(">=").Id(s.SizeOf)).Block(jen.Return(jen.Id("n").Dot("DecodeOrder").Call(jen.Id("data"), jen.Id("order")))),
		jen.Var().Id("whole").Index(jen.Id(s.SizeOf)).Byte(),
		jen.Copy(jen.Id("whole").Index(jen.Op(":")), jen.Id("data").Index(jen.Empty(), jen.Id("size"))),
		jen.Return(jen.Id("n").Dot("DecodeOrder").Call(jen.Id("whole").Index(jen.Op(":")), jen.Id("order"))),
	)
	f.Line()
	commentf(f, "AppendVersion appends the bytes that the version in n has; all of them for one that is not known.")
	receiver(f, s, "AppendVersion").Params(jen.Id("b").Index().Byte(), byteOrder).Index().Byte().Block(
		jen.List(jen.Id("size"), jen.Id("ok")).Op(":=").Id(sizeOf).Call(jen.Uint64().Call(jen.Id("n").Dot(v.Field))),
		jen.If(jen.Op("!").Id("ok")).Block(jen.Id("size").Op("=").Id(s.SizeOf)),
		jen.Id("start").Op(":=").Len(jen.Id("b")),
		jen.Return(jen.Id("n").Dot("AppendOrder").Call(jen.Id("b"), jen.Id("order")).Index(jen.Empty(), jen.Id("start").Op("+").Id("size"))),
	)
}

func versionErrorType(f *jen.File) {
	f.Line()
	commentf(f, "VersionError says that a struct has a version that is not known.")
	f.Type().Id("VersionError").Struct(
		jen.Id("Struct").String().Comment("// the name in C"),
		jen.Id("Version").Uint64(),
	)
	f.Line()
	commentf(f, "Error names the struct and the version.")
	f.Func().Params(jen.Id("e").Op("*").Id("VersionError")).Id("Error").Params().String().Block(
		jen.Return(jen.Qual("fmt", "Sprintf").Call(jen.Lit("%s: unknown version %d"), jen.Id("e").Dot("Struct"), jen.Id("e").Dot("Version"))),
	)
}
