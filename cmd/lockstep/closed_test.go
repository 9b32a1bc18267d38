// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/closed"
)

// TestOutputFails checks that a command that has nothing to do but to print fails if its output is closed.
func TestOutputFails(t *testing.T) {
	for _, args := range []string{"", "--help", "--version", "version", "help", "help gen", "gen --help", "completion bash"} {
		var said bytes.Buffer
		code := run(strings.Fields(args), closed.Writer{}, &said)
		if code != exitFailure || strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "it is closed") {
			t.Errorf("lockstep %s: exit code %d, want %d:\n%s", args, code, exitFailure, said.String())
		}
	}
}
