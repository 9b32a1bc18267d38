// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"math"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// describedKinds are the names of the kinds of values.
var describedKinds = map[plan.DescribedKind]string{
	plan.DescribedUint: "KindUint", plan.DescribedInt: "KindInt", plan.DescribedBool: "KindBool",
	plan.DescribedBytes: "KindBytes", plan.DescribedText: "KindText",
}

// describe writes the table of a struct's fields, and the methods that read them by their index in it.
func describe(f *jen.File, s *plan.Struct) {
	d := s.Description
	if d == nil {
		return
	}
	f.Line()
	commentf(f, "%s describes the fields of %s.", d.Table, s.Name)
	f.Var().Id(d.Table).Op("=").Index(jen.Op("...")).Qual(d.Import, "Field").Add(lines(describedFields(d)...))
	f.Line()
	commentf(f, "Fields returns a description of each field. It must not be changed.")
	receiver(f, s, "Fields").Params().Index().Qual(d.Import, "Field").Block(jen.Return(jen.Id(d.Table).Index(jen.Op(":"))))
	f.Line()
	commentf(f, "Uint returns the number in the field with this index in Fields; 0 if the field is not a number.")
	readField(f, s, "Uint", jen.Uint64(), jen.Lit(0), uintOf)
	f.Line()
	commentf(f, "Bytes returns the bytes of the field with this index in Fields; nil if it has none.")
	readField(f, s, "Bytes", jen.Index().Byte(), jen.Nil(), bytesOf)
}

func describedFields(d *plan.Description) []jen.Code {
	var items []jen.Code
	for _, f := range d.Fields {
		values := []jen.Code{
			jen.Id("Name").Op(":").Lit(f.Name), jen.Id("C").Op(":").Lit(f.C),
		}
		if f.Doc != "" {
			values = append(values, jen.Id("Doc").Op(":").Lit(f.Doc))
		}
		if f.Kind != plan.DescribedUint {
			values = append(values, jen.Id("Kind").Op(":").Qual(d.Import, describedKinds[f.Kind]))
		}
		if f.Bits <= math.MaxUint16 {
			values = append(values, jen.Id("Bits").Op(":").Lit(f.Bits))
		}
		if f.Enum != "" {
			values = append(values, jen.Id("Enum").Op(":").Op("&").Id(f.Enum))
		}
		items = append(items, jen.Values(values...))
	}
	return items
}

// readField writes a method that reads the fields for which value returns code.
func readField(f *jen.File, s *plan.Struct, name string, result, none jen.Code, value func(*plan.Described, *jen.Statement) jen.Code) {
	var cases []jen.Code
	for i, d := range s.Description.Fields {
		field := jen.Id("n").Dot(d.Go)
		if v := value(d, field); v != nil {
			cases = append(cases, jen.Case(jen.Lit(i)).Block(jen.Return(v)))
		}
	}
	m := f.Func()
	if len(cases) == 0 {
		m.Params(jen.Op("*").Id(s.Name)).Id(name).Params(jen.Int()).Add(result).Block(jen.Return(none))
		return
	}
	m.Params(jen.Id("n").Op("*").Id(s.Name)).Id(name).Params(jen.Id("field").Int()).Add(result).Block(
		jen.Switch(jen.Id("field")).Block(cases...), jen.Return(none))
}

func uintOf(d *plan.Described, field *jen.Statement) jen.Code {
	switch d.Kind {
	case plan.DescribedUint:
		if d.Bits == 64 && !d.Named {
			return field
		}
		return jen.Uint64().Call(field)
	case plan.DescribedInt:
		return jen.Uint64().Call(field)
	case plan.DescribedBool:
		return jen.Func().Params().Uint64().Block(jen.If(field).Block(jen.Return(jen.Lit(1))), jen.Return(jen.Lit(0))).Call()
	}
	return nil
}

func bytesOf(d *plan.Described, field *jen.Statement) jen.Code {
	if d.Kind == plan.DescribedBytes || d.Kind == plan.DescribedText {
		return field.Index(jen.Op(":"))
	}
	return nil
}

