// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"go/constant"
	"go/token"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// mask plans the constants of a bit-field: its mask in the integer of its type that holds it, and how far it is shifted. A
// bit-field that lies in more than one such integer has none.
func (s *structChecker) mask(m *model.Field, b *plan.BitField, base int64) {
	if !s.config.Masks.Value || b.Name == "" {
		return
	}
	unit := m.Type.Size * 8
	at := m.BitOffset - m.Offset*8
	if at < 0 || at+int64(m.BitWidth) > unit || unit > 64 {
		s.faults.Addf(m.Pos, s.subject(m), "is in more than one %s and has no mask: use its methods, and remove masks", m.Type.C).
			Also(s.config.Masks.Pos)
		return
	}
	target, known := layout.Lookup(s.unit.Target)
	if !known {
		s.faults.Addf(m.Pos, s.subject(m), "has no mask: the byte order of the target %q is not known", s.unit.Target).Also(s.config.Masks.Pos)
		return
	}
	order := "little-endian"
	if target.BigEndian {
		at, order = unit-at-int64(m.BitWidth), "big-endian"
	}
	s.plan.MasksOf = fmt.Sprintf("%s, which is %s", s.unit.Target, order)
	one := constant.MakeInt64(1)
	ones := constant.BinaryOp(constant.Shift(one, token.SHL, uint(m.BitWidth)), token.SUB, one)
	name := s.plan.Name + goname.Export(b.Name)
	s.declare(name+"Mask", "the mask of "+s.subject(m), m.Pos)
	s.declare(name+"Shift", "the shift of "+s.subject(m), m.Pos)
	s.plan.Masks = append(s.plan.Masks,
		&plan.Const{Name: name + "Mask", C: s.path + m.Name, Value: constant.Shift(ones, token.SHL, uint(at)),
			Text: fmt.Sprintf("in the %s at byte %d", m.Type.C, base+m.Offset)},
		&plan.Const{Name: name + "Shift", C: s.path + m.Name, Value: constant.MakeInt64(at)})
}

// masked faults masks of a struct without bit-fields.
func (s *structChecker) masked() {
	if s.config.Masks.Value && len(s.plan.Masks) == 0 && !hasBits(s.record) {
		s.faults.Addf(s.config.Masks.Pos, "masks", "%s has no bit-fields", s.record.Name).Also(s.record.Pos)
	}
}

// hasBits reports whether a record, or one in it, has bit-fields with names.
func hasBits(r *model.Record) bool {
	return slices.ContainsFunc(r.Fields, func(f *model.Field) bool {
		t := f.Type
		for t.Kind == model.Array {
			t = t.Elem
		}
		return f.BitField && f.Name != "" || t.Kind == model.RecordType && hasBits(t.Record)
	})
}

// flattens reports whether the fields of a nested struct are to be those of the Go struct.
func (s *structChecker) flattens(m *model.Field) bool {
	for _, t := range s.config.Flatten {
		if t.Value == s.path+m.Name {
			return m.Type.Kind == model.RecordType && !m.Type.Record.Union && !s.record.Union
		}
	}
	return false
}

// flatten plans the fields of a nested struct as those of the Go struct.
func (s *structChecker) flatten(m *model.Field, at int64) {
	outer := s.path
	s.path += m.Name + "."
	s.from(m.Type.Record.Pos)
	s.fields(m.Type.Record, at)
	s.path = outer
}

// flattened faults what cannot be flattened.
func (s *structChecker) flattened() {
	for _, t := range s.config.Flatten {
		f := fieldOf(s.record, t.Value)
		switch {
		case s.record.Union:
			s.faults.Addf(t.Pos, t.Value, "the fields of a union cannot be flattened: in Go a union is bytes").Also(s.record.Pos)
		case f == nil:
			s.faults.Addf(t.Pos, t.Value, "no field of the struct has this name")
		case f.Type.Kind != model.RecordType || f.Type.Record.Union:
			s.faults.Addf(t.Pos, t.Value, "is not a struct: only the fields of a struct can be flattened").Also(f.Pos)
		case !s.reached(t.Value):
			s.faults.Addf(t.Pos, t.Value, "is in a struct that is not flattened: list that struct, too").Also(f.Pos)
		}
	}
}

// reached reports whether all structs around a nested one are flattened.
func (s *structChecker) reached(name string) bool {
	for i, r := range name {
		if r == '.' && !slices.ContainsFunc(s.config.Flatten, func(t config.Text) bool { return t.Value == name[:i] }) {
			return false
		}
	}
	return true
}

// fieldOf returns the field of a name as hasField knows them, or nil.
func fieldOf(r *model.Record, name string) *model.Field {
	outer, inner, nested := strings.Cut(name, ".")
	for _, f := range r.Fields {
		isRecord := f.Type.Kind == model.RecordType
		switch {
		case f.Name == name:
			return f
		case nested && isRecord && f.Name == outer:
			return fieldOf(f.Type.Record, inner)
		case f.Name == "" && isRecord && !f.Type.Record.Union:
			if found := fieldOf(f.Type.Record, name); found != nil {
				return found
			}
		}
	}
	return nil
}
