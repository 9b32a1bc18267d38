// SPDX-License-Identifier: Apache-2.0

package diag

import (
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

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
