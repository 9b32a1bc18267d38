// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"sync"
)

// heldLines are lines for standard error that wait, each written in one call. The zero value has none.
type heldLines struct {
	mu    sync.Mutex
	lines []string
}

// maxHeld is how many lines wait. Further ones are dropped: what a command prints first says most.
const maxHeld = 1000

// Write holds a line. It never fails.
func (h *heldLines) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.lines) < maxHeld {
		h.lines = append(h.lines, string(p))
	}
	return len(p), nil
}

// release writes the lines to w.
func (h *heldLines) release(w io.Writer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, line := range h.lines {
		_, _ = io.WriteString(w, line)
	}
	h.lines = nil
}
