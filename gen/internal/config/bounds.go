// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// What a configuration may have. The YAML library takes time and memory by the square of the depth, so that 100 KB of "[" would
// cost minutes and gigabytes; a configuration of someone else is hostile input. A real one has a few KB and seven levels.
const (
	MaxSize  = 128 << 10 // in bytes
	maxDepth = 64
)

// excess says what of a configuration is beyond the bounds, and where; nothing for one that is within. It counts brackets without
// knowing all of YAML, and so that it counts too few rather than too many.
func excess(name string, lines []string, size int) (pos model.Pos, what string) {
	if size > MaxSize {
		return model.Pos{File: name, Line: 1, Col: 1}, fmt.Sprintf("the configuration has %d bytes: the most is %d", size, MaxSize)
	}
	depth := 0
	for i, line := range lines {
		col := entries(line)
		if col < 0 {
			return model.Pos{File: name, Line: i + 1, Col: 1}, tooDeep
		}
		for ; col < len(line); col++ {
			switch c := line[col]; {
			case c == '#' && (col == 0 || line[col-1] == ' '):
				col = len(line)
			case (c == '"' || c == '\'') && (col == 0 || strings.IndexByte(" [{,:", line[col-1]) >= 0):
				if end := strings.IndexByte(line[col+1:], c); end >= 0 {
					col += 1 + end
				}
			case c == '[' || c == '{':
				depth++
			case c == ']' || c == '}':
				depth = max(0, depth-1)
			}
			if depth > maxDepth {
				return model.Pos{File: name, Line: i + 1, Col: col + 1}, tooDeep
			}
		}
	}
	return pos, ""
}

var tooDeep = fmt.Sprintf("lists and mappings are nested deeper than %d levels", maxDepth)

// entries returns where the text of a line begins behind its indentation and the dashes of list entries; -1 if there are too many.
func entries(line string) (col int) {
	for n := 0; ; n++ {
		for col < len(line) && line[col] == ' ' {
			col++
		}
		if !strings.HasPrefix(line[col:], "- ") && !strings.HasPrefix(line[col:], "? ") {
			return col
		}
		if n == maxDepth {
			return -1
		}
		col++
	}
}
