// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"fmt"
	"go/constant"
	"go/token"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/flat"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// compareRecord compares a record with those of the same name, of which an object of several compilation units
// may have several. Differences that are the same are told once.
func compareRecord(item Item, want *model.Record, t *Types) (found bool, bad []Mismatch) {
	reported := map[string]bool{}
	for _, have := range t.Records {
		if have.Name != want.Name {
			continue
		}
		found = true
		diffs := recordDiffs(want, have)
		key := strings.Join(diffs, "\n")
		if len(diffs) == 0 || reported[key] {
			continue
		}
		reported[key] = true
		m := Mismatch{Item: item, Diffs: diffs, Header: Layout{Record: want}, Built: Layout{Record: have}}
		m.Format = t.Format
		bad = append(bad, m)
	}
	return found, bad
}

func recordDiffs(want, have *model.Record) []string {
	var diffs []string
	if want.Size != have.Size {
		diffs = append(diffs, sizeDiff(want.Size, have.Size))
	}
	wants, haves := flat.Fields(want), flat.Fields(have)
	wanted, had := flat.ByPath(wants), flat.ByPath(haves)
	for _, w := range wants {
		h := had[w.Path]
		if h == nil {
			diffs = append(diffs, fmt.Sprintf("%s: %s in the header, not in the object", w.Path, place(w)))
			continue
		}
		if w.Bit != h.Bit || w.Width != h.Width || w.BitField != h.BitField {
			diffs = append(diffs, fmt.Sprintf("%s: %s in the header, %s in the object", w.Path, place(w), place(h)))
		}
		if why := typeDiff(w.Type, h.Type); why != "" {
			diffs = append(diffs, w.Path+": "+why)
		}
	}
	for _, h := range haves {
		if wanted[h.Path] == nil {
			diffs = append(diffs, fmt.Sprintf("%s: not in the header, %s in the object", h.Path, place(h)))
		}
	}
	return diffs
}

func sizeDiff(want, have int64) string {
	return fmt.Sprintf("size: %s in the header, %d in the object", amount(want, "byte"), have)
}

