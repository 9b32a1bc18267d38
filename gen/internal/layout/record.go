// SPDX-License-Identifier: Apache-2.0

package layout

import "errors"

// ErrTooLarge says that a record or array exceeds what can be addressed.
var ErrTooLarge = errors.New("size is too large")

// maxBytes bounds every size, so that its bits, and sums of them, fit an int64.
const maxBytes = 1 << 56

// Member describes a member of a record.
type Member struct {
	Size     int64 // of its type
	Align    int64 // of its type, as a member
	MinAlign int64 // its own aligned attribute; 0 is none
	Packed   bool  // its own packed attribute
	BitField bool
	Unnamed  bool
	Width    int64 // of a bit-field, in bits; 0 for an unnamed one that only aligns
}

// Spec describes a struct or union.
type Spec struct {
	Union   bool
	Packed  bool  // packed attribute on the type
	Align   int64 // aligned attribute on the type; 0 is none
	Pack    int64 // #pragma pack in force; 0 is none
	Members []Member
}

// Place is where a member lies.
type Place struct {
	Offset int64 // of the member; of a bit-field's storage unit
	// Bit is a bit-field's first bit, counted from the start of the record in the order in which the target
	// allocates bits: from the lowest bit of each byte on little-endian targets, from the highest on
	// big-endian ones.
	Bit int64
}

// Layout is the layout of a record.
type Layout struct {
	Size   int64 // with padding at the end
	Align  int64
	End    int64 // the end of the last member, without padding
	Places []Place
}

// Array returns the size of n elements of size bytes.
func Array(size, n int64) (int64, error) {
	if n < 0 || size > 0 && n > maxBytes/size {
		return 0, ErrTooLarge
	}
	return size * n, nil
}

// Record lays out a record. The only error is ErrTooLarge.
func (t *Target) Record(s Spec) (Layout, error) {
	l := &layouter{target: t, spec: s, align: 1}
	for _, m := range s.Members {
		if m.Size > maxBytes || max(m.Align, m.MinAlign) > maxBytes || l.end > maxBytes*8 {
			return Layout{}, ErrTooLarge
		}
		if s.Union {
			l.at = 0
		}
		l.place(m)
	}
	end := (l.end + 7) / 8
	align := max(l.align, s.Align)
	size := roundUp(end, align)
	if size > maxBytes {
		return Layout{}, ErrTooLarge
	}
	return Layout{Size: size, Align: align, End: end, Places: l.places}, nil
}

// layouter holds the state of laying out one record.
type layouter struct {
	target *Target
	spec   Spec
	at     int64 // the next free bit
	end    int64 // the highest bit used
	align  int64
	places []Place
}

func (l *layouter) place(m Member) {
	switch {
	case !m.BitField:
		l.plain(m)
	case m.Width == 0:
		l.boundary(m)
	default:
		l.bits(m)
	}
	l.end = max(l.end, l.at)
}

// plain places a member that is not a bit-field.
func (l *layouter) plain(m Member) {
	align := max(m.Align, m.MinAlign)
	if l.spec.Packed || m.Packed {
		align = max(1, m.MinAlign)
	}
	align = l.capped(align)
	l.at = roundUp(l.at, align*8)
	l.align = max(l.align, align)
	l.places = append(l.places, Place{Offset: l.at / 8})
	l.at += m.Size * 8
}

// capped bounds an alignment by #pragma pack.
func (l *layouter) capped(align int64) int64 {
	if l.spec.Pack > 0 {
		return min(align, l.spec.Pack)
	}
	return align
}

// boundary places a bit-field of width 0: what follows it begins at its type's alignment. Neither packed nor
// #pragma pack change that.
func (l *layouter) boundary(m Member) {
	align := max(m.Align, m.MinAlign)
	l.at = roundUp(l.at, align*8)
	if l.target.alignUnnamed {
		l.align = max(l.align, m.Align)
	}
	l.places = append(l.places, Place{Offset: l.at / 8, Bit: l.at})
	if l.spec.Union {
		l.at = 0
	}
}

// bits places a bit-field that has bits.
func (l *layouter) bits(m Member) {
	packed := l.spec.Packed || m.Packed
	var align int64
	if l.target.Clang {
		align = l.clangBits(m, packed)
	} else {
		align = l.gccBits(m, packed)
	}
	if !m.Unnamed || l.target.alignUnnamed {
		l.align = max(l.align, align)
	}
	l.places = append(l.places, Place{Offset: unit(l.at, m), Bit: l.at})
	l.at += m.Width
}

// gccBits moves to where gcc puts a bit-field: behind the last member, unless its own aligned attribute says
// otherwise or it would need more units of its type's alignment than the type has. It returns the alignment
// that the bit-field asks of its record.
func (l *layouter) gccBits(m Member, packed bool) int64 {
	own := int64(0)
	if m.MinAlign > 0 {
		own = l.capped(m.MinAlign)
		l.at = roundUp(l.at, own*8)
	}
	align, size := m.Align*8, m.Size*8
	whole := isIntegerWidth(m.Width) && l.at%m.Width == 0 && (m.Width == 8 || !packed)
	if !packed && l.spec.Pack == 0 && !whole && (l.at%align+m.Width+align-1)/align > size/align {
		l.at = roundUp(l.at, align)
	}
	natural := m.Align
	if whole {
		natural = max(natural, l.integerAlign(m.Width))
	}
	switch {
	case l.spec.Pack > 0:
		return max(own, min(natural, l.spec.Pack))
	case packed:
		return max(own, 1)
	}
	return max(own, natural)
}

// integerAlign returns the alignment of the integer that is as wide as a bit-field. It is more than the bit-field's
// type asks for where a typedef lowers that.
func (l *layouter) integerAlign(bits int64) int64 {
	widest, _ := l.target.Scalar(LongLong)
	return min(bits/8, widest.Align)
}

// isIntegerWidth reports whether a bit-field is as wide as an integer. Where such a one lies as the integer
// would, gcc treats it as a plain member.
func isIntegerWidth(bits int64) bool { return bits == 8 || bits == 16 || bits == 32 || bits == 64 }

// clangBits does the same as clang does it: an aligned attribute beyond #pragma pack has no effect on the
// place, and what counts is whether the bit-field crosses the end of its type.
func (l *layouter) clangBits(m Member, packed bool) int64 {
	pack := l.spec.Pack
	align := max(m.Align, m.MinAlign)
	bits := align * 8
	switch {
	case pack > 0:
		align = min(align, pack)
	case packed:
		align = max(1, m.MinAlign)
		bits = max(1, m.MinAlign*8)
	}
	switch {
	case pack == 0 && l.at%bits+m.Width > m.Size*8:
		l.at = roundUp(l.at, bits)
	case m.MinAlign > 0 && (pack == 0 || m.MinAlign <= pack):
		l.at = roundUp(l.at, m.MinAlign*8)
	}
	return align
}

// unit returns the offset of the storage unit of a bit-field at bit: a whole number of the type's alignment,
// or the bit's own byte where the field does not fit into such a unit.
func unit(bit int64, m Member) int64 {
	off := bit / 8 / m.Align * m.Align
	if bit+m.Width > (off+m.Size)*8 {
		return bit / 8
	}
	return off
}

func roundUp(n, align int64) int64 { return (n + align - 1) / align * align }
