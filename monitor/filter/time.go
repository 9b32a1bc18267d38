// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// day is a day that has no change of the clock, in nanoseconds.
const day = uint64(24 * time.Hour)

// timeSpan is what a literal of a time stands for: as long as its last digit says. 12:05 is a minute.
type timeSpan struct {
	span
	daily bool // nanoseconds since midnight, not since 1970
}

// timeLayout is a way to write a time. Behind seconds, a fraction may follow.
type timeLayout struct {
	layout string
	length time.Duration // of what it stands for
	zoned  bool          // a zone may follow
}

var dailyLayouts = []timeLayout{{"15:04", time.Minute, false}, {"15:04:05", time.Second, false}}

var absoluteLayouts = []timeLayout{
	{"2006-01-02", 0, false}, // a day, which may be longer or shorter than 24 hours
	{"2006-01-02T15:04", time.Minute, true}, {"2006-01-02T15:04:05", time.Second, true},
	{"2006-01-02 15:04", time.Minute, true}, {"2006-01-02 15:04:05", time.Second, true},
}

// timeValue returns what a literal stands for. Where it has no zone, zone is meant.
func timeValue(text string, zone *time.Location) (timeSpan, error) {
	if s, ok := dailyTime(text); ok {
		return timeSpan{s, true}, nil
	}
	if from, to, ok := strings.Cut(text, "-"); ok {
		a, okA := dailyTime(from)
		b, okB := dailyTime(to)
		if okA && okB {
			return timeSpan{span{a.lo, b.hi}, true}, nil // over midnight if it ends before it starts
		}
	}
	if from, to, ok := absoluteTime(text, zone); ok {
		if from.Year() < 1971 || to.Year() > 2261 {
			return timeSpan{}, fmt.Errorf("%s is out of range: events have times from 1971 to 2261", text)
		}
		return timeSpan{span{uint64(from.UnixNano()), uint64(to.UnixNano()) - 1}, false}, nil
	}
	if s, ok := epochTime(text); ok {
		return timeSpan{s, false}, nil
	}
	return timeSpan{}, fmt.Errorf("%q is not a time such as 12:05, 12:00-12:30, 12:05:09.25, 2026-11-27, 2026-11-27T12:05, "+
		"2026-11-27T12:05:09Z or seconds since 1970", text)
}

// dailyTime reads a time of day.
func dailyTime(text string) (span, bool) {
	for _, l := range dailyLayouts {
		if t, err := time.Parse(l.layout, text); err == nil {
			lo := uint64(t.Sub(t.Truncate(24 * time.Hour)))
			return span{lo, lo + uint64(precision(text, l.length)) - 1}, true
		}
	}
	return span{}, false
}

// absoluteTime reads a date, with or without a time of day, and returns where what it stands for begins and ends.
func absoluteTime(text string, zone *time.Location) (from, to time.Time, ok bool) {
	for _, l := range absoluteLayouts {
		t, err := time.ParseInLocation(l.layout, text, zone)
		if err != nil && l.zoned {
			t, err = time.Parse(l.layout+"Z07:00", text)
		}
		if err != nil {
			continue
		}
		if l.length > 0 {
			return t, t.Add(precision(text, l.length)), true
		}
		return t, t.AddDate(0, 0, 1), true
	}
	return from, to, false
}

// epochTime reads seconds since 1970, as bpfmon prints them with --time epoch.
func epochTime(text string) (span, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	s, err := strconv.ParseUint(whole, 10, 64)
	if err != nil || len(whole) < 9 || s >= math.MaxInt64/uint64(time.Second) || len(fraction) > 9 {
		return span{}, false
	}
	f := uint64(0)
	if strings.Contains(text, ".") {
		if f, err = strconv.ParseUint(fraction+"000000000"[len(fraction):], 10, 64); err != nil {
			return span{}, false
		}
	}
	lo := s*uint64(time.Second) + f
	return span{lo, lo + uint64(precision(text, time.Second)) - 1}, true
}

// precision returns how long a time is that is written as text, whose layout stands for length.
func precision(text string, length time.Duration) time.Duration {
	_, fraction, _ := strings.Cut(strings.Replace(text, ",", ".", 1), ".")
	digits := 0
	for digits < len(fraction) && fraction[digits] >= '0' && fraction[digits] <= '9' {
		digits++
	}
	for ; digits > 0 && length > 1; digits-- {
		length /= 10
	}
	return length
}

// times is the times that a term has, as numbers.
type times struct {
	absolute, daily spans
	zone            *time.Location
}

// has reports whether a time, in nanoseconds since 1970, is one of them.
func (t *times) has(ns int64) bool {
	if t.absolute.has(uint64(ns)) {
		return true
	}
	if len(t.daily) == 0 {
		return false
	}
	at := time.Unix(0, ns).In(t.zone)
	hour, minute, second := at.Clock()
	return t.daily.has(uint64(time.Duration(hour*3600+minute*60+second)*time.Second) + uint64(at.Nanosecond()))
}

// time compiles time. An event whose time is not known is of none.
func (c *compiler) time(t *term) (code, error) {
	of := times{zone: c.zone}
	for _, l := range t.values {
		v, err := timeValue(l.text, c.zone)
		if err == nil && t.ordered() && v.daily && strings.Contains(l.text, "-") {
			err = fmt.Errorf("a range cannot follow %s", t.op)
		}
		if err != nil {
			return code{}, c.literalError(l, err)
		}
		v.order(t.op, &of)
	}
	of.absolute, of.daily = set(of.absolute), set(of.daily)
	equal := t.op != "!="
	return code{cost: costField, run: func(e *event.Event) bool {
		ns := e.Nanos()
		return ns > 0 && of.has(ns) == equal
	}}, nil
}

// order adds the times that compare with a value as an operator says.
func (s timeSpan) order(op string, to *times) {
	list, last := &to.absolute, uint64(math.MaxInt64)
	if s.daily {
		list, last = &to.daily, day-1
	}
	switch op {
	case "<", ">=":
		if o, ok := compare(op, s.lo, 0, last); ok {
			*list = append(*list, o)
		}
	case "<=", ">":
		if o, ok := compare(op, s.hi, 0, last); ok {
			*list = append(*list, o)
		}
	default:
		if s.lo > s.hi { // over midnight
			*list = append(*list, span{s.lo, last}, span{0, s.hi})
			return
		}
		*list = append(*list, s.span)
	}
}
