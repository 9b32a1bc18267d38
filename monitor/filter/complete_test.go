// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComplete(t *testing.T) {
	for expr, want := range map[string][]string{
		"ty":                    {"type"},
		"type ":                 {"type drop", "type trace"},
		"type d":                {"type drop"},
		"type drop ":            {"type drop and", "type drop or"},
		"type drop and reason ": {`type drop and reason "Invalid packet"`, `type drop and reason "Policy denied (L3)"`, `type drop and reason "Policy denied"`, "type drop and reason unused"},
		`reason "pol`:           {`reason "Policy denied (L3)"`, `reason "Policy denied"`},
		"state = ":              {"state = established", "state = new", "state = related", "state = reply"},
		"state {new, re":        {"state {new, related", "state {new, reply"},
		"iface l":               {"iface lxc1a2b"},
		"not (src p":            {"not (src port", "not (src portrange"},
		"src port ht":           {"src port http", "src port http-alt", "src port https"},
		"srcL":                  {"srcLabel"},
		"tcp ":                  {"tcp and", "tcp or"},
		"port 80 ":              {"port 80 and", "port 80 or"},
	} {
		var got []string
		for _, c := range Complete(expr, schema) {
			got = append(got, c.Expr)
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expr, diff)
		}
	}
}

func TestHelp(t *testing.T) {
	help := Help(schema)
	for line := range strings.Lines(help) {
		if n := len(strings.TrimSuffix(line, "\n")); n > helpWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	markdown := Markdown(schema)
	for _, w := range words {
		if !strings.Contains(help, "  "+w.name) || !strings.Contains(markdown, "| `"+w.name) {
			t.Errorf("%s is not described", w.name)
		}
	}
	for _, f := range slices.Concat(dropFields, traceFields) {
		if !strings.Contains(help, "  "+f.Name) || !strings.Contains(markdown, "| `"+f.Name) {
			t.Errorf("%s is not described", f.Name)
		}
	}
	for _, r := range introduction.rows {
		if _, err := Compile(r.code, schema); err != nil {
			t.Error(err)
		}
	}
}
