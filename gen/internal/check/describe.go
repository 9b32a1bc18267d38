// SPDX-License-Identifier: Apache-2.0

package check

import (
	"go/constant"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// describe plans the table of the struct's fields.
func (s *structChecker) describe() {
	path := s.fileChecker.config.Describe
	s.unused(s.config.JSON, s.hasField, "no field of the struct has this name")
	s.unused(s.config.Enums, s.hasField, "no field of the struct has this name")
	if !path.Given() || s.record.Union {
		return
	}
	d := &plan.Description{Import: path.Value, Table: goname.LowerFirst(s.plan.Name) + "Fields"}
	s.declareDescription(d.Table, "the description of "+s.record.Name)
	s.describeFields(d, s.plan, "", "", "", s.record)
	s.plan.Description = d
}

// declareDescription enters a name of the description into the package, if it is written there.
func (s *structChecker) declareDescription(name, what string) {
	if !s.fileChecker.config.Unwritten {
		s.declare(name, what, s.config.Record.Pos)
	}
}

func (s *structChecker) hasField(name string) bool { return hasField(s.record, name) }

// describeFields adds the fields of a struct; the prefixes are those of the struct that it is nested in.
func (s *structChecker) describeFields(d *plan.Description, of *plan.Struct, json, c, goPath string, r *model.Record) {
	for _, f := range of.Fields {
		switch {
		case f.Type.Kind == plan.Padding:
			continue
		case f.Type.Kind == plan.Record && !f.Type.Rec.Union:
			s.describeFields(d, f.Type.Rec, json+jsonName(f.Name)+".", c+f.C+".", goPath+f.Name+".", nil)
			continue
		}
		kind, ok := describedKind(f.Type)
		if !ok {
			s.result.Skipped = append(s.result.Skipped, model.Skipped{
				Name: s.plan.Name + "." + goPath + f.Name, Pos: s.config.Record.Pos,
				Reason: "a description has numbers of up to 64 bits and bytes, not this",
			})
			continue
		}
		one := &plan.Described{
			Name: json + jsonName(f.Name), C: c + f.C, Doc: describedDoc(f), Kind: kind, Bits: int(f.Type.Size) * 8,
			Go: goPath + f.Name, Named: f.Type.Named != "",
		}
		if f.Type.Kind == plan.Bits {
			one.C = f.Text
		}
		if r != nil {
			if name, said := lookup(s.config.JSON, f.C); said {
				one.Name = json + name.Value
			}
			one.Enum = s.describedEnum(f, r)
		}
		d.Fields = append(d.Fields, one)
	}
}

// jsonName is a Go name with a lower-case start: SrcLabel is srcLabel, IPv6 ipv6.
func jsonName(name string) string {
	for _, word := range []string{"IPv4", "IPv6"} {
		if rest, ok := strings.CutPrefix(name, word); ok {
			return strings.ToLower(word) + rest
		}
	}
	return goname.LowerFirst(name)
}

// describedDoc is what the header says of a field, on one line.
func describedDoc(f *plan.Field) string {
	doc := strings.Join(f.Doc, " ")
	if doc != "" && f.Text != "" {
		return f.Text + ": " + doc
	}
	return f.Text + doc
}

func describedKind(t *plan.Type) (plan.DescribedKind, bool) {
	switch t.Kind {
	case plan.Bool:
		return plan.DescribedBool, true
	case plan.Integer:
		if t.Int.Signed {
			return plan.DescribedInt, t.Int.Bits <= 64
		}
		return plan.DescribedUint, t.Int.Bits <= 64
	case plan.Bits, plan.Record:
		return plan.DescribedBytes, true
	case plan.Array:
		if e := t.Elem; e.Kind == plan.Integer && e.Size == 1 && !e.Int.Signed && e.Named == "" {
			if e.Byte {
				return plan.DescribedText, true
			}
			return plan.DescribedBytes, true
		}
	}
	return 0, false
}

// describedEnum returns the variable with the names of a field's values, and plans it where there is none yet.
func (s *structChecker) describedEnum(f *plan.Field, r *model.Record) string {
	if f.Type.Kind != plan.Integer {
		return ""
	}
	group, from := s.enumOf(f, r)
	if group == nil {
		return ""
	}
	name := "enum" + group.Name
	if s.goPkg.enums[name] == nil {
		e := &plan.Enum{Var: name, Import: s.fileChecker.config.Describe.Value, Group: group}
		for _, c := range group.ValueConsts() {
			if _, exact := constant.Uint64Val(c.Value); exact {
				e.Consts = append(e.Consts, c)
			}
		}
		if from.goPkg != s.goPkg {
			e.Of = from.config.Import.Value
		}
		s.declareDescription(name, "the values of "+group.Name)
		s.goPkg.enums[name] = e
		s.fileChecker.plan.Enums = append(s.fileChecker.plan.Enums, e)
	}
	return name
}

// enumOf finds the group of a field's values: what the configuration says, else by the field's Go type, by its C type, or by
// the comment behind it.
func (s *structChecker) enumOf(f *plan.Field, r *model.Record) (*plan.Group, *fileChecker) {
	if name, said := lookup(s.config.Enums, f.C); said {
		if name.Value == "" {
			return nil, nil
		}
		group, from := s.groupWhere(func(_ *config.Group, g *plan.Group) bool { return g.Name == name.Value })
		if group == nil {
			s.faults.Addf(name.Pos, name.Value, "no group has this Go type, or one of another package whose file does not say import")
		}
		return group, from
	}
	if f.Type.Named != "" {
		if group, from := s.groupWhere(func(_ *config.Group, g *plan.Group) bool { return g.Name == f.Type.Named }); group != nil {
			return group, from
		}
	}
	i := slices.IndexFunc(r.Fields, func(m *model.Field) bool { return m.Name == f.C })
	if i >= 0 && r.Fields[i].Type.Kind == model.EnumType && r.Fields[i].Type.Enum != nil {
		members := r.Fields[i].Type.Enum.Members
		return s.groupWhere(func(_ *config.Group, g *plan.Group) bool {
			return slices.ContainsFunc(members, func(m *model.Constant) bool { return hasConst(g, m.Name) })
		})
	}
	first, _, _ := strings.Cut(f.Text, " ")
	prefix, ok := strings.CutSuffix(strings.TrimRight(first, ",;:."), "*")
	if !ok || len(prefix) < 2 {
		return nil, nil
	}
	return s.groupWhere(func(_ *config.Group, g *plan.Group) bool {
		return slices.ContainsFunc(g.Consts, func(c *plan.Const) bool { return strings.HasPrefix(c.C, prefix) })
	})
}

func hasConst(g *plan.Group, c string) bool {
	return slices.ContainsFunc(g.Consts, func(k *plan.Const) bool { return k.C == c })
}

// groupWhere returns the first group for which match is true, of the package before those of others.
func (s *structChecker) groupWhere(match func(*config.Group, *plan.Group) bool) (*plan.Group, *fileChecker) {
	for _, own := range []bool{true, false} {
		for _, f := range s.files {
			if (f.goPkg == s.goPkg) != own || !own && !f.config.Import.Given() {
				continue
			}
			for i, g := range f.plan.Groups {
				if match(f.config.Groups[i], g) {
					return g, f
				}
			}
		}
	}
	return nil, nil
}
