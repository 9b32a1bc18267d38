// SPDX-License-Identifier: Apache-2.0

package diag

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext":         "plain\ttext",
		"\x1b[31m red":        `\x1b[31m red`,
		"a\u202eb\u2066c":     `a\u202eb\u2066c`,
		"\xff\u00e9\u4e16":    `\xff` + "\u00e9\u4e16",
		"c1 \u009b, \x7f, \r": `c1 \x9b, \x7f, \x0d`,
	} {
		if got := Visible(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// TestFaultIsVisible checks that nothing of a header reaches a terminal as it is, and that a long line is cut.
func TestFaultIsVisible(t *testing.T) {
	f := &Fault{
		Pos: model.Pos{File: "a\x1b.h", Line: 1, Col: 5000}, Subject: "s\u202e", Msg: "m\x1b[2J",
		Line: "\x1b[31m" + strings.Repeat("x", 9000),
	}
	d := f.Detail()
	if strings.ContainsAny(d, "\x1b\u202e") || len(d) > 600 {
		t.Errorf("%d bytes: %q", len(d), d)
	}
	lines := strings.Split(d, "\n")
	if len(lines) != 3 || lines[2][strings.IndexByte(lines[2], '^')-1] != ' ' {
		t.Errorf("%q", lines)
	}
}

func TestVisibleLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"a\n\tb":                     "a\n\tb",
		"ü\n":                        "ü\n",
		"a\u009b31m\nb\x1b\r\n\xff":  "a\\x9b31m\nb\\x1b\\x0d\n\\xff",
		"\u202ex\n\n\ufffd\u2028y\n": "\\u202ex\n\n\ufffd\\u2028y\n",
	} {
		if got := string(VisibleLines([]byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestVisibleJSON holds that a document says the same.
func TestVisibleJSON(t *testing.T) {
	for _, text := range []string{"", "ü", "a\u009b31m\n\t\"\\", "\u202ex\u2066\ufeff\x7f\u0085\u2028", "\ufffd"} {
		doc, err := json.MarshalIndent(map[string]string{text: text}, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		got := VisibleJSON(doc)
		var back map[string]string
		if err := json.Unmarshal(got, &back); err != nil || back[text] != text {
			t.Errorf("%s: %q, %v", got, back, err)
		}
		for _, r := range string(got) {
			if r != '\n' && r != '\t' && Hidden(r) {
				t.Errorf("%q is in %s", r, got)
			}
		}
	}
}
