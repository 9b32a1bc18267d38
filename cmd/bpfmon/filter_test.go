// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/filter"
)

// TestFilterDocumentation compares docs/filter.md with what the filter's tables say; -update writes it.
func TestFilterDocumentation(t *testing.T) {
	const path = "../../docs/filter.md"
	want := filter.Markdown(allMessages())
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
		t.Errorf("go test ./cmd/bpfmon -run TestFilterDocumentation -update writes the file (-want +got):\n%s", diff)
	}
}
