// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"runtime"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/golden"
	"github.com/lockstep-bpf/lockstep/internal/helptext"
)

// TestReference checks that help fits a terminal, and compares docs/bpfmon.md with it; -update writes it.
func TestReference(t *testing.T) {
	root := newCommand(stdio{nil, io.Discard, io.Discard})
	for _, line := range helptext.Wide(root) {
		t.Errorf("wider than 80 columns: %s", line)
	}
	for _, name := range helptext.Unnamed(root) {
		t.Errorf("no word for the value: %s", name)
	}
	if runtime.GOOS != "linux" {
		t.Skip("the page is that of Linux, which has the most commands")
	}
	golden.Check(t, "../../docs/bpfmon.md", helptext.Markdown(root), *update)
}
