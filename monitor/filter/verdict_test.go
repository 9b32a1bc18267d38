// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// verdictTypes has a message of each type that has a verdict or a field of the name, and one that has neither.
var verdictTypes = []struct {
	name   string
	fields []event.Field
	own    bool // the field is the verdict
}{
	{name: "drop", fields: dropFields},
	{name: "trace", fields: []event.Field{
		{Name: "reason", C: "reason", Bits: 8, Enum: enum("TraceReason", false, "new", "denied", "reply", "malformed")}, {Name: "a"}, {Name: "b"},
	}},
	{name: "policy-verdict", fields: []event.Field{{Name: "verdict", C: "verdict", Kind: event.KindInt, Bits: 32}, {Name: "bits", C: "bits", Bits: 8}, {Name: "b"}}},
	{name: "l7", fields: []event.Field{
		{Name: "verdict", Kind: event.KindText, Enum: enum("verdict", false, "Forwarded", "Denied", "Error", "Redirected")}, {Name: "a"}, {Name: "b"},
	}},
	{name: "kernel", fields: []event.Field{{Name: "kind", C: "subtype", Bits: 8}, {Name: "a"}, {Name: "b"}}},
	{name: "trace-sock", fields: []event.Field{{Name: "xlatePoint", C: "xlate_point", Bits: 8}, {Name: "a"}, {Name: "b"}}},
	{name: "recorder", fields: []event.Field{{Name: "subtype", Bits: 8}, {Name: "a"}, {Name: "b"}}},
	{name: "debug", fields: []event.Field{{Name: "arg1", Bits: 32}, {Name: "a"}, {Name: "b"}}},
	{name: "gate", fields: []event.Field{{Name: "verdict", Bits: 8, Enum: enum("gate", false, "open", "dropped", "shut")}, {Name: "a"}, {Name: "b"}}, own: true},
	{name: "drop", fields: []event.Field{{Name: "verdict", Bits: 8}, {Name: "a"}, {Name: "b"}}, own: true},
}

// verdictMessage returns a message of a type with numbers or a text.
func verdictMessage(i int, text string, values ...uint64) *message {
	m := &message{typ: uint8(i + 1), name: verdictTypes[i].name, fields: verdictTypes[i].fields, text: text}
	m.values = append(values, make([]uint64, len(m.fields))...)
	return m
}

// verdictSchema returns a schema with those types.
func verdictSchema() *Schema {
	s := &Schema{}
	for i := range verdictTypes {
		s.Messages = append(s.Messages, verdictMessage(i, ""))
	}
	return s
}

