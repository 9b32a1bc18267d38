// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Error says what is wrong with an expression, and where.
type Error struct {
	Expr     string // the expression
	Pos, End int    // the bytes of the expression that are meant; End is at least Pos
	Message  string // what is wrong, and what to do
}

// Error returns the message and, below it, the expression with the place marked.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "filter: %s\n  %s\n  ", e.Message, printable(e.Expr))
	b.WriteString(strings.Repeat(" ", len([]rune(printable(e.Expr[:e.Pos])))))
	b.WriteString("^")
	if marked := len([]rune(printable(e.Expr[e.Pos:e.End]))); marked > 1 {
		b.WriteString(strings.Repeat("~", marked-1))
	}
	return b.String()
}

// printable returns s with a ? for each character that would not be one column of a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || unicode.IsGraphic(r) && r != unicode.ReplacementChar && !unicode.Is(unicode.Mn, r):
			return r
		default:
			return '?'
		}
	}, s)
}

// maxListed is how many names an error lists.
const maxListed = 24

// suggest returns what an error says of a name that is unknown: those that are near it, or else those that there are.
func suggest(name string, known []string) string {
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	if near := nearest(name, known); len(near) > 0 {
		return "; did you mean " + orList(near) + "?"
	}
	if len(known) == 0 {
		return ""
	}
	if len(known) > maxListed {
		return fmt.Sprintf("; there are %s and %d more", strings.Join(known[:maxListed], ", "), len(known)-maxListed)
	}
	return "; there is " + orList(known)
}

// nearest returns up to three names that differ little from name, the nearest first.
func nearest(name string, known []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	lower := strings.ToLower(name)
	limit := 1 + len(lower)/4
	for _, k := range known {
		kl := strings.ToLower(k)
		d := distance(lower, kl)
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

// distance returns how many letters must be changed, added, taken away or exchanged with their neighbour to get from a
// to b.
func distance(a, b string) int {
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

// orList joins names to a phrase: a, b or c.
func orList(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
