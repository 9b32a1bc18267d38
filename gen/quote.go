// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"path/filepath"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/internal/regular"
)

// quoter reads lines of files, each file once.
type quoter map[string][]string

// line returns the line at a position, or "" where it cannot be read.
func (q quoter) line(p model.Pos) string {
	if !p.IsValid() {
		return ""
	}
	lines, ok := q[p.File]
	if !ok {
		data, err := regular.Read(filepath.FromSlash(p.File))
		if err == nil {
			lines = strings.Split(string(data), "\n")
		}
		q[p.File] = lines
	}
	if p.Line > len(lines) {
		return ""
	}
	return strings.TrimSuffix(lines[p.Line-1], "\r")
}