// TestVerdict filters by verdict, one message of each kind.
func TestVerdict(t *testing.T) {
	minus := func(v uint64) uint64 { return -v }
	events := []*event.Event{
		sampleOf(verdictMessage(0, "")),                                                // a: dropped
		sampleOf(verdictMessage(1, "", 0)),                                             // b: forwarded
		sampleOf(verdictMessage(1, "", 1)),                                             // c: audit, a datapath that only watches
		sampleOf(verdictMessage(2, "", 0)),                                             // d: forwarded
		sampleOf(verdictMessage(2, "", minus(133))),                                    // e: dropped
		sampleOf(verdictMessage(2, "", 15001)),                                         // f: redirected
		sampleOf(verdictMessage(2, "", 0, 0x41)),                                       // g: audit
		sampleOf(verdictMessage(3, "Forwarded")),                                       // h: forwarded
		sampleOf(verdictMessage(3, "Denied")),                                          // i: dropped
		sampleOf(verdictMessage(3, "Error")),                                           // j: error
		sampleOf(verdictMessage(3, "Redirected")),                                      // k: redirected
		sampleOf(verdictMessage(3, "Something")),                                       // l: none
		sampleOf(verdictMessage(4, "", 0)),                                             // m: dropped, by the kernel
		sampleOf(verdictMessage(4, "", 1)),                                             // n: traced, a retransmission
		sampleOf(verdictMessage(5, "", 1)),                                             // o: traced
		sampleOf(verdictMessage(5, "", 2)),                                             // p: translated
		sampleOf(verdictMessage(6, "")),                                                // q: traced
		sampleOf(verdictMessage(7, "")),                                                // r: none
		sampleOf(verdictMessage(8, "", 1)),                                             // s: a field of its own: dropped
		sampleOf(verdictMessage(8, "", 2)),                                             // t: shut
		sampleOf(verdictMessage(9, "", 7)),                                             // u: a number
		{Kind: event.Sample, Raw: []byte{4}},                                           // v: cannot be decoded
		{Kind: event.Sample, Raw: []byte{8}},                                           // w: no decoder knows it
		{Kind: event.Lost, Lost: 1},                                                    // x: always matches
		sampleOf(verdictMessage(2, "", minus(1<<31))),                                  // y: dropped
		sampleOf(&message{typ: 1, name: "drop", fields: []event.Field{{Name: "new"}}}), // z: a drop with fields that the schema does not have
	}
	events[21].SetMessage(nil, errors.New("too short"))
	for expr, want := range map[string]string{
		"verdict forwarded":                 "bdhvx",
		"verdict FORWARDED":                 "bdhvx",
		"verdict dropped":                   "aeimsvxyz",
		"verdict error":                     "jvx",
		"verdict audit":                     "cgvx",
		"verdict redirected":                "fkvx",
		"verdict traced":                    "noqvx",
		"verdict translated":                "pvx",
		"not verdict forwarded":             "acefgijklmnopqrstuvwxyz",
		"verdict != forwarded":              "acefgijkmnopqvxyz",
		"verdict != dropped":                "bcdfghjknopqtvx",
		"not verdict dropped":               "bcdfghjklnopqrtuvwx",
		"verdict {dropped, error}":          "aeijmsvxyz",
		"verdict dropped or error":          "aeijmsvxyz",
		"verdict *ed and not verdict d*":    "bdfhknopqvx",
		"verdict *":                         "abcdefghijkmnopqstvxyz",
		"verdict denied":                    "ivx",
		"verdict != denied":                 "hjkvx",
		"verdict -133":                      "evx",
		"verdict < 0":                       "evxy",
		"verdict > 0":                       "fstuvx",
		"verdict 15001":                     "fvx",
		"verdict != -133":                   "dfgvxy",
		"verdict {dropped, 15001}":          "aefimsvxyz",
		"verdict != {dropped, 15001}":       "bcdghjknopqtuvx",
		"verdict shut":                      "tvx",
		"verdict 7":                         "uvx",
		"l7.verdict forwarded":              "hvx",
		"l7.verdict denied":                 "ivx",
		"policy-verdict.verdict 0":          "dgvx",
		"policy-verdict.verdict < 0":        "evxy",
		"gate.verdict dropped":              "svx",
		"verdict dropped and type l7":       "ivx",
		"verdict dropped and not type drop": "eimsvxy",
	} {
		f, err := Compile(expr, verdictSchema())
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := letters(f, events); got != want {
			t.Errorf("%s matches %q, not %q", expr, got, want)
		}
	}
}

// TestVerdictErrors checks what is said of verdicts that are none, also where they are not asked of the types that have
// names of their own.
func TestVerdictErrors(t *testing.T) {
	for expr, want := range map[string]string{
		"verdict allowed":             `no verdict is called "allowed": write forwarded`,
		"verdict drop":                `no verdict is called "drop": write dropped`,
		"verdict AUDITED":             `no verdict is called "AUDITED": write audit`,
		"verdict droped":              `no verdict is called "droped"; did you mean dropped?`,
		"verdict {dropped, forwarde}": `no verdict is called "forwarde"; did you mean forwarded?`,
		"verdict zzzz":                `there is audit, denied, dropped, error, forwarded, redirected, traced or translated`,
		"verdict x*":                  `no verdict is called "x*"`,
		`verdict "-133"`:              `no verdict is called "-133"`,
		"verdict < dropped":           `no verdict is called "dropped"`,
		"verdict":                     "verdict is followed by a verdict",
		"src verdict dropped":         "verdict has no source and destination",
		"verdict eq dropped":          `write verdict = dropped`,
		"forwarded":                   "write verdict forwarded",
	} {
		s := verdictSchema()
		s.Messages = s.Messages[:8]
		if _, err := Compile(expr, s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", expr, err)
		}
	}
	for expr, want := range map[string]string{
		"verdict -133":    `no verdict is called "-133"`,
		"verdict denied":  `no verdict is called "denied"; there is`,
		"verdict < 0":     `no verdict is called "0"`,
		"verdict dropped": "",
	} {
		_, err := Compile(expr, schema)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s of drops and traces: %v", expr, err)
		}
	}
	s := &Schema{Messages: []event.Message{verdictMessage(7, "")}}
	if _, err := Compile("verdict dropped", s); err == nil || !strings.Contains(err.Error(), "no message that is expected here has a verdict") {
		t.Errorf("of messages without one: %v", err)
	}
}

