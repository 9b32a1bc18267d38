// SPDX-License-Identifier: Apache-2.0

package tally

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

const (
	// MaxBuckets is how many buckets a Series has at most. Empty ones do not count: a clock that jumps costs no precision.
	MaxBuckets = 1500
	// MaxReasons is how many reasons a Series tells apart. The drops of further ones count together.
	MaxReasons = 24
)

// Series counts events by time, in buckets of the same width, which doubles when there are too many.
type Series struct {
	width   int64
	buckets map[int64]*Bucket
	last    *Bucket
	reasons map[string]int
	names   []string
}

// Bucket is the events of a span of time. Start is a multiple of the width.
type Bucket struct {
	Start    int64
	Events   uint64 // without those that were lost
	Drops    uint64
	Lost     uint64
	ByReason []uint64 // drops, in the order of Reasons; it may be shorter
	index    int64
}

func newSeries(width int64) *Series {
	return &Series{width: width, buckets: make(map[int64]*Bucket), reasons: make(map[string]int)}
}

// at returns the bucket of a place in time.
func (s *Series) at(x int64) *Bucket {
	index := floor(x, s.width)
	if s.last != nil && s.last.index == index {
		return s.last
	}
	b := s.buckets[index]
	for b == nil {
		if len(s.buckets) < MaxBuckets {
			b = &Bucket{index: index}
			s.buckets[index] = b
			break
		}
		s.widen()
		index = floor(x, s.width)
		b = s.buckets[index]
	}
	s.last = b
	return b
}

func floor(x, width int64) int64 {
	n := x / width
	if x%width < 0 {
		n--
	}
	return n
}

// widen doubles the width until there is room.
func (s *Series) widen() {
	for len(s.buckets) >= MaxBuckets && s.width < 1<<61 {
		s.width *= 2
		wide := make(map[int64]*Bucket, len(s.buckets))
		for _, b := range s.buckets {
			b.index >>= 1
			if w := wide[b.index]; w != nil {
				w.join(b)
			} else {
				wide[b.index] = b
			}
		}
		s.buckets, s.last = wide, nil
	}
}

func (b *Bucket) join(o *Bucket) {
	b.Events, b.Drops, b.Lost = b.Events+o.Events, b.Drops+o.Drops, add(b.Lost, o.Lost)
	for i, n := range o.ByReason {
		b.reason(i, n)
	}
}

func (b *Bucket) reason(i int, n uint64) {
	for len(b.ByReason) <= i {
		b.ByReason = append(b.ByReason, 0)
	}
	b.ByReason[i] += n
}

// OtherReasons is the name of the reasons that a Series does not tell apart.
const OtherReasons = "other reasons"

// drop counts a drop.
func (s *Series) drop(b *Bucket, reason string) {
	b.Drops++
	i, ok := s.reasons[reason]
	if !ok {
		if len(s.names) >= MaxReasons-1 {
			reason = OtherReasons
			i, ok = s.reasons[reason]
		}
		if !ok {
			i = len(s.names)
			s.reasons[reason] = i
			s.names = append(s.names, reason)
		}
	}
	b.reason(i, 1)
}

// Width returns the width of a bucket, in nanoseconds, or in events where the time is not known.
func (s *Series) Width() int64 { return s.width }

// Reasons returns the reasons of the drops, in the order of Bucket.ByReason.
func (s *Series) Reasons() []string { return s.names }

// Buckets returns the buckets that are not empty, in the order of time.
func (s *Series) Buckets() []*Bucket {
	all := slices.SortedFunc(maps.Values(s.buckets), func(a, b *Bucket) int { return cmp.Compare(a.index, b.index) })
	for _, b := range all {
		b.Start = b.index * s.width
		if b.index < 0 && b.Start > 0 { // before what can be said
			b.Start = math.MinInt64
		}
	}
	return all
}
