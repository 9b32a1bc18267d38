// SPDX-License-Identifier: Apache-2.0

package emit

import (
	"encoding/json"

	"github.com/dave/jennifer/jen"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// printed writes the methods that print a struct.
func printed(f *jen.File, s *plan.Struct) {
	if s.Text {
		f.Line()
		commentf(f, "String returns what AppendText appends.")
		f.Func().Params(jen.Id("n").Id(s.Name)).Id("String").Params().String().Block(
			jen.List(jen.Id("b"), jen.Id("_")).Op(":=").Id("n").Dot("AppendText").Call(jen.Nil()),
			jen.Return(jen.String().Call(jen.Id("b"))))
		f.Line()
		commentf(f, "AppendText appends the fields of n to b, as name=value, separated by blanks. The error is always nil.")
		receiver(f, s, "AppendText").Params(jen.Id("b").Index().Byte()).Params(jen.Index().Byte(), jen.Error()).BlockFunc(func(g *jen.Group) {
			p := &printer{g: g}
			p.fields(jen.Id("n"), s, 0)
			p.flush()
			g.Return(jen.Id("b"), jen.Nil())
		})
	}
	if s.JSON {
		f.Line()
		commentf(f, "MarshalJSON returns what AppendJSON appends. The error is always nil.")
		f.Func().Params(jen.Id("n").Id(s.Name)).Id("MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).Block(
			jen.Return(jen.Id("n").Dot("AppendJSON").Call(jen.Nil()), jen.Nil()))
		f.Line()
		commentf(f, "AppendJSON appends the fields of n to b, as a JSON object.")
		receiver(f, s, "AppendJSON").Params(jen.Id("b").Index().Byte()).Index().Byte().BlockFunc(func(g *jen.Group) {
			p := &printer{g: g, json: true}
			p.text("{")
			p.fields(jen.Id("n"), s, 0)
			p.text("}")
			p.flush()
			g.Return(jen.Id("b"))
		})
	}
}

// printer writes statements that append to b. It keeps fixed text back, so that neighbours become one.
type printer struct {
	g     *jen.Group
	json  bool
	fixed string
}

func (p *printer) text(s string) { p.fixed += s }

// choose adds one of two texts.
func (p *printer) choose(text, json string) {
	if p.json {
		text = json
	}
	p.text(text)
}

func (p *printer) flush() {
	if p.fixed != "" {
		p.g.Id("b").Op("=").Append(jen.Id("b"), jen.Lit(p.fixed).Op("..."))
	}
	p.fixed = ""
}

// call appends what a function returns.
func (p *printer) call(f *jen.Statement, args ...jen.Code) {
	p.flush()
	p.g.Id("b").Op("=").Add(f).Call(append([]jen.Code{jen.Id("b")}, args...)...)
}

// fields prints the fields of a struct.
func (p *printer) fields(v *jen.Statement, s *plan.Struct, depth int) {
	first := true
	next := func(name string) {
		if !first {
			p.choose(" ", ",")
		}
		first = false
		quoted, _ := json.Marshal(name) // a string always can be
		p.choose(name+"=", string(quoted)+":")
	}
	for _, f := range s.Fields {
		switch f.Type.Kind {
		case plan.Padding:
		case plan.Bits:
			for _, b := range f.Type.Bits {
				if b.Name != "" {
					next(b.Shown)
					p.value(v.Clone().Dot(b.Name).Call(), b.Type, depth)
				}
			}
		default:
			next(f.Shown)
			p.value(v.Clone().Dot(f.Name), f.Type, depth)
		}
	}
}

// value prints a value of a type.
func (p *printer) value(v *jen.Statement, t *plan.Type, depth int) {
	all := func() *jen.Statement { return v.Clone().Index(jen.Op(":")) }
	switch {
	case t.Kind == plan.Record && t.Rec.Union, t.IsByteArray() && !t.Elem.Byte:
		p.choose("", `"`)
		p.call(jen.Id("appendHex"), all())
		p.choose("", `"`)
	case t.Kind == plan.Record:
		p.text("{")
		p.fields(v, t.Rec, depth)
		p.text("}")
	case t.IsByteArray() && p.json:
		p.call(jen.Id("appendJSONText"), all())
	case t.IsByteArray():
		p.call(jen.Id("appendCString"), all())
	case t.Kind == plan.Array:
		p.array(v, t, depth)
	default:
		p.scalar(v, t)
	}
}

// array prints the elements of an array.
func (p *printer) array(v *jen.Statement, t *plan.Type, depth int) {
	p.text("[")
	p.flush()
	i := indexName(depth)
	p.g.For(jen.Id(i).Op(":=").Range().Add(v.Clone())).BlockFunc(func(g *jen.Group) {
		inner := &printer{g: g, json: p.json}
		between := jen.LitRune(' ')
		if p.json {
			between = jen.LitRune(',')
		}
		g.If(jen.Id(i).Op(">").Lit(0)).Block(jen.Id("b").Op("=").Append(jen.Id("b"), between))
		inner.value(v.Clone().Index(jen.Id(i)), t.Elem, depth+1)
		inner.flush()
	})
	p.text("]")
}

// scalar prints a number or a truth value.
func (p *printer) scalar(v *jen.Statement, t *plan.Type) {
	strconv := func(name string) *jen.Statement { return jen.Qual("strconv", name) }
	switch {
	case t.Kind == plan.Bool:
		p.call(strconv("AppendBool"), v)
	case t.Named != "" && p.json:
		p.call(jen.Id("appendJSONText"), v.Clone().Dot("String").Call())
	case t.Named != "":
		p.flush()
		p.g.List(jen.Id("b"), jen.Id("_")).Op("=").Add(v.Clone()).Dot("AppendText").Call(jen.Id("b"))
	case t.Kind == plan.Float && p.json:
		p.call(jen.Id("appendJSONFloat"), wider(v, t, "float64", 64), jen.Lit(int(t.Size)*8))
	case t.Kind == plan.Float:
		p.call(strconv("AppendFloat"), wider(v, t, "float64", 64), jen.LitRune('g'), jen.Lit(-1), jen.Lit(int(t.Size)*8))
	case t.Size == 16:
		p.choose("", `"`)
		p.call(jen.Qual("fmt", "Appendf"), jen.Lit("0x%016x%016x"), jen.Uint64().Call(v.Clone().Dot("Hi")), v.Clone().Dot("Lo"))
		p.choose("", `"`)
	case t.Int.Signed:
		p.call(strconv("AppendInt"), wider(v, t, "int64", t.Int.Bits), jen.Lit(10))
	default:
		p.call(strconv("AppendUint"), wider(v, t, "uint64", t.Int.Bits), jen.Lit(10))
	}
}

// wider converts a number to the widest of its kind, if it is not that.
func wider(v *jen.Statement, t *plan.Type, to string, bits int) jen.Code {
	if t.Kind == plan.Integer && bits == 64 || t.Kind == plan.Float && t.Size == 8 {
		return v.Clone()
	}
	return jen.Id(to).Call(v.Clone())
}
