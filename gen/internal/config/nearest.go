// SPDX-License-Identifier: Apache-2.0

package config

// nearest returns the name that a mistyped one may have meant: at most one change for three letters away, and nearer than
// the others; "" where there is none.
func nearest(word string, names []string) string {
	best, fewest := "", max(1, len(word)/3)+1
	for _, name := range names {
		switch d := distance(word, name); {
		case d < fewest:
			best, fewest = name, d
		case d == fewest:
			best = ""
		}
	}
	return best
}

// distance counts the letters to insert, leave out, replace or swap with the next one to make b of a.
func distance(a, b string) int {
	rows := [3][]int{}
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, above, before := rows[i%3], rows[(i+2)%3], rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
