// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/golden"
	"github.com/lockstep-bpf/lockstep/monitor/filter"
)

// TestFilterDocumentation compares docs/filter.md with what the filter's tables say; -update writes it.
func TestFilterDocumentation(t *testing.T) {
	golden.Check(t, "../../docs/filter.md", filter.Markdown(allMessages()), *update)
}
