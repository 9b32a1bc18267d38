// SPDX-License-Identifier: Apache-2.0

// Package flat lists the fields of a record with those of the nameless records inside it brought up, which is
// how C names them.
package flat

import "github.com/lockstep-bpf/lockstep/gen/internal/model"

// maxDepth bounds how deep nameless records are looked into, maxFields how many fields are listed of those that
// are nested. Headers stay far below; the types of a broken object may hold themselves.
const (
	maxDepth  = 64
	maxFields = 1 << 17
)

// Field is a field of a record, or of a nameless record in it.
type Field struct {
	*model.Field
	Path    string // "a", "u.a", or "list[].a"
	Parent  string // the path of the nameless array that holds it: it is counted from that one's first element
	Bit     int64  // the first bit, from the start of the outermost record
	Width   int64  // bits; 0 for a flexible array
	Group   bool   // an array of nameless records, whose fields are in the list too
	InUnion bool   // shares its bytes with others
	depth   int
}

// Fields returns a record's fields, in order. Unnamed bit-fields are padding and left out.
func Fields(r *model.Record) []*Field {
	var list []*Field
	add(&list, r, Field{})
	return list
}

// ByPath returns the fields by path.
func ByPath(list []*Field) map[string]*Field {
	m := make(map[string]*Field, len(list))
	for _, f := range list {
		m[f.Path] = f
	}
	return m
}

// add adds the fields of a record; at says where the record lies.
func add(list *[]*Field, r *model.Record, at Field) {
	for _, m := range r.Fields {
		if m.Type == nil || m.BitField && m.Name == "" {
			continue
		}
		f := at
		f.Field, f.Path, f.InUnion = m, at.Path+m.Name, at.InUnion || r.Union
		f.Bit, f.Width = at.Bit+m.Offset*8, m.Type.Size*8
		if m.BitField {
			f.Bit, f.Width = at.Bit+m.BitOffset, int64(m.BitWidth)
		}
		look := f.depth < maxDepth && len(*list) < maxFields && nameless(Element(m.Type))
		f.Group = look && m.Type.Kind == model.Array
		if f.Group || !look {
			*list = append(*list, &f)
		}
		if look {
			addInner(list, f)
		}
	}
}

// addInner adds the fields of the nameless record that a field is, or has for elements.
func addInner(list *[]*Field, f Field) {
	at := Field{Path: f.Path, Parent: f.Parent, Bit: f.Bit, InUnion: f.InUnion, depth: f.depth + 1}
	switch {
	case f.Group:
		at.Path += "[]."
		at.Parent = at.Path
	case f.Name != "":
		at.Path += "."
	}
	add(list, Element(f.Type).Record, at)
}

// Element returns the type of an array's elements, through all dimensions, and any other type itself.
func Element(t *model.Type) *model.Type {
	for t != nil && t.Kind == model.Array {
		t = t.Elem
	}
	return t
}

// nameless reports whether a type is a record that nothing else can name.
func nameless(t *model.Type) bool {
	return t != nil && t.Kind == model.RecordType && t.Record != nil && t.Record.Name == ""
}