// enum writes the names of a group's values.
func enum(f *jen.File, e *plan.Enum) {
	var items []jen.Code
	for _, c := range e.Consts {
		item := []jen.Code{jen.Id("Value").Op(":").Add(decimal(c.Value)), jen.Id("C").Op(":").Lit(c.C)}
		if text := textOf(e.Group, c); text != "" {
			item = append(item, jen.Id("Text").Op(":").Lit(text))
		}
		items = append(items, jen.Values(item...))
	}
	typ := func() *jen.Statement {
		if e.Of != "" {
			return jen.Qual(e.Of, e.Group.Name)
		}
		return jen.Id(e.Group.Name)
	}
	f.Line()
	commentf(f, "%s has the names of the values of %s.", e.Var, e.Group.Name)
	fields := []jen.Code{jen.Id("Name").Op(":").Lit(e.Group.Name)}
	if e.Group.Flags {
		fields = append(fields, jen.Id("Flags").Op(":").True())
	}
	fields = append(fields,
		jen.Id("Values").Op(":").Index().Qual(e.Import, "EnumValue").Add(lines(items...)),
		jen.Id("Lookup").Op(":").Func().Params(jen.Id("v").Uint64()).Params(jen.String(), jen.Bool()).BlockFunc(func(g *jen.Group) {
			number := typ().Call(jen.Id("v"))
			if e.Group.Base.Bits < 64 {
				g.If(jen.Uint64().Call(number.Clone()).Op("!=").Id("v")).Block(jen.Return(jen.Lit(""), jen.False()))
			}
			if len(e.Group.Bits) > 0 {
				g.List(jen.Id("_"), jen.Id("ok")).Op(":=").Add(number.Clone()).Dot("Value").Call().Dot("Name").Call()
				g.Return(number.Clone().Dot("String").Call(), jen.Id("ok"))
				return
			}
			if e.Group.Flags {
				g.Return(number.Clone().Dot("String").Call(), jen.True())
				return
			}
			g.Return(number.Clone().Dot("Name").Call())
		}))
	f.Var().Id(e.Var).Op("=").Qual(e.Import, "Enum").Add(lines(fields...))
}

// textOf returns the text of a constant's value, or "".
func textOf(g *plan.Group, c *plan.Const) string {
	for _, n := range g.Names {
		if compare(n.Value, c.Value) == 0 {
			return n.Text
		}
	}
	return ""
}

// templates writes the tables of texts with arguments.
func templates(f *jen.File, g *plan.Group) {
	if g.Templates == nil {
		return
	}
	for i := range g.Templates.Tables {
		t := &g.Templates.Tables[i]
		if len(t.Index) > 0 {
			templatesIn(f, g.Templates.Import, t)
			continue
		}
		var items []jen.Code
		for _, text := range t.Texts {
			items = append(items, jen.Id(text.Const).Op(":").Values(templateParts(g.Templates.Import, text.Parts)...))
		}
		f.Line()
		commentf(f, "%s has the texts of %s with their arguments, by value.", t.Name, t.Group)
		f.Var().Id(t.Name).Op("=").Index(jen.Op("...")).Qual(g.Templates.Import, "Text").Add(lines(items...))
	}
}

func templateParts(pkg string, list []plan.TemplatePart) []jen.Code {
	var parts []jen.Code
	for _, p := range list {
		parts = append(parts, templatePart(pkg, p))
	}
	return parts
}

// templatePart writes a part without what is zero.
func templatePart(pkg string, p plan.TemplatePart) jen.Code {
	var fields []jen.Code
	if p.Before != "" {
		fields = append(fields, jen.Id("Before").Op(":").Lit(p.Before))
	}
	if p.Arg != 0 {
		fields = append(fields, jen.Id("Arg").Op(":").Lit(p.Arg))
	}
	return jen.Values(append(fields, jen.Id("As").Op(":").Qual(pkg, p.As))...)
}
