// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// TestMisspeltReasons is about reasons of the kernel: a text of which no list is complete.
func TestMisspeltReasons(t *testing.T) {
	fields := []event.Field{{Name: "reason", Kind: event.KindText}}
	kernel := func(reason string) *message {
		return &message{typ: 200, name: "kernel", fields: fields, text: reason, values: []uint64{0, 0, 0}}
	}
	schema := &Schema{
		Messages: []event.Message{dropMessage(), traceMessage(), kernel("")},
		Reasons:  func() []string { return []string{"NO_SOCKET", "NETFILTER_DROP", "NO_SOCKET"} },
	}
	const like, unknown = "did you mean", "no reason that is known here"
	for expr, want := range map[string]string{
		"reason NO_SOCKET": "", "reason no_socket": "", "reason 3": "", `reason "Invalid packet"`: "", "reason UNNAMED_99": "", "reason NO_SCOKET*": "",
		"reason no_scoket":                                        like + " NO_SOCKET? To find one that only another kernel has, write no_scoket*",
		"reason != no_scoket":                                     like + " NO_SOCKET?",
		"kernel.reason NO_SCOKET":                                 like + " NO_SOCKET?",
		"reason {NO_SOCKET, NO_SCOKET}":                           like + " NO_SOCKET?",
		"reason NETFILTER":                                        like + " NETFILTER_DROP?",
		"reason POLCY_DENIED":                                     like + " Policy denied?",
		"reason NEW_WAY_TO_FAIL":                                  unknown + ` is called "NEW_WAY_TO_FAIL"`,
		"not reason NEW_WAY_TO_FAIL":                              unknown,
		"reason {NO_SOCKET, NEW_WAY_TO_FAIL}":                     unknown,
		"state established and not (reason 1 or NEW_WAY_TO_FAIL)": unknown,
	} {
		f, err := Compile(expr, schema)
		switch {
		case strings.HasPrefix(want, like):
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", expr, err)
			}
		case err != nil:
			t.Errorf("%s: %v", expr, err)
		case want == "" && len(f.Warnings()) > 0 || want != "" && (len(f.Warnings()) != 1 || !strings.Contains(f.Warnings()[0], want)):
			t.Errorf("%s: warnings %q", expr, f.Warnings())
		}
	}
	for _, expr := range []string{"reason NEW_WAY_TO_FAIL", "reason new_way*", "reason {NO_SOCKET, NEW_WAY_TO_FAIL}"} { // it is found all the same
		f, err := Compile(expr, schema)
		if err != nil || !f.Match(sampleOf(kernel("NEW_WAY_TO_FAIL"))) || f.Match(sampleOf(kernel("OTHER"))) {
			t.Errorf("%s: %v", expr, err)
		}
	}
	if !slices.ContainsFunc(Complete("reason NETF", schema), func(c Candidate) bool { return c.Expr == "reason NETFILTER_DROP" }) {
		t.Error("the kernel's reasons are not completed")
	}
}
