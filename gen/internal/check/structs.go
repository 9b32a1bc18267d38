// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// methods are the methods of a generated struct, which its fields cannot be called.
const methods = "Append AppendOrder Decode DecodeOrder swap"

// described are those of a struct that describes its fields.
const described = " Fields Uint Bytes"

// methods are the methods of the struct.
func (s *structChecker) methods() string {
	list := methods
	if f := s.fileChecker.config; f.Describe.Given() && !f.Unwritten {
		list += described
	}
	if s.plan.Text {
		list += " String AppendText"
	}
	if s.plan.JSON {
		list += " MarshalJSON AppendJSON"
	}
	if s.plan.Binary {
		list += " MarshalBinary UnmarshalBinary"
	}
	return list
}

// claimRecords notes which records the file asks for, and faults what it names and does not find.
func (f *fileChecker) claimRecords() {
	for _, s := range f.config.Structs {
		record := f.record(s.Record)
		if record == nil {
			continue
		}
		if other := f.goPkg.records[record]; other != nil {
			f.faults.Addf(s.Record.Pos, s.Record.Value, "the package has %s already", record.Name).
				Also(other.config.Record.Pos)
			continue
		}
		f.goPkg.records[record] = &wanted{file: f, config: s}
	}
	for _, p := range slices.Concat(f.config.Fields, f.config.Types) {
		if !f.anyField(p.Key.Value) {
			f.faults.Addf(p.Key.Pos, p.Key.Value, "no struct of the file has a field of this name")
		}
	}
}

// structs plans the file's structs, and those that they need.
func (f *fileChecker) structs() {
	for _, s := range f.config.Structs {
		if found := f.find(s.Record.Value); len(found) == 1 {
			f.need(found[0], s)
		}
	}
}

// need returns the plan of a record in the file's package, and makes it first where there is none: as
// the configuration says, or as c does where it says nothing.
func (f *fileChecker) need(r *model.Record, c *config.Struct) *plan.Struct {
	w := f.goPkg.records[r]
	if w == nil {
		w = &wanted{file: f, config: c}
		f.goPkg.records[r] = w
	}
	if w.plan == nil {
		w.plan = &plan.Struct{C: cName(r, w.config), Union: r.Union, Size: r.Size, Quote: quote(r), Mirror: mirrors(r)}
		w.plan.Binary = !r.Union && (!w.plan.Mirror || fixedOrder(r))
		w.plan.HostLayout = w.plan.Mirror && !r.Union && f.checker.config.HostLayout.Value
		s := &structChecker{fileChecker: w.file, config: w.config, record: r, plan: w.plan, taken: map[string]model.Pos{}}
		s.check()
	}
	return w.plan
}

// anyField reports whether a struct of the file has a field of this name and takes its Go name from the
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

// hasField reports whether a record has a field of a name, which may be that of one in a nested record: outer.inner.
func hasField(r *model.Record, name string) bool { return fieldOf(r, name) != nil }

// find returns the records that answer to a name: a tag, with or without its keyword, or a typedef.
func (k *checker) find(name string) []*model.Record { return k.index.records[name] }

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
	path   string               // in front of the C names of fields, those of a flattened struct
}

// check plans the struct's names, fields and comment. What it needs comes before it in the file.
func (s *structChecker) check() {
	s.from(s.record.Pos)
	s.names()
	s.printed()
	s.fields(s.record, 0)
	s.flattened()
	s.masked()
	s.pad(s.record.Size)
	s.minimum()
	s.unused(s.config.Types, s.hasField, "no field of the struct has this name")
	s.versions()
	s.unused(s.config.Fields, func(name string) bool { return hasField(s.record, name) }, "no field of the struct has this name")
	s.doc()
	s.describe()
	s.shown()
	s.share()
	s.fileChecker.plan.Structs = append(s.fileChecker.plan.Structs, s.plan)
}

// share notes what the struct needs of its package.
func (s *structChecker) share() {
	shared := &s.goPkg.shared
	shared.ShortError = shared.ShortError || !s.plan.Union
	shared.Versions = shared.Versions || s.plan.Versions != nil
	shared.IsNative = shared.IsNative || s.plan.Versions != nil
	for _, f := range s.plan.Fields {
		s.shareType(f.Type)
		shared.IsNative = shared.IsNative || f.Type.Swaps()
		s.sharePrinted(f.Type)
	}
}

// shareType notes what a field's type needs of the package.
func (s *structChecker) shareType(t *plan.Type) {
	shared := &s.goPkg.shared
	switch {
	case t.Kind == plan.Bits:
		shared.Bits, shared.IsBig = true, true
	case t.Kind == plan.Array:
		s.shareType(t.Elem)
	case t.Kind == plan.Integer && t.Size == 16:
		shared.Wide, shared.IsBig = true, true
		shared.WideSigned = shared.WideSigned || t.Int.Signed
	}
}

// cName names a record in messages: without its keyword, and by where it is used if it has no name.
func cName(r *model.Record, c *config.Struct) string {
	if name := bareName(r); name != "" {
		return name
	}
	return c.Record.Value
}

// bareName is a record's name without its keyword; "" for one that has none.
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
	what := s.record.Name
	if what == "" {
		what = "the type of " + s.plan.C
	}
	s.plan.Doc = []string{fmt.Sprintf("%s is %s of %s.", s.plan.Name, what, s.record.Pos.File)}
	if doc := comment(s.record.Doc); doc != nil {
		s.plan.Doc = append(append(s.plan.Doc, ""), doc...)
	}
}

