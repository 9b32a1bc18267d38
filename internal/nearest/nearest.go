// SPDX-License-Identifier: Apache-2.0

// Package nearest finds the name that a mistyped one may have meant.
package nearest

import (
	"slices"
	"strings"
)

// Names returns up to three names that differ little from name, all by the same number of letters.
func Names(name string, known []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	lower := strings.ToLower(name)
	limit := 1 + len(lower)/4
	for _, k := range known {
		kl := strings.ToLower(k)
		d := Distance(lower, kl)
		if d > limit && len(lower) >= 3 && (strings.HasPrefix(kl, lower) || strings.Contains(kl, lower) && len(lower) >= 4) {
			d = limit
		}
		if d <= limit {
			near = append(near, candidate{k, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return a.distance - b.distance })
	var names []string
	for _, c := range near {
		if len(names) < 3 && c.distance == near[0].distance {
			names = append(names, c.name)
		}
	}
	return names
}

// maxCompared is the length of names up to which they are compared by letters.
const maxCompared = 40

// Distance returns how many letters must be changed, added, taken away or exchanged with their neighbour to get from a
// to b, which is maxCompared where one of them is longer than that.
func Distance(a, b string) int {
	if len(a) > maxCompared || len(b) > maxCompared {
		return maxCompared
	}
	var rows [3][maxCompared + 1]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j]+cost, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
