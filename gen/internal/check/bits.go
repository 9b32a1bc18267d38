// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// bits plans a run of bit-fields in a record that begins at base: their bytes become one field of the Go
// struct, and each gets a method to read it and one to set it.
func (s *structChecker) bits(run []*model.Field, base int64) {
	start, end, ok := bitSpan(run)
	if !ok {
		return
	}
	t := &plan.Type{Kind: plan.Bits, Size: (end+7)/8 - start/8}
	var names []string
	for _, m := range run {
		if m.BitWidth == 0 {
			continue
		}
		b := s.bitField(m)
		if b == nil {
			return
		}
		b.At = m.BitOffset - start/8*8
		s.mask(m, b, base)
		t.Bits = append(t.Bits, b)
		if m.Name != "" {
			names = append(names, b.C)
		}
	}
	name := s.numbered("Bits")
	s.claim(name, s.record.Name, run[0].Pos)
	s.pad(base + start/8)
	s.end = base + start/8 + t.Size
	field := &plan.Field{
		Name: name, Type: t, Offset: base + start/8,
		Text: "bit-fields: " + strings.Join(names, ", "),
	}
	s.offset(field, "bit-fields of "+s.record.Name, run[0].Pos)
	s.plan.Fields = append(s.plan.Fields, field)
}

// bitSpan returns the first bit of a run and the one behind its last.
func bitSpan(run []*model.Field) (start, end int64, ok bool) {
	for _, m := range run {
		switch {
		case m.BitWidth == 0:
			continue
		case !ok:
			start, ok = m.BitOffset, true
		}
		start, end = min(start, m.BitOffset), max(end, m.BitOffset+int64(m.BitWidth))
	}
	return start, end, ok
}

// bitView plans a bit-field of a union: a method that reads it, and one that sets it.
func (s *structChecker) bitView(m *model.Field, base int64) {
	if m.Name == "" {
		return
	}
	b := s.bitField(m)
	if b == nil {
		return
	}
	s.mask(m, b, base)
	first := m.BitOffset / 8
	b.At = m.BitOffset - first*8
	s.plan.Fields = append(s.plan.Fields, &plan.Field{
		Name: b.Name, C: b.C, Offset: base + first, Doc: b.Doc, Text: b.Text,
		Type: &plan.Type{Kind: plan.Bits, Size: (b.At + int64(b.Width) + 7) / 8, Bits: []*plan.BitField{b}},
	})
}

// bitField plans one bit-field; it returns nil where Go has no form for it.
func (s *structChecker) bitField(m *model.Field) *plan.BitField {
	b := &plan.BitField{C: s.path + m.Name, Width: m.BitWidth, Doc: comment(m.Doc), Text: oneLine(m.Text)}
	t, why := s.fieldType(m.Type, m, "")
	if t == nil {
		s.refuse(m, why)
		return nil
	}
	s.typed(m, t)
	b.Type = t
	s.from(m.Pos)
	if m.Name == "" {
		return b
	}
	name, pos := s.fieldName(m)
	b.Name, b.Setter = name, "Set"+name
	s.claim(b.Name, s.subject(m), pos)
	s.claim(b.Setter, s.subject(m), pos)
	return b
}

// numbered returns a name that no field has yet: the word, or the word and a number.
func (s *structChecker) numbered(word string) string {
	name := word
	for n := 2; s.taken[name].IsValid(); n++ {
		name = fmt.Sprintf("%s%d", word, n)
	}
	return name
}
