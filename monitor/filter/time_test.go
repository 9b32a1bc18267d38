// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// TestTime filters by when events happened, in a zone that is two hours before UTC.
func TestTime(t *testing.T) {
	zoned := *schema
	zoned.Location = time.FixedZone("", 2*60*60)
	at := func(text string) *event.Event {
		e := sampleOf(dropMessage())
		if text != "" {
			when, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				t.Fatal(err)
			}
			e.Time = when.UnixNano()
		}
		return e
	}
	events := []*event.Event{ // of f, the time is not known
		at("2026-11-27T12:04:59.999999999+02:00"), at("2026-11-27T12:05:00+02:00"), at("2026-11-27T12:05:59.5+02:00"),
		at("2026-11-27T12:06:00+02:00"), at("2026-11-27T23:59:59.999999999+02:00"), at(""), at("2026-11-28T00:00:00+02:00"),
	}
	for expr, want := range map[string]string{
		"time 12:05":                  "bc",
		"time 12:05:00":               "b",
		"time 12:05:59.5":             "c",
		"time 12:05:59.50":            "c",
		"time 12:05:59.51":            "",
		"time != 12:05":               "adeg",
		"not time 12:05":              "adefg",
		"time >= 12:05":               "bcde",
		"time > 12:05":                "de",
		"time < 12:05":                "ag",
		"time <= 12:05":               "abcg",
		"time 12:05-12:06":            "bcd",
		"time 23:59-00:10":            "eg",
		"time != 23:59-00:10":         "abcd",
		"time {12:04, 12:06}":         "ad",
		"time 12:04 or 12:06":         "ad",
		"time in (12:04, 2026-11-28)": "ag",
		"time 2026-11-27":             "abcde",
		"time > 2026-11-27":           "g",
		"time 2026-11-27T12:05":       "bc",
		"time 2026-11-27T10:05Z":      "bc",
		"time 2026-11-27T11:05+01:00": "bc",
		`time "2026-11-27 12:05:59"`:  "c",
		"time >= 2026-11-27T12:05 and time < 2026-11-27T12:06": "bc",
		"time >= 2026-11-27T12:05:59.5 and time <= 2026-11-27": "cde",
		"time 1795773900":                       "b",
		"time 1795773959.5":                     "c",
		"time < 1795773900":                     "a",
		"time 00:00-23:59":                      "abcdeg",
		"time < 00:00":                          "",
		"time > 23:59":                          "",
		"time {2026-11-28, 12:05:59.500000000}": "cg",
		"type drop and time 12:05 and not time >= 12:05:30":      "b",
		"time 2026-11-27T12:05:59.999 or time 2026-11-27T12:06Z": "",
	} {
		f, err := Compile(expr, &zoned)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		wantNoAllocs(t, f, events)
		if got := letters(f, events); got != want {
			t.Errorf("%s matches %q, not %q", expr, got, want)
		}
	}
}

// TestTimeErrors checks what is said of times that are none.
func TestTimeErrors(t *testing.T) {
	for expr, want := range map[string]string{
		"time noon":                     `"noon" is not a time such as 12:05`,
		"time 25:00":                    `"25:00" is not a time`,
		"time 12:60":                    `"12:60" is not a time`,
		"time 12":                       `"12" is not a time`,
		"time 2026-13-01":               "is not a time",
		"time 2026-02-30":               "is not a time",
		"time 1969-12-31":               "1969-12-31 is out of range",
		"time 2262-01-01":               "2262-01-01 is out of range",
		"time 99999999999999999999":     "is not a time",
		"time 1795773900.1234567890":    "is not a time",
		"time 1795773900.":              "", // as seconds are
		"time 12:05Z":                   "is not a time",
		"time 2026-11-27-2026-11-28":    "is not a time",
		"time < 12:00-12:05":            "a range cannot follow <",
		"time < {12:00, 12:05}":         "compares with one value",
		"time":                          "time is followed by a time",
		"src time 12:05":                "time has no source and destination",
		"since 12:05":                   "write time >= TIME",
		"time after 12:05":              "write time >= 12:05",
		"time before 2026-11-27T12:05Z": "write time < 2026-11-27T12:05Z",
	} {
		_, err := Compile(expr, schema)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", expr, err)
		}
	}
}

// TestTimeField leaves the name to messages that have a field of it.
func TestTimeField(t *testing.T) {
	m := &message{typ: 1, name: "sent", fields: []event.Field{{Name: "time", C: "time", Bits: 64}}, values: []uint64{7}}
	f, err := Compile("time 7", &Schema{Messages: []event.Message{m}})
	if err != nil || !f.Match(sampleOf(m)) {
		t.Errorf("a field with the name of a word: %v", err)
	}
	m.fields = []event.Field{{Name: "monotonic", C: "time", Bits: 64}} // only C calls it so
	if _, err := Compile("time 7", &Schema{Messages: []event.Message{m}}); err == nil {
		t.Error("a member of C hides the word")
	}
}

// plainTime is a time whose text is the start of that of the times that it stands for.
var plainTime = regexp.MustCompile(`^(\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?|\d\d:\d\d(:\d\d(\.\d{1,9})?)?)$`)

// naiveTime judges time by texts where it can.
func naiveTime(t *term, e *event.Event) bool {
	if e.Time == 0 {
		return false
	}
	at := time.Unix(0, e.Time).UTC()
	return naiveAny(t, func(l literal) bool {
		if !plainTime.MatchString(l.text) {
			of := times{zone: time.UTC}
			v, _ := timeValue(l.text, time.UTC)
			v.order(strings.Replace(t.op, "!=", "=", 1), &of)
			of.absolute, of.daily = set(of.absolute), set(of.daily)
			return of.has(e.Time)
		}
		layout := "2006-01-02T15:04:05.000000000"
		if l.text[2] == ':' {
			layout = layout[len("2006-01-02T"):]
		}
		text := at.Format(layout)[:len(l.text)]
		switch t.op {
		case "<":
			return text < l.text
		case "<=":
			return text <= l.text
		case ">":
			return text > l.text
		case ">=":
			return text >= l.text
		}
		return text == l.text
	})
}
