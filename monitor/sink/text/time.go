// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TimeFormat says how the time of an event is printed. It is a pflag.Value.
type TimeFormat uint8

// The formats. The example is an event 1.5 s after the one before it and 90 s after the first.
const (
	NoTime   TimeFormat = iota
	Clock               // 14:05:09.123456, the time of day here
	UTC                 // 2026-11-27T13:05:09.123456789Z
	Epoch               // 1795784709.123456789, seconds since 1970-01-01 UTC
	Delta               // +1.500000, seconds since the event printed before
	Relative            // 90.000000, seconds since the first event printed
)

// timeFormats are the names of the formats.
var timeFormats = [...]string{NoTime: "none", Clock: "clock", UTC: "utc", Epoch: "epoch", Delta: "delta", Relative: "relative"}

// TimeFormats returns the names of the formats.
func TimeFormats() []string { return timeFormats[:] }

// Set sets the format with a name.
func (f *TimeFormat) Set(name string) error {
	for i, known := range timeFormats {
		if name == known {
			*f = TimeFormat(i)
			return nil
		}
	}
	return fmt.Errorf("%q is not one of %s", name, strings.Join(timeFormats[:], ", "))
}

// String returns the name of the format.
func (f *TimeFormat) String() string { return timeFormats[*f] }

// Type names the kind of value for a usage text.
func (f *TimeFormat) Type() string { return "format" }

// clock prints times. It remembers the text of the last second: the events of a busy host share it.
type clock struct {
	seconds bool // without the fraction, of Clock
	format  TimeFormat
	second  int64  // the second of text
	text    []byte // that second in the format; empty at first
	first   int64  // the first time printed; 0 for none
	last    int64  // the last time printed; 0 for none
}

const nanos = int64(time.Second)

// append appends a time and a blank; nothing if the time is not known.
func (c *clock) append(dst []byte, ns int64) []byte {
	if ns == 0 {
		return dst
	}
	switch c.format {
	case Clock:
		s, rest := split(ns)
		if dst = append(dst, c.secondText(s, "15:04:05", time.Local)...); !c.seconds {
			dst = appendFraction(append(dst, '.'), rest/1000, 6)
		}
	case UTC:
		dst = c.appendUTC(dst, ns)
	case Epoch:
		size := uint64(ns)
		if ns < 0 {
			size, dst = -size, append(dst, '-')
		}
		dst = append(strconv.AppendUint(dst, size/uint64(nanos), 10), '.')
		dst = appendFraction(dst, int64(size%uint64(nanos)), 9)
	case Delta:
		dst = appendSeconds(dst, ns-orElse(c.last, ns), "+")
	case Relative:
		dst = appendSeconds(dst, ns-orElse(c.first, ns), "")
	}
	return append(dst, ' ')
}

// printed remembers the time of an event that was printed.
func (c *clock) printed(ns int64) {
	if ns == 0 {
		return
	}
	c.last = ns
	if c.first == 0 {
		c.first = ns
	}
}

// appendUTC appends a time in RFC 3339 with nanoseconds.
func (c *clock) appendUTC(dst []byte, ns int64) []byte {
	s, rest := split(ns)
	dst = append(append(dst, c.secondText(s, "2006-01-02T15:04:05", time.UTC)...), '.')
	return append(appendFraction(dst, rest, 9), 'Z')
}

// secondText returns a second as text.
func (c *clock) secondText(s int64, layout string, zone *time.Location) []byte {
	if len(c.text) == 0 || s != c.second {
		c.second, c.text = s, time.Unix(s, 0).In(zone).AppendFormat(c.text[:0], layout)
	}
	return c.text
}

// split returns the second that a time lies in, and the nanoseconds since then.
func split(ns int64) (s, rest int64) {
	s, rest = ns/nanos, ns%nanos
	if rest < 0 {
		s, rest = s-1, rest+nanos
	}
	return s, rest
}

// orElse returns t, or other if t is not known.
func orElse(t, other int64) int64 {
	if t == 0 {
		return other
	}
	return t
}

// appendSeconds appends a duration in seconds with microseconds. plus stands before one that is not negative.
func appendSeconds(dst []byte, ns int64, plus string) []byte {
	if ns < 0 {
		ns, plus = -ns, "-"
	}
	dst = strconv.AppendInt(append(dst, plus...), ns/nanos, 10)
	return appendFraction(append(dst, '.'), ns%nanos/1000, 6)
}

// appendFraction appends a number with leading zeros.
func appendFraction(dst []byte, v int64, digits int) []byte {
	dst = append(dst, "000000000"[:digits]...)
	for i := len(dst) - 1; v > 0; i-- {
		dst[i] = byte('0' + v%10)
		v /= 10
	}
	return dst
}