// fields plans the fields of a record that begins at base.
func (s *structChecker) fields(r *model.Record, base int64) {
	for i := 0; i < len(r.Fields); i++ {
		m := r.Fields[i]
		at := base + m.Offset
		switch {
		case m.BitField && s.record.Union:
			s.bitView(m, base)
		case m.BitField:
			run := bitRun(r.Fields[i:])
			i += len(run) - 1
			s.bits(run, base)
		case m.Name == "" && m.Type.Kind == model.RecordType && !m.Type.Record.Union:
			s.fields(m.Type.Record, at) // C reads its fields as if they were the outer record's
		case s.flattens(m):
			s.flatten(m, at)
		case m.Type.Size == 0:
			s.empty(m, at)
		default:
			s.field(m, at)
		}
	}
}

// empty plans a field without bytes, to which Go would give a place of its own at a struct's end: an array, flexible
// or of no elements as older headers write it, stands for what follows; anything else for nothing.
func (s *structChecker) empty(m *model.Field, at int64) {
	switch {
	case m.Type.Kind != model.Array || m.Type.Elem.Size == 0:
		s.leave(m, "it has no bytes")
	case s.record.Union:
		s.leave(m, "a flexible array in a union: it is what follows the union's bytes")
	default:
		s.trailer(m, at)
	}
}

// leave lists a field as skipped.
func (s *structChecker) leave(m *model.Field, why string) {
	s.result.Skipped = append(s.result.Skipped, model.Skipped{Name: s.subject(m), Pos: m.Pos, Reason: why})
}

// bitRun returns the bit-fields that a list begins with.
func bitRun(fields []*model.Field) []*model.Field {
	for i, f := range fields {
		if !f.BitField {
			return fields[:i]
		}
	}
	return fields
}

// subject names a field in faults.
func (s *structChecker) subject(m *model.Field) string {
	if s.record.Name == "" {
		return s.plan.C + "." + s.path + m.Name
	}
	return s.record.Name + "." + s.path + m.Name
}

// field plans a field and the padding before it.
func (s *structChecker) field(m *model.Field, at int64) {
	name, pos := s.fieldName(m)
	t, why := s.fieldType(m.Type, m, name)
	if t == nil {
		s.refuse(m, why)
		return
	}
	s.typed(m, t)
	claimed := s.claim(name, s.subject(m), pos)
	if s.record.Union {
		s.claim("Set"+goname.Export(name), s.subject(m), pos)
	}
	s.pad(at)
	s.end = at + t.Size
	s.from(m.Pos)
	field := &plan.Field{
		Name: name, C: s.path + m.Name, Renamed: s.path != "" || name != s.words.Camel(m.Name), Type: t, Offset: at,
		Doc: comment(m.Doc), Text: oneLine(m.Text),
	}
	if !s.record.Union && claimed {
		s.text(field, pos)
		s.offset(field, s.subject(m), pos)
	}
	s.plan.Fields = append(s.plan.Fields, field)
}

// offset gives a field a constant that says where it begins, unless the configuration wants none.
func (s *structChecker) offset(field *plan.Field, what string, pos model.Pos) {
	if c := s.checker.config.Offsets; c.Pos.IsValid() && !c.Value {
		return
	}
	field.OffsetOf = s.plan.Name + goname.Export(field.Name) + "Offset"
	s.declare(field.OffsetOf, "the offset of "+what, pos)
}

// text gives an array of char a method that returns its text.
func (s *structChecker) text(field *plan.Field, pos model.Pos) {
	if t := field.Type; t.Kind == plan.Array && t.Elem.Byte {
		field.String = field.Name + "String"
		s.claim(field.String, s.record.Name+"."+field.C, pos)
		s.goPkg.shared.CString = true
	}
}

func (s *structChecker) refuse(m *model.Field, what string) {
	s.faults.Addf(m.Pos, s.subject(m),
		"Go has nothing like %s: declare the field as bytes, or leave the struct out", what).Also(s.config.Record.Pos)
}

// fieldName returns a field's Go name, and where it is decided.
func (s *structChecker) fieldName(m *model.Field) (string, model.Pos) {
	for _, pairs := range [][]config.Pair{s.config.Fields, s.fileChecker.config.Fields} {
		if name, ok := lookup(pairs, s.path+m.Name); ok {
			return name.Value, name.Pos
		}
	}
	if m.Name == "" {
		return s.numbered("Union"), m.Pos // the bytes of an anonymous union
	}
	return s.words.Camel(m.Name), m.Pos
}

// claim enters a field's name into the struct, and reports whether the struct can have it.
func (s *structChecker) claim(name, subject string, pos model.Pos) bool {
	if err := goname.Check(name); err != nil {
		s.faults.Addf(pos, subject, "%v", err)
		return false
	}
	for method := range strings.FieldsSeq(s.methods()) {
		if name == method && !s.record.Union {
			s.faults.Addf(pos, subject, "the Go struct has a method %s", name)
		}
	}
	if old, ok := s.taken[name]; ok {
		s.faults.Addf(pos, subject, "the Go name %s is taken by another field", name).Also(old)
		return false
	}
	s.taken[name] = pos
	return true
}

// pad says in Go which bytes before an offset C leaves unused.
func (s *structChecker) pad(offset int64) {
	if gap := offset - s.end; gap > 0 && s.plan.Mirror && !s.record.Union {
		s.plan.Fields = append(s.plan.Fields, &plan.Field{
			Name: "_", Offset: s.end, Type: &plan.Type{Kind: plan.Padding, Size: gap},
		})
	}
}
