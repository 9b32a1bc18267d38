// SPDX-License-Identifier: Apache-2.0

package diag

import "unicode/utf8"

// around returns the part of a line that is at most so long and has column col, which counts from 1, in it, and the
// column there.
func around(line string, col, most int) (string, int) {
	if len(line) <= most {
		return line, col
	}
	start := min(max(0, col-1-most/2), len(line)-most)
	for start > 0 && start < len(line) && !utf8.RuneStart(line[start]) {
		start--
	}
	end := start + most
	for end < len(line) && !utf8.RuneStart(line[end]) {
		end++
	}
	part := line[start:min(end, len(line))]
	col -= start
	if start > 0 {
		part, col = "..."+part, col+3
	}
	if end < len(line) {
		part += "..."
	}
	return part, col
}