// TestVerdictComplete completes names.
func TestVerdictComplete(t *testing.T) {
	for expr, want := range map[string]string{"verdict d": "verdict denied, verdict dropped", "verdict != {audit, tr": "verdict != {audit, traced, verdict != {audit, translated", "verd": "verdict"} {
		s := verdictSchema()
		s.Messages = s.Messages[:8]
		var got []string
		for _, c := range Complete(expr, s) {
			if len(got) == 0 || got[len(got)-1] != c.Expr {
				got = append(got, c.Expr)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q", expr, got)
		}
	}
}

// plainVerdict returns the verdict of a message in words, by rules of its own; "" for none.
func plainVerdict(m event.Message) string {
	f := m.Uint(0)
	pick := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	switch m.TypeName() {
	case "drop":
		return "dropped"
	case "trace":
		text, _ := "", 0
		for i := range m.Fields() {
			if e := m.Fields()[i].Enum; m.Fields()[i].Name == "reason" && m.Uint(i) < uint64(len(e.Values)) {
				text = e.Values[m.Uint(i)].Text
			}
		}
		return pick(text == "denied" || text == "malformed", "audit", "forwarded")
	case "policy-verdict":
		audited := m.Uint(1)>>6&1 == 1
		return pick(int64(f) < 0, "dropped", pick(f != 0, "redirected", pick(audited, "audit", "forwarded")))
	case "l7":
		return map[string]string{"Forwarded": "forwarded", "Denied": "dropped", "Error": "error", "Redirected": "redirected"}[string(m.Bytes(0))]
	case "kernel":
		return pick(f == 0, "dropped", "traced")
	case "trace-sock":
		return pick(f == 2 || f == 4, "translated", "traced")
	case "recorder":
		return "traced"
	}
	return ""
}

// naiveVerdict judges verdict, by names alone.
func naiveVerdict(t *term, m event.Message) bool {
	v := plainVerdict(m)
	return v != "" && naiveAny(t, func(l literal) bool { return newPattern(l.text).match(v) })
}

// TestVerdictAgainstNaive compares with the plain evaluator.
func TestVerdictAgainstNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := verdictSchema()
	s.Messages = s.Messages[:8]
	names := []string{"forwarded", "Dropped", "ERROR", "audit", "redirected", "traced", "translated", "t*", "*r*", "?rror", "*"}
	for range 500 {
		expr := []string{"verdict ", "verdict != ", "not verdict ", "not verdict != "}[r.IntN(4)] + "{"
		for i := range 1 + r.IntN(3) {
			expr += []string{"", ", "}[min(i, 1)] + names[r.IntN(len(names))]
		}
		expr += "}"
		f, err := Compile(expr, s)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parse(expr, newVocabulary(s))
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			text := []string{"Forwarded", "Denied", "Error", "Redirected", "", strconv.Itoa(r.IntN(9))}[r.IntN(6)]
			m := verdictMessage(r.IntN(8), text, uint64(r.IntN(5)-2), uint64(r.IntN(256)))
			e := sampleOf(m)
			if want := naive(tree, e) != isFalse; f.Match(e) != want || want && !f.Wants(m.typ) {
				t.Fatalf("%s: %v for %s %v %q", expr, !want, m.name, m.values, m.text)
			}
		}
		e := sampleOf(verdictMessage(r.IntN(8), "", uint64(r.IntN(5))))
		if n := testing.AllocsPerRun(5, func() { f.Match(e) }); n != 0 && e.Msg.TypeName() != "l7" { // the message of the test allocates its text
			t.Errorf("%s: %v allocations for %s", expr, n, e.Msg.TypeName())
		}
	}
}
