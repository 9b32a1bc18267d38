// SPDX-License-Identifier: Apache-2.0

package check

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// typed gives a field, or the elements of an array, the Go type of a group: the one that types names, or the one whose
// constants are those of the field's enum in C.
func (s *structChecker) typed(m *model.Field, t *plan.Type) {
	elem, c := t, m.Type
	for elem.Kind == plan.Array {
		elem, c = elem.Elem, c.Elem
	}
	name, said := lookup(s.config.Types, s.path+m.Name)
	if !said {
		name, said = lookup(s.fileChecker.config.Types, s.path+m.Name)
	}
	switch {
	case said && name.Value == "":
	case said:
		s.typedAs(m, elem, name)
	case c.Kind == model.EnumType && c.Enum != nil && elem.Kind == plan.Integer:
		if g := s.groupOf(c.Enum); g != nil && g.Base.Bits == elem.Int.Bits && !g.Base.Word {
			elem.Named = g.Name
		}
	}
}

// typedAs gives a field the type of a group that the configuration names.
func (s *structChecker) typedAs(m *model.Field, elem *plan.Type, name config.Text) {
	g := s.ownGroup(func(g *plan.Group) bool { return g.Name == name.Value })
	switch {
	case g == nil:
		s.faults.Addf(name.Pos, name.Value, "no group of the package has this Go type, or its file is not built wherever %s is",
			s.fileChecker.plan.Path)
	case elem.Kind != plan.Integer:
		s.faults.Addf(name.Pos, s.subject(m), "is not an integer, as the values of %s are", name.Value).Also(m.Pos)
	case g.Base.Word:
		s.faults.Addf(name.Pos, s.subject(m), "has %d bits on every machine, and the type %s has not: say type: in the group", elem.Int.Bits, g.Name).Also(m.Pos)
	case g.Base.Bits != elem.Int.Bits:
		s.faults.Addf(name.Pos, s.subject(m), "has %d bits, and the type %s %d: say type: in the group", elem.Int.Bits, g.Name, g.Base.Bits).
			Also(m.Pos)
	default:
		elem.Named = g.Name
	}
}

// groupOf returns the group that is made of an enum.
func (s *structChecker) groupOf(e *model.Enum) *plan.Group {
	return s.ownGroup(func(g *plan.Group) bool {
		return slices.ContainsFunc(e.Members, func(m *model.Constant) bool { return hasConst(g, m.Name) })
	})
}

// ownGroup returns a group of the package that is there wherever the struct is.
func (s *structChecker) ownGroup(match func(*plan.Group) bool) *plan.Group {
	for _, f := range s.files {
		if f.goPkg != s.goPkg || !s.when.Within(f.when) {
			continue
		}
		for _, g := range f.plan.Groups {
			if match(g) {
				return g
			}
		}
	}
	return nil
}
