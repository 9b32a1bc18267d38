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
