// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/closed"
)

// failing is an output that is full.
type failing struct{}

func (failing) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("no space left on device")}
}

// TestOutputFails checks that a command that has nothing to do but to print fails if it cannot: its output is full, or closed.
func TestOutputFails(t *testing.T) {
	for _, args := range []string{"", "--help", "--version", "version", "help", "help drops", "drops --help", "help filter", "completion bash"} {
		for want, out := range map[string]interface{ Write([]byte) (int, error) }{
			"no space left on device": failing{}, "it is closed": closed.Writer{},
		} {
			var said bytes.Buffer
			code := run(strings.Fields(args), stdio{nil, out, &said})
			if code != exitFailure || strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), want) {
				t.Errorf("bpfmon %s: exit code %d, want %d and %q:\n%s", args, code, exitFailure, want, said.String())
			}
		}
	}
}
