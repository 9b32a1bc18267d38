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
	own := int64(0)
	if m.MinAlign > 0 {
		own = l.capped(m.MinAlign)
		l.at = roundUp(l.at, own*8)
	}
	if !packed && l.spec.Pack == 0 && l.straddles(m) {
		l.at = roundUp(l.at, m.Align*8)
	}
	if !m.Unnamed || l.target.alignUnnamed {
		l.align = max(l.align, own, l.unitAlign(m.Align, packed))
	}
	l.places = append(l.places, Place{Offset: unit(l.at, m), Bit: l.at})
	l.at += m.Width
}

// unitAlign returns what a bit-field's type gives to the alignment of the record.
func (l *layouter) unitAlign(align int64, packed bool) int64 {
	switch {
	case l.spec.Pack > 0:
		return min(align, l.spec.Pack)
	case packed:
		return 1
	}
	return align
}

// straddles tells whether a bit-field at the next free bit would need more units of its type's alignment than
// the type itself has.
func (l *layouter) straddles(m Member) bool {
	align, size := m.Align*8, m.Size*8
	if l.target.clang {
		return l.at%align+m.Width > size
	}
	return (l.at%align+m.Width+align-1)/align > size/align
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
