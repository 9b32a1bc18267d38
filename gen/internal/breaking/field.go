// SPDX-License-Identifier: Apache-2.0

package breaking

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/gen/internal/flat"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// where says where a field lies.
func where(f *flat.Field) string {
	place := fmt.Sprintf("at byte %d", f.Bit/8)
	if f.BitField {
		place = fmt.Sprintf("at bit %d", f.Bit)
	}
	if f.Parent != "" {
		place += " of the first element"
	}
	return place
}

// amount says how much room a field takes.
func amount(f *flat.Field) string {
	n, unit := f.Width/8, "byte"
	if f.BitField {
		n, unit = f.Width, "bit"
	}
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func comment(f *flat.Field) string { return words(f.Doc + " " + f.Text) }

// sameShape reports whether two types of the same size hold the same kind of value. An enum is an integer.
func sameShape(a, b *model.Type) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Size != b.Size || shapeKind(a) != shapeKind(b) {
		return false
	}
	switch shapeKind(a) {
	case model.Int:
		return a.Signed == b.Signed && a.Order == b.Order
	case model.Array, model.Vector:
		return max(0, a.Len) == max(0, b.Len) && sameShape(a.Elem, b.Elem) // a[] takes as many bytes as a[0]
	case model.RecordType:
		return sameRecord(a.Record, b.Record)
	}
	return true
}

func shapeKind(t *model.Type) model.TypeKind {
	if t.Kind == model.EnumType {
		return model.Int
	}
	return t.Kind
}

// sameRecord reports whether two fields hold the same record. What changed inside a record of the same name is
// told of that record.
func sameRecord(a, b *model.Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Name == b.Name || sameLayout(a, b)
}
