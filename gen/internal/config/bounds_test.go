// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"
	"testing"
)

// TestBounds gives configurations that would cost the YAML library minutes and gigabytes, and some that look alike and are fine.
func TestBounds(t *testing.T) {
	deep := func(open, end string, n int) string {
		return "headers: " + strings.Repeat(open, n) + strings.Repeat(end, n) + "\n"
	}
	for name, tt := range map[string]struct{ yaml, want string }{
		"lists":          {strings.Repeat("[", 100_000), "c.yaml:1:65: " + tooDeep},
		"mappings":       {strings.Repeat("{a: ", 25_000), "c.yaml:1:257: " + tooDeep},
		"closed":         {deep("[", "]", 100), "c.yaml:1:74: " + tooDeep},
		"over lines":     {strings.Repeat("a: [\n", 100), "c.yaml:65:4: " + tooDeep},
		"entries":        {"a:\n  " + strings.Repeat("- ", 50_000), "c.yaml:2:1: " + tooDeep},
		"keys":           {strings.Repeat("? ", 100), "c.yaml:1:1: " + tooDeep},
		"behind quotes":  {`a: "[[" ` + strings.Repeat("[", 100), "c.yaml:1:73: " + tooDeep},
		"long":           {"# " + strings.Repeat("x", MaxSize), "c.yaml:1:1: the configuration has 131074 bytes: the most is 131072"},
		"just deep":      {deep("[", "]", 64), ""},
		"in quotes":      {`headers: ["` + strings.Repeat("[", 100) + `"]`, ""},
		"in apostrophes": {`headers: ['` + strings.Repeat("{", 100) + `']`, ""},
		"in a comment":   {"a: b # " + strings.Repeat("[", 100), ""},
		"many":           {strings.Repeat("- [a, [b]]\n", 500), ""},
	} {
		_, err := Parse("c.yaml", []byte(tt.yaml))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if tt.want != "" && got != tt.want || tt.want == "" && (strings.Contains(got, "nested") || strings.Contains(got, "the most")) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
