// SPDX-License-Identifier: Apache-2.0

package check

import (
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// mirrors reports whether Go can lay out the record as C does, with explicit padding: on every machine, so that
// integers must stand at multiples of their size.
func mirrors(r *model.Record) bool { return natural(r) > 0 }

// natural returns the alignment that Go gives to a record at the most; 0 where Go cannot lay it out.
func natural(r *model.Record) int64 {
	align := int64(1)
	if r.Union {
		return align // bytes
	}
	for _, f := range r.Fields {
		if f.BitField {
			continue // bytes
		}
		n := naturalType(f.Type)
		if n == 0 || f.Offset%n != 0 {
			return 0
		}
		align = max(align, n)
	}
	if r.Size%align != 0 {
		return 0
	}
	return align
}

// fixedOrder reports whether Go has a field of a record in another order in memory than C, on some machine. The bytes of a
// union are the same.
func fixedOrder(r *model.Record) bool {
	return !r.Union && slices.ContainsFunc(r.Fields, func(f *model.Field) bool {
		t := f.Type
		for t.Kind == model.Array || t.Kind == model.Vector {
			t = t.Elem
		}
		switch t.Kind {
		case model.RecordType:
			return fixedOrder(t.Record)
		case model.Int:
			return !f.BitField && t.Size > 1 && t.Order != model.Native
		}
		return false
	})
}

func naturalType(t *model.Type) int64 {
	switch t.Kind {
	case model.Array, model.Vector:
		return naturalType(t.Elem)
	case model.RecordType:
		return natural(t.Record)
	case model.Bool, model.Int, model.Float, model.EnumType, model.Pointer:
		return t.Size
	}
	return 0
}

// fieldType returns the Go form of a C type, or why there is none. The field and its Go name give a name
// to a record that has none.
func (s *structChecker) fieldType(t *model.Type, m *model.Field, name string) (*plan.Type, string) {
	switch t.Kind {
	case model.Bool:
		return &plan.Type{Kind: plan.Bool, Size: t.Size}, ""
	case model.Int, model.EnumType:
		return integerType(t)
	case model.Pointer:
		return &plan.Type{Kind: plan.Integer, Size: t.Size, Int: plan.Int{Bits: int(t.Size) * 8}}, ""
	case model.Float:
		if t.Size == 4 || t.Size == 8 {
			return &plan.Type{Kind: plan.Float, Size: t.Size}, ""
		}
	case model.Array, model.Vector:
		elem, why := s.fieldType(t.Elem, m, name)
		if elem == nil {
			return nil, why
		}
		return &plan.Type{Kind: plan.Array, Size: elem.Size * t.Len, Elem: elem, Len: t.Len}, ""
	case model.RecordType:
		return s.recordType(t, m, name), ""
	}
	return nil, "the type " + t.C
}

// recordType returns a record as a Go type of the same package, which is planned where nobody asks for it.
func (s *structChecker) recordType(t *model.Type, m *model.Field, name string) *plan.Type {
	c := &config.Struct{Record: config.Text{Value: bareName(t.Record), Pos: s.config.Record.Pos}}
	if hasBits(t.Record) {
		c.Masks = s.config.Masks
	}
	if c.Record.Value == "" {
		c.Record.Value = strings.TrimSuffix(s.plan.C+"."+m.Name, ".")
		c.Name = config.Text{Value: s.plan.Name + goname.Export(name), Pos: m.Pos}
	}
	s.reach(t.Record)
	return &plan.Type{Kind: plan.Record, Size: t.Size, Rec: s.need(t.Record, c)}
}

// reach faults a record that the struct needs and whose file is not built wherever the struct's is.
func (s *structChecker) reach(r *model.Record) {
	w := s.goPkg.records[r]
	if w == nil || s.when.Within(w.file.when) {
		return
	}
	s.faults.Addf(s.config.Record.Pos, s.record.Name, "needs %s, whose file %s is not built wherever %s is: move it into a file that is",
		r.Name, w.file.plan.Path, s.fileChecker.plan.Path).Also(w.file.buildPos())
}

func integerType(t *model.Type) (*plan.Type, string) {
	if t.Size != 1 && t.Size != 2 && t.Size != 4 && t.Size != 8 && t.Size != 16 {
		return nil, "the type " + t.C
	}
	p := &plan.Type{Kind: plan.Integer, Size: t.Size, Int: plan.Int{Bits: int(t.Size) * 8, Signed: t.Signed}}
	if t.Char && t.C != "signed char" {
		p.Byte, p.Int.Signed = true, false
	}
	switch {
	case t.Size == 1:
	case t.Order == model.BigEndian:
		p.Ord = plan.Big
	case t.Order == model.LittleEndian:
		p.Ord = plan.Little
	}
	return p, ""
}
