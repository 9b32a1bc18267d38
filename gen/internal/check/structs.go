// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// methods are the methods of a generated struct, which its fields cannot be called.
const methods = "Decode DecodeOrder"

// structs plans the file's structs.
func (f *fileChecker) structs() {
	for _, s := range f.config.Structs {
		if record := f.record(s.Record); record != nil {
			f.structOf(s, record)
		}
	}
	for _, p := range f.config.Fields {
		if !f.anyField(p.Key.Value) {
			f.faults.Addf(p.Key.Pos, p.Key.Value, "no struct of the file has a field of this name")
		}
	}
	dir := folder(f.plan.Path)
	f.plan.Shared = len(f.plan.Structs) > 0 && !f.shared[dir]
	f.shared[dir] = f.shared[dir] || f.plan.Shared
}

// anyField tells whether a struct of the file has a field of this name and takes its Go name from the
// file's fields.
func (f *fileChecker) anyField(name string) bool {
	for _, s := range f.config.Structs {
		if _, own := lookup(s.Fields, name); own {
			continue
		}
		if r := f.find(s.Record.Value); len(r) == 1 && hasField(r[0], name) {
			return true
		}
	}
	return false
}

func hasField(r *model.Record, name string) bool {
	for _, f := range r.Fields {
		if f.Name == name {
			return true
		}
	}
	return false
}

// find returns the records that answer to a name: a tag, with or without its keyword, or a typedef.
func (k *checker) find(name string) []*model.Record {
	var found []*model.Record
	for _, r := range k.unit.Records {
		if r.Name == name || r.Tag == name {
			found = append(found, r)
		}
	}
	return found
}

func (k *checker) record(name config.Text) *model.Record {
	found := k.find(name.Value)
	switch len(found) {
	case 1:
		return found[0]
	case 0:
		k.noRecord(name)
	default:
		k.faults.Addf(name.Pos, name.Value, "two records answer to this name: %s and %s", found[0].Name, found[1].Name).
			Also(found[0].Pos, found[1].Pos)
	}
	return nil
}

func (k *checker) noRecord(name config.Text) {
	for _, s := range k.unit.Skipped {
		if s.Name == name.Value || strings.HasSuffix(s.Name, " "+name.Value) {
			k.faults.Addf(name.Pos, name.Value, "%s has no layout: %s", s.Name, s.Reason).Also(s.Pos)
			return
		}
	}
	k.faults.Addf(name.Pos, name.Value, "no struct, union or typedef of a record has this name")
}

// structChecker checks one struct.
type structChecker struct {
	*fileChecker
	config *config.Struct
	record *model.Record
	plan   *plan.Struct
	taken  map[string]model.Pos // the fields' Go names
	end    int64                // where the last field ended, in bytes
}

func (f *fileChecker) structOf(c *config.Struct, r *model.Record) {
	s := &structChecker{fileChecker: f, config: c, record: r, taken: map[string]model.Pos{}}
	s.plan = &plan.Struct{C: bareName(r), Size: r.Size, Quote: quote(r), Mirror: mirrors(r)}
	s.from(r.Pos)
	s.names()
	if r.Union {
		s.faults.Addf(r.Pos, r.Name, "a union cannot be carried to Go yet").Also(c.Record.Pos)
		return
	}
	for _, field := range r.Fields {
		s.field(field)
	}
	s.pad(r.Size)
	s.unused(c.Fields, func(name string) bool { return hasField(r, name) }, "no field of the struct has this name")
	s.doc()
	f.plan.Structs = append(f.plan.Structs, s.plan)
}

func bareName(r *model.Record) string {
	if r.Tag != "" {
		return r.Tag
	}
	return r.Name
}

func (s *structChecker) names() {
	name := s.config.Name
	if !name.Given() {
		name = config.Text{Value: s.words.Camel(bareName(s.record)), Pos: s.config.Record.Pos}
	}
	s.plan.Name = name.Value
	s.declare(name.Value, s.record.Name, name.Pos)
	size := s.config.Size
	if !size.Given() {
		size = config.Text{Value: name.Value + "Len", Pos: name.Pos}
	}
	s.plan.SizeOf = size.Value
	s.declare(size.Value, "the size of "+s.record.Name, size.Pos)
}

