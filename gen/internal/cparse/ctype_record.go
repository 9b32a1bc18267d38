// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// record is a struct or union while a unit is parsed.
type record struct {
	union   bool
	tag     string
	typedef string
	alias   string // the first typedef of one that has a tag
	packed  bool
	pack    int64 // #pragma pack where the definition begins
	done    bool  // its closing brace has been seen
	broken  bool  // a fault was found in it
	keyword cpp.Token
	tagName cpp.Token // of kind cpp.EOF where there is none
	first   cpp.Token // the first cpp.Token of the declaration that holds it
	closing cpp.Token // the last cpp.Token of the definition
	members []*member
	layout  layout.Layout
}

// member is a field of a record.
type member struct {
	name     cpp.Token // of kind cpp.EOF where there is none
	t        *ctype
	first    cpp.Token // the first cpp.Token of its declaration
	last     cpp.Token // the comma or semicolon behind it
	lead     bool      // the first of its declaration
	bitField bool
	width    int64
	packed   bool
	aligned  int64 // the alignment that its attributes ask for; 0 is none
	place    layout.Place
}

// name returns the record as C names it.
func (r *record) name() string {
	word := "struct"
	if r.union {
		word = "union"
	}
	switch {
	case r.tag != "":
		return word + " " + r.tag
	case r.typedef != "":
		return r.typedef
	}
	return word + " {...}"
}

func isFlexible(m *member) bool { return m.t.kind == model.Array && m.t.n == -1 }

// find returns the member of a name that r itself or an anonymous member holds.
func (r *record) find(name string) *member {
	m, _ := r.lookup(name)
	return m
}

// lookup returns a member by name and its offset, looking into anonymous members too.
func (r *record) lookup(name string) (*member, int64) {
	for _, m := range r.members {
		switch {
		case m.name.Kind != cpp.EOF && m.name.Text == name:
			return m, m.place.Offset
		case m.name.Kind == cpp.EOF && m.t.kind == model.RecordType:
			if in, off := m.t.rec.lookup(name); in != nil {
				return in, off + m.place.Offset
			}
		}
	}
	return nil, 0
}

// spec describes a record to layout, with its own packed and aligned attributes and the #pragma pack that counts.
func (r *record) spec(packed bool, align, pack int64) layout.Spec {
	spec := layout.Spec{Union: r.union, Packed: packed, Align: align, Pack: pack}
	for _, m := range r.members {
		spec.Members = append(spec.Members, layout.Member{
			Size: m.t.size(), Align: m.t.align(), MinAlign: m.aligned, Packed: m.packed,
			BitField: m.bitField, Unnamed: m.name.Kind == cpp.EOF, Width: m.width,
		})
	}
	return spec
}
