// SPDX-License-Identifier: Apache-2.0

package scaffold

import (
	"strconv"

	"github.com/lockstep-bpf/lockstep/gen/internal/goname"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// methods are what Go structs have beside their fields.
var methods = []string{"Append", "AppendOrder", "Decode", "DecodeOrder", "MarshalBinary", "UnmarshalBinary"}

// fieldNames gives other Go names to fields whose own cannot be had: a method or a field before has it, or it is no name.
func (s *structure) fieldNames(words *goname.Words) {
	if s.record.Union {
		return
	}
	taken := map[string]bool{}
	for _, m := range methods {
		taken[m] = true
	}
	s.fieldNamesOf(words, taken, s.record)
}

// fieldNamesOf names the fields of a record, and of those without a name in it.
func (s *structure) fieldNamesOf(words *goname.Words, taken map[string]bool, r *model.Record) {
	for i, f := range r.Fields {
		switch {
		case f.Name != "":
			s.fieldName(words, taken, f)
		case f.Type.Kind == model.RecordType && f.Type.Record.Union:
			takeNumbered(taken, "Union")
		case f.Type.Kind == model.RecordType:
			s.fieldNamesOf(words, taken, f.Type.Record)
		}
		if f.BitField && (i+1 == len(r.Fields) || !r.Fields[i+1].BitField) {
			takeNumbered(taken, "Bits")
		}
	}
}

// fieldName names a field, so that all that is called after it can be had.
func (s *structure) fieldName(words *goname.Words, taken map[string]bool, f *model.Field) {
	own := words.Camel(f.Name)
	name := own
	if goname.Check(name) != nil {
		name = "Field" + name
	}
	for _, suffix := range []string{"", "Field", "Value", "2", "3"} {
		if isFree(taken, namesOf(f, name+suffix)) {
			name += suffix
			break
		}
	}
	for _, n := range namesOf(f, name) {
		taken[n] = true
	}
	if name != own {
		s.fields = append(s.fields, pair{f.Name, name})
	}
}

func isFree(taken map[string]bool, names []string) bool {
	for _, n := range names {
		if taken[n] {
			return false
		}
	}
	return true
}

// namesOf returns what a struct has for a field of a Go name: the field, and methods that are called after it.
func namesOf(f *model.Field, name string) []string {
	t := f.Type
	switch {
	case f.BitField:
		return []string{name, "Set" + name}
	case t.Kind == model.Array && t.Elem.Kind == model.Int && t.Elem.Char:
		return []string{name, name + "String"}
	}
	return []string{name}
}

// takeNumbered takes a word, or the word and a number, as package check names what has no name in C.
func takeNumbered(taken map[string]bool, word string) {
	name := word
	for n := 2; taken[name]; n++ {
		name = word + strconv.Itoa(n)
	}
	taken[name] = true
}
