// SPDX-License-Identifier: Apache-2.0

package ctype

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Record is a struct or union.
type Record struct {
	Union   bool
	Tag     string
	Typedef string
	Alias   string // the first typedef of one that has a tag
	Packed  bool
	Pack    int64     // #pragma pack where the definition begins
	Open    bool      // its members are being read
	Done    bool      // its closing brace has been seen
	Broken  bool      // a fault was found in it
	Seen    cpp.Token // the tag where it stands first
	Keyword cpp.Token
	TagName cpp.Token // of kind cpp.EOF where there is none
	First   cpp.Token // the first token of the declaration that holds it
	Closing cpp.Token // the last token of the definition
	Members []*Member
	Layout  layout.Layout

	OwnAlign int64 // what Typedef gives with an attribute; 0 is none
}

// Align returns the alignment of the record under its name.
func (r *Record) Align() int64 {
	if r.OwnAlign > 0 {
		return r.OwnAlign
	}
	return max(1, r.Layout.Align)
}

// Member is a field of a record.
type Member struct {
	Name     cpp.Token // of kind cpp.EOF where there is none
	Type     *Type
	First    cpp.Token // the first token of its declaration
	Last     cpp.Token // the comma or semicolon behind it
	Lead     bool      // the first of its declaration
	BitField bool
	Width    int64
	Packed   bool
	Aligned  int64 // the alignment that its attributes ask for; 0 is none
	Place    layout.Place
}

// Name returns the record as C names it.
func (r *Record) Name() string {
	word := "struct"
	if r.Union {
		word = "union"
	}
	switch {
	case r.Tag != "":
		return word + " " + r.Tag
	case r.Typedef != "":
		return r.Typedef
	}
	return word + " {...}"
}

// IsFlexible reports whether a member is an array without a size.
func IsFlexible(m *Member) bool { return m.Type.Kind == model.Array && m.Type.Len == -1 }

// Find returns the member of a name that r itself or an anonymous member holds.
func (r *Record) Find(name string) *Member {
	m, _ := r.Lookup(name)
	return m
}

// Lookup returns a member by name and its offset, looking into anonymous members too.
func (r *Record) Lookup(name string) (*Member, int64) {
	for _, m := range r.Members {
		switch {
		case m.Name.Kind != cpp.EOF && m.Name.Text == name:
			return m, m.Place.Offset
		case m.Name.Kind == cpp.EOF && m.Type.Kind == model.RecordType:
			if in, off := m.Type.Record.Lookup(name); in != nil {
				return in, off + m.Place.Offset
			}
		}
	}
	return nil, 0
}

// Spec describes a record to layout, with its own packed and aligned attributes and the #pragma pack that counts.
func (r *Record) Spec(packed bool, align, pack int64) layout.Spec {
	spec := layout.Spec{Union: r.Union, Packed: packed, Align: align, Pack: pack}
	for _, m := range r.Members {
		spec.Members = append(spec.Members, layout.Member{
			Size: m.Type.Size(), Align: m.Type.Align(), MinAlign: m.Aligned, Packed: m.Packed,
			BitField: m.BitField, Unnamed: m.Name.Kind == cpp.EOF, Width: m.Width,
		})
	}
	return spec
}
