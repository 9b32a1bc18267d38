// SPDX-License-Identifier: Apache-2.0

// Package layout computes how a C compiler lays out records: sizes, alignments, offsets and the places of
// bit-fields, for the targets it knows. It is pure arithmetic over descriptions of members; it knows neither
// a parser nor a model of declarations. Sizes, alignments and offsets are bytes unless a name says bits.
package layout

import "slices"

// Scalar is a C type that a target gives a size and an alignment.
type Scalar uint8

// The scalar types.
const (
	Bool Scalar = iota
	Char
	Short
	Int
	Long
	LongLong
	Int128
	Float16
	Float
	Double
	LongDouble
	Float128
	Pointer
	scalars
)

// Metric is what a target says of a scalar type. Size 0 means that the target does not have it.
type Metric struct {
	Size  int64
	Align int64 // as a member of a record, and what _Alignof gives
	Pref  int64 // as a variable, and what __alignof__ gives; differs from Align on linux/386 only
}

// Target is an ABI. A Target is read-only and safe for concurrent use.
type Target struct {
	Name          string
	BigEndian     bool
	UnsignedChar  bool  // plain char is unsigned
	UnsignedWChar bool  // wchar_t is unsigned int, else int
	MaxAlign      int64 // what "aligned" without an argument means
	Biggest       int64 // __BIGGEST_ALIGNMENT__
	Clang         bool  // layouts are clang's where gcc's differ
	Single        bool  // the layouts of one compiler count, not of gcc and clang alike
	VaList        int64 // how many words a va_list is; 1 is a pointer
	MaxAtomic     int64 // up to this size, clang rounds the size of atomic types up to a power of two
	maxVector     int64 // vectors are aligned to their size, but not beyond this; 0 is no bound
	atomic16      int64 // what gcc aligns atomic types of 16 bytes to
	vectorAsInt   bool  // 8 bytes of integers are aligned as a long long is
	alignUnnamed  bool  // unnamed bit-fields align their record
	scalars       [scalars]Metric
}

// Scalar returns the size and alignment of s; false where the target does not have the type.
func (t *Target) Scalar(s Scalar) (Metric, bool) {
	m := t.scalars[s]
	return m, m.Size > 0
}

// ByClang returns the target with clang's layouts.
func (t *Target) ByClang() *Target {
	c := *t
	c.Clang, c.vectorAsInt = true, false
	return &c
}

// Atomic returns the size and alignment of the atomic form of a type.
func (t *Target) Atomic(size, align int64) (int64, int64) {
	if t.Clang {
		switch {
		case size == 0:
			return 1, align
		case size <= t.MaxAtomic:
			for n := int64(1); ; n *= 2 {
				if n >= size {
					return n, n
				}
			}
		}
		return size, align
	}
	switch size {
	case 1, 2, 4, 8:
		align = max(align, size)
	case 16:
		align = max(align, t.atomic16)
	}
	return size, align
}

// Vector returns the metric of a vector of size bytes of integers or floats.
func (t *Target) Vector(size int64, floats bool) Metric {
	switch {
	case t.vectorAsInt && size == 8 && !floats:
		return t.scalars[LongLong]
	case t.maxVector > 0:
		a := min(size, t.maxVector)
		return Metric{Size: size, Align: a, Pref: a}
	}
	return same(size)
}

// Lookup returns the target of that name.
func Lookup(name string) (*Target, bool) {
	for _, t := range targets() {
		if t.Name == name {
			return t, true
		}
	}
	return nil, false
}

// Names returns the names of all targets, sorted.
func Names() []string {
	var names []string
	for _, t := range targets() {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return names
}

func targets() []*Target {
	return []*Target{
		bpf("bpfel", false),
		bpf("bpfeb", true),
		amd64(),
		arm64(),
		i386(),
		arm(),
		s390x(),
	}
}

// same is the metric of a type that is aligned to its size.
func same(size int64) Metric { return Metric{Size: size, Align: size, Pref: size} }

// lp64 returns the scalars of a 64-bit target whose types are all aligned to their size, with no type beyond
// double.
func lp64() [scalars]Metric {
	return [scalars]Metric{
		Bool: same(1), Char: same(1), Short: same(2), Int: same(4), Long: same(8), LongLong: same(8),
		Int128: same(16), Float16: same(2), Float: same(4), Double: same(8), LongDouble: same(8), Pointer: same(8),
	}
}

// ilp32 returns the scalars of a 32-bit target whose types are all aligned to their size.
func ilp32() [scalars]Metric {
	s := lp64()
	s[Long], s[Pointer], s[Int128] = same(4), same(4), Metric{}
	return s
}

func bpf(name string, big bool) *Target {
	t := &Target{Name: name, BigEndian: big, MaxAlign: 16, Biggest: 8, Clang: true, VaList: 1, MaxAtomic: 8, scalars: lp64()}
	t.scalars[Float16] = Metric{}
	return t
}

func amd64() *Target {
	t := &Target{Name: "linux/amd64", MaxAlign: 16, Biggest: 16, VaList: 3, MaxAtomic: 16, atomic16: 16, scalars: lp64()}
	t.scalars[LongDouble], t.scalars[Float128] = same(16), same(16)
	return t
}

func arm64() *Target {
	t := &Target{Name: "linux/arm64", UnsignedChar: true, UnsignedWChar: true, MaxAlign: 16, Biggest: 16, maxVector: 16,
		alignUnnamed: true, VaList: 4, MaxAtomic: 16, atomic16: 16, scalars: lp64()}
	t.scalars[LongDouble], t.scalars[Float128] = same(16), same(16)
	return t
}

func i386() *Target {
	t := &Target{Name: "linux/386", MaxAlign: 16, Biggest: 16, vectorAsInt: true, VaList: 1, MaxAtomic: 8, atomic16: 16,
		scalars: ilp32()}
	t.scalars[LongLong] = Metric{Size: 8, Align: 4, Pref: 8}
	t.scalars[Double] = Metric{Size: 8, Align: 4, Pref: 8}
	t.scalars[LongDouble] = Metric{Size: 12, Align: 4, Pref: 4}
	t.scalars[Float16] = Metric{} // only where SSE2 is asked for
	t.scalars[Float128] = same(16)
	return t
}

func arm() *Target {
	t := &Target{Name: "linux/arm", UnsignedChar: true, UnsignedWChar: true, MaxAlign: 8, Biggest: 8, maxVector: 8,
		alignUnnamed: true, VaList: 1, MaxAtomic: 8, scalars: ilp32()}
	t.scalars[Float16] = Metric{} // clang's only
	return t
}

func s390x() *Target {
	t := &Target{Name: "linux/s390x", BigEndian: true, UnsignedChar: true, MaxAlign: 8, Biggest: 8, VaList: 4, MaxAtomic: 16,
		scalars: lp64()}
	t.scalars[Int128] = Metric{Size: 16, Align: 8, Pref: 8}
	t.scalars[LongDouble] = Metric{Size: 16, Align: 8, Pref: 8}
	t.scalars[Float16] = Metric{}
	return t
}
