// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/internal/helptext"
)

// TestReference holds that help fits a terminal, and compares docs/bpfmon.md with it; -update writes it.
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
	const path = "../../docs/bpfmon.md"
	want := helptext.Markdown(root)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("go test ./cmd/bpfmon -run TestReference -update writes the file (-want +got):\n%s", diff)
	}
}
