// SPDX-License-Identifier: Apache-2.0

package check

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// printed plans the methods that print the struct: those that the configuration asks for by its name, and those of every
// struct of the file.
func (s *structChecker) printed() {
	for _, m := range slices.Concat(s.config.Methods, s.fileChecker.config.Methods) {
		switch {
		case m.Value != "text" && m.Value != "json":
			s.faults.Addf(m.Pos, m.Value, "no such method of a struct: want text or json")
		case s.record.Union && slices.Contains(s.config.Methods, m):
			s.faults.Addf(m.Pos, s.record.Name, "a union is bytes and does not say which member is set, so that it has no such method").Also(s.record.Pos)
		case s.record.Union:
		case m.Value == "text":
			s.plan.Text = true
		default:
			s.plan.JSON = true
		}
	}
}

// shown names the fields in text and JSON.
func (s *structChecker) shown() {
	taken := map[string]*plan.Field{}
	for _, f := range s.plan.Fields {
		f.Shown = jsonName(f.Name)
		if name, said := lookup(s.config.JSON, f.C); said && f.C != "" {
			f.Shown = name.Value
			if old := taken[name.Value]; old != nil {
				s.faults.Addf(name.Pos, name.Value, "%s is printed by this name, too", old.C)
			}
		}
		taken[f.Shown] = f
		for _, b := range f.Type.Bits {
			b.Shown = jsonName(b.Name)
		}
	}
}

// sharePrinted notes what printing a field needs of the package.
func (s *structChecker) sharePrinted(t *plan.Type) {
	if !s.plan.Text && !s.plan.JSON {
		return
	}
	shared := &s.goPkg.shared
	switch {
	case t.Kind == plan.Record && !t.Rec.Union:
		for _, f := range t.Rec.Fields {
			s.sharePrinted(f.Type)
		}
	case t.Kind == plan.Record || t.IsByteArray() && !t.Elem.Byte:
		shared.Hex = true
	case t.IsByteArray():
		shared.CText = shared.CText || s.plan.Text
		shared.JSONText = shared.JSONText || s.plan.JSON
	case t.Kind == plan.Array:
		s.sharePrinted(t.Elem)
	case t.Named != "":
		shared.JSONText = shared.JSONText || s.plan.JSON
	case t.Kind == plan.Float:
		shared.JSONFloat = shared.JSONFloat || s.plan.JSON
	case t.Kind == plan.Bits:
		for _, b := range t.Bits {
			s.sharePrinted(b.Type)
		}
	}
}
