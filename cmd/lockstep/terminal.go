// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"

	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// terminal writes text for a terminal, which what comes from headers, configurations, objects, stale files and their names
// must not take over: its control characters are written as escape sequences.
type terminal struct{ w io.Writer }

// Write writes whole lines or parts of them, never parts of a character.
func (v terminal) Write(p []byte) (int, error) {
	if _, err := v.w.Write(visible.Lines(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}
