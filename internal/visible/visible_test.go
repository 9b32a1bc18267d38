// SPDX-License-Identifier: Apache-2.0

package visible

import (
	"encoding/json"
	"testing"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext":         "plain\ttext",
		"\x1b[31m red":        `\x1b[31m red`,
		"a\u202eb\u2066c":     `a\u202eb\u2066c`,
		"\xff\u00e9\u4e16":    `\xff` + "\u00e9\u4e16",
		"c1 \u009b, \x7f, \r": `c1 \x9b, \x7f, \x0d`,
	} {
		if got := Text(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"a\n\tb":                     "a\n\tb",
		"ü\n":                        "ü\n",
		"a\u009b31m\nb\x1b\r\n\xff":  "a\\x9b31m\nb\\x1b\\x0d\n\\xff",
		"\u202ex\n\n\ufffd\u2028y\n": "\\u202ex\n\n\ufffd\\u2028y\n",
	} {
		if got := string(Lines([]byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestJSON checks that a document says the same.
func TestJSON(t *testing.T) {
	for _, text := range []string{"", "ü", "a\u009b31m\n\t\"\\", "\u202ex\u2066\ufeff\x7f\u0085\u2028", "\ufffd"} {
		doc, err := json.MarshalIndent(map[string]string{text: text}, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		got := JSON(doc)
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
