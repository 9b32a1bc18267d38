// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/role"
)

// Schema is what a filter knows of the events that it is for. With the zero value, or nil, only packets can be filtered.
type Schema struct {
	// Messages holds one message of each type, of the decoders that decode the events. Several may have the same type.
	// Their field tables are read, and nothing else of them. A message with another table has no fields for the filter.
	Messages []event.Message
	// Untyped says that the first byte of a message is not its type: the decoder alone tells what a message is.
	Untyped bool
	// Interfaces knows the names of interfaces for events without a Host: those of this host.
	Interfaces event.InterfaceNames
	// InterfaceList returns the names of the interfaces that there are, for completion. It may be nil.
	InterfaceList func() []string
	// Reasons returns reasons that a text can have: those of the kernel. Others are possible, since each kernel has its own.
	// It may be nil; then no value is compared with them.
	Reasons func() []string
	// Location is the time zone of times that are written without one; nil is the local one.
	Location *time.Location
	// PeerList returns the names of what the interfaces lead to, for completion. It may be nil.
	PeerList func() []string
}

// orZero returns the schema, and the zero value for nil.
func (s *Schema) orZero() *Schema {
	if s == nil {
		return new(Schema)
	}
	return s
}

// vocabulary is the names that an expression can have.
type vocabulary struct {
	variants []variant
	fields   map[string]bool // in lower case
	types    map[string]bool
}

func newVocabulary(s *Schema) *vocabulary {
	v := &vocabulary{fields: map[string]bool{}, types: map[string]bool{}}
	for _, m := range s.Messages {
		_, placed := m.(event.Placed)
		_, ruled := m.(event.Ruled)
		v.variants = append(v.variants, variant{number: m.MessageType(), name: m.TypeName(), fields: m.Fields(), placed: placed, ruled: ruled})
		v.types[strings.ToLower(m.TypeName())] = true
		for _, f := range m.Fields() {
			v.fields[strings.ToLower(f.Name)] = true
			if f.C != "" {
				v.fields[strings.ToLower(f.C)] = true
			}
		}
	}
	return v
}

// hasField reports whether a message has a field of the name.
func (v *vocabulary) hasField(name string) bool { return v.fields[strings.ToLower(name)] }

// hasFieldNamed reports whether a message has a field of the name that output has for it, whatever C calls it.
func (v *vocabulary) hasFieldNamed(name string) bool {
	return slices.ContainsFunc(v.variants, func(m variant) bool {
		return slices.ContainsFunc(m.fields, func(f event.Field) bool { return strings.EqualFold(f.Name, name) })
	})
}

func (v *vocabulary) hasType(name string) bool { return v.types[strings.ToLower(name)] }

// hasFieldOf reports whether messages of a type have a field of the name.
func (v *vocabulary) hasFieldOf(typ, name string) bool {
	return slices.ContainsFunc(v.variants, func(m variant) bool {
		return strings.EqualFold(m.name, typ) && m.find(name) >= 0
	})
}

// fieldsOf returns the names of the fields of a message type.
func (v *vocabulary) fieldsOf(typ string) []string {
	var names []string
	for _, m := range v.variants {
		if strings.EqualFold(m.name, typ) {
			for _, f := range m.fields {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// has reports whether a word begins a term.
func (v *vocabulary) has(text string) bool {
	lower := strings.ToLower(text)
	if findWord(lower) != nil || isQualifier(lower) || v.hasField(lower) {
		return true
	}
	first, rest, dotted := strings.Cut(lower, ".")
	if !dotted {
		return false
	}
	w := findWord(first)
	return isQualifier(first) || w != nil && w.isProtocol() || v.hasType(first) && v.hasFieldOf(first, rest)
}

// all returns every word that begins a term, for errors and completion.
func (v *vocabulary) all() []string {
	var names []string
	for i := range words {
		names = append(names, words[i].name)
	}
	for _, q := range qualifiers {
		names = append(names, q.name)
	}
	return append(names, v.fieldNames()...)
}

// fieldNames returns the names of all fields.
func (v *vocabulary) fieldNames() []string {
	var names []string
	for _, m := range v.variants {
		for _, f := range m.fields {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// typeNames returns the names of all message types.
func (v *vocabulary) typeNames() []string {
	var names []string
	for _, m := range v.variants {
		names = append(names, m.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// variant is one kind of message: a type of a wire format.
type variant struct {
	mode   mode
	number uint8 // the message type
	name   string
	fields []event.Field
	placed bool // the messages are event.Placed
	ruled  bool // they are event.Ruled
}

// mode says what is known of the messages of a variant.
type mode uint8

const (
	decoded     mode = iota // the type and the fields
	undecodable             // the type; nothing else can be known
	unknown                 // the type, if it has a name; there is no decoder, so there are no fields and no packet
)

// find returns the index of a field by its name, or -1.
func (v *variant) find(name string) int {
	at := slices.IndexFunc(v.fields, func(f event.Field) bool { return strings.EqualFold(f.Name, name) })
	if at < 0 {
		at = slices.IndexFunc(v.fields, func(f event.Field) bool { return f.C != "" && strings.EqualFold(f.C, name) })
	}
	return at
}

// indexes returns the fields that a term is about; none if messages of this kind have no such field.
func (v *variant) indexes(t *term) []int {
	if t.word == nil {
		if t.typ != "" && !strings.EqualFold(t.typ, v.name) {
			return nil
		}
		if i := v.find(t.field); i >= 0 {
			return []int{i}
		}
		return nil
	}
	roles := t.word.roles
	if len(roles) == 2 && t.side == sideSrc {
		roles = roles[:1]
	}
	if len(roles) == 2 && t.side == sideDst {
		roles = roles[1:]
	}
	var at []int
	for _, r := range roles {
		if i := role.Find(v.fields, r); i >= 0 {
			at = append(at, i)
		}
	}
	return at
}