// doc plans the comment above the struct; the definition in C stands below it.
func (s *structChecker) doc() {
	if s.config.Doc.Given() {
		s.plan.Doc = comment(s.config.Doc.Value)
		return
	}
	s.plan.Doc = []string{fmt.Sprintf("%s is %s of %s.", s.plan.Name, s.record.Name, s.record.Pos.File)}
	if doc := comment(s.record.Doc); doc != nil {
		s.plan.Doc = append(append(s.plan.Doc, ""), doc...)
	}
}

// field plans a field and the padding before it.
func (s *structChecker) field(m *model.Field) {
	subject := s.record.Name + "." + m.Name
	if m.BitField || m.Name == "" {
		s.refuse(m, subject, "a bit-field or an anonymous record")
		return
	}
	if m.Type.Kind == model.Array && m.Type.Len == -1 {
		s.result.Skipped = append(s.result.Skipped, model.Skipped{
			Name: subject, Pos: m.Pos, Reason: "a flexible array: it is what follows the struct's bytes",
		})
		return
	}
	t, why := fieldType(m.Type)
	if t == nil {
		s.refuse(m, subject, why)
		return
	}
	name, pos := s.fieldName(m)
	s.claim(name, subject, pos)
	s.pad(m.Offset)
	s.end = m.Offset + t.Size
	s.from(m.Pos)
	c := m.Name
	if name == s.words.Camel(c) {
		c = ""
	}
	offset := s.plan.Name + goname.Export(name) + "Offset"
	s.declare(offset, "the offset of "+subject, pos)
	s.plan.Fields = append(s.plan.Fields, &plan.Field{
		Name: name, C: c, Type: t, Offset: m.Offset, OffsetOf: offset,
		Doc: comment(m.Doc), Text: oneLine(m.Text),
	})
}

func (s *structChecker) refuse(m *model.Field, subject, what string) {
	s.faults.Addf(m.Pos, subject, "%s cannot be carried to Go yet", what).Also(s.config.Record.Pos)
}

// fieldName returns a field's Go name, and where it is decided.
func (s *structChecker) fieldName(m *model.Field) (string, model.Pos) {
	for _, pairs := range [][]config.Pair{s.config.Fields, s.fileChecker.config.Fields} {
		if name, ok := lookup(pairs, m.Name); ok {
			return name.Value, name.Pos
		}
	}
	return s.words.Camel(m.Name), m.Pos
}

// claim enters a field's name into the struct.
func (s *structChecker) claim(name, subject string, pos model.Pos) {
	if err := goname.Check(name); err != nil {
		s.faults.Addf(pos, subject, "%v", err)
		return
	}
	for method := range strings.FieldsSeq(methods) {
		if name == method {
			s.faults.Addf(pos, subject, "the Go struct has a method %s", name)
		}
	}
	if old, ok := s.taken[name]; ok {
		s.faults.Addf(pos, subject, "the Go name %s is taken by another field", name).Also(old)
	}
	s.taken[name] = pos
}

// pad says in Go which bytes before an offset C leaves unused.
func (s *structChecker) pad(offset int64) {
	if gap := offset - s.end; gap > 0 && s.plan.Mirror {
		s.plan.Fields = append(s.plan.Fields, &plan.Field{
			Name: "_", Offset: s.end, Type: &plan.Type{Kind: plan.Padding, Size: gap},
		})
	}
}

// mirrors tells whether Go can lay out the record as C does, padding said: on every machine, so that
// integers must stand at multiples of their size.
func mirrors(r *model.Record) bool {
	align := int64(1)
	for _, f := range r.Fields {
		n := natural(f.Type)
		if n == 0 || f.Offset%n != 0 {
			return false
		}
		align = max(align, n)
	}
	return r.Size%align == 0
}

// natural returns the alignment that Go gives to a type at the most; 0 for one that Go does not have.
func natural(t *model.Type) int64 {
	switch t.Kind {
	case model.Array:
		return natural(t.Elem)
	case model.Bool, model.Int, model.Float, model.EnumType, model.Pointer:
		return t.Size
	}
	return 0
}

// fieldType returns the Go form of a C type, or why there is none.
func fieldType(t *model.Type) (*plan.Type, string) {
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
	case model.Array:
		elem, why := fieldType(t.Elem)
		if elem == nil {
			return nil, why
		}
		return &plan.Type{Kind: plan.Array, Size: t.Size, Elem: elem, Len: t.Len}, ""
	}
	return nil, "the type " + t.C
}

func integerType(t *model.Type) (*plan.Type, string) {
	if t.Size != 1 && t.Size != 2 && t.Size != 4 && t.Size != 8 {
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
