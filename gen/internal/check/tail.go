// SPDX-License-Identifier: Apache-2.0

package check

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// minimum plans a struct that has grown at its end: which fields every sender has, and which came later.
func (s *structChecker) minimum() {
	name := s.config.Min
	if !name.Given() {
		return
	}
	if s.record.Union {
		s.faults.Addf(name.Pos, "min", "a union has no fields that follow others")
		return
	}
	last := s.minField(name.Value)
	if last < 0 {
		s.faults.Addf(name.Pos, name.Value, "no field of the struct has this name, other than bit-fields")
		return
	}
	m := &plan.Min{Size: end(s.plan.Fields[last]), SizeOf: s.plan.Name + "MinLen"}
	s.declare(m.SizeOf, "the least size of "+s.record.Name, name.Pos)
	for _, f := range s.plan.Fields[last+1:] {
		if f.Name == "_" {
			continue // padding
		}
		f.EndOf = s.plan.Name + goname.Export(f.Name) + "End"
		s.declare(f.EndOf, "the end of "+s.record.Name+"."+f.C, name.Pos)
		m.Later = append(m.Later, f)
	}
	if len(m.Later) == 0 {
		s.faults.Addf(name.Pos, name.Value, "no field follows it: every sender has the whole struct, which needs no min")
	}
	s.claim("Present", "min", name.Pos)
	s.plan.Min = m
}

// minField returns the index of the field with a C name, or -1.
func (s *structChecker) minField(name string) int {
	for i, f := range s.plan.Fields {
		if f.C == name && name != "" {
			return i
		}
	}
	return -1
}

// end returns the offset behind a field.
func end(f *plan.Field) int64 { return f.Offset + f.Type.Size }

// trailer plans a flexible array: a method that returns the bytes behind the struct. Its elements' type comes
// along where it is a record, so that they can be decoded too.
func (s *structChecker) trailer(m *model.Field, at int64) {
	name, pos := s.fieldName(m)
	if !s.claim(name, s.subject(m), pos) {
		return
	}
	if elem := m.Type.Elem; elem.Kind == model.RecordType {
		s.recordType(elem, m, name)
	}
	t := &plan.Trailer{
		Name: name, C: m.Name, Elem: m.Type.Elem.C, Offset: at, OffsetOf: s.plan.Name + goname.Export(name) + "Offset",
		Doc: comment(m.Doc), Text: oneLine(m.Text),
	}
	s.declare(t.OffsetOf, "the offset of "+s.subject(m), pos)
	s.from(m.Pos)
	s.plan.Tail = append(s.plan.Tail, t)
}