func amount(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// place says where a field lies, and its size.
func place(f *flat.Field) string {
	if f.BitField {
		return fmt.Sprintf("%s at bit %d", amount(f.Width, "bit"), f.Bit)
	}
	return fmt.Sprintf("%s at %d", amount(f.Width/8, "byte"), f.Bit/8)
}

// typeDiff says how two types of the same size hold different kinds of values; "" where they do not, and where
// the object says nothing of the type.
func typeDiff(want, have *model.Type) string {
	if want == nil || have == nil || have.Kind == model.Invalid || want.Size != have.Size {
		return ""
	}
	differ := fmt.Sprintf("%s in the header, %s in the object", describe(want), describe(have))
	w, h := kind(want), kind(have)
	switch {
	case w != h:
		return differ
	case want.Kind == model.Int && have.Kind == model.Int && want.Signed != have.Signed && !isChar(want, have):
		return differ
	case w == model.Array && max(want.Len, 0) != max(have.Len, 0):
		return differ
	case w == model.Array:
		return typeDiff(want.Elem, have.Elem)
	case w == model.RecordType && want.Record != nil && want.Record.Name != have.Record.Name:
		return differ
	}
	return ""
}

// kind folds what debug information does not tell apart: an enum is an integer, a vector an array.
func kind(t *model.Type) model.TypeKind {
	switch t.Kind {
	case model.EnumType:
		return model.Int
	case model.Vector:
		return model.Array
	}
	return t.Kind
}

// isChar reports whether one of the types is plain char, whose sign is the compiler's choice and not always told.
func isChar(a, b *model.Type) bool { return a.Size == 1 && (a.Char || b.Char) }

func describe(t *model.Type) string {
	switch t.Kind {
	case model.Int:
		if t.Signed {
			return t.C + " (signed)"
		}
		return t.C + " (unsigned)"
	case model.Bool:
		return t.C + " (a truth value)"
	case model.Float:
		return t.C + " (floating point)"
	}
	return t.C
}

// compareEnum compares an enum with those of its name or, where it has none, those that share a member.
func compareEnum(item Item, want *model.Enum, t *Types) (found bool, bad []Mismatch) {
	reported := map[string]bool{}
	for _, have := range t.Enums {
		if !sameEnum(want, have) {
			continue
		}
		found = true
		diffs := enumDiffs(want, have, t.Format)
		key := strings.Join(diffs, "\n")
		if len(diffs) == 0 || reported[key] {
			continue
		}
		reported[key] = true
		m := Mismatch{Item: item, Diffs: diffs, Header: Layout{Enum: want}, Built: Layout{Enum: have}}
		m.Format = t.Format
		bad = append(bad, m)
	}
	return found, bad
}

func sameEnum(want, have *model.Enum) bool {
	switch {
	case want.Tag != "" || have.Tag != "":
		return want.Tag == have.Tag
	case want.Typedef != "":
		return want.Typedef == have.Typedef
	}
	return slices.ContainsFunc(want.Members, func(c *model.Constant) bool { return member(have, c.Name) != nil })
}

func member(e *model.Enum, name string) *model.Constant {
	for _, c := range e.Members {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// addMember adds an enumerator with the bits that debug information gives.
func addMember(e *model.Enum, name string, bits uint64) {
	v := constant.MakeUint64(bits)
	if size := e.Type.Size; e.Type.Signed && size <= 8 {
		v = constant.MakeInt64(int64(bits))
	}
	e.Members = append(e.Members, &model.Constant{Name: name, Kind: model.Enumerator, Value: v, Enum: e, Type: e.Type})
}

func enumDiffs(want, have *model.Enum, format string) []string {
	var diffs []string
	if want.Type != nil && want.Type.Size != have.Type.Size {
		diffs = append(diffs, sizeDiff(want.Type.Size, have.Type.Size))
	}
	bits := uint(min(max(have.Type.Size, 0), 8) * 8)
	if format == "BTF" && cut(have) {
		bits = 32
	}
	for _, w := range want.Members {
		h := member(have, w.Name)
		switch {
		case h == nil:
			diffs = append(diffs, fmt.Sprintf("%s: %v in the header, not in the object", w.Name, w.Value))
		case !sameBits(w.Value, h.Value, bits):
			diffs = append(diffs, fmt.Sprintf("%s: %v in the header, %v in the object", w.Name, w.Value, signed(h.Value, w.Value, bits)))
		}
	}
	for _, h := range have.Members {
		if member(want, h.Name) == nil {
			diffs = append(diffs, fmt.Sprintf("%s: not in the header, %v in the object", h.Name, h.Value))
		}
	}
	return diffs
}

// cut reports whether the values of a 64-bit enum may have been cut to 32 bits, as compilers without 64-bit BTF
// enums do.
func cut(e *model.Enum) bool {
	return e.Type.Size == 8 && !slices.ContainsFunc(e.Members, func(c *model.Constant) bool {
		return constant.Compare(c.Value, token.NEQ, low(c.Value, 32))
	})
}

// sameBits compares the low bits of two values: debug information does not always report whether an enum is
// signed.
func sameBits(a, b constant.Value, bits uint) bool {
	return a.Kind() == constant.Int && constant.Compare(low(a, bits), token.EQL, low(b, bits))
}

// low returns the low bits of an integer, as a number that is not negative.
func low(v constant.Value, bits uint) constant.Value {
	mask := constant.BinaryOp(constant.Shift(constant.MakeInt64(1), token.SHL, bits), token.SUB, constant.MakeInt64(1))
	return constant.BinaryOp(v, token.AND, mask)
}

// signed shows a value of an object as negative where the highest of its bits is set and the header has the
// member negative.
func signed(v, like constant.Value, bits uint) constant.Value {
	v = low(v, bits)
	end := constant.Shift(constant.MakeInt64(1), token.SHL, bits)
	if constant.Sign(like) < 0 && constant.Compare(constant.Shift(v, token.SHL, 1), token.GEQ, end) {
		return constant.BinaryOp(v, token.SUB, end)
	}
	return v
}
