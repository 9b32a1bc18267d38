// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"reflect"
	"slices"
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
	commentf(f, "%s is a release of the headers: its index among them, oldest first.", r.Type)
	f.Type().Id(r.Type).Int()
	f.Line()
	f.Var().Id("releaseNames").Op("=").Index(jen.Op("...")).String().Add(lines(items...))
	f.Line()
	commentf(f, "String returns the name of a release.")
	f.Func().Params(jen.Id("r").Id(r.Type)).Id("String").Params().String().Block(jen.Return(jen.Id("releaseNames").Index(jen.Id("r"))))
	f.Line()
}

// nameIn writes the texts of a group by release, and the method that looks them up. Each text stands once: the tables have
// its place.
func nameIn(f *jen.File, g *plan.Group) {
	if g.Releases == nil {
		return
	}
	texts, tables := goname.LowerFirst(g.Name)+"TextsIn", goname.LowerFirst(g.Name)+"TablesIn"
	all, places := distinctTexts(g.Releases.Tables)
	width := "uint8"
	if len(all) > 1<<8 {
		width = "uint16"
	}
	f.Line()
	commentf(f, "%s has each text that %s has in a release.", texts, g.Name)
	f.Var().Id(texts).Op("=").Index(jen.Op("...")).String().Add(lines(all...))
	f.Line()
	commentf(f, "%s maps values to texts in %s, a table for each distinct content.", tables, texts)
	f.Var().Id(tables).Op("=").Index(jen.Op("...")).Index().Id(width).Add(lines(placeTables(g.Releases.Tables, places)...))
	index(f, tables+"Release", tables, g.Releases.Index)
	f.Line()
	commentf(f, "NameIn returns the text of v in a release, and whether it has one.")
	method(f, g, "NameIn").Params(jen.Id("r").Id("Release")).Params(jen.String(), jen.Bool()).Block(
		jen.Id("table").Op(":=").Id(tables).Index(jen.Id(tables+"Release").Index(jen.Id("r"))),
		jen.If(jen.Uint64().Call(jen.Id("v")).Op("<").Uint64().Call(jen.Len(jen.Id("table")))).Block(
			jen.Id("place").Op(":=").Id("table").Index(jen.Id("v")),
			jen.Return(jen.Id(texts).Index(jen.Id("place")), jen.Id("place").Op("!=").Lit(0))),
		jen.Return(jen.Lit(""), jen.False()),
	)
}

// distinctTexts returns each text of tables once, after one that is empty, and where each is.
func distinctTexts(tables [][]plan.Name) (all []jen.Code, places map[string]int) {
	all, places = []jen.Code{jen.Lit("")}, map[string]int{}
	for _, names := range tables {
		for _, n := range names {
			if places[n.Text] == 0 {
				places[n.Text] = len(all)
				all = append(all, jen.Lit(n.Text))
			}
		}
	}
	return all, places
}

func placeTables(all [][]plan.Name, places map[string]int) []jen.Code {
	var items []jen.Code
	for _, names := range all {
		var entries []jen.Code
		for _, n := range names {
			entries = append(entries, decimalKey(n).Op(":").Add(raw("%d", places[n.Text])))
		}
		items = append(items, jen.Values(entries...))
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

// templatesIn writes texts with arguments, each once, and the function that returns those of a release.
func templatesIn(f *jen.File, pkg string, t *plan.TemplateTable) {
	all := []jen.Code{jen.Nil()}
	var known []plan.Template
	var tables []jen.Code
	for _, texts := range t.Tables {
		var entries []jen.Code
		for _, text := range texts {
			at := slices.IndexFunc(known, func(k plan.Template) bool { return reflect.DeepEqual(k.Parts, text.Parts) })
			if at < 0 {
				at = len(known)
				known, all = append(known, text), append(all, jen.Values(templateParts(pkg, text.Parts)...))
			}
			entries = append(entries, raw("%s", text.Value.ExactString()).Op(":").Add(raw("%d", at+1)))
		}
		tables = append(tables, jen.Values(entries...))
	}
	places, texts := t.Name+"Tables", t.Name+"All"
	f.Line()
	commentf(f, "%s has each text of %s that a release has, with its arguments.", texts, t.Group)
	f.Var().Id(texts).Op("=").Index(jen.Op("...")).Qual(pkg, "Text").Add(lines(all...))
	f.Line()
	commentf(f, "%s maps values to texts in %s, a table for each distinct content.", places, texts)
	f.Var().Id(places).Op("=").Index(jen.Op("...")).Index().Uint16().Add(lines(tables...))
	index(f, places+"Release", places, t.Index)
	f.Line()
	commentf(f, "%sIn returns the texts of %s in a release, by value.", t.Name, t.Group)
	f.Func().Id(t.Name+"In").Params(jen.Id("r").Id("Release")).Index().Qual(pkg, "Text").Block(
		jen.Id("table").Op(":=").Id(places).Index(jen.Id(places+"Release").Index(jen.Id("r"))),
		jen.Id("texts").Op(":=").Make(jen.Index().Qual(pkg, "Text"), jen.Len(jen.Id("table"))),
		jen.For(jen.List(jen.Id("v"), jen.Id("place")).Op(":=").Range().Id("table")).Block(
			jen.Id("texts").Index(jen.Id("v")).Op("=").Id(texts).Index(jen.Id("place"))),
		jen.Return(jen.Id("texts")),
	)
}
